//! Scenario files.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use waxwing_emulator::{Emulator, Scenario, TimelineEventKind};

use crate::support::{Graph, WebhookServer};

/// Example in the documentation.
const ROUGH_DAY: &str = include_str!("../../scenarios/rough-day.toml");

/// Sends a text to a BSUID. Returns the HTTP status, or 0 without a response.
async fn send(graph: &Graph, bsuid: &str) -> u16 {
    let body = json!({"messaging_product": "whatsapp", "recipient": bsuid, "type": "text", "text": {"body": "hello"}});
    let answer = graph.http.post(&graph.messages).bearer_auth(&graph.token).json(&body).send().await;
    answer.map_or(0, |answer| answer.status().as_u16())
}

#[tokio::test]
async fn the_example_scenario_plays_all_its_events() {
    let emulator = Emulator::builder().scenario(ROUGH_DAY.parse().unwrap()).start().await.unwrap();
    assert_eq!(emulator.seed(), 42);
    let server = WebhookServer::start(&emulator).await;
    let graph = Graph::new(&emulator);
    let mut codes = Vec::new();
    for _ in 0..30 {
        emulator.advance(Duration::from_secs(1));
        codes.push(send(&graph, "ES.1001").await);
    }
    emulator.advance(Duration::from_mins(1));
    emulator.expect_idle().await;
    assert!(codes.contains(&200) && codes.iter().any(|code| *code != 200), "{codes:?}");

    let changes = server.changes();
    let messages: Vec<_> =
        changes.iter().filter_map(|change| change["value"]["messages"].as_array()).flatten().collect();
    let has = |pointer: &str, value: &str| {
        messages.iter().any(|message| message.pointer(pointer).is_some_and(|found| found == value))
    };
    assert!(has("/text/body", "it is still me") && has("/type", "hologram") && has("/group_id", "tea@g.us"));
    assert!(has("/from_user_id", "ES.2002") && has("/from_user_id", "ES.3001"));
    let fields: Vec<_> = changes.iter().map(|change| change["field"].clone()).collect();
    for field in ["user_id_update", "message_template_status_update", "weather_update"] {
        assert!(fields.contains(&json!(field)), "{field}");
    }
    let is_extended =
        |message: &&&Value| message.as_object().is_some_and(|it| it.keys().any(|key| key.contains("future")));
    let extended = messages.iter().filter(is_extended).count();
    let posts = server.posts();
    let any_extended = posts.iter().any(|post| String::from_utf8_lossy(&post.body).contains("future"));
    assert!(any_extended && extended < messages.len(), "one object in five has an unknown field");
}

/// Scenario with faults of every kind that a seed has to reproduce.
const SEEDED: &str = r#"
seed = 5

[behavior]
unknown_fields = 0.3

[[fault]]
send = { error = { code = 131000, http = 500 } }
rate = 0.3

[[fault]]
webhooks = { duplicate = { copies = 1 } }
rate = 0.3

[[fault]]
webhooks = { delay = "1500ms" }
rate = 0.3

[[fault]]
statuses = "lose"
rate = 0.2

[[fault]]
webhooks = "reorder"
rate = 0.2

[[step]]
do.join = { phone = "+34600000000", bsuid = "ES.1", name = "Ana" }

[[step]]
times = 10
every = "700ms"
do.says = { user = "Ana", text = "hi" }

[[step]]
after = "5s"
do.rotate = { user = "Ana", signal = "user_id_update", after_next_message = true }
"#;

/// Plays the scenario. Returns everything except the interleaving of different queues, which depends on the network.
async fn run(seed: Option<u64>) -> (Vec<u16>, Vec<String>, Vec<String>, Vec<Value>) {
    let scenario: Scenario = SEEDED.parse().unwrap();
    let builder = Emulator::builder().frozen_clock(UNIX_EPOCH + Duration::from_hours(500_000)).scenario(scenario);
    let builder = if let Some(seed) = seed { builder.seed(seed) } else { builder };
    let emulator = builder.start().await.unwrap();
    let server = WebhookServer::start(&emulator).await;
    let graph = Graph::new(&emulator);
    let mut codes = Vec::new();
    for _ in 0..10 {
        emulator.advance(Duration::from_secs(1));
        codes.push(send(&graph, "ES.1").await);
    }
    emulator.advance(Duration::from_secs(10));
    emulator.expect_idle().await;
    let (attempts, rest): (Vec<_>, Vec<_>) = emulator
        .timeline()
        .into_iter()
        .partition(|event| matches!(event.kind, TimelineEventKind::WebhookAttempt { .. }));
    let rest = rest.into_iter().map(|event| format!("{:?} {:?}", event.at, event.kind)).collect();
    let mut attempts: Vec<_> = attempts.into_iter().map(|event| format!("{:?}", event.kind)).collect();
    attempts.sort();
    let mut changes = server.changes();
    changes.sort_by_key(Value::to_string);
    (codes, rest, attempts, changes)
}

/// The same seed, scenario and client produce the same timeline, time stamps included, and the same webhooks.
#[tokio::test]
async fn the_seed_determines_the_timeline() {
    let (first, again, other) = (run(None).await, run(None).await, run(Some(6)).await);
    assert!(first.0.contains(&200) && first.0.contains(&500), "{:?}", first.0);
    assert_eq!(first, again);
    assert_ne!(first.1, other.1);
}
