//! Block list, business profile, subscriptions, several numbers.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_emulator::{Rule, Rules};

use crate::support::{Graph, Post, WebhookServer, assert_violates, builder, fetch, start};

const BLOCKS: &str = "1000001/block_users";
const PROFILE: &str = "1000001/whatsapp_business_profile";

fn users(users: &Value) -> Value {
    json!({"messaging_product": "whatsapp", "block_users": users})
}

async fn unblock(graph: &Graph, body: &Value) -> (u16, Value) {
    fetch(graph.http.delete(format!("{}/{BLOCKS}", graph.base)).bearer_auth(&graph.token).json(body)).await
}

/// Meta: block users.
#[tokio::test]
async fn a_blocked_user_can_neither_send_nor_receive_messages() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    let ben = emulator.user_without_phone("ES.123", "Ben");
    ana.says("hi").await;
    ben.says("hi").await;
    let (status, body) =
        graph.post_to(BLOCKS, &users(&json!([{"user": "+34 600000000"}, {"user_id": "ES.123"}]))).await;
    assert_eq!(status, 200, "{body}");
    let added = json!([{"input": "+34 600000000", "wa_id": "34600000000"}, {"input": "ES.123", "user_id": "ES.123"}]);
    assert_eq!(body, json!({"messaging_product": "whatsapp", "block_users": {"added_users": added}}));
    // A user with a phone number can be blocked by BSUID, and is named by it.
    let bsuid = server.messages()[0]["from_user_id"].clone();
    let (_, body) = graph.post_to(BLOCKS, &users(&json!([{"user_id": bsuid}]))).await;
    assert_eq!(body["block_users"]["added_users"], json!([{"input": bsuid, "user_id": bsuid}]));
    let text = || json!({"to": "34600000000", "type": "text", "text": {"body": "a"}});
    assert_violates(graph.post(text()).await, Rule::Blocked, "9.2");
    ana.says("let me in").await;
    emulator.expect_idle().await;
    assert_eq!(server.messages().len(), 2, "the business does not hear of it");

    let (_, list) = graph.get(&format!("{BLOCKS}?limit=1")).await;
    assert_eq!(list["data"], json!([{"messaging_product": "whatsapp", "wa_id": "34600000000"}]));
    let (status, body) = unblock(&graph, &users(&json!([{"user": "34600000000"}]))).await;
    assert_eq!((status, body["block_users"]["removed_users"].as_array().map(Vec::len)), (200, Some(1)));
    assert_eq!(graph.post(text()).await.0, 200);
    assert_eq!(graph.get(BLOCKS).await.1["data"], json!([{"messaging_product": "whatsapp", "user_id": "ES.123"}]));
}

/// Meta: block users.
#[tokio::test]
async fn the_response_lists_the_users_who_cannot_be_blocked() {
    let (emulator, _server, graph) = start().await;
    emulator.user("+34600000000").says("hi").await;
    emulator.user("+34600000001");
    let both = users(&json!([{"user": "34600000000"}, {"user": "34600000001"}, {"user": "34600000002"}]));
    let (status, body) = graph.post_to(BLOCKS, &both).await;
    let failed = &body["block_users"]["failed_users"];
    assert_eq!(body["block_users"]["added_users"].as_array().map(Vec::len), Some(1), "{body}");
    assert_eq!(failed[0]["errors"][0]["code"], Rule::BlockWindow.code());
    assert_eq!(failed[1]["errors"][0]["code"], Rule::Undeliverable.code());
    assert_violates((status, body), Rule::BlockFailed, "7.2");

    emulator.advance(Duration::from_hours(24));
    let again = graph.post_to(BLOCKS, &users(&json!([{"user": "34600000000"}]))).await;
    assert_eq!(again.0, 200, "who is blocked already stays blocked");
    assert_violates(graph.post_to(BLOCKS, &users(&json!([]))).await, Rule::Required, "12.5");
    assert_violates(graph.post_to(BLOCKS, &users(&json!([{"user": "Ana"}]))).await, Rule::Address, "1.6");
    let many: Vec<_> = (0..1_001).map(|n| json!({"user": format!("34600{n:06}")})).collect();
    assert_violates(graph.post_to(BLOCKS, &users(&many.into())).await, Rule::BlockBatch, "8");
    assert_eq!((Rule::BlockList.limit(), Rule::BlockList.code()), (Some(64_000), 139_101), "cloud-api 8");
}

/// Unverified.
#[tokio::test]
async fn blocked_users_receive_messages_in_the_lenient_reading() {
    let emulator = builder().rules(Rules::strict().with_lenient(Rule::Blocked)).start().await.unwrap();
    let graph = Graph::new(&emulator);
    emulator.user("+34600000000").says("hi").await;
    assert_eq!(graph.post_to(BLOCKS, &users(&json!([{"user": "34600000000"}]))).await.0, 200);
    graph.text("34600000000", "hello").await;
}

/// Meta: business profiles.
#[tokio::test]
async fn the_business_profile_can_be_changed_and_read() {
    let (_sim, _server, graph) = start().await;
    let set = async |key: &str, value: Value| {
        graph.post_to(PROFILE, &json!({"messaging_product": "whatsapp", key: value})).await
    };
    for (key, rule, most) in [
        ("about", Rule::ProfileAbout, 139),
        ("address", Rule::ProfileAddress, 256),
        ("description", Rule::ProfileDescription, 256),
        ("email", Rule::ProfileEmail, 128),
    ] {
        assert_violates(set(key, "a".repeat(most + 1).into()).await, rule, "9.2");
        assert_eq!(set(key, "a".repeat(most).into()).await, (200, json!({"success": true})));
    }
    assert_violates(set("about", "".into()).await, Rule::ProfileAbout, "9.2");
    assert_violates(
        set("websites", json!(["https://a", "https://b", "https://c"])).await,
        Rule::ProfileWebsites,
        "9.2",
    );
    assert_violates(set("websites", json!(["a".repeat(257)])).await, Rule::ProfileWebsite, "9.2");
    assert_violates(set("vertical", "PIRACY".into()).await, Rule::ProfileVertical, "9.2");
    assert_eq!(set("websites", json!(["https://a", "https://b"])).await.0, 200);
    let (_, body) = graph.get(&format!("{PROFILE}?fields=websites,vertical")).await;
    let websites = json!(["https://a", "https://b"]);
    let profile = json!({"messaging_product": "whatsapp", "websites": websites, "vertical": "UNDEFINED"});
    assert_eq!(body, json!({ "data": [profile] }));
    assert_violates(graph.get(&format!("{PROFILE}?fields=colour")).await, Rule::UnknownField, "9.2");
}

/// Meta: subscribed apps. An app without a subscription receives no webhooks.
#[tokio::test]
async fn an_unsubscribed_app_receives_no_webhooks() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user("+34600000000");
    let apps = "2000002/subscribed_apps";
    assert_eq!(graph.get(apps).await.1["data"][0]["whatsapp_business_api_data"]["id"], "3000003");
    assert_eq!(graph.delete(apps).await, (200, json!({"success": true})));
    assert_eq!(graph.get(apps).await.1, json!({"data": []}));
    ana.says("anybody?").await;
    emulator.expect_idle().await;
    assert!(server.posts().is_empty());
    assert_eq!(graph.post_to(apps, &json!({})).await, (200, json!({"success": true})));
    ana.says("hello").await;
    emulator.expect_idle().await;
    assert_eq!(server.messages().len(), 1);
    assert_violates(graph.get("1000001/subscribed_apps").await, Rule::UnknownObject, "7.2");
}

/// Meta: create webhook endpoint. The callback of the account takes precedence over the callback of the app.
#[tokio::test]
async fn callbacks_are_verified_and_overridden() {
    let emulator = builder().start().await.unwrap();
    let graph = Graph::new(&emulator);
    let (app, account) = (WebhookServer::start(&emulator).await, WebhookServer::start(&emulator).await);
    emulator.set_webhook("http://127.0.0.1:9/nowhere");
    let ana = emulator.user("+34600000000");
    let set = |url: &str, token: &str| {
        json!({
            "object": "whatsapp_business_account", "callback_url": url, "verify_token": token, "fields": "messages",
        })
    };
    let refused = graph.post_to("3000003/subscriptions", &set(&app.url, "wrong")).await;
    assert_violates(refused, Rule::CallbackUrl, "2.1");
    let app_token = format!("3000003|{}", emulator.app_secret().unwrap());
    let request = graph.http.post(format!("{}/3000003/subscriptions", graph.base)).bearer_auth(&app_token);
    assert_eq!(fetch(request.json(&set(&app.url, emulator.verify_token()))).await, (200, json!({"success": true})));
    let elsewhere = graph.http.get(format!("{}/1000001", graph.base)).bearer_auth(&app_token);
    assert_violates(fetch(elsewhere).await, Rule::Token, "7.2");
    let (_, found) = graph.get("3000003/subscriptions").await;
    assert_eq!(found["data"][0]["callback_url"], app.url);
    ana.says("to the app").await;
    emulator.expect_idle().await;
    assert_eq!((app.messages().len(), account.messages().len()), (1, 0));

    let apps = "2000002/subscribed_apps";
    let own = json!({"override_callback_uri": account.url, "verify_token": emulator.verify_token()});
    assert_eq!(graph.post_to(apps, &own).await.0, 200);
    assert_eq!(graph.get(apps).await.1["data"][0]["override_callback_uri"], account.url);
    ana.says("to the account").await;
    emulator.expect_idle().await;
    assert_eq!((app.messages().len(), account.messages().len()), (1, 1));
    assert_eq!(graph.post_to(apps, &json!({})).await.0, 200);
    ana.says("to the app again").await;
    emulator.expect_idle().await;
    assert_eq!((app.messages().len(), account.messages().len()), (2, 1));

    let mut others = set(&app.url, emulator.verify_token());
    others["fields"] = "account_update,security".into();
    assert_eq!(graph.post_to("3000003/subscriptions", &others).await.0, 200);
    ana.says("nobody asked").await;
    emulator.expect_idle().await;
    assert_eq!(app.messages().len(), 2);
}

/// Meta: phone numbers.
#[tokio::test]
async fn a_test_can_set_the_fields_of_a_number() {
    let (emulator, _server, graph) = start().await;
    emulator.set_number_field("quality_rating", "RED".into());
    assert_eq!(graph.get("1000001?fields=quality_rating").await.1["quality_rating"], "RED");
    let (_, numbers) = graph.get("2000002/phone_numbers").await;
    assert_eq!((&numbers["data"][0]["id"], &numbers["data"][0]["quality_rating"]), (&json!("1000001"), &json!("RED")));
}

#[tokio::test]
async fn media_windows_and_limits_belong_to_a_number() {
    let emulator = builder().number("1000002", "15550002222").start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    let graph = Graph::new(&emulator);
    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let (_, upload) = graph.upload(b"\x89PNG".to_vec(), "image/png").await;
    let id = upload["id"].as_str().unwrap();
    let image = json!({"messaging_product": "whatsapp", "to": "34600000000", "type": "image", "image": {"id": id}});
    assert_eq!(graph.post_to("1000001/messages", &image).await.0, 200);
    assert_violates(graph.post_to("1000002/messages", &image).await, Rule::Window, "8");
    assert_violates(graph.get(&format!("{id}?phone_number_id=1000002")).await, Rule::MediaId, "5.2");
    assert_eq!(graph.get("1000002?fields=display_phone_number").await.1["display_phone_number"], "+1 555-000-2222");
    assert_eq!(graph.get("2000002/phone_numbers").await.1["data"].as_array().map(Vec::len), Some(2));

    ana.expect_image().await;
    let says = json!({"says": {"user": "+34600000000", "text": "hi there", "number": "1000002"}});
    let there = emulator.perform(serde_json::from_value(says).unwrap()).unwrap().id.unwrap();
    let text = |quoted: &str| {
        json!({
            "messaging_product": "whatsapp", "to": "34600000000", "type": "text", "text": {"body": "hello"},
            "context": {"message_id": quoted},
        })
    };
    assert_violates(graph.post_to("1000001/messages", &text(&there)).await, Rule::QuotedMessage, "4.1");
    let read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": there});
    assert_violates(graph.post_to("1000001/messages", &read).await, Rule::ReceiptOf, "4.4");
    assert_eq!(graph.post_to("1000002/messages", &read).await.0, 200);
    assert_eq!(graph.post_to("1000002/messages", &text(&there)).await.0, 200);
    assert_eq!(ana.expect_text("hello").await.number, "1000002");
    emulator.expect_idle().await;
    let of_second = |post: &Post| post.value()["metadata"]["phone_number_id"] == "1000002";
    let posts: Vec<_> = server.posts().iter().filter(|post| of_second(post)).map(Post::value).collect();
    let messages = posts.iter().filter(|value| value["messages"][0]["id"] == there.as_str()).count();
    let statuses = posts.iter().filter(|value| value["statuses"].is_array()).count();
    assert_eq!((messages, statuses, posts.len()), (1, 2, 3));
}
