//! `waxwing record` and `waxwing replay`.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::json;
use waxwing_tests::{Launch, ProcessOutput, TestEnv};

/// Settings of a server that listens on `socket` and calls the Graph API at `url`.
fn serve<'a>(env: &'a TestEnv, agent: &str, socket: &TcpListener, url: &str) -> Launch<'a> {
    env.serve(agent).socket(socket).set("WHATSAPP_GRAPH_URL", url).set("WAXWING_DEBOUNCE", "0")
}

/// Returns the socket of a server that starts later, and the URL of its webhook.
fn webhook() -> (TcpListener, String) {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let webhook = format!("http://{}/whatsapp/webhook", socket.local_addr().unwrap());
    (socket, webhook)
}

/// Replays the recording against a server with this agent.
async fn replay(env: &TestEnv, agent: &str, database: &str) -> ProcessOutput {
    let (socket, webhook) = webhook();
    let (file, path) = (env.path("recording.toml"), env.path(database));
    let number = env.emulator.phone_number_id();
    let access = ["--access-token", env.emulator.access_token(), "--app-secret", env.emulator.app_secret().unwrap()];
    let arguments = ["replay", file.to_str().unwrap(), "--webhook", &webhook, "--port", "0", "--patience", "1m"];
    let arguments = [&arguments[..], &access, &["--phone-number-id", number]].concat();
    let mut replay = env.run(&arguments).spawn();
    let printed = replay.wait_for_line("The Graph API is ").await;
    let emulator = printed.rsplit_once(' ').unwrap().1;
    let database = format!("sqlite://{}", path.display());
    let (server, _) = serve(env, agent, &socket, emulator).set("DATABASE_URL", &database).start().await;
    let replayed = replay.wait().await;
    server.terminate().await;
    replayed
}

#[tokio::test]
async fn a_recorded_conversation_is_replayed() {
    let env = TestEnv::new().await;
    let file = env.path("recording.toml");
    let file = file.to_str().unwrap().to_owned();
    let (socket, webhook) = webhook();
    let graph = env.emulator.url();
    let mut recorder = env.run(&["record", &file, "--webhook", &webhook, "--graph", &graph, "--port", "0"]).spawn();
    let printed = recorder.wait_for_line("WHATSAPP_GRAPH_URL=").await;
    let url = printed.split_once('=').unwrap().1.to_owned();
    let (server, _) = serve(&env, "echo", &socket, &url).start().await;
    env.emulator.set_webhook(format!("{url}/whatsapp/webhook"));
    let ana = env.emulator.user("+34600123456");
    ana.says("hi, I am at 34600123456").await;
    ana.expect("echo hi, I am at 34600123456").await;
    env.drain(server).await;
    let outcome = recorder.terminate().await;
    assert_eq!(outcome.code, Some(0), "{}", outcome.stderr);
    assert!(outcome.stdout.contains("2 steps of users and 1 messages of the bot"), "{}", outcome.stdout);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("34600123456") && !text.contains(env.emulator.access_token()), "{text}");

    let same = replay(&env, "echo", "same.db").await;
    assert_eq!(same.code, Some(0), "{} {}", same.stdout, same.stderr);
    assert!(same.stdout.contains("sent the same 1 messages"), "{}", same.stdout);
    let other = replay(&env, "demo", "other.db").await;
    assert_eq!(other.code, Some(1), "{} {}", other.stdout, other.stderr);
    assert!(other.stdout.contains(r#"-    "body": "echo hi, I am at 15550100001""#), "{}", other.stdout);
    assert!(other.stderr.contains("differ from the 1 recorded ones"), "{}", other.stderr);
}

#[tokio::test]
async fn a_webhook_log_becomes_a_scenario() {
    let env = TestEnv::new().await;
    let message = json!({"id": "wamid.1", "from": "34600123456", "type": "text", "text": {"body": "hi"}});
    let value = json!({"messages": [message], "contacts": [{"wa_id": "34600123456", "profile": {"name": "Ana"}}]});
    let body = json!({"entry": [{"changes": [{"field": "messages", "value": value}]}]});
    let (log, file) = (env.path("log.jsonl"), env.path("imported.toml"));
    std::fs::write(&log, format!("{body}\n{body}\n")).unwrap();
    let (log, file) = (log.to_str().unwrap(), file.to_str().unwrap());
    let imported = env.run(&["record", file, "--import", log]).output().await;
    assert_eq!(imported.code, Some(0), "{}", imported.stderr);
    assert!(imported.stdout.contains("2 steps of users and 0 messages"), "{}", imported.stdout);
    assert!(imported.stdout.contains("1 repeated"), "{}", imported.stdout);
    let again = env.run(&["record", file, "--import", log]).output().await;
    assert_eq!(again.code, Some(1));
    assert!(again.stderr.contains("exists: choose another file"), "{}", again.stderr);
    let scenario: waxwing_emulator::Scenario = std::fs::read_to_string(file).unwrap().parse().unwrap();
    env.emulator.play_scenario(&scenario).unwrap();
    env.emulator.advance(Duration::from_secs(1));
    assert!(env.emulator.user("+15550100001").transcript().contains("hi"));
}

#[tokio::test]
async fn a_wrong_recording_is_an_error_in_its_line() {
    let env = TestEnv::new().await;
    let file = env.path("wrong.toml");
    std::fs::write(&file, "[[step]]\ndo.shouts = 1\n").unwrap();
    let replayed = env.run(&["replay", file.to_str().unwrap(), "--port", "0"]).output().await;
    assert_eq!(replayed.code, Some(2), "{}", replayed.stderr);
    assert!(replayed.stderr.contains("line 2"), "{}", replayed.stderr);
}
