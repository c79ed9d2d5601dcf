//! Forms of requests that Meta accepts besides the documented one.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use waxwing_emulator::{Emulator, Rule};

use crate::support::{Graph, PNG, WebhookServer, assert_error, assert_violates, fetch, start};

const ANA: &str = "34600000000";

async fn chat() -> (Emulator, WebhookServer, Graph) {
    let (emulator, server, graph) = start().await;
    emulator.user(ANA).says("hi").await;
    (emulator, server, graph)
}

/// Sends a body that must be accepted.
async fn accepted(graph: &Graph, body: Value) {
    let shown = body.to_string();
    let (status, answer) = graph.post(body).await;
    assert_eq!(status, 200, "{answer} for {shown}");
}

/// Meta: Graph API.
#[tokio::test]
async fn null_means_absent() {
    let (emulator, _server, graph) = chat().await;
    let text = json!({
        "to": ANA, "recipient": null, "recipient_type": null, "type": "text", "context": null, "image": null,
        "status": null, "biz_opaque_callback_data": null, "text": {"body": "hello", "preview_url": null},
    });
    accepted(&graph, text).await;
    emulator.user(ANA).expect_text("hello").await;
    let (_, upload) = graph.upload(PNG.to_vec(), "image/png").await;
    let image = json!({"id": upload["id"], "link": null, "caption": null});
    accepted(&graph, json!({"to": ANA, "type": "image", "image": image})).await;
}

/// Meta: messages.
#[tokio::test]
async fn the_type_of_a_message_follows_from_its_content() {
    let (emulator, _server, graph) = chat().await;
    accepted(&graph, json!({"to": ANA, "text": {"body": "hello"}})).await;
    emulator.user(ANA).expect_text("hello").await;
    let place = json!({"latitude": 1.5, "longitude": 2.5});
    accepted(&graph, json!({"to": ANA, "location": place})).await;
}

/// Meta: Graph API.
#[tokio::test]
async fn objects_may_be_json_encoded_and_bodies_may_be_forms() {
    let (emulator, _server, graph) = chat().await;
    let ana = emulator.user(ANA);
    accepted(&graph, json!({"to": ANA, "type": "text", "text": r#"{"body": "{\"a\": 1}"}"#})).await;
    ana.expect_text(r#"{"a": 1}"#).await;
    let reply = json!({"type": "reply", "reply": json!({"id": "a", "title": "Yes"}).to_string()});
    let action = json!({"buttons": [reply]}).to_string();
    let interactive = json!({"type": "button", "body": {"text": "Well?"}, "action": action}).to_string();
    accepted(&graph, json!({"to": ANA, "type": "interactive", "interactive": interactive})).await;
    let question = ana.expect_message().await;
    assert_eq!(question.choices()[0].title, "Yes", "the phone gets the decoded message");

    let fields = [("messaging_product", "whatsapp"), ("to", ANA), ("type", "text")];
    let text = ("text", r#"{"body": "by form", "preview_url": "false"}"#);
    let encoded = "messaging_product=whatsapp&to=34600000000&text=%7B%22body%22%3A%22by+form%22%2C%22preview_url%22%3A%22false%22%7D";
    let form = graph.http.post(&graph.messages).bearer_auth(&graph.token).body(encoded);
    assert_eq!(fetch(form.header(CONTENT_TYPE, "application/x-www-form-urlencoded")).await.0, 200);
    ana.expect_text("by form").await;
    let form = fields.into_iter().chain([text]).fold(Form::new(), |form, (name, value)| form.text(name, value));
    let form = graph.http.post(&graph.messages).bearer_auth(&graph.token).multipart(form);
    assert_eq!(fetch(form).await.0, 200);
    ana.expect_text("by form").await;
}

/// Meta: access tokens.
#[tokio::test]
async fn the_token_may_be_in_the_query_or_after_any_bearer() {
    let (_emulator, _server, graph) = chat().await;
    let number = format!("{}/1000001", graph.base);
    for scheme in ["bearer", "BEARER", "Bearer"] {
        let header = format!("{scheme} {}", graph.token);
        assert_eq!(fetch(graph.http.get(&number).header(AUTHORIZATION, header)).await.0, 200);
    }
    assert_eq!(fetch(graph.http.get(format!("{number}?access_token={}", graph.token))).await.0, 200);
    let text = json!({"messaging_product": "whatsapp", "to": ANA, "text": {"body": "hello"}});
    let post = |query: &str| graph.http.post(format!("{}?{query}", graph.messages)).json(&text);
    assert_eq!(fetch(post(&format!("access_token={}", graph.token))).await.0, 200);
    assert_violates(fetch(post("access_token=wrong")).await, Rule::Token, "7.2");
    let basic = graph.http.get(&number).header(AUTHORIZATION, format!("Basic {}", graph.token));
    assert_violates(fetch(basic).await, Rule::Token, "7.2");
}

/// Meta: versions.
#[tokio::test]
async fn paths_may_have_a_short_version_none_or_a_trailing_slash() {
    let (emulator, _server, graph) = chat().await;
    let text = json!({"messaging_product": "whatsapp", "to": ANA, "text": {"body": "hello"}});
    for (path, version) in [
        ("v25/1000001/messages", "v25.0"),
        ("v25.0/1000001/messages/", "v25.0"),
        ("1000001/messages", "v21.0"),
        ("/v24.0//1000001/messages/", "v24.0"),
    ] {
        let request = graph.http.post(format!("{}/{path}", emulator.url())).bearer_auth(&graph.token).json(&text);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["facebook-api-version"], version, "{path}");
    }
}

/// Meta: media.
#[tokio::test]
async fn the_part_of_a_file_states_its_type() {
    let (emulator, _server, graph) = chat().await;
    let file = || Part::bytes(PNG).file_name("a.png").mime_str("image/png").unwrap();
    let whatsapp = || Form::new().text("messaging_product", "whatsapp");
    let image = async |(status, upload): (u16, Value)| {
        assert_eq!(status, 200, "{upload}");
        accepted(&graph, json!({"to": ANA, "type": "image", "image": {"id": upload["id"]}})).await;
        assert_eq!(emulator.user(ANA).expect_image().await.mime_type, "image/png");
    };
    image(graph.upload_form(whatsapp().part("file", file())).await).await;
    image(graph.upload_form(whatsapp().text("type", "image").part("file", file())).await).await;
    image(graph.upload_form(whatsapp().text("type", "application/pdf").part("file", file())).await).await;
    let url = graph.messages.replace("/messages", "/media?messaging_product=whatsapp");
    let form = graph.http.post(url).bearer_auth(&graph.token).multipart(Form::new().part("file", file()));
    image(fetch(form).await).await;
}

/// Meta: messages.
#[tokio::test]
async fn a_refusal_names_the_parameter() {
    let (_emulator, _server, graph) = chat().await;
    let refused = async |body: Value, rule: Rule, message: &str| {
        let (status, answer) = graph.post(body).await;
        assert_eq!(answer["error"]["message"], message);
        assert_violates((status, answer), rule, "12.5");
    };
    let text = |text: Value| json!({"to": ANA, "type": "text", "text": text});
    let why = "(#100) Unexpected key \"colour\" on param \"text\"";
    refused(text(json!({"body": "a", "colour": "red"})), Rule::UnknownKey, why).await;
    refused(text(json!({"body": 7})), Rule::Form, "(#100) Param text['body'] must be a string").await;
    refused(text(json!("hello")), Rule::Form, "(#100) Param text must be a JSON object").await;
    refused(text(json!({})), Rule::Required, "(#100) The parameter text['body'] is required").await;
    let (status, answer) = graph.post(text(json!({"body": "a".repeat(4_097)}))).await;
    assert_eq!(answer["error"]["error_subcode"], 2_494_010, "the value breaks a limit");
    assert_error((status, answer), 400, 131_009);
}
