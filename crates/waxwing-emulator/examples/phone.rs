//! Emulator with a small echo server: `cargo run -p waxwing-emulator --example phone`.
//!
//! The example prints the URL of the phone page. Open the page and send a message: the server reads it, shows a typing indicator, and
//! replies. The server returns images, and `/tour` shows text formatting and buttons. `PORT` sets the port (default: 8080).
#![expect(clippy::print_stdout, reason = "the example prints to the terminal")]

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Json, Query, State};
use axum::routing::get;
use serde_json::{Value, json};
use waxwing_emulator::Emulator;

const TOUR: [&str; 3] = [
    "*Bold*, _italic_, ~struck~, `code`, *_both_* and https://example.com/a_link_with_marks",
    "> a quote\n\nA list:\n- one\n- *two*\n1. first\n2. second",
    "```\nfn main() {\n    println!(\"a block of code\");\n}\n```",
];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let port = std::env::var("PORT").map_or(Ok(8080), |port| port.parse())?;
    let bind = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let emulator = Emulator::builder().bind(bind).name("Echo").start().await?;

    let bot = Arc::new(EchoBot {
        messages_url: format!("{}/v25.0/{}/messages", emulator.url(), emulator.phone_number_id()),
        token: emulator.access_token().to_owned(),
        http: reqwest::Client::new(),
    });
    let app = Router::new().route("/webhook", get(challenge).post(webhook)).with_state(bot);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    emulator.set_webhook(format!("http://{}/webhook", listener.local_addr()?));
    println!("Open {} in a browser. Stop with Ctrl-C.", emulator.url());
    axum::serve(listener, app).await?;
    Ok(())
}

struct EchoBot {
    messages_url: String,
    token: String,
    http: reqwest::Client,
}

async fn challenge(Query(query): Query<Value>) -> String {
    query["hub.challenge"].as_str().unwrap_or_default().to_owned()
}

/// Acknowledges the webhook at once and replies in the background. A real server stores the message first, or a crash loses it.
async fn webhook(State(bot): State<Arc<EchoBot>>, Json(body): Json<Value>) {
    let value = body["entry"][0]["changes"][0]["value"].clone();
    if value["messages"].is_array() {
        tokio::spawn(async move {
            if let Err(error) = bot.reply(&value["messages"][0]).await {
                println!("cannot reply: {error}");
            }
        });
    }
}

impl EchoBot {
    async fn reply(&self, message: &Value) -> reqwest::Result<()> {
        self.post(json!({ "status": "read", "message_id": message["id"], "typing_indicator": { "type": "text" } }))
            .await?;
        tokio::time::sleep(Duration::from_millis(900)).await;
        let to_sender = |content: Value| {
            let mut body = content;
            match message["from"].as_str() {
                Some(phone) => body["to"] = phone.into(),
                None => body["recipient"] = message["from_user_id"].clone(),
            }
            body
        };
        let text = |body: &str| to_sender(json!({ "type": "text", "text": { "body": body } }));
        match message["type"].as_str() {
            Some("text") if message["text"]["body"] == "/tour" => {
                for body in TOUR {
                    self.post(text(body)).await?;
                }
                self.post(to_sender(json!({ "type": "interactive", "interactive": {
                    "type": "button", "body": { "text": "Was that *nice*?" },
                    "action": { "buttons": [
                        { "type": "reply", "reply": { "id": "1", "title": "Yes" } },
                        { "type": "reply", "reply": { "id": "2", "title": "Very" } },
                    ] },
                } })))
                .await
            }
            Some("text") => {
                let body = message["text"]["body"].as_str().unwrap_or_default();
                let echo: String = format!("echo {body}").chars().take(4096).collect();
                self.post(text(&echo)).await
            }
            Some(kind) => {
                self.post(text(&format!("I got your {kind}."))).await?;
                if kind == "image" {
                    let image = json!({ "id": message["image"]["id"], "caption": "Here is your image." });
                    self.post(to_sender(json!({ "type": "image", "image": image }))).await?;
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn post(&self, mut body: Value) -> reqwest::Result<()> {
        body["messaging_product"] = "whatsapp".into();
        let response = self.http.post(&self.messages_url).bearer_auth(&self.token).json(&body).send().await?;
        if !response.status().is_success() {
            println!("call refused: {}", response.text().await?);
        }
        Ok(())
    }
}
