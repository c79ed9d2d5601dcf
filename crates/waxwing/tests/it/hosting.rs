//! Running hosts.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get as route;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use waxwing::WhatsApp;
use waxwing::store::SqliteOptions;
use waxwing::store::{OutboxState, SqliteStore, Store};

use crate::support::{FakeGraph, deliver, get, host, interface, named, within_deadline};

const ONE: &str = "1000001";
const TWO: &str = "1000002";

#[tokio::test]
async fn two_interfaces_on_one_store_answer_each_on_its_own_number() {
    let (mut graph, dir) = (FakeGraph::start().await, tempfile::tempdir().unwrap());
    let start = || {
        let host = host(&dir).interface(interface("one", ONE, &graph.url)).interface(interface("two", TWO, &graph.url));
        async { host.start().await.unwrap() }
    };
    let server = start().await;
    let router = server.router();
    assert_eq!(deliver(&router, "one", "one", ONE, "hi").await, 200);
    assert_eq!(graph.next().await, "1000001, token-one > 34600000001: one heard hi after 0");
    assert_eq!(deliver(&router, "two", "two", TWO, "hi").await, 200);
    assert_eq!(graph.next().await, "1000002, token-two > 34600000001: two heard hi after 0");
    // Meta posts the webhooks of all numbers of an app to one URL.
    assert_eq!(deliver(&router, "one", "one", TWO, "again").await, 200);
    assert_eq!(graph.next().await, "1000002, token-two > 34600000001: two heard again after 2");
    // Each webhook has its own secret and verify token.
    for (own, other) in [("one", "two"), ("two", "one")] {
        assert_eq!(deliver(&router, own, other, ONE, "foreign").await, 403);
        for (token, status) in [(own, 200), (other, 403)] {
            let query = format!("hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1");
            assert_eq!(get(&router, &format!("/{own}/webhook?{query}")).await.0, status);
        }
    }
    assert_eq!(get(&router, "/health").await.0, 200);
    drop(router);
    server.shutdown().await;
    graph.expect_no_more();
}

#[tokio::test]
async fn the_numbers_of_one_app_share_its_webhook() {
    let (mut graph, dir) = (FakeGraph::start().await, tempfile::tempdir().unwrap());
    let shared = |name| {
        let interface = WhatsApp::builder(named(name)).access_token(name).phone_number_id(name).app_secret("app");
        interface.verify_token("word").graph_url(&graph.url).build().unwrap()
    };
    let server = host(&dir).interface(shared("1")).interface(shared("2")).start().await.unwrap();
    let router = server.router();
    for number in ["1", "2"] {
        assert_eq!(deliver(&router, "whatsapp", "app", number, "hi").await, 200);
        assert_eq!(graph.next().await, format!("{number}, {number} > 34600000001: {number} heard hi after 0"));
    }
    server.shutdown().await;
}

#[tokio::test]
async fn the_router_can_be_mounted_in_an_application() {
    let (mut graph, dir) = (FakeGraph::start().await, tempfile::tempdir().unwrap());
    let server = host(&dir).interface(interface("one", ONE, &graph.url)).start().await.unwrap();
    let app = Router::new()
        .route("/", route(|| async { "home" }))
        .nest("/bots", server.router())
        .fallback(|| async { (StatusCode::IM_A_TEAPOT, "nothing here") });
    assert_eq!(get(&app, "/").await, (200, "home".into()));
    assert_eq!(get(&app, "/one/status").await, (418, "nothing here".into()));
    assert_eq!(get(&app, "/bots/one/status").await, (200, r#"{"status":"available"}"#.into()));
    assert_eq!(deliver(&app, "bots/one", "one", ONE, "hi").await, 200);
    assert_eq!(graph.next().await, "1000001, token-one > 34600000001: one heard hi after 0");
    server.shutdown().await;
}

#[tokio::test]
async fn a_store_can_replace_the_database() {
    let (mut graph, dir) = (FakeGraph::start().await, tempfile::tempdir().unwrap());
    let own = SqliteStore::open(dir.path().join("own.db"), SqliteOptions::new("127.0.0.1")).await.unwrap();
    let store: Arc<dyn Store> = Arc::new(own);
    let host = host(&dir).store(store.clone()).interface(interface("one", ONE, &graph.url));
    let server = host.start().await.unwrap();
    assert_eq!(deliver(&server.router(), "one", "one", ONE, "hi").await, 200);
    graph.next().await;
    server.shutdown().await;
    assert!(!dir.path().join("test.db").exists(), "no database is opened");
    let rows = store.outbox(Some(OutboxState::Accepted), 10).await.unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
}

#[tokio::test]
async fn a_session_goes_on_in_the_next_process() {
    let (mut graph, dir) = (FakeGraph::start().await, tempfile::tempdir().unwrap());
    for (body, entries) in [("one", 0), ("two", 2), ("three", 4)] {
        let server = host(&dir).interface(interface("one", ONE, &graph.url)).start().await.unwrap();
        assert_eq!(deliver(&server.router(), "one", "one", ONE, body).await, 200);
        assert_eq!(graph.next().await, format!("1000001, token-one > 34600000001: one heard {body} after {entries}"));
        server.shutdown().await;
    }
}

#[tokio::test]
async fn a_server_shuts_down_when_the_signal_completes() {
    let (graph, dir) = (FakeGraph::start().await, tempfile::tempdir().unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = host(&dir).interface(interface("one", ONE, &graph.url)).shutdown_timeout(Duration::from_millis(50));
    let server = server.start().await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve(listener, async {
        let _ = stopped.await;
    }));
    // An idle connection does not delay the shutdown.
    let idle = tokio::net::TcpStream::connect(address).await.unwrap();
    stop.send(()).unwrap();
    within_deadline("the end", serving).await.unwrap().unwrap();
    drop(idle);
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "the listener is closed");
}
