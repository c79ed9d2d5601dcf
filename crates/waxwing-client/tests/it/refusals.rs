//! Error responses.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_client::{Error, ErrorKind, MediaUpload, Method, RetryAdvice};
use waxwing_types::{MediaId, ValidationError, WaId, limits};
use wiremock::ResponseTemplate;

use crate::support::{assert_discreet, call, fake};

/// Sends a text to a fake that answers with `response`, and returns the error.
async fn refused(response: ResponseTemplate) -> Error {
    let (fake, client) = fake().await;
    call("POST", "/v26.0/1000001/messages").respond_with(response).expect(1).mount(&fake).await;
    let error = client.send_text(WaId::new("34600000000"), "secret words").await.unwrap_err();
    assert_discreet(&error);
    error
}

#[tokio::test]
async fn a_refusal_has_the_error_of_the_graph_api() {
    let body = json!({ "error": {
        "message": "(#131047) to 34600000000: secret words", "type": "OAuthException", "code": 131_047,
        "error_subcode": 2_494_010, "error_data": { "messaging_product": "whatsapp", "details": "34600000000 is silent" },
        "error_user_title": "34600000000", "fbtrace_id": "Abc",
    } });
    let error = refused(ResponseTemplate::new(400).set_body_json(body)).await;
    assert_eq!(
        error.to_string(),
        "graph api refused the request with code 131047 (HTTP 400); the service window is closed; send a template, or wait for the user"
    );
    assert_eq!((error.kind(), error.retry_advice(), error.is_retryable()), (ErrorKind::Api, RetryAdvice::Never, false));
    assert_eq!((error.status(), error.retry_after(), error.may_have_been_accepted()), (Some(400), None, false));
    let api = error.api().unwrap();
    assert_eq!((api.status, api.code, api.subcode), (400, 131_047, Some(2_494_010)));
    assert_eq!(api.message, "(#131047) to 34600000000: secret words");
    assert_eq!(api.details.as_deref(), Some("34600000000 is silent"));
    assert_eq!(api.fbtrace_id.as_deref(), Some("Abc"));
}

#[tokio::test]
async fn a_refusal_can_have_a_retry_after_header() {
    let body = json!({ "error": { "code": 131_056 } });
    let response = ResponseTemplate::new(429).insert_header("retry-after", "7").set_body_json(body);
    let error = refused(response).await;
    assert_eq!((error.retry_advice(), error.retry_after()), (RetryAdvice::Backoff, Some(Duration::from_secs(7))));
    for odd in ["soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", ""] {
        let error = refused(ResponseTemplate::new(503).insert_header("retry-after", odd)).await;
        assert_eq!(error.retry_after(), None);
    }
}

#[tokio::test]
async fn only_an_error_of_the_graph_api_or_a_rate_limit_proves_a_refusal() {
    #[track_caller]
    fn check(error: &Error, kind: ErrorKind, accepted: bool) {
        assert_eq!((error.kind(), error.may_have_been_accepted()), (kind, accepted), "{error}");
    }
    let json = |status, body: Value| ResponseTemplate::new(status).set_body_json(body);
    let html = |status| ResponseTemplate::new(status).set_body_raw("<html>secret words</html>", "text/html");
    let code = || json!({ "error": { "code": 2, "message": "m" } });

    check(&refused(json(500, code())).await, ErrorKind::Api, false);
    check(&refused(json(200, code())).await, ErrorKind::Api, false);
    check(&refused(html(500)).await, ErrorKind::Decode, true);
    check(&refused(html(404)).await, ErrorKind::Decode, true);
    // A rate limit applies before the request is executed.
    check(&refused(html(429)).await, ErrorKind::Decode, false);
    check(&refused(ResponseTemplate::new(429)).await, ErrorKind::Decode, false);
    check(&refused(html(200)).await, ErrorKind::Decode, true);
    check(&refused(json(502, json!({ "error": "bad gateway" }))).await, ErrorKind::Decode, true);
    check(&refused(json(200, json!({}))).await, ErrorKind::Decode, true);
    check(&refused(json(200, json!({ "messages": [] }))).await, ErrorKind::Decode, true);
    check(&refused(json(200, json!({ "messages": [{ "id": "" }] }))).await, ErrorKind::Decode, true);
    check(&refused(json(200, json!({ "messages": "34600000000" }))).await, ErrorKind::Decode, true);
    let redirect = ResponseTemplate::new(307).insert_header("location", "/v26.0/elsewhere");
    check(&refused(redirect).await, ErrorKind::Decode, true);
    let accepted = json!({ "messages": [{ "id": "wamid.A" }] });
    check(&refused(json(500, accepted.clone())).await, ErrorKind::Decode, true);
    let endless = accepted.to_string() + &" ".repeat(5 * 1024 * 1024);
    let endless = ResponseTemplate::new(200).set_body_string(endless);
    check(&refused(endless).await, ErrorKind::Decode, true);
}

#[tokio::test]
async fn invalid_requests_are_not_sent() {
    let (fake, client) = fake().await;
    let too_long = client.send_text(WaId::new("34600000000"), "secret words".repeat(1000)).await.unwrap_err();
    let source = std::error::Error::source(&too_long).unwrap().downcast_ref::<ValidationError>();
    assert_eq!(
        source,
        Some(&ValidationError::TooLong { field: "text.body", length: 12_000, limit: limits::TEXT_BODY })
    );

    let errors = [
        too_long,
        client.upload(MediaUpload::new("image/png", Vec::new()).filename("a.png")).await.unwrap_err(),
        client.upload(MediaUpload::new("not a type", vec![1]).filename("a.png")).await.unwrap_err(),
        client.media(&MediaId::new("")).await.unwrap_err(),
        client.delete_media(&MediaId::new("..")).await.unwrap_err(),
        client.request(Method::GET, "../../34600000000").query("fields", "x").send::<Value>().await.unwrap_err(),
    ];
    for error in &errors {
        assert_eq!(
            (error.kind(), error.retry_advice(), error.may_have_been_accepted()),
            (ErrorKind::Invalid, RetryAdvice::Never, false)
        );
        assert_discreet(error);
    }
    let large = vec![0; usize::try_from(limits::DOCUMENT_BYTES).unwrap() + 1];
    assert_eq!(
        client.upload(MediaUpload::new("image/png", large).filename("a")).await.unwrap_err().kind(),
        ErrorKind::TooLarge
    );
    assert!(fake.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_response_without_success_is_an_error() {
    let (fake, client) = fake().await;
    call("DELETE", "/v26.0/77")
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "success": false })))
        .mount(&fake)
        .await;
    assert_eq!(client.delete_media(&MediaId::new("77")).await.unwrap_err().kind(), ErrorKind::Decode);
}
