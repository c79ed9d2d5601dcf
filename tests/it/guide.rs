//! Examples for bots in other languages from `docs/testing-your-bot.md`.
//!
//! The doc tests of this package run the Rust examples.

use std::sync::{Arc, OnceLock};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use waxwing_tests::TestEnv;

const GUIDE: &str = include_str!("../../docs/testing-your-bot.md");

/// Returns the contents of all code blocks in `language`.
fn blocks(language: &str) -> impl Iterator<Item = &'static str> {
    let start = format!("```{language}\n");
    let at: Vec<_> = GUIDE.match_indices(&start).map(|(at, start)| at + start.len()).collect();
    at.into_iter().map(|at| GUIDE[at..].split("\n```").next().unwrap())
}

/// Whether `found` contains all fields of `shown`.
fn shows(found: &Value, shown: &Value) -> bool {
    match (found, shown) {
        (Value::Object(found), Value::Object(shown)) => {
            shown.iter().all(|(key, shown)| found.get(key).is_some_and(|found| shows(found, shown)))
        }
        (Value::Array(found), Value::Array(shown)) => {
            found.len() == shown.len() && found.iter().zip(shown).all(|(found, shown)| shows(found, shown))
        }
        _ => found == shown,
    }
}

/// Starts a bot that answers a message with a question, and a tap with thanks. The bot gets the base URL of the Graph API through `graph`.
async fn bot(graph: Arc<OnceLock<String>>) -> String {
    let webhook = async |State(graph): State<Arc<OnceLock<String>>>, Json(body): Json<Value>| {
        let message = &body["entry"][0]["changes"][0]["value"]["messages"][0];
        let mut reply = match message["type"].as_str() {
            Some("text") => json!({"type": "interactive", "interactive": {"type": "button", "body": {"text": "Tea?"},
            "action": {"buttons": [
                {"type": "reply", "reply": {"id": "y", "title": "Yes"}},
                {"type": "reply", "reply": {"id": "n", "title": "No"}},
            ]}}}),
            Some("interactive") => {
                json!({"type": "text", "text": {"body": message["interactive"]["button_reply"]["id"]}})
            }
            _ => return StatusCode::OK,
        };
        reply["messaging_product"] = "whatsapp".into();
        reply["to"] = message["from"].clone();
        let call = reqwest::Client::new()
            .post(graph.get().unwrap())
            .header("user-agent", "tea")
            .bearer_auth("my-token")
            .json(&reply);
        call.send().await.unwrap().error_for_status().unwrap();
        StatusCode::OK
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/webhook", listener.local_addr().unwrap());
    let app = Router::new().route("/webhook", post(webhook)).with_state(graph);
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    url
}

#[tokio::test]
async fn a_bot_in_another_language_is_tested_as_the_guide_says() {
    let env = TestEnv::new().await;
    let graph = Arc::new(OnceLock::new());
    let webhook = bot(Arc::clone(&graph)).await;
    let command = blocks("sh").find(|block| block.starts_with("waxwing emulator ")).unwrap();
    let command = command.replace("http://127.0.0.1:8000/webhook", &webhook);
    let arguments: Vec<_> = command.split_whitespace().skip(1).chain(["--port", "0"]).collect();
    let mut emulator = env.run(&arguments).spawn();
    let line = emulator.wait_for_line("WHATSAPP_GRAPH_URL=").await;
    let base = line.split_once('=').unwrap().1.to_owned();
    graph.set(format!("{base}/v25.0/1000001/messages")).unwrap();

    let http = reqwest::Client::new();
    let mut answers = Vec::new();
    for block in blocks("http") {
        let (head, body) = block.split_once("\n\n").unwrap_or((block, ""));
        let mut head = head.lines();
        let (method, path) = head.next().and_then(|line| line.split_once(' ')).unwrap();
        let mut request = http.request(method.parse().unwrap(), format!("{base}{path}")).body(body);
        for (name, value) in head.filter_map(|line| line.split_once(": ")) {
            request = request.header(name, value);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{block}");
        answers.push(response.json::<Value>().await.unwrap());
    }
    // The guide shows the first and the third answer.
    let shown: Vec<Value> = blocks("json").map(|block| serde_json::from_str(block).unwrap()).collect();
    assert_eq!((answers.len(), shown.len()), (4, 2));
    for (answer, shown) in [(&answers[0], &shown[0]), (&answers[2], &shown[1])] {
        assert!(shows(answer, shown), "{answer} is not {shown}");
    }
    let asked = answers[2]["messages"][0]["id"].as_str().unwrap();
    let url = format!("{base}/phone/chats/1/messages");
    let url = reqwest::Url::parse_with_params(&url, [("after", asked), ("wait", "10")]).unwrap();
    let thanks = http.get(url).send().await.unwrap();
    let thanks: Value = thanks.json().await.unwrap();
    assert_eq!(thanks["messages"][0]["text"], "y", "{thanks}");
    assert_eq!(emulator.terminate().await.code, Some(0));
}
