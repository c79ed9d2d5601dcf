//! Actions of users besides texts, as the webhook reports them.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_emulator::matcher::{self, buttons, list};
use waxwing_emulator::{DeliveryState, TemplateStatus};

use crate::support::{Graph, PNG, builder, panic_of, start};

const ANA: &str = "+34600000000";

fn reply_buttons(text: &str, titles: &[&str]) -> Value {
    let buttons: Vec<_> = titles
        .iter()
        .map(|title| json!({"type": "reply", "reply": {"id": format!("{text}/{title}"), "title": title}}))
        .collect();
    let interactive = json!({"type": "button", "body": {"text": text}, "action": {"buttons": buttons}});
    json!({"to": ANA, "type": "interactive", "interactive": interactive})
}

async fn send(graph: &Graph, body: Value) -> String {
    let (status, answer) = graph.post(body).await;
    assert_eq!(status, 200, "{answer}");
    answer["messages"][0]["id"].as_str().unwrap().to_owned()
}

/// Meta: reply buttons.
#[tokio::test]
async fn buttons_of_old_messages_can_still_be_tapped() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user(ANA);
    ana.says("hi").await;
    let first = send(&graph, reply_buttons("Tea?", &["Yes", "No"])).await;
    let second = send(&graph, reply_buttons("Sugar?", &["Yes", "Never"])).await;
    let tea = ana.expect(buttons(["Yes", "No"]).saying("Tea?")).await;
    ana.expect(buttons(["Yes", "Never"])).await;
    for (tap, id, quoted) in [
        (ana.taps("Yes"), "Sugar?/Yes", &second),
        (ana.taps("No"), "Tea?/No", &first),
        (ana.taps_on(&tea, "Yes"), "Tea?/Yes", &first),
    ] {
        let tapped = tap.await;
        ana.expect_acknowledged(&tapped).await;
        let message = server.messages().pop().unwrap();
        assert_eq!((&message["id"], &message["type"]), (&json!(tapped), &json!("interactive")));
        let reply = json!({"type": "button_reply", "button_reply": {"id": id, "title": id.split_once('/').unwrap().1}});
        assert_eq!(message["interactive"], reply);
        assert_eq!(message["context"], json!({"from": emulator.display_phone_number(), "id": quoted}));
    }
    for step in [ana.taps("Perhaps"), ana.taps_on(&tea, "Never"), ana.taps_on("wamid.none", "Yes")] {
        let panic = panic_of(step).await;
        assert!(
            panic.contains("tests/it/user_actions.rs") && panic.contains("which no such message offers"),
            "{panic}"
        );
        assert!(panic.contains(r#"interactive button "Tea?" [Yes | No]"#), "{panic}");
    }
}

/// Meta: list messages.
#[tokio::test]
async fn list_rows_can_be_tapped() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user(ANA);
    ana.says("hi").await;
    let sections = json!([
        {"title": "Hot", "rows": [{"id": "t", "title": "Tea", "description": "green"}]},
        {"title": "Cold", "rows": [{"id": "w", "title": "Water"}]},
    ]);
    let body = json!({"type": "list", "body": {"text": "What?"}, "action": {"button": "Menu", "sections": sections}});
    send(&graph, json!({"to": ANA, "type": "interactive", "interactive": body})).await;
    let menu = ana.expect(list(["Tea", "Water"]).containing("What").offering("Tea")).await;
    assert_eq!(menu.text(), Some("What?"));
    ana.taps("Tea").await;
    ana.taps("Water").await;
    emulator.expect_idle().await;
    let replies: Vec<_> = server.messages()[1..].iter().map(|message| message["interactive"].clone()).collect();
    assert_eq!(
        replies,
        [
            json!({"type": "list_reply", "list_reply": {"id": "t", "title": "Tea", "description": "green"}}),
            json!({"type": "list_reply", "list_reply": {"id": "w", "title": "Water"}}),
        ]
    );
}

/// Meta: template buttons. Without a payload in the message, the button text is the payload.
#[tokio::test]
async fn quick_replies_return_their_payload() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user(ANA);
    let template = json!({"name": "order_ready", "language": "en", "category": "UTILITY", "components": [
        {"type": "BODY", "text": "Hello {{1}}, {{2}} is ready.", "example": {"body_text": [["Ana", "your order"]]}},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Pick it up"},
            {"type": "QUICK_REPLY", "text": "Bring it"},
        ]},
    ]});
    let (status, answer) = graph.post_to("2000002/message_templates", &template).await;
    assert_eq!(status, 200, "{answer}");
    assert!(emulator.set_template_status("order_ready", "en", TemplateStatus::Approved));
    let components = json!([
        {"type": "body", "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "a pizza"}]},
        {"type": "button", "sub_type": "QUICK_REPLY", "index": "1", "parameters": [{"type": "payload", "payload": "p-7"}]},
    ]);
    let body = json!({"name": "order_ready", "language": {"code": "en"}, "components": components});
    send(&graph, json!({"to": ANA, "type": "template", "template": body})).await;
    let offer = ana.expect(matcher::template("order_ready").saying("Hello Ana, a pizza is ready.")).await;
    assert!(
        ana.transcript().contains(r#"the template order_ready "Hello Ana, a pizza is ready." [Pick it up | Bring it]"#)
    );
    ana.taps("Bring it").await;
    ana.taps_on(&offer, "Pick it up").await;
    emulator.expect_idle().await;
    let taps: Vec<_> = server.messages().iter().map(|it| (it["type"].clone(), it["button"].clone())).collect();
    let tap = |payload: &str, text: &str| (json!("button"), json!({"payload": payload, "text": text}));
    assert_eq!(taps, [tap("p-7", "Bring it"), tap("Pick it up", "Pick it up")]);
    assert_eq!(server.messages()[0]["context"]["id"], offer.id.as_str());
}

#[tokio::test]
async fn reactions_locations_contacts_stickers_and_audio_can_be_sent() {
    let (emulator, server, graph) = start().await;
    let ana = emulator.user(ANA);
    ana.says("hi").await;
    let request = graph.text(ANA, "where are you?").await;
    let message = ana.expect("where are you?").await;
    ana.reacts(&message, "👍").await;
    ana.unreacts(&message).await;
    ana.quoting(&request).shares_location(40.5, -3.5).await;
    ana.shares_place(40.5, -3.5, "Home", "Main street 1").await;
    ana.shares_contact("Ben Castro", "+34 600 000 001").await;
    ana.shares_own_number(&request, ANA).await;
    ana.sends_sticker("webp").await;
    ana.sends_voice_note("opus").await;
    ana.sends_audio("music", "audio/mpeg").await;
    emulator.expect_idle().await;
    let all = server.messages();
    let bodies: Vec<Value> = all[1..]
        .iter()
        .map(|message| {
            let kind = message["type"].as_str().unwrap();
            let mut body = message[kind].clone();
            for unique in ["id", "url", "sha256"] {
                body.as_object_mut().map(|body| body.remove(unique));
            }
            json!({"type": kind, "body": body, "quotes": message["context"]["id"]})
        })
        .collect();
    let quotes = Value::Null;
    let contact = |name: &str, first: &str, phone: &str, digits: &str, origin: &str| {
        json!([{
            "name": {"formatted_name": name, "first_name": first},
            "phones": [{"phone": phone, "wa_id": digits, "type": "CELL"}],
            "origin": origin,
        }])
    };
    let ben = contact("Ben Castro", "Ben", "+34 600 000 001", "34600000001", "other");
    let own = contact("Ana", "Ana", ANA, "34600000000", "contact_request");
    assert_eq!(
        bodies,
        [
            json!({"type": "reaction", "body": {"message_id": request, "emoji": "👍"}, "quotes": quotes}),
            json!({"type": "reaction", "body": {"message_id": request, "emoji": ""}, "quotes": quotes}),
            json!({"type": "location", "body": {"latitude": 40.5, "longitude": -3.5}, "quotes": request}),
            json!({"type": "location", "quotes": quotes, "body":
                {"latitude": 40.5, "longitude": -3.5, "name": "Home", "address": "Main street 1"}}),
            json!({"type": "contacts", "body": ben, "quotes": quotes}),
            json!({"type": "contacts", "body": own, "quotes": request}),
            json!({"type": "sticker", "body": {"mime_type": "image/webp", "animated": false}, "quotes": quotes}),
            json!({"type": "audio", "body": {"mime_type": "audio/ogg; codecs=opus", "voice": true}, "quotes": quotes}),
            json!({"type": "audio", "body": {"mime_type": "audio/mpeg", "voice": false}, "quotes": quotes}),
        ]
    );
}

/// WhatsApp sends an album as several messages, one of them with the caption.
#[tokio::test]
async fn albums_and_pieces_arrive_as_messages_in_order() {
    let (emulator, server, _graph) = start().await;
    let ana = emulator.user(ANA);
    let album = ana.sends_album([PNG, PNG, PNG], "image/png", Some("my cats")).await;
    let pieces = ana.says_in_pieces(["I would like", "two of them"]).await;
    emulator.expect_idle().await;
    let messages = server.messages();
    let ids: Vec<_> = messages.iter().map(|message| message["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, [album, pieces].concat());
    let captions: Vec<_> = messages.iter().filter_map(|message| message["image"]["caption"].as_str()).collect();
    assert_eq!(captions, ["my cats"]);
    assert_eq!(messages[0]["image"]["caption"], "my cats");
    assert_eq!(messages[4]["text"]["body"], "two of them");
}

/// `delivered` follows when the phone has the message.
#[tokio::test]
async fn an_offline_phone_receives_its_messages_later() {
    let emulator = builder().deadline(Duration::from_secs(2)).start().await.unwrap();
    let server = crate::support::WebhookServer::start(&emulator).await;
    let graph = Graph::new(&emulator);
    let (ana, ben) = (emulator.user(ANA), emulator.user("+34600000001"));
    ana.says("hi").await;
    ben.says("hi").await;
    ana.goes_offline();
    let one = graph.text(ANA, "one").await;
    graph.text(ANA, "two").await;
    graph.text("+34600000001", "other").await;
    ben.expect("other").await;
    emulator.expect_idle().await;
    let statuses = |id: &str| -> Vec<String> {
        let values = server.statuses();
        let statuses = values.iter().map(|value| &value["statuses"][0]).filter(|status| status["id"] == id);
        statuses.map(|status| status["status"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(statuses(&one), ["sent"]);
    ana.expect_nothing().await;
    assert!(panic_of(ana.expect("one")).await.contains("nothing came"));
    let reader = ana.clone();
    let id = one.clone();
    assert!(panic_of(async move { reader.reads(&id) }).await.contains("which is not on the phone"));
    let writer = ana.clone();
    assert!(panic_of(async move { writer.says("hello?").await }).await.contains("is offline"));

    ana.comes_online();
    ana.expect("one").await;
    let two = ana.expect("two").await;
    emulator.expect_idle().await;
    assert_eq!(statuses(&one), ["sent", "delivered"]);
    ana.reads(&one);
    emulator.expect_idle().await;
    assert_eq!((statuses(&one).len(), statuses(&two.id).len()), (3, 2));
    assert_eq!(
        ana.messages().iter().map(|message| message.state).collect::<Vec<_>>(),
        [DeliveryState::Read, DeliveryState::Delivered]
    );
}

#[tokio::test]
async fn advancing_the_clock_closes_the_window_and_expires_media() {
    let (emulator, _server, graph) = start().await;
    let ana = emulator.user(ANA);
    ana.says("hi").await;
    emulator.advance(Duration::from_hours(24));
    let (_, answer) = graph.post(json!({"to": ANA, "type": "text", "text": {"body": "late"}})).await;
    assert_eq!(answer["error"]["code"], 131_047);
    ana.expect_nothing().await;
    assert!(ana.transcript().contains("call of the business refused: code 131047, HTTP 400"), "{}", ana.transcript());
}
