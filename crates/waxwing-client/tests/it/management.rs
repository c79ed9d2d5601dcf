//! Requests for the management of accounts, and the headers that report the use of limits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use waxwing_client::{ApiUsage, Client, Method, RetryAdvice};
use waxwing_types::PhoneNumberId;
use wiremock::matchers::{body_json, header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{assert_discreet, builder, call, fake};

const BUSINESS: &str = r#"{"102290129340398":[{"type":"whatsapp","call_count":100,"total_cputime":1,"total_time":2,"estimated_time_to_regain_access":3}]}"#;

/// Returns a client that stores the use of limits.
async fn watched() -> (MockServer, Client, Arc<Mutex<Vec<ApiUsage>>>) {
    let fake = MockServer::start().await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let watcher = Arc::clone(&seen);
    let client = builder(fake.uri()).timeout(Duration::from_secs(20));
    let client = client.on_usage(move |usage| watcher.lock().unwrap().push(usage.clone()));
    (fake, client.build().unwrap(), seen)
}

#[tokio::test]
async fn the_use_of_limits_is_reported() {
    let (fake, client, seen) = watched().await;
    let response = ResponseTemplate::new(200).set_body_json(json!({ "id": "1" }));
    let usage =
        response.clone().insert_header("x-app-usage", r#"{"call_count":28,"total_time":25,"total_cputime":25}"#);
    call("GET", "/v26.0/1").respond_with(usage).mount(&fake).await;
    call("GET", "/v26.0/2").respond_with(response).mount(&fake).await;
    let (_, usage): (Value, _) = client.request(Method::GET, "1").send_with_usage().await.unwrap();
    assert_eq!((usage.highest(), usage.app.unwrap().total_time), (28, 25));
    let (_, none): (Value, _) = client.request(Method::GET, "2").send_with_usage().await.unwrap();
    assert_eq!(none, ApiUsage::default());
    assert_eq!(*seen.lock().unwrap(), [usage]);
}

#[tokio::test]
async fn a_reached_limit_states_when_calls_are_accepted_again() {
    let (fake, client, seen) = watched().await;
    let error = json!({ "error": { "code": 80008, "message": "(#80008) too many calls" } });
    let response = ResponseTemplate::new(400).set_body_json(error).insert_header("x-business-use-case-usage", BUSINESS);
    call("GET", "/v26.0/1").respond_with(response).mount(&fake).await;
    let error = client.request(Method::GET, "1").send::<Value>().await.unwrap_err();
    assert_eq!((error.retry_after(), error.retry_advice()), (Some(Duration::from_mins(3)), RetryAdvice::Backoff));
    let business = seen.lock().unwrap()[0].business[0].clone();
    assert_eq!((business.id.as_str(), business.kind.as_str()), ("102290129340398", "whatsapp"));
    assert_eq!(business.usage.call_count, 100);
}

#[tokio::test]
async fn an_app_has_a_token_of_its_own() {
    let (fake, client) = fake().await;
    Mock::given(method("POST"))
        .and(path("/v26.0/77/subscriptions"))
        .and(header("authorization", "Bearer 77|app secret"))
        .and(body_json(json!({
            "object": "whatsapp_business_account", "callback_url": "https://bot.example", "verify_token": "v",
            "fields": "messages,calls",
        })))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "success": true })))
        .expect(1)
        .mount(&fake)
        .await;
    let app = client.app("77", &"app secret".into()).unwrap();
    app.subscribe("https://bot.example", "v", &["messages", "calls"]).await.unwrap();
    assert!(!format!("{app:?}").contains("app secret"));
    // A refusal shows neither the secret nor the query, which has the token.
    let error = app.debug_token(&"EAAtoken".into()).await.unwrap_err();
    assert_discreet(&error);
}

#[tokio::test]
async fn a_body_is_sent_as_it_is() {
    let (fake, client) = fake().await;
    let body =
        json!({ "messaging_product": "whatsapp", "to": "34600000000", "type": "hologram", "hologram": { "x": 1 } });
    call("POST", "/v26.0/1000001/messages")
        .and(body_json(&body))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "contacts": [{ "input": "34600000000", "wa_id": "34600000000" }], "messages": [{ "id": "wamid.OUT" }],
        })))
        .expect(1)
        .mount(&fake)
        .await;
    let sent = client.send_json(&body).await.unwrap();
    assert_eq!((sent.id.as_str(), sent.wa_id.is_some()), ("wamid.OUT", true));
}

#[tokio::test]
async fn a_list_may_have_a_name() {
    let (fake, client) = fake().await;
    let page = |name: &str, next: Value| {
        json!({
            "data": { "groups": [{ "id": name, "subject": "Tea", "created_at": "1755548877" }] }, "paging": next,
        })
    };
    let next = json!({ "cursors": { "after": "MTAx" }, "next": "https://evil.example/?after=MTAx" });
    call("GET", "/v26.0/1000001/groups")
        .and(query_param_is_missing("after"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page("g1", next)))
        .mount(&fake)
        .await;
    call("GET", "/v26.0/1000001/groups")
        .and(query_param("after", "MTAx"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page("g2", Value::Null)))
        .mount(&fake)
        .await;
    let groups = client.number(PhoneNumberId::new("1000001")).groups().all().await.unwrap();
    let ids: Vec<_> = groups.iter().map(|group| group.id.as_str()).collect();
    assert_eq!((ids, groups[0].created_at), (vec!["g1", "g2"], Some(1_755_548_877)));
}
