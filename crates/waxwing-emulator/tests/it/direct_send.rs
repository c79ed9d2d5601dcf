//! Messages without a template (Direct Send).

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use waxwing_emulator::{Emulator, Rule};

use crate::support::{Graph, WebhookServer, assert_violates, builder, start};

fn text(category: &str) -> Value {
    json!({"to": "34600000000", "category": category, "text": {"body": "Your parcel is here."}})
}

fn buttons(count: usize) -> Value {
    let button = |n| json!({"type": "reply", "reply": {"id": format!("id-{n}"), "title": format!("Title {n}")}});
    let buttons: Vec<_> = (0..count).map(button).collect();
    let interactive = json!({"type": "button", "body": {"text": "Deliver today?"}, "action": {"buttons": buttons}});
    json!({"to": "34600000000", "category": "utility", "type": "interactive", "interactive": interactive})
}

async fn outside_the_window() -> (Emulator, WebhookServer, Graph) {
    let (emulator, server, graph) = start().await;
    assert_violates(graph.post(json!({"to": "34600000000", "text": {"body": "a"}})).await, Rule::Window, "8");
    (emulator, server, graph)
}

/// Meta: direct send. Pricing.
#[tokio::test]
async fn a_message_with_a_category_needs_no_template() {
    let (emulator, server, graph) = outside_the_window().await;
    for category in ["utility", "authentication"] {
        assert_eq!(graph.post(text(category)).await.0, 200);
        emulator.expect_idle().await;
        let status = server.statuses().pop().unwrap()["statuses"][0].take();
        assert_eq!(
            (&status["pricing"]["category"], &status["conversation"]["origin"]["type"]),
            (&json!(category), &json!(category))
        );
    }
    let ana = emulator.user("+34600000000");
    ana.expect_text("Your parcel is here.").await;
    assert!(ana.messages().iter().all(|message| message.is_direct_send));
    assert_violates(graph.post(json!({"to": "34600000000", "text": {"body": "a"}})).await, Rule::Window, "8");
}

/// Meta: direct send. A tap is that on a template.
#[tokio::test]
async fn a_tapped_button_arrives_as_a_quick_reply() {
    let (emulator, server, graph) = outside_the_window().await;
    let (status, sent) = graph.post(buttons(10)).await;
    assert_eq!(status, 200, "{sent}");
    let ana = emulator.user("+34600000000");
    let message = ana.expect_message().await;
    ana.taps_on(&message, "Title 9").await;
    emulator.expect_idle().await;
    let reply = server.messages().pop().unwrap();
    assert_eq!((&reply["type"], &reply["button"]), (&json!("button"), &json!({"payload": "id-9", "text": "Title 9"})));
    assert_eq!(reply["context"]["id"], sent["messages"][0]["id"]);
}

/// Meta: direct send.
#[tokio::test]
async fn only_some_content_can_be_sent() {
    let frozen = builder().frozen_clock(SystemTime::now()).start().await.unwrap();
    let graph = Graph::new(&frozen);
    let of =
        |kind: &str, content: Value| json!({"to": "34600000000", "category": "utility", "type": kind, kind: content});
    let interactive =
        |kind: &str, action: Value| of("interactive", json!({"type": kind, "body": {"text": "a"}, "action": action}));
    let url = json!({"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://example.com"}});
    for accepted in [
        interactive("cta_url", url.clone()),
        interactive("voice_call", json!({"name": "voice_call"})),
        of(
            "interactive",
            json!({
                "type": "cta_url", "body": {"text": "a"}, "action": url,
                "header": {"type": "image", "image": {"link": "https://example.com/a.png"}},
            }),
        ),
    ] {
        let (status, body) = graph.post(accepted).await;
        assert_eq!(status, 200, "{body}");
        frozen.advance(Duration::from_secs(6));
    }
    let location = json!({"latitude": 1, "longitude": 1});
    let image = json!({"link": "https://example.com/a.png"});
    let request = interactive("location_request_message", json!({"name": "send_location"}));
    let mut authentication = buttons(1);
    authentication["category"] = "authentication".into();
    for refused in [of("location", location), of("image", image), request, authentication] {
        assert_violates(graph.post(refused).await, Rule::DirectSendContent, "12.1");
    }
    let preview = of("text", json!({"body": "a", "preview_url": true}));
    assert_violates(graph.post(preview).await, Rule::UnknownKey, "12.5");
    assert_violates(graph.post(text("marketing")).await, Rule::Form, "12.5");
    assert_violates(graph.post(of("text", json!({"body": "a".repeat(1025)}))).await, Rule::DirectSendBody, "12.1");
    assert_violates(graph.post(buttons(11)).await, Rule::DirectSendButtons, "12.1");
}

/// Meta: direct send message types.
#[tokio::test]
async fn links_stand_before_reply_buttons() {
    let (emulator, _server, graph) = outside_the_window().await;
    let link = json!({"type": "cta_url", "cta_url": {"display_text": "Track", "url": "https://example.com/17"}});
    let with_links = |links: usize, replies: usize| {
        let mut message = buttons(replies);
        let all = message["interactive"]["action"]["buttons"].as_array_mut().unwrap();
        all.splice(0..0, vec![link.clone(); links]);
        message
    };
    let (status, sent) = graph.post(with_links(2, 8)).await;
    assert_eq!(status, 200, "{sent}");
    let ana = emulator.user("+34600000000");
    let message = ana.expect_message().await;
    assert_eq!(message.choices().len(), 8);
    assert_violates(graph.post(with_links(2, 9)).await, Rule::DirectSendButtons, "12.1");
    assert_violates(graph.post(with_links(3, 1)).await, Rule::DirectSendLinks, "12.1");
    let mut behind = with_links(0, 1);
    behind["interactive"]["action"]["buttons"].as_array_mut().unwrap().push(link.clone());
    assert_violates(graph.post(behind).await, Rule::DirectSendLinks, "12.1");
    let mut usual = with_links(1, 1);
    usual["category"] = Value::Null;
    assert_violates(graph.post(usual).await, Rule::UnknownKey, "12.5");
}

/// Meta: direct send.
#[tokio::test]
async fn a_time_to_live_needs_a_category_and_a_range() {
    let (_emulator, _server, graph) = start().await;
    for (category, ttl, is_accepted) in [
        (Some("utility"), 29, false),
        (Some("utility"), 43_201, false),
        (Some("utility"), 43_200, true),
        (Some("authentication"), 901, false),
        (Some("authentication"), 900, true),
        (None, 60, false),
    ] {
        let mut body = text(category.unwrap_or_default());
        body["ttl_seconds"] = ttl.into();
        if category.is_none() {
            body["category"] = Value::Null;
        }
        let answer = graph.post(body).await;
        if is_accepted {
            assert_eq!(answer.0, 200, "{category:?} {ttl}: {}", answer.1);
        } else {
            assert_violates(answer, Rule::DirectSendTtl, "12.1");
        }
    }
}

/// Meta: direct send. The template behind a message.
#[tokio::test]
async fn the_generated_template_is_listed_and_fixed() {
    let (emulator, _server, graph) = start().await;
    for _ in 0..2 {
        assert_eq!(graph.post(text("utility")).await.0, 200);
        emulator.advance(Duration::from_secs(6));
    }
    let list = async |query: &str| graph.get(&format!("2000002/message_templates{query}")).await.1["data"].take();
    let generated = list("?source=AUTO_GENERATED").await;
    let template = &generated[0];
    assert_eq!((generated.as_array().unwrap().len(), &template["category"]), (1, &json!("UTILITY")));
    assert_eq!(template["components"], json!([{"type": "BODY", "text": "Your parcel is here."}]));
    assert_eq!(list("").await[0]["name"], "hello_world");
    let id = template["id"].as_str().unwrap();
    assert_violates(graph.post_to(id, &json!({"category": "MARKETING"})).await, Rule::GeneratedEdit, "12.1");
    let name = template["name"].as_str().unwrap();
    let deleted = graph.delete(&format!("2000002/message_templates?name={name}")).await;
    assert_violates(deleted, Rule::GeneratedDelete, "12.1");
}
