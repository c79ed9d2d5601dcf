//! `waxwing campaigns`.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::response::Response;
use futures_util::stream;
use serde_json::{Value, json};
use waxwing_emulator::matcher::other;
use waxwing_tests::{ProcessOutput, TestEnv};

use crate::campaigns::{PATIENCE, start};

/// Runs `waxwing campaigns create` with a table of recipients.
async fn create(env: &TestEnv, table: &str, arguments: &[&str]) -> ProcessOutput {
    std::fs::write(env.path("list.csv"), table).unwrap();
    let number = env.emulator.phone_number_id();
    let create = ["campaigns", "create", "spring", "--template", "sale/en", "--recipients", "list.csv"];
    env.run(&[&create[..], &["--number", number], arguments].concat()).output().await
}

#[tokio::test]
async fn a_command_creates_a_campaign_from_a_table() {
    let env = TestEnv::new().await;
    let (_api, server) = start(&env, &[]).await;
    let wrong = create(&env, "phone,1\n+34600000001,Ana\nBen,Ben\n", &[]).await;
    assert!(wrong.code == Some(1) && wrong.stderr.contains("line 3: `phone`"), "{}", wrong.stderr);
    let missing = create(&env, "phone,1\n+34600000001,Ana\n+34600000002,\n", &[]).await;
    assert!(missing.code == Some(1) && missing.stderr.contains("line 3: template sale"), "{}", missing.stderr);
    assert!(missing.stderr.contains("campaign 1 is cancelled, and has sent nothing"), "{}", missing.stderr);
    let created = create(&env, "phone,1\n+34600000001,Ana\n34600000001,Ana\n+34600000002,Ben\n", &[]).await;
    assert_eq!(created.code, Some(0), "{}", created.stderr);
    assert!(created.stdout.contains("line 3 left out: the same recipient as line 2"), "{}", created.stdout);
    let (ana, ben) = (env.emulator.user("+34600000001"), env.emulator.user("+34600000002"));
    ana.expect(other("template")).await;
    ben.expect(other("template")).await;
    let listed = env.run(&["campaigns", "list", "--json"]).output().await;
    let newest: Value = serde_json::from_str(listed.stdout.lines().next().unwrap()).unwrap();
    let id = newest["id"].to_string();
    let finished = async { while !env.run(&["campaigns", "show", &id]).output().await.stdout.contains("finished") {} };
    tokio::time::timeout(PATIENCE, finished).await.expect("the campaign finishes");
    let recipients = env.run(&["campaigns", "recipients", &id]).output().await;
    assert_eq!(recipients.stdout.lines().count(), 2, "{}", recipients.stdout);
    assert!(recipients.stdout.contains("34600000001"), "{}", recipients.stdout);
    let over = env.run(&["campaigns", "cancel", &id]).output().await;
    assert!(over.code == Some(1) && over.stderr.contains("state finished"), "{}", over.stderr);
    env.drain(server).await;
}

/// A proxy of the admin API that loses the responses to some requests.
struct Proxy {
    client: reqwest::Client,
    origin: String,
    /// Ends of the paths whose responses are lost.
    lost: &'static [&'static str],
}

/// Puts the proxy between commands and the server.
async fn lose_responses(env: &TestEnv, lost: &'static [&'static str]) {
    let file = env.path("test.db.admin.json");
    let mut endpoint: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = json!(format!("http://{}", listener.local_addr().unwrap()));
    let origin = std::mem::replace(&mut endpoint["url"], url).as_str().unwrap().to_owned();
    std::fs::write(file, endpoint.to_string()).unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let router = Router::new().fallback(forward).with_state(Arc::new(Proxy { client, origin, lost }));
    tokio::spawn(async move { axum::serve(listener, router).await });
}

async fn forward(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    parts.headers.remove(HOST);
    let (url, body) = (format!("{}{}", proxy.origin, parts.uri), to_bytes(body, 1 << 20).await.unwrap());
    let request = proxy.client.request(parts.method, url).headers(parts.headers).body(body);
    let answer = request.send().await.unwrap();
    let response = Response::builder().status(answer.status()).header("content-type", "application/json");
    let body = answer.bytes().await.unwrap();
    let is_lost = proxy.lost.iter().any(|end| parts.uri.path().ends_with(end));
    let lost = stream::iter([Err::<Vec<u8>, _>(std::io::Error::other("lost"))]);
    response.body(if is_lost { Body::from_stream(lost) } else { Body::from(body) }).unwrap()
}

#[tokio::test]
async fn an_operator_learns_about_a_campaign_whose_start_has_no_response() {
    let rows: Vec<_> = (0..9).map(|n| format!("+3460000000{n},Ana")).collect();
    let table = format!("phone,1\n{}\n", rows.join("\n"));
    for (lost, expected) in [
        (&["/start"][..], "is cancelled, and may have sent messages; see: waxwing campaigns show"),
        (
            &["/start", "/cancel"],
            "may exist or run (the server that uses the database does not respond); see: waxwing campaigns show",
        ),
    ] {
        let env = TestEnv::new().await;
        let (api, _server) = start(&env, &[]).await;
        lose_responses(&env, lost).await;
        let created = create(&env, &table, &["--rate", "1"]).await;
        let newest = api.get("/v1/campaigns").await.1[0].clone();
        let named = format!("campaign {} {expected} {}", newest["id"], newest["id"]);
        assert!(created.code == Some(1) && created.stderr.contains(&named), "{named}: {}", created.stderr);
        assert!(created.stderr.contains("the campaign cannot start"), "{}", created.stderr);
        assert_eq!(newest["state"], "cancelled", "{newest}");
    }
}
