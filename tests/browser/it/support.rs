//! Support of the tests: conditions about bubbles, and a bot.

use serde_json::{Value, json};
use waxwing_emulator::Emulator;

pub(crate) const NONE: [&str; 0] = [];

/// A condition: a bubble with this direction and text exists, for which `more` holds.
pub(crate) fn bubble(direction: &str, text: &str, more: &str) -> String {
    let text = Value::from(text); // printed as JSON, which is valid JavaScript
    format!(
        "[...document.querySelectorAll('.bubble.{direction}')].some((bubble) =>
            bubble.querySelector('.text')?.textContent === {text} && {more})"
    )
}

pub(crate) fn shown(direction: &str, text: &str) -> String {
    bubble(direction, text, "true")
}

/// A condition: the page shows a text.
pub(crate) fn says(text: &str) -> String {
    format!("document.body.innerText.includes({})", Value::from(text))
}

/// Program that sends messages to Ana, the first user of the page.
pub(crate) struct Bot {
    url: String,
    token: String,
    http: reqwest::Client,
}

impl Bot {
    pub(crate) fn new(emulator: &Emulator) -> Self {
        let url = format!("{}/v25.0/{}/messages", emulator.url(), emulator.phone_number_id());
        Self { url, token: emulator.access_token().to_owned(), http: reqwest::Client::new() }
    }

    /// Sends a message, which must be accepted. Returns its id.
    pub(crate) async fn sends(&self, kind: &str, content: Value) -> String {
        let (status, answer) = self.tries(json!({ "to": "34600000000", "type": kind, kind: content })).await;
        assert_eq!(status, 200, "{answer}");
        answer["messages"][0]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn says(&self, text: &str) -> String {
        self.sends("text", json!({ "body": text })).await
    }

    /// Sends a request. Returns HTTP status and body of the answer.
    pub(crate) async fn tries(&self, mut body: Value) -> (u16, Value) {
        body["messaging_product"] = "whatsapp".into();
        let answer = self.http.post(&self.url).bearer_auth(&self.token).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }
}

/// A message with reply buttons.
pub(crate) fn buttons(text: &str, titles: &[&str]) -> Value {
    let button = |title: &&str| json!({ "type": "reply", "reply": { "id": title, "title": title } });
    let buttons: Vec<_> = titles.iter().map(button).collect();
    json!({ "type": "button", "body": { "text": text }, "action": { "buttons": buttons } })
}

/// A list message with two sections.
pub(crate) fn list() -> Value {
    json!({
        "type": "list", "header": { "type": "text", "text": "Menu" }, "body": { "text": "Hungry?" },
        "footer": { "text": "Until ten" },
        "action": { "button": "See the menu", "sections": [
            { "title": "Starters", "rows": [{ "id": "s", "title": "Soup", "description": "With bread" }] },
            { "title": "Mains", "rows": [{ "id": "p", "title": "Paella", "description": "For two" }] },
        ] },
    })
}
