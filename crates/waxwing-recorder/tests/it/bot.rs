//! A bot with a configurable greeting.

use std::sync::{Arc, RwLock};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use waxwing_emulator::Emulator;

/// Path of the bot's webhook.
pub(crate) const WEBHOOK: &str = "/bot/webhook";

/// Returns the URL of a port on which nobody listens: a listening socket that is closed again.
pub(crate) fn unreachable() -> String {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", socket.local_addr().unwrap())
}

/// A running bot, which greets by name, asks a question, and returns files.
#[derive(Clone)]
pub(crate) struct Bot {
    pub(crate) webhook: String,
    graph: Arc<RwLock<GraphAccess>>,
}

#[derive(Clone)]
struct GraphAccess {
    http: reqwest::Client,
    url: String,
    token: String,
    number: String,
    greeting: &'static str,
}

impl Bot {
    pub(crate) async fn start(greeting: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let webhook = format!("http://{}{WEBHOOK}", listener.local_addr().unwrap());
        let http = reqwest::Client::builder().user_agent("test-bot").no_proxy().build().unwrap();
        let access = GraphAccess { http, url: String::new(), token: String::new(), number: String::new(), greeting };
        let graph = Arc::new(RwLock::new(access));
        let router = Router::new()
            .route(WEBHOOK, post(receive).merge(get(|| async { "challenge" })))
            .with_state(Arc::clone(&graph));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { webhook, graph }
    }

    /// Makes the bot call the Graph API at `url`, which leads to `emulator`.
    pub(crate) fn uses(&self, url: &str, emulator: &Emulator) {
        let mut graph = self.graph.write().unwrap();
        url.clone_into(&mut graph.url);
        emulator.access_token().clone_into(&mut graph.token);
        emulator.phone_number_id().clone_into(&mut graph.number);
    }
}

async fn receive(State(graph): State<Arc<RwLock<GraphAccess>>>, Json(body): Json<Value>) -> StatusCode {
    let graph = graph.read().unwrap().clone();
    let value = &body["entry"][0]["changes"][0]["value"];
    let message = &value["messages"][0];
    let name = value["contacts"][0]["profile"]["name"].as_str().unwrap_or_default();
    let mut reply = match message["type"].as_str() {
        Some("text") => json!({
            "type": "interactive", "context": { "message_id": message["id"] },
            "interactive": { "type": "button", "body": { "text": format!("{} {name}. Tea?", graph.greeting) }, "action": {
                "buttons": [{ "type": "reply", "reply": { "id": "yes", "title": "Yes" } }],
            } },
        }),
        Some("interactive") => json!({ "type": "text", "text": { "body": "One tea, coming." } }),
        Some("image") => {
            let file = graph.download(message["image"]["id"].as_str().unwrap()).await;
            json!({ "type": "image", "image": { "id": graph.upload(file).await, "caption": "Nice" } })
        }
        _ => return StatusCode::OK,
    };
    reply["messaging_product"] = "whatsapp".into();
    reply["to"] = message["from"].clone();
    let sent = graph.http.post(graph.at(&format!("{}/messages", graph.number))).bearer_auth(&graph.token);
    if sent.json(&reply).send().await.unwrap().status().is_success() { StatusCode::OK } else { StatusCode::BAD_GATEWAY }
}

impl GraphAccess {
    fn at(&self, path: &str) -> String {
        format!("{}/v25.0/{path}", self.url)
    }

    async fn download(&self, id: &str) -> Vec<u8> {
        let get = |url: String| self.http.get(url).bearer_auth(&self.token).send();
        let medium: Value = get(self.at(id)).await.unwrap().json().await.unwrap();
        let response = get(medium["url"].as_str().unwrap().to_owned()).await.unwrap();
        assert_eq!(response.status(), 200);
        response.bytes().await.unwrap().to_vec()
    }

    async fn upload(&self, file: Vec<u8>) -> String {
        let part = reqwest::multipart::Part::bytes(file).file_name("a.jpg").mime_str("image/jpeg").unwrap();
        let form = reqwest::multipart::Form::new().text("messaging_product", "whatsapp").part("file", part);
        let upload = self.http.post(self.at(&format!("{}/media", self.number))).bearer_auth(&self.token);
        let response: Value = upload.multipart(form).send().await.unwrap().json().await.unwrap();
        response["id"].as_str().unwrap().to_owned()
    }
}
