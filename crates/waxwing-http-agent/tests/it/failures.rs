//! Failures, and whether they are retryable.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use waxwing_agent::{Agent as _, AgentError, RunContext, Session};
use waxwing_http_agent::wire;
use wiremock::ResponseTemplate;

use crate::test_run::{TestRun, agent, ask, builder, document, event, program, sign, stream, text};

const UNTRUSTED: &str = "the answer of the HTTP agent is untrusted: ";
const AGAINST_THE_CONTRACT: &str = "the answer of the HTTP agent does not follow the contract";

#[track_caller]
fn check(error: &AgentError, expected: &str, is_retryable: bool) {
    assert_eq!((error.to_string().as_str(), error.is_retryable()), (expected, is_retryable));
}

async fn failure(answer: impl Fn(&str) -> ResponseTemplate + Send + 'static) -> AgentError {
    ask(&program([answer]).await).await.unwrap_err()
}

#[tokio::test]
async fn statuses_decide_whether_a_failure_is_retryable() {
    for (status, is_retryable) in [
        (500, true),
        (503, true),
        (429, true),
        (408, true),
        (400, false),
        (401, false),
        (404, false),
        (204, false),
        (307, false),
    ] {
        let error = failure(move |_| {
            let location = "http://127.0.0.1:1/elsewhere";
            ResponseTemplate::new(status).insert_header("location", location)
        })
        .await;
        check(&error, &format!("the HTTP agent answered with HTTP {status}"), is_retryable);
    }
}

#[tokio::test]
async fn answers_with_an_invalid_signature_are_refused() {
    let body = text("ok").to_string();
    let unsigned = body.clone();
    let error = failure(move |_| ResponseTemplate::new(200).set_body_raw(unsigned.clone(), "application/json")).await;
    check(&error, &format!("{UNTRUSTED}the signature is missing"), false);

    let signed = move |signature: String| {
        ResponseTemplate::new(200)
            .insert_header(wire::SIGNATURE_HEADER, signature)
            .set_body_raw(body.clone(), "application/json")
    };
    let made = signed.clone();
    let error = failure(move |_| made(sign(&["another call", &text("ok").to_string()]))).await;
    check(&error, &format!("{UNTRUSTED}the signature does not match; check the secrets of both sides"), false);
    let made = signed.clone();
    let error = failure(move |_| made(sign(&[&text("ok").to_string()]))).await;
    check(&error, &format!("{UNTRUSTED}the signature does not match; check the secrets of both sides"), false);
    let error = failure(move |_| signed("t=1,v1=".to_owned() + &"0".repeat(64))).await;
    let stale = "the signature is too old or from the future; check the clocks of both sides";
    check(&error, &format!("{UNTRUSTED}{stale}"), false);
}

#[tokio::test]
async fn answers_that_break_the_contract_are_refused() {
    for answer in [json!({"part": []}), json!([]), json!({"parts": [{"type": "poem"}]})] {
        check(&failure(move |key| document(key, &answer)).await, AGAINST_THE_CONTRACT, false);
    }
    let broken = json!({"parts": [{"type": "media", "kind": "image", "mime_type": "image/png", "data": "%"}]});
    let error = failure(move |key| document(key, &broken)).await;
    check(&error, "media in the answer of the HTTP agent are not base64", false);
}

#[tokio::test]
async fn invalid_streams_are_refused() {
    #[track_caller]
    fn check_stream(error: &AgentError, expected: &str) {
        check(error, expected, expected.contains("closed"));
    }
    let does_not_fit = format!("{UNTRUSTED}the signature does not match; check the secrets of both sides");
    let reply = |key: &str, number| event(key, number, "reply", &text("ok"));
    check_stream(&failure(move |key| stream(&reply(key, 2))).await, &does_not_fit);
    check_stream(&failure(|_| stream(&event("another call", 1, "reply", &text("ok")))).await, &does_not_fit);
    let renamed = |key: &str| stream(&event(key, 1, "message", &text("ok")).replace("event: message", "event: reply"));
    check_stream(&failure(renamed).await, &does_not_fit);
    let malformed = format!("{UNTRUSTED}the signature is malformed");
    check_stream(&failure(|_| stream("event: reply\ndata: {\"parts\":[]}\n\n")).await, &malformed);
    let cut = |key: &str| stream(&event(key, 1, "message", &text("wait")));
    check_stream(&failure(cut).await, "the HTTP agent closed the connection before its answer");
    let unknown = |key: &str| stream(&event(key, 1, "dance", &text("ok")));
    check_stream(&failure(unknown).await, "the HTTP agent sent an unknown event");
    let much =
        |key: &str| stream(&(1..=33).map(|number| event(key, number, "message", &text("."))).collect::<String>());
    check_stream(&failure(much).await, "the HTTP agent sent more than 32 interim messages");
}

#[tokio::test]
async fn an_agent_can_report_a_failure() {
    for is_retryable in [true, false] {
        let data = json!({"message": "no ink for 34600000001", "retryable": is_retryable});
        let error = failure(move |key| stream(&event(key, 1, "error", &data))).await;
        check(&error, "the HTTP agent reported an error", is_retryable);
        assert_eq!(error.source().unwrap().to_string(), "no ink for 34600000001");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_refused() {
    let server = program([|key: &str| document(key, &text(&"x".repeat(2000)))]).await;
    let agent = builder(&server.uri()).max_response_bytes(1000).build().unwrap();
    let error = agent.run("hi".into(), &TestRun::default().ctx()).await.unwrap_err();
    check(&error, "the answer of the HTTP agent is too large", false);
}

#[tokio::test]
async fn a_slow_agent_times_out() {
    let slow = |key: &str| document(key, &text("late")).set_delay(Duration::from_mins(10));
    let server = program([slow]).await;
    let agent = builder(&server.uri()).timeout(Duration::from_millis(100)).build().unwrap();
    let error = agent.run("hi".into(), &TestRun::default().ctx()).await.unwrap_err();
    check(&error, "the HTTP agent did not answer in time", true);

    let deadline = Instant::now() + Duration::from_millis(600);
    let ctx = RunContext::builder("1", Session::new("1")).deadline(deadline).build();
    let error = self::agent(&server).run("hi".into(), &ctx).await.unwrap_err();
    check(&error, "the HTTP agent did not answer in time", true);
}

#[tokio::test]
async fn an_unreachable_agent_and_a_broken_connection_are_retryable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/turn?key=s3cret", listener.local_addr().unwrap());
    let agent = builder(&url).build().unwrap();
    let half_answer = tokio::spawn(async move {
        let mut connection = listener.accept().await.unwrap().0;
        // Sends half an answer.
        assert!(connection.read(&mut [0; 1024]).await.unwrap() > 0);
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"parts\"").await.unwrap();
    });
    let error = agent.run("hi".into(), &TestRun::default().ctx()).await.unwrap_err();
    check(&error, "the connection to the HTTP agent failed", true);
    half_answer.await.unwrap();
    let error = agent.run("hi".into(), &TestRun::default().ctx()).await.unwrap_err();
    check(&error, "the HTTP agent is unreachable", true);
    assert!(!format!("{error:?} {:?}", error.source()).contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn the_other_side_can_verify_a_turn_with_the_shared_secret_only() {
    let checking = |key: &str| document(key, &Value::Null);
    let server = program([checking]).await;
    agent(&server).run("hi".into(), &TestRun::default().ctx()).await.unwrap_err();
    let request = &server.received_requests().await.unwrap()[0];
    let signature = request.headers.get(wire::SIGNATURE_HEADER).unwrap().to_str().unwrap();
    let other = waxwing_http_agent::SharedSecret::new("another secret of the tests").unwrap();
    let now = std::time::SystemTime::now();
    let verified = other.verify(Some(signature), &[&request.body], now, Duration::from_mins(5));
    assert_eq!(verified, Err(waxwing_http_agent::SignatureError::Mismatch));
}
