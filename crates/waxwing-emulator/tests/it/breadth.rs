//! Calls around the account and its numbers.

use serde_json::{Value, json};
use waxwing_emulator::Rule;

use crate::support::{assert_error, assert_violates, fetch, start};

/// Meta: registration. A number that is not registered cannot send.
#[tokio::test]
async fn a_number_is_registered_and_deregistered() {
    let (emulator, _server, graph) = start().await;
    emulator.user("+34600000000").says("hi").await;
    let success = (200, json!({"success": true}));
    let text = || json!({"to": "34600000000", "text": {"body": "hello"}});
    assert_eq!(graph.post_to("1000001/deregister", &json!({})).await, success);
    assert_eq!(graph.get("1000001?fields=status").await.1["status"], "DISCONNECTED");
    assert_violates(graph.post(text()).await, Rule::Registered, "7.2");
    let code = json!({"code_method": "SMS", "language": "en_US"});
    assert_eq!(graph.post_to("1000001/request_code", &code).await, success);
    assert_eq!(
        graph.get("1000001?fields=code_verification_status").await.1["code_verification_status"],
        "NOT_VERIFIED"
    );
    assert_violates(graph.post_to("1000001/verify_code", &json!({"code": "12"})).await, Rule::SixDigits, "9.2");
    assert_eq!(graph.post_to("1000001/verify_code", &json!({"code": "123456"})).await, success);
    let register = |pin: &str| json!({"messaging_product": "whatsapp", "pin": pin});
    assert_violates(graph.post_to("1000001/register", &register("abcdef")).await, Rule::SixDigits, "9.2");
    assert_eq!(graph.post_to("1000001/register", &register("123456")).await, success);
    assert_eq!(graph.post(text()).await.0, 200);
    assert_violates(graph.post_to("1000001/request_code", &json!({"code_method": "PIGEON"})).await, Rule::Form, "12.5");
}

/// Meta: access tokens.
#[tokio::test]
async fn tokens_are_issued_and_described() {
    let (emulator, _server, graph) = start().await;
    let (secret, token) = (emulator.app_secret().unwrap(), emulator.access_token());
    let get = async |path: String| fetch(graph.http.get(format!("{}/{path}", graph.base))).await;
    let issue = |secret: &str| {
        format!("oauth/access_token?client_id=3000003&client_secret={secret}&grant_type=client_credentials")
    };
    let expected = json!({"access_token": format!("3000003|{secret}"), "token_type": "bearer"});
    assert_eq!(get(issue(secret)).await, (200, expected));
    assert_violates(get(issue("wrong")).await, Rule::Token, "7.2");
    let debug = async |input: &str| {
        get(format!("debug_token?input_token={input}&access_token={token}")).await.1["data"].clone()
    };
    let known = debug(token).await;
    assert_eq!(
        (&known["is_valid"], &known["app_id"], &known["scopes"][1]),
        (&json!(true), &json!("3000003"), &json!("whatsapp_business_messaging"))
    );
    assert_eq!(debug("wrong").await["is_valid"], false);
    let granular = json!({"scope": "whatsapp_business_management", "target_ids": ["2000002"]});
    assert_eq!(known["granular_scopes"][0], granular);
    assert_error(get(format!("debug_token?access_token={token}")).await, 400, 100);
    assert_violates(get(format!("debug_token?input_token={token}")).await, Rule::Token, "7.2");
}

/// Meta: WhatsApp business accounts; phone numbers.
#[tokio::test]
async fn objects_have_default_fields() {
    let (_emulator, _server, graph) = start().await;
    assert_eq!(graph.get("me").await.1, json!({"id": "1", "name": "Waxwing"}));
    assert_eq!(graph.get("3000003").await.1, json!({"id": "3000003", "name": "Waxwing"}));
    let (_, account) = graph.get("2000002?fields=name,currency,message_template_namespace").await;
    assert_eq!((&account["id"], &account["currency"]), (&json!("2000002"), &json!("USD")));
    assert_violates(graph.get("2000002?fields=colour").await, Rule::UnknownField, "9.2");
    // A field without a value is left out.
    let (status, number) = graph.get("1000001?fields=new_name_status,new_certificate,health_status").await;
    assert_eq!((status, &number["new_name_status"], number.get("new_certificate")), (200, &json!("NONE"), None));
    let (_, templates) = graph.get("2000002/message_templates?fields=name,message_send_ttl_seconds").await;
    assert_eq!(templates["data"][0].as_object().map(serde_json::Map::len), Some(2), "{templates}");
    assert_eq!(graph.get("2000002/message_templates").await.1["data"][0].get("sub_category"), None);
    let (_, counted) = graph.get("2000002/message_templates?name=x&summary=total_count,message_template_count").await;
    assert_eq!(counted["summary"], json!({"total_count": 0, "message_template_count": 1}));
    assert_violates(graph.get("2000002/message_templates?summary=x").await, Rule::UnknownField, "9.2");
    let (_, number) = graph.get("1000001?fields=account_mode,quality_score,is_pin_enabled").await;
    assert_eq!((&number["account_mode"], &number["quality_score"]), (&json!("LIVE"), &json!({"score": "GREEN"})));
}

/// Meta: Graph API, paged results.
#[tokio::test]
async fn a_page_has_the_url_of_the_next_page() {
    let (emulator, _server, graph) = start().await;
    for language in ["en", "de"] {
        let body = json!({"type": "BODY", "text": "Hello"});
        let template = json!({"name": "a", "language": language, "category": "UTILITY", "components": [body]});
        emulator.add_template(&template);
    }
    let mut url = format!("{}/2000002/message_templates?limit=2&fields=language", graph.base);
    let mut languages = Vec::new();
    loop {
        let (status, page) = fetch(graph.http.get(&url).bearer_auth(&graph.token)).await;
        assert_eq!(status, 200, "{page}");
        languages.extend(page["data"].as_array().unwrap().iter().map(|it| it["language"].clone()));
        match &page["paging"]["next"] {
            Value::String(next) => url.clone_from(next),
            _ => break,
        }
    }
    assert_eq!(languages, ["en_US", "en", "de"]);
    assert!(url.contains("after=") && url.contains("limit=2") && !url.contains("access_token"), "{url}");
}

#[tokio::test]
async fn calls_that_are_not_played_say_so() {
    let (_emulator, _server, graph) = start().await;
    let calls = ["1000001/messages_encrypted", "2000002/migrate_flows", "2000002/phone_numbers"];
    for call in calls {
        let (status, body) = graph.post_to(call, &json!({})).await;
        let details = body["error"]["error_data"]["details"].as_str().unwrap_or_default();
        assert!(status == 501 && details.contains("does not play"), "{call}: {status} {body}");
    }
}
