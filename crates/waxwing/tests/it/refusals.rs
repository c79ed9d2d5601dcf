//! Configurations that are refused.

use std::net::IpAddr;

use waxwing::{AgentOs, Error, Prefix, Setting, Settings, WhatsApp};

use crate::support::{builder, host, interface, named};

const GRAPH: &str = "https://graph.test";

/// Starts a host in an empty directory. It must fail before it writes a file.
async fn refused(configure: impl FnOnce(AgentOs) -> AgentOs) -> String {
    let dir = tempfile::tempdir().unwrap();
    let started = configure(host(&dir)).start_with_listener().await;
    let Err(Error::Config(error)) = started else { panic!("{started:?}") };
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    error.to_string()
}

#[tokio::test]
async fn a_host_needs_an_interface() {
    assert_eq!(refused(|host| host).await, "no interface to serve; add one with AgentOs::interface");
}

#[tokio::test]
async fn interfaces_differ_in_number_and_prefix_and_share_a_graph_host() {
    let one = || interface("one", "1", GRAPH);
    let two = |number, graph| interface("two", number, graph);
    let error = refused(|host| host.interface(one()).interface(two("1", GRAPH))).await;
    assert_eq!(error, "two interfaces have the phone number id 1; give each interface its own number");
    let same_prefix = builder("two", "2", GRAPH).prefix(Prefix::new("/one/").unwrap()).build().unwrap();
    let error = refused(|host| host.interface(one()).interface(same_prefix)).await;
    assert!(error.starts_with("two interfaces have the prefix /one, but not the same app secret"), "{error}");
    let error = refused(|host| host.interface(one()).interface(two("2", "https://another.test"))).await;
    assert_eq!(error, "two interfaces on one database have different Graph hosts; use a database for each Graph host");
    // Interfaces that are not adjacent are compared too.
    let three = interface("three", "3", GRAPH);
    let error = refused(|host| host.interface(one()).interface(three).interface(two("1", GRAPH))).await;
    assert_eq!(error, "two interfaces have the phone number id 1; give each interface its own number");
}

#[tokio::test]
async fn a_client_that_cannot_be_built_names_its_setting() {
    for graph in ["nonsense", "ftp://graph.test", "http://graph.test", ""] {
        let error = refused(|host| host.interface(interface("one", "1", graph))).await;
        assert!(error.contains("WHATSAPP_GRAPH_URL"), "{error}");
    }
    let broken = WhatsApp::builder(named("one")).access_token("hush\n").phone_number_id("1").app_secret("s");
    let broken = broken.graph_url(GRAPH).build().unwrap();
    let error = refused(|host| host.interface(broken)).await;
    assert!(error.contains("WHATSAPP_ACCESS_TOKEN") && !error.contains("hush"), "{error}");
}

#[tokio::test]
async fn a_database_is_held_by_one_host_and_stays_with_one_graph_host() {
    let dir = tempfile::tempdir().unwrap();
    let start = async |graph: &str| host(&dir).interface(interface("one", "1", graph)).start().await;
    let server = start(GRAPH).await.unwrap();
    let second = start(GRAPH).await;
    assert!(matches!(second, Err(Error::Store(waxwing::store::Error::InUse { .. }))), "{second:?}");
    server.shutdown().await;
    let elsewhere = start("https://another.test").await;
    assert!(matches!(elsewhere, Err(Error::Store(waxwing::store::Error::GraphHostMismatch { .. }))), "{elsewhere:?}");
    start(GRAPH).await.unwrap().shutdown().await;
}

#[tokio::test]
async fn an_address_that_others_can_reach_needs_signatures() {
    let settings = Settings::read(&|setting: &Setting| match setting.variable {
        "WHATSAPP_ACCESS_TOKEN" => Some("token".to_owned()),
        "WHATSAPP_PHONE_NUMBER_ID" => Some("1".into()),
        _ => None,
    })
    .unwrap();
    let unsigned = || WhatsApp::from_settings(named("one"), &settings).unwrap();
    let everywhere = IpAddr::from([0, 0, 0, 0]);
    let error = refused(|host| host.interface(unsigned()).listen(everywhere, 0)).await;
    assert!(error.contains("WHATSAPP_APP_SECRET"), "{error}");
}

#[tokio::test]
async fn a_port_in_use_stops_the_start() {
    let (loopback, dir) = (IpAddr::from([127, 0, 0, 1]), tempfile::tempdir().unwrap());
    let start = |port| host(&dir).interface(interface("one", "1", GRAPH)).listen(loopback, port).start_with_listener();
    let taken = std::net::TcpListener::bind((loopback, 0)).unwrap();
    let second = start(taken.local_addr().unwrap().port()).await;
    let Err(Error::Listen { reason, .. }) = second else { panic!("{second:?}") };
    assert!(reason.contains("PORT"), "{reason}");
    // The database is free again.
    let (server, listener) = start(0).await.unwrap();
    assert!(listener.local_addr().unwrap().ip().is_loopback());
    server.shutdown().await;
}
