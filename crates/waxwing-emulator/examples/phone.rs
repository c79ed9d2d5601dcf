//! An emulator with a little webhook server that echoes: `cargo run -p waxwing-emulator --example phone`.
//!
//! Prints the address of the phone page. Open it and write something: the server reads it, types for a moment, and answers. A picture
//! comes back, `/tour` shows what messages can look like. `PORT` chooses the port (8080 by default).
#![expect(clippy::print_stdout, reason = "an example talks to whoever started it")]

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

    let business = Arc::new(Business {
        graph: format!("{}/v25.0/{}/messages", emulator.url(), emulator.phone_number_id()),
        token: emulator.access_token().to_owned(),
        http: reqwest::Client::new(),
    });
    let app = Router::new().route("/webhook", get(challenge).post(webhook)).with_state(business);
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    emulator.set_webhook(format!("http://{}/webhook", listener.local_addr()?));
    println!("Open {} in a browser. Ctrl-C ends.", emulator.url());
    axum::serve(listener, app).await?;
    Ok(())
}

struct Business {
    graph: String,
    token: String,
    http: reqwest::Client,
}

async fn challenge(Query(query): Query<Value>) -> String {
    query["hub.challenge"].as_str().unwrap_or_default().to_owned()
}

/// Answers at once and works in the background, which is fine for an example and for nothing else.
async fn webhook(State(business): State<Arc<Business>>, Json(body): Json<Value>) {
    let value = body["entry"][0]["changes"][0]["value"].clone();
    if value["messages"].is_array() {
        tokio::spawn(async move {
            if let Err(error) = business.answer(&value["messages"][0]).await {
                println!("could not answer: {error}");
            }
        });
    }
}

impl Business {
    async fn answer(&self, message: &Value) -> reqwest::Result<()> {
        self.post(json!({ "status": "read", "message_id": message["id"], "typing_indicator": { "type": "text" } }))
            .await?;
        tokio::time::sleep(Duration::from_millis(900)).await;
        let to = |content: Value| {
            let mut body = content;
            match message["from"].as_str() {
                Some(phone) => body["to"] = phone.into(),
                None => body["recipient"] = message["from_user_id"].clone(),
            }
            body
        };
        let text = |body: &str| to(json!({ "type": "text", "text": { "body": body } }));
        match message["type"].as_str() {
            Some("text") if message["text"]["body"] == "/tour" => {
                for body in TOUR {
                    self.post(text(body)).await?;
                }
                self.post(to(json!({ "type": "interactive", "interactive": {
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
                    let image = json!({ "id": message["image"]["id"], "caption": "Here it is again." });
                    self.post(to(json!({ "type": "image", "image": image }))).await?;
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn post(&self, mut body: Value) -> reqwest::Result<()> {
        body["messaging_product"] = "whatsapp".into();
        let response = self.http.post(&self.graph).bearer_auth(&self.token).json(&body).send().await?;
        if !response.status().is_success() {
            println!("refused: {}", response.text().await?);
        }
        Ok(())
    }
}
