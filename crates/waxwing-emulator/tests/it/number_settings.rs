//! Settings of business numbers.

use serde_json::{Value, json};
use waxwing_emulator::Rule;

use crate::flow_server::public_key;
use crate::support::{Graph, WebhookServer, assert_error, assert_violates, builder, fetch, start};

fn success() -> (u16, Value) {
    (200, json!({"success": true}))
}

/// Meta: phone number settings.
#[tokio::test]
async fn settings_are_changed_one_by_one() {
    let (emulator, server, graph) = start().await;
    let path = "1000001/settings";
    assert_eq!(graph.get(path).await.1["calling"], json!({"status": "DISABLED"}));
    let calling = json!({"status": "ENABLED", "call_icon_visibility": "DEFAULT"});
    assert_eq!(graph.post_to(path, &json!({ "calling": calling })).await, success());
    let check = json!({"user_identity_change": {"enable_identity_key_check": true}});
    assert_eq!(graph.post_to(path, &check).await, success());
    let (_, settings) = graph.get(path).await;
    assert_eq!(settings["calling"], calling);
    assert_eq!(settings["user_identity_change"], check["user_identity_change"]);
    assert_eq!(settings["storage_configuration"], json!({"status": "DEFAULT"}));
    emulator.expect_idle().await;
    let changes = server.changes();
    assert_eq!((changes.len(), &changes[0]["field"]), (1, &json!("account_settings_update")));
    let reported = json!({"phone_number_id": "1000001", "calling": calling});
    assert_eq!(changes[0]["value"]["phone_number_settings"], reported);
    assert_violates(graph.post_to(path, &json!({"calling": {"status": "ON"}})).await, Rule::Form, "12.5");
    assert_violates(graph.post_to(path, &json!({"colour": {}})).await, Rule::UnknownKey, "12.5");
    assert_violates(graph.post_to(path, &json!({})).await, Rule::Required, "12.5");
    assert_violates(graph.get("1000009/settings").await, Rule::UnknownObject, "7.2");
}

/// Meta: conversational components.
#[tokio::test]
async fn prompts_and_commands_are_set_and_read() {
    let (_emulator, _server, graph) = start().await;
    let path = "1000001/conversational_automation";
    let command = |name: usize, description: usize| json!({"command_name": "n".repeat(name), "command_description": "d".repeat(description)});
    let commands = json!([command(30, 256)]);
    assert_eq!(graph.post_to(path, &json!({"prompts": ["Book", "Cancel", "Help"]})).await, success());
    assert_eq!(graph.post_to(path, &json!({ "commands": commands.to_string() })).await, success());
    let prompts = ["Book", "Cancel", "Help"];
    let set = json!({"id": "1000001", "enable_welcome_message": false, "prompts": prompts, "commands": commands});
    let (_, number) = graph.get("1000001?fields=conversational_automation").await;
    assert_eq!(number, json!({"id": "1000001", "conversational_automation": set}));
    assert_eq!(graph.get(path).await.1["prompts"], set["prompts"]);
    for (body, rule) in [
        (json!({"prompts": ["a", "b", "c", "d"]}), Rule::Prompts),
        (json!({"prompts": ["a".repeat(81)]}), Rule::PromptText),
        (json!({"commands": vec![command(1, 1); 31]}), Rule::Commands),
        (json!({"commands": [command(31, 1)]}), Rule::CommandName),
        (json!({"commands": [command(1, 257)]}), Rule::CommandDescription),
    ] {
        assert_violates(graph.post_to(path, &body).await, rule, "9.3");
    }
}

/// Meta: commerce settings. The parameters are in the query.
#[tokio::test]
async fn cart_and_catalog_are_switched() {
    let (_emulator, _server, graph) = start().await;
    let path = "1000001/whatsapp_commerce_settings";
    let read = async || graph.get(path).await.1["data"][0].take();
    assert_eq!(read().await, json!({"id": "1000001", "is_cart_enabled": true, "is_catalog_visible": false}));
    let url = format!("{}/{path}?is_cart_enabled=false", graph.base);
    assert_eq!(fetch(graph.http.post(url).bearer_auth(&graph.token)).await, success());
    assert_eq!(graph.post_to(path, &json!({"is_catalog_visible": true})).await, success());
    assert_eq!(read().await, json!({"id": "1000001", "is_cart_enabled": false, "is_catalog_visible": true}));
    assert_violates(graph.post_to(path, &json!({"is_cart_enabled": "maybe"})).await, Rule::Form, "12.5");
}

/// Meta: business encryption. The key is in a form.
#[tokio::test]
async fn a_public_key_is_stored() {
    let (_emulator, _server, graph) = start().await;
    let path = "1000001/whatsapp_business_encryption";
    assert_eq!(graph.get(path).await, (200, json!({"data": []})));
    let key = public_key();
    let form = format!("business_public_key={}", key.replace('+', "%2B").replace('\n', "%0A").replace(' ', "+"));
    let request = graph.http.post(format!("{}/{path}", graph.base)).bearer_auth(&graph.token).body(form);
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(fetch(request).await, success());
    let stored = json!({"business_public_key": key, "business_public_key_signature_status": "VALID"});
    assert_eq!(graph.get(path).await.1, json!({ "data": [stored] }));
    let not_rsa = "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkq\nhkiG\n-----END PUBLIC KEY-----\n";
    for wrong in [not_rsa, "MIIBIjANBgkq", "-----BEGIN PUBLIC KEY-----\n!\n-----END PUBLIC KEY-----"] {
        assert_violates(graph.post_to(path, &json!({ "business_public_key": wrong })).await, Rule::PublicKey, "9.3");
    }
}

/// Meta: QR codes.
#[tokio::test]
async fn qr_codes_are_created_changed_and_deleted() {
    let (_emulator, _server, graph) = start().await;
    let path = "1000001/message_qrdls";
    let (_, created) = graph.post_to(path, &json!({"prefilled_message": "Hi", "generate_qr_image": "PNG"})).await;
    let code = created["code"].as_str().unwrap();
    assert_eq!(created["deep_link_url"], format!("https://wa.me/message/{code}"));
    assert_eq!(created["qr_image_url"], format!("https://scontent.example/qr/{code}.png"));
    let (_, changed) = graph.post_to(path, &json!({"code": code, "prefilled_message": "Bye"})).await;
    assert_eq!((&changed["code"], &changed["prefilled_message"]), (&json!(code), &json!("Bye")));
    assert!(changed.get("qr_image_url").is_none());
    let expected = json!({
        "code": code, "prefilled_message": "Bye", "deep_link_url": format!("https://wa.me/message/{code}"),
    });
    assert_eq!(graph.get(path).await.1["data"], json!([expected]));
    assert_eq!(graph.get(&format!("{path}/{code}")).await.1, json!({"data": [expected]}));
    let (_, image) = graph.get(&format!("{path}/{code}?fields=code,qr_image_url.format(SVG)")).await;
    let url = format!("https://scontent.example/qr/{code}.svg");
    assert_eq!(image, json!({"data": [{"code": code, "qr_image_url": url}]}));
    assert_violates(graph.get(&format!("{path}?fields=colour")).await, Rule::UnknownField, "9.2");
    let long = json!({"prefilled_message": "a".repeat(141)});
    assert_violates(graph.post_to(path, &long).await, Rule::QrMessage, "9.3");
    assert_eq!(graph.delete(&format!("{path}/{code}")).await, success());
    for gone in [graph.get(&format!("{path}/{code}")).await, graph.delete(&format!("{path}/{code}")).await] {
        assert_violates(gone, Rule::UnknownObject, "7.2");
    }
    let unknown = json!({"code": code, "prefilled_message": "Hi"});
    assert_violates(graph.post_to(path, &unknown).await, Rule::UnknownObject, "7.2");
}

/// Meta: business usernames.
#[tokio::test]
async fn a_username_belongs_to_one_number() {
    let emulator = builder().number("1000002", "15550002222").start().await.unwrap();
    let server = crate::support::WebhookServer::start(&emulator).await;
    let graph = Graph::new(&emulator);
    let claim = async |number: &str, body: Value| graph.post_to(&format!("{number}/username"), &body).await;
    let name = json!({"username": "tea.shop_1"});
    assert_eq!(graph.get("1000001/username").await, (200, json!({})));
    assert_eq!(claim("1000001", name.clone()).await.0, 200);
    assert_eq!(graph.get("1000001/username").await.1, json!({"username": "tea.shop_1", "status": "approved"}));
    assert_violates(claim("1000002", name.clone()).await, Rule::UsernameTaken, "9.3");
    let take = json!({"username": "tea.shop_1", "transfer_action": "force_transfer"});
    assert_eq!(claim("1000002", take).await.0, 200);
    assert_eq!(graph.get("1000001/username").await.1, json!({}));
    for wrong in ["ab", "Tea", "tea shop", &"a".repeat(36)] {
        assert_violates(claim("1000001", json!({ "username": wrong })).await, Rule::Username, "9.3");
    }
    assert_eq!(graph.delete("1000002/username").await, success());
    assert_error(graph.delete("1000002/username").await, 400, 100);
    emulator.expect_idle().await;
    let updates: Vec<_> = server.changes().into_iter().map(|change| change["value"].clone()).collect();
    let update =
        |phone: &str, status: &str| json!({"display_phone_number": phone, "username": "tea.shop_1", "status": status});
    let (first, second) = ("15550001111", "15550002222");
    let expected = [(first, "approved"), (first, "deleted"), (second, "approved"), (second, "deleted")];
    assert_eq!(updates, expected.map(|(phone, status)| update(phone, status)));
    let (_, suggestions) = graph.get("1000001/username_suggestions").await;
    assert_eq!(suggestions["data"][0]["username_suggestions"][0], "waxwing_support");
}

/// Meta: two-step verification; webhook overrides.
#[tokio::test]
async fn a_number_has_a_pin_and_a_webhook_of_its_own() {
    let (emulator, server, graph) = start().await;
    assert_eq!(graph.post_to("1000001", &json!({"pin": "123456"})).await, success());
    assert_violates(graph.post_to("1000001", &json!({"pin": "12345"})).await, Rule::SixDigits, "9.2");
    assert_violates(graph.post_to("1000001", &json!({})).await, Rule::Required, "12.5");
    let read = async || graph.get("1000001?fields=webhook_configuration").await.1["webhook_configuration"].take();
    assert_eq!(read().await, json!({"application": server.url}));

    // A second server takes the place of the first one as the webhook of the app.
    let own = WebhookServer::start(&emulator).await;
    emulator.set_webhook(&server.url);
    let set = |token: &str| json!({"webhook_configuration": {"override_callback_uri": own.url, "verify_token": token}});
    assert_violates(graph.post_to("1000001", &set("wrong")).await, Rule::CallbackUrl, "2.1");
    assert_eq!(graph.post_to("1000001", &set(emulator.verify_token())).await, success());
    assert_eq!(read().await, json!({"phone_number": own.url, "application": server.url}));
    emulator.user("+34600000000").says("hi").await;
    emulator.expect_idle().await;
    assert_eq!((own.messages().len(), server.messages().len()), (1, 0));
    let state = emulator.export_state().unwrap();
    assert_eq!(state["number_webhooks"], json!({"1000001": own.url}));

    let clear = json!({"webhook_configuration": {"override_callback_uri": ""}});
    assert_eq!(graph.post_to("1000001", &clear).await, success());
    emulator.user("+34600000000").says("hi").await;
    emulator.expect_idle().await;
    assert_eq!((own.messages().len(), server.messages().len()), (1, 1));
    emulator.import_state(&state).unwrap();
    assert_eq!(read().await["phone_number"], own.url);
}
