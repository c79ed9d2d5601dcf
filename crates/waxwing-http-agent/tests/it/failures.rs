//! What goes wrong, and whether another try may help.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use waxwing_agent::{Agent as _, AgentError, RunContext, Session};
use waxwing_http_agent::wire;
use wiremock::ResponseTemplate;

use crate::world::{World, agent, ask, builder, document, event, program, sign, stream, words};

const UNTRUSTED: &str = "the HTTP agent's answer cannot be trusted: ";
const NOT_OF_THE_CONTRACT: &str = "the HTTP agent's answer is not of the contract";

#[track_caller]
fn check(error: &AgentError, expected: &str, is_retryable: bool) {
    assert_eq!((error.to_string().as_str(), error.is_retryable()), (expected, is_retryable));
}

async fn failure(answer: impl Fn(&str) -> ResponseTemplate + Send + 'static) -> AgentError {
    ask(&program([answer]).await).await.unwrap_err()
}

#[tokio::test]
async fn statuses() {
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
async fn answers_that_cannot_be_trusted() {
    let body = words("ok").to_string();
    let unsigned = body.clone();
    let error = failure(move |_| ResponseTemplate::new(200).set_body_raw(unsigned.clone(), "application/json")).await;
    check(&error, &format!("{UNTRUSTED}there is no signature"), false);

    let signed = move |signature: String| {
        ResponseTemplate::new(200)
            .insert_header(wire::SIGNATURE_HEADER, signature)
            .set_body_raw(body.clone(), "application/json")
    };
    let made = signed.clone();
    let error = failure(move |_| made(sign(&["another call", &words("ok").to_string()]))).await;
    check(&error, &format!("{UNTRUSTED}the signature does not fit"), false);
    let made = signed.clone();
    let error = failure(move |_| made(sign(&[&words("ok").to_string()]))).await;
    check(&error, &format!("{UNTRUSTED}the signature does not fit"), false);
    let error = failure(move |_| signed("t=1,v1=".to_owned() + &"0".repeat(64))).await;
    let stale = "the signature is not of this time: a clock is wrong, or it was used before";
    check(&error, &format!("{UNTRUSTED}{stale}"), false);
}

#[tokio::test]
async fn answers_that_are_not_of_the_contract() {
    for answer in [json!({"part": []}), json!([]), json!({"parts": [{"type": "poem"}]})] {
        check(&failure(move |key| document(key, &answer)).await, NOT_OF_THE_CONTRACT, false);
    }
    let broken = json!({"parts": [{"type": "media", "kind": "image", "mime_type": "image/png", "data": "%"}]});
    let error = failure(move |key| document(key, &broken)).await;
    check(&error, "a medium in the HTTP agent's answer is not base64", false);
}

#[tokio::test]
async fn streams_that_cannot_be_trusted_or_used() {
    #[track_caller]
    fn check_stream(error: &AgentError, expected: &str) {
        check(error, expected, expected.contains("hung up"));
    }
    let does_not_fit = format!("{UNTRUSTED}the signature does not fit");
    let reply = |key: &str, number| event(key, number, "reply", &words("ok"));
    check_stream(&failure(move |key| stream(&reply(key, 2))).await, &does_not_fit);
    check_stream(&failure(|_| stream(&event("another call", 1, "reply", &words("ok")))).await, &does_not_fit);
    let renamed = |key: &str| stream(&event(key, 1, "message", &words("ok")).replace("event: message", "event: reply"));
    check_stream(&failure(renamed).await, &does_not_fit);
    let malformed = format!("{UNTRUSTED}the signature is malformed");
    check_stream(&failure(|_| stream("event: reply\ndata: {\"parts\":[]}\n\n")).await, &malformed);
    let cut = |key: &str| stream(&event(key, 1, "message", &words("wait")));
    check_stream(&failure(cut).await, "the HTTP agent hung up before its answer");
    let unknown = |key: &str| stream(&event(key, 1, "dance", &words("ok")));
    check_stream(&failure(unknown).await, "the HTTP agent sent an event that is not of the contract");
    let much =
        |key: &str| stream(&(1..=33).map(|number| event(key, number, "message", &words("."))).collect::<String>());
    check_stream(&failure(much).await, "the HTTP agent says too much before its answer");
}

#[tokio::test]
async fn an_agent_that_says_that_it_failed() {
    for is_retryable in [true, false] {
        let data = json!({"message": "no ink for 34600000001", "retryable": is_retryable});
        let error = failure(move |key| stream(&event(key, 1, "error", &data))).await;
        check(&error, "the HTTP agent failed", is_retryable);
        assert_eq!(error.source().unwrap().to_string(), "no ink for 34600000001");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large() {
    let server = program([|key: &str| document(key, &words(&"x".repeat(2000)))]).await;
    let agent = builder(&server.uri()).max_response(1000).build().unwrap();
    let error = agent.run("hi".into(), &World::default().run()).await.unwrap_err();
    check(&error, "the HTTP agent's answer is too large", false);
}

#[tokio::test]
async fn an_agent_that_hangs() {
    let slow = |key: &str| document(key, &words("late")).set_delay(Duration::from_mins(10));
    let server = program([slow]).await;
    let agent = builder(&server.uri()).timeout(Duration::from_millis(100)).build().unwrap();
    let error = agent.run("hi".into(), &World::default().run()).await.unwrap_err();
    check(&error, "the HTTP agent did not answer in time", true);

    let deadline = Instant::now() + Duration::from_millis(600);
    let ctx = RunContext::builder("1", Session::new("1")).deadline(deadline).build();
    let error = self::agent(&server).run("hi".into(), &ctx).await.unwrap_err();
    check(&error, "the HTTP agent did not answer in time", true);
}

#[tokio::test]
async fn an_agent_that_is_not_there_or_hangs_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/turn?key=s3cret", listener.local_addr().unwrap());
    let agent = builder(&url).build().unwrap();
    let half = tokio::spawn(async move {
        let mut connection = listener.accept().await.unwrap().0;
        // Reads some, and sends half an answer.
        assert!(connection.read(&mut [0; 1024]).await.unwrap() > 0);
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"parts\"").await.unwrap();
    });
    let error = agent.run("hi".into(), &World::default().run()).await.unwrap_err();
    check(&error, "the connection to the HTTP agent broke", true);
    half.await.unwrap();
    let error = agent.run("hi".into(), &World::default().run()).await.unwrap_err();
    check(&error, "the HTTP agent cannot be reached", true);
    assert!(!format!("{error:?} {:?}", error.source()).contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn a_secret_that_the_other_side_does_not_share() {
    let checking = |key: &str| document(key, &Value::Null);
    let server = program([checking]).await;
    agent(&server).run("hi".into(), &World::default().run()).await.unwrap_err();
    let request = &server.received_requests().await.unwrap()[0];
    let signature = request.headers.get(wire::SIGNATURE_HEADER).unwrap().to_str().unwrap();
    let other = waxwing_http_agent::SharedSecret::new("another secret of the tests").unwrap();
    let now = std::time::SystemTime::now();
    let verified = other.verify(Some(signature), &[&request.body], now, Duration::from_mins(5));
    assert_eq!(verified, Err(waxwing_http_agent::SignatureError::Mismatch));
}
