//! Failed requests to all providers.

use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use waxwing_llm::{ChatModel as _, ModelError, ModelErrorKind, Provider};
use wiremock::ResponseTemplate;

use super::{Stub, hello};

const SECRETS: [&str; 3] = ["sk-secret", "Hello", "psst"];

fn providers() -> [(Provider, &'static str); 3] {
    [
        (Provider::openai("sk-secret"), "gpt-5-mini"),
        (Provider::anthropic("sk-secret"), "claude-sonnet-4-5"),
        (Provider::gemini("sk-secret"), "gemini-2.5-flash"),
    ]
}

/// Checks that neither an error nor its sources hold a secret.
pub(super) fn assert_no_secrets(error: &ModelError) {
    let mut shown = format!("{error} {error:?}");
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        shown = format!("{shown} {error} {error:?}");
        source = error.source();
    }
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{shown}");
    }
}

async fn check(answer: ResponseTemplate, expected: ModelErrorKind) -> Vec<ModelError> {
    let mut errors = Vec::new();
    for (provider, model) in providers() {
        let stub = Stub::responding(answer.clone()).await;
        let error = stub.chat(provider, model, &hello()).await.unwrap_err();
        assert_eq!(error.kind(), expected, "{model}: {error}");
        assert_no_secrets(&error);
        errors.push(error);
    }
    errors
}

#[tokio::test]
async fn a_rate_limit_is_retryable() {
    let body = json!({"error": {"type": "rate_limit_error", "message": "psst, sk-secret said Hello"}});
    let answer = ResponseTemplate::new(429).insert_header("Retry-After", "7").set_body_json(body);
    for error in check(answer, ModelErrorKind::RateLimited).await {
        assert!(error.is_retryable());
        assert_eq!((error.status(), error.code()), (Some(429), Some("rate_limit_error")));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    }
}

#[tokio::test]
async fn a_server_error_is_retryable() {
    let answer = ResponseTemplate::new(500).set_body_string("psst");
    assert!(check(answer, ModelErrorKind::ServerError).await.iter().all(ModelError::is_retryable));
}

#[tokio::test]
async fn an_invalid_key_is_not_retryable() {
    let body = json!({"error": {"code": "invalid_api_key", "message": "Incorrect API key: sk-secret"}});
    let errors = check(ResponseTemplate::new(401).set_body_json(body), ModelErrorKind::Rejected).await;
    assert!(!errors.iter().any(ModelError::is_retryable));
}

#[tokio::test]
async fn unreadable_responses_are_invalid() {
    let html = ResponseTemplate::new(200).set_body_raw("<html>psst Hello</html>", "text/html");
    check(html, ModelErrorKind::InvalidResponse).await;
    let broken = ResponseTemplate::new(200).set_body_raw("{\"choices\": psst", "application/json");
    check(broken, ModelErrorKind::InvalidResponse).await;
    let other = ResponseTemplate::new(200).set_body_json(json!({"hello": "psst"}));
    check(other, ModelErrorKind::InvalidResponse).await;
    let error = ResponseTemplate::new(200).set_body_json(json!({"error": {"code": "upstream_failed"}}));
    for error in check(error, ModelErrorKind::InvalidResponse).await {
        assert_eq!(error.code(), Some("upstream_failed"));
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Stub::responding_json(json!({})).await;
    let answer = ResponseTemplate::new(307).insert_header("Location", target.0.uri().as_str());
    check(answer, ModelErrorKind::Rejected).await;
    assert!(target.0.received_requests().await.unwrap().is_empty());
}

/// Accepts one connection, reads a request, writes `head`, and then closes the connection or keeps it open.
pub(super) async fn serve(head: &'static str, hang_up: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 4096];
        let _ = stream.read(&mut buffer).await;
        let _ = stream.write_all(head.as_bytes()).await;
        if hang_up {
            return;
        }
        std::future::pending::<()>().await;
    });
    format!("http://{address}/")
}

pub(super) const HALF: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n{\"choices\":";

#[tokio::test]
async fn an_interrupted_body_is_a_connection_error() {
    for (provider, model) in providers() {
        let model = provider.base_url(serve(HALF, true).await).model(model).unwrap();
        let error = model.chat(&hello()).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Unreachable, "{error:?}");
        assert!(error.is_retryable());
        assert_no_secrets(&error);
    }
}

#[tokio::test]
async fn a_body_that_never_ends_is_a_timeout() {
    for (provider, model) in providers() {
        let provider = provider.base_url(serve(HALF, false).await).timeout(Duration::from_millis(200));
        let error = provider.model(model).unwrap().chat(&hello()).await.unwrap_err();
        assert_eq!(error.kind(), ModelErrorKind::Timeout, "{error:?}");
        assert_no_secrets(&error);
    }
}

#[tokio::test]
async fn a_refused_connection_is_a_connection_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1?psst", listener.local_addr().unwrap());
    drop(listener);
    let error = Provider::openai("sk-secret").base_url(url).model("m").unwrap().chat(&hello()).await.unwrap_err();
    assert_eq!(error.kind(), ModelErrorKind::Unreachable);
    assert_no_secrets(&error);
}
