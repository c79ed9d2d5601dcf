//! Endpoints of the phone page for the actions of a person, groups, numbers and files.

use std::time::Duration;

use serde_json::{Value, json};
use waxwing_emulator::{Action, BotEvent, DeliveryState, Emulator};

use crate::support::{Graph, PNG, WebhookServer, builder, fetch, start};

const ANA: &str = "+34600000000";

/// Client of the endpoints of Ana's chat.
struct Phone {
    base: String,
    http: reqwest::Client,
}

impl Phone {
    fn new(emulator: &Emulator) -> Self {
        emulator.user(ANA);
        let base = format!("{}/phone", emulator.url());
        Self { base, http: reqwest::Client::builder().no_proxy().build().unwrap() }
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        fetch(self.http.post(format!("{}/{path}", self.base)).json(&body)).await
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> (u16, Value) {
        let url = reqwest::Url::parse_with_params(&format!("{}/{path}", self.base), query).unwrap();
        fetch(self.http.get(url)).await
    }

    /// Performs an action as Ana.
    async fn act(&self, action: Value) -> (u16, Value) {
        self.post("chats/1/actions", action).await
    }

    /// Returns the first events of the page that are of a kind.
    async fn events(&self, kind: &str, count: usize) -> Vec<Value> {
        let mut response = self.http.get(format!("{}/events", self.base)).send().await.unwrap();
        let (mut buffer, mut found) = (String::new(), Vec::new());
        while found.len() < count {
            buffer.push_str(std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap());
            let lines = buffer.lines().filter_map(|line| line.strip_prefix("data:"));
            let events = lines.filter_map(|line| serde_json::from_str::<Value>(line).ok());
            found = events.filter(|event| event["kind"] == kind).collect();
        }
        found
    }
}

#[tokio::test]
async fn a_person_performs_the_actions_of_the_control_api() {
    let (emulator, server, graph) = start().await;
    let phone = Phone::new(&emulator);
    let (status, said) = phone.act(json!({"says": {"text": "Tipo"}})).await;
    assert_eq!(status, 200, "{said}");
    let id = &said["id"];
    let answer = graph.text("34600000000", "hello").await;
    let reaction = json!({"type": "reaction", "body": {"message_id": answer, "emoji": "👍"}});
    assert_eq!(phone.act(json!({"sends": reaction})).await.0, 200);
    let place = json!({"type": "location", "body": {"latitude": 1, "longitude": 2}, "quotes": answer});
    assert_eq!(phone.act(json!({"sends": place})).await.0, 200);
    assert_eq!(phone.act(json!({"edits": {"message": id, "text": "Typo"}})).await.0, 200);
    assert_eq!(phone.act(json!({"revokes": {"message": id}})).await.0, 200);
    emulator.expect_idle().await;
    let messages = server.messages();
    let kinds: Vec<_> = messages.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["text", "reaction", "location", "edit", "revoke"]);
    assert_eq!((&messages[2]["context"]["id"], &messages[4]["revoke"]["original_message_id"]), (&json!(answer), id));

    for (body, part) in [
        (json!({"says": {"text": "x", "user": 7, "odd": 1}}), "odd"),
        (json!({"plays": {"message": answer}}), "not a voice note"),
        (json!("clear_faults"), "not an action of a user"),
        (json!({"clear_faults": null}), "not an action of a user"),
        (json!({"inject": {"send": "stall"}}), ""),
    ] {
        let (status, answer) = phone.act(body).await;
        assert!(status == 400 && answer["error"].as_str().unwrap().contains(part), "{answer}");
    }
    assert_eq!(phone.post("chats/9/actions", json!({"says": {"text": "x"}})).await.0, 404);
}

#[tokio::test]
async fn groups_and_numbers_are_chats_of_their_own() {
    let emulator = builder().number("1000002", "15550002222").start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    let graph = Graph::new(&emulator);
    let phone = Phone::new(&emulator);
    emulator.user("+34600000001");
    let participants = vec![ANA.to_owned(), "+34600000001".to_owned()];
    let group = Action::CreateGroup { id: Some("g1".to_owned()), subject: "Tea".to_owned(), participants };
    emulator.perform(group).unwrap();
    let (_, state) = phone.get("state", &[]).await;
    assert_eq!(state["groups"], json!([{"id": "g1", "subject": "Tea", "users": [1, 2]}]));
    assert_eq!(state["numbers"][1], json!({"id": "1000002", "phone": "15550002222"}));
    assert_eq!(phone.events("groups", 1).await[0]["groups"], state["groups"]);

    phone.act(json!({"says": {"text": "one"}})).await;
    phone.act(json!({"says": {"text": "two", "number": "1000002"}})).await;
    phone.act(json!({"says": {"text": "three", "group": "g1"}})).await;
    assert_eq!(phone.post("chats/1/messages", json!({"text": "four", "group": "g9"})).await.0, 400);
    assert_eq!(phone.post("chats/1/messages", json!({"text": "four", "number": "9"})).await.0, 400);
    let group = json!({"recipient_type": "group", "to": "g1", "text": {"body": "all"}});
    assert_eq!(graph.post(group).await.0, 200);
    graph.text("34600000000", "Ana").await;
    let events = phone.events("message", 6).await;
    let places: Vec<_> = events
        .iter()
        .map(|event| {
            (&event["message"]["text"], &event["chat"], &event["message"]["number"], &event["message"]["group"])
        })
        .map(|(text, chat, number, group)| json!([text, chat, number, group]))
        .collect();
    let expected = json!([
        ["one", 1, "1000001", null],
        ["two", 1, "1000002", null],
        ["three", 1, "1000001", "g1"],
        ["all", 1, "1000001", "g1"],
        ["all", 2, "1000001", "g1"],
        ["Ana", 1, "1000001", null],
    ]);
    assert_eq!(json!(places), expected);
    assert_eq!(events[2]["message"]["from"], 1);

    // Each chat is read on its own.
    emulator.expect_idle().await;
    let states = || {
        let messages = emulator.user(ANA).messages();
        messages.iter().map(|message| message.state).collect::<Vec<_>>()
    };
    assert_eq!(phone.post("chats/1/read?group=g1", json!({})).await.0, 204);
    emulator.expect_idle().await;
    assert_eq!(states(), [DeliveryState::Read, DeliveryState::Delivered]);
    assert_eq!(phone.post("chats/1/read?number=1000002", json!({})).await.0, 204);
    assert_eq!(phone.post("chats/1/read", json!({})).await.0, 204);
    emulator.expect_idle().await;
    assert_eq!(states(), [DeliveryState::Read, DeliveryState::Read]);
    assert_eq!(server.messages().len(), 3);
}

#[tokio::test]
async fn a_tap_answers_the_number_that_asked_and_the_card_that_was_tapped() {
    let emulator = builder().number("1000002", "15550002222").start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    let graph = Graph::new(&emulator);
    let phone = Phone::new(&emulator);
    phone.act(json!({"says": {"text": "hi", "number": "1000002"}})).await;
    let card = |index: usize| {
        json!({
            "card_index": index, "header": {"type": "image", "image": {"link": "https://example.com/a.png"}},
            "body": {"text": "A room"},
            "action": {"buttons": [{"type": "quick_reply", "quick_reply": {"id": format!("b{index}"), "title": "Book"}}]},
        })
    };
    let body = json!({"messaging_product": "whatsapp", "to": "34600000000", "type": "interactive", "interactive": {
        "type": "carousel", "body": {"text": "Rooms"}, "action": {"cards": [card(0), card(1)]},
    }});
    let (status, sent) = graph.post_to("1000002/messages", &body).await;
    assert_eq!(status, 200, "{sent}");
    let tap = json!({"title": "Book", "id": "b1", "message": sent["messages"][0]["id"]});
    assert_eq!(phone.post("chats/1/taps", tap).await.0, 200);
    emulator.expect_idle().await;
    let value = server.posts().last().unwrap().value();
    assert_eq!(value["metadata"]["phone_number_id"], "1000002");
    assert_eq!(value["messages"][0]["interactive"]["button_reply"]["id"], "b1");
}

#[tokio::test]
async fn files_can_be_stickers_documents_and_voice_notes() {
    let (emulator, server, _graph) = start().await;
    let phone = Phone::new(&emulator);
    let hi = phone.act(json!({"says": {"text": "hi"}})).await.1["id"].as_str().unwrap().to_owned();
    for (mime_type, query) in [
        ("image/webp", vec![("kind", "sticker")]),
        ("image/png", vec![("kind", "document"), ("filename", "a.png")]),
        ("audio/ogg; codecs=opus", vec![("voice", "true"), ("reply_to", hi.as_str())]),
    ] {
        let url = reqwest::Url::parse_with_params(&format!("{}/chats/1/files", phone.base), query).unwrap();
        let (status, answer) = fetch(phone.http.post(url).header("content-type", mime_type).body(PNG)).await;
        assert_eq!(status, 200, "{answer}");
    }
    emulator.expect_idle().await;
    let messages = server.messages();
    assert_eq!((&messages[1]["type"], &messages[2]["type"]), (&json!("sticker"), &json!("document")));
    assert_eq!((&messages[3]["audio"]["voice"], &messages[3]["context"]["id"]), (&json!(true), &json!(hi)));
}

#[tokio::test]
async fn a_linked_header_is_shown_and_other_links_are_not_fetched() {
    let (emulator, _server, graph) = start().await;
    let phone = Phone::new(&emulator);
    phone.act(json!({"says": {"text": "hi"}})).await;
    let files =
        axum::Router::new().route("/a.png", axum::routing::get(|| async { ([("content-type", "image/png")], PNG) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let link = format!("http://{}/a.png", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, files).await.unwrap() });
    let body = json!({"to": "34600000000", "type": "interactive", "interactive": {
        "type": "cta_url", "header": {"type": "image", "image": {"link": link}}, "body": {"text": "Shop"},
        "action": {"name": "cta_url", "parameters": {"display_text": "Open", "url": "https://example.com"}},
    }});
    let (status, sent) = graph.post(body).await;
    assert_eq!(status, 200, "{sent}");
    let message = sent["messages"][0]["id"].as_str().unwrap();
    let load = async |link: &str| {
        let query = [("message", message), ("link", link)];
        let url = reqwest::Url::parse_with_params(&format!("{}/linked-media", phone.base), query).unwrap();
        phone.http.get(url).send().await.unwrap()
    };
    let shown = load(&link).await;
    assert_eq!((shown.status().as_u16(), &shown.headers()["content-type"]), (200, &"image/png".parse().unwrap()));
    assert_eq!(shown.bytes().await.unwrap().as_ref(), PNG);
    assert_eq!(load("https://example.com").await.status(), 404, "the target of a button is no media file");
    assert_eq!(load("http://127.0.0.1:1/").await.status(), 404);
}

#[tokio::test]
async fn a_template_is_laid_out_with_its_parameters() {
    let (emulator, _server, graph) = start().await;
    let phone = Phone::new(&emulator);
    let template = json!({"name": "ready", "language": "en", "category": "UTILITY", "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": {"header_text": ["1"]}},
        {"type": "BODY", "text": "Hi {{1}}", "example": {"body_text": [["Ana"]]}},
        {"type": "FOOTER", "text": "The shop"},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Thanks"},
            {"type": "URL", "text": "Track", "url": "https://example.com/{{1}}", "example": ["https://example.com/1"]},
        ]},
    ]});
    emulator.perform(Action::CreateTemplate { template, status: None }).unwrap();
    let text = |kind: &str, text: &str| json!({"type": kind, "parameters": [{"type": "text", "text": text}]});
    let url = json!({"type": "button", "sub_type": "url", "index": 1, "parameters": [{"type": "text", "text": "42"}]});
    let body = json!({"to": "34600000000", "type": "template", "template": {
        "name": "ready", "language": {"code": "en"},
        "components": [text("header", "A-42"), text("body", "Ana"), url],
    }});
    let (status, answer) = graph.post(body).await;
    assert_eq!(status, 200, "{answer}");
    let message = &phone.events("message", 1).await[0]["message"];
    let expected = json!({
        "header": {"type": "text", "text": "Order A-42"}, "body": {"text": "Hi Ana"}, "footer": {"text": "The shop"},
        "buttons": [
            {"type": "quick_reply", "text": "Thanks", "id": "Thanks"},
            {"type": "url", "text": "Track", "url": "https://example.com/42"},
        ],
    });
    assert_eq!((&message["content"], &message["options"]), (&expected, &json!(["Thanks"])));
}

#[tokio::test]
async fn the_page_learns_of_a_deleted_chat_and_of_the_clock() {
    let (emulator, server, _graph) = start().await;
    let phone = Phone::new(&emulator);
    phone.act(json!({"says": {"text": "hi"}})).await;
    assert_eq!(phone.act(json!({"deletes_chat": {}})).await.0, 200);
    let deleted = &phone.events("deleted", 1).await[0];
    assert_eq!((&deleted["chat"], &deleted["number"], &deleted["group"]), (&json!(1), &json!("1000001"), &Value::Null));
    let before = phone.events("clock", 1).await[0]["now"].as_u64().unwrap();
    emulator.advance(Duration::from_hours(24));
    let after = phone.events("clock", 1).await[0]["now"].as_u64().unwrap();
    assert!(after >= before + 24 * 3_600_000);
    emulator.expect_idle().await;
    assert_eq!(server.messages().len(), 1, "the business learns nothing of the deletion");
}

/// The events of the bot explain why an answer takes long.
#[tokio::test]
async fn the_page_learns_what_the_bot_does() {
    let (emulator, _server, _graph) = start().await;
    let phone = Phone::new(&emulator);
    let mut response = phone.http.get(format!("{}/events", phone.base)).send().await.unwrap();
    let queued = BotEvent::new("message.queued").conversation("7").user("34600000000");
    emulator.record_bot_event(queued).unwrap();
    let mut seen = String::new();
    while !(seen.contains(r#""kind":"bot""#) && seen.contains("message.queued")) {
        seen.push_str(std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap());
    }
}
