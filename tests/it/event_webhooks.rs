//! Events for other systems: webhooks, `events tail`, and the commands for operators.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::mpsc;
use waxwing_tests::{ServerProcess, TestEnv};

use crate::support::Api;

const ANA: &str = "+34600000000";

/// The bytes of the key are the text `a key of twenty-four bytes or more`.
const SECRET: &str = "whsec_YSBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0ZXMgb3IgbW9yZQ==";

#[derive(Clone, Copy)]
enum Answer {
    Status(u16),
    Redirect,
    Hang,
}

/// A receiver that checks each request as Standard Webhooks demands.
///
/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
struct Receiver {
    address: SocketAddr,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    events: mpsc::UnboundedReceiver<Value>,
}

#[derive(Clone)]
struct Shared {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    events: mpsc::UnboundedSender<Value>,
}

impl Receiver {
    /// Starts a receiver that gives these answers first, and accepts all events then.
    async fn start(answers: &[Answer]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers = Arc::new(Mutex::new(answers.iter().copied().collect()));
        let (sender, events) = mpsc::unbounded_channel();
        let router = Router::new().route("/hook", post(receive));
        let router = router.with_state(Shared { answers: Arc::clone(&answers), events: sender });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, answers, events }
    }

    /// Returns a section of `waxwing.toml` for the receiver.
    fn section(&self, name: &str, events: &str, timeout: &str) -> String {
        let url = format!("http://{}/hook", self.address);
        format!(
            "[webhooks.{name}]\nurl = '{url}'\nsecret = '${{SECRET}}'\nevents = [{events}]\nallow_private_addresses = true\ntimeout = '{timeout}'\n"
        )
    }

    /// Returns the next event.
    async fn next(&mut self) -> Value {
        let event = tokio::time::timeout(Duration::from_secs(40), self.events.recv()).await;
        event.expect("an event comes").unwrap()
    }
}

async fn receive(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).unwrap_or_else(|| panic!("no {name}")).to_str().unwrap();
    let (id, seconds) = (header("webhook-id"), header("webhook-timestamp"));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let is_recent = now.abs_diff(seconds.parse().unwrap()) < 300;
    let mut mac = Hmac::<Sha256>::new_from_slice(b"a key of twenty-four bytes or more").unwrap();
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(&body);
    let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    if !is_recent || !header("webhook-signature").split(' ').any(|signature| signature == expected) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let event: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((header("content-type"), event["id"].as_str()), ("application/json", Some(id)));
    let _ = shared.events.send(event);
    let answer = shared.answers.lock().unwrap().pop_front();
    match answer {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(Answer::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Answer::Redirect) => (StatusCode::FOUND, [("location", "/hook")]).into_response(),
        Some(Answer::Hang) => std::future::pending().await,
    }
}

async fn serve(env: &TestEnv, sections: &[String]) -> ServerProcess {
    let echo = "[agents.echo]\nkind = 'echo'\n".to_owned();
    env.write_config(&[&[echo], sections].concat().concat());
    let (server, _) = env.serve_config().set("SECRET", SECRET).start().await;
    server
}

async fn run(env: &TestEnv, arguments: &[&str]) -> String {
    let output = env.run(arguments).output().await;
    assert_eq!(output.code, Some(0), "{arguments:?}: {}", output.stderr);
    output.stdout
}

/// A receiver that refuses, redirects or does not answer gets each event in the end, in order, and holds up nobody else.
#[tokio::test]
async fn a_webhook_gets_signed_events_in_order() {
    let env = TestEnv::new().await;
    let mut broken = Receiver::start(&[Answer::Status(500), Answer::Hang, Answer::Redirect]).await;
    let mut sound = Receiver::start(&[]).await;
    let types = "'message.received', 'message.sent'";
    let server = serve(&env, &[broken.section("broken", types, "300ms"), sound.section("sound", types, "5s")]).await;
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let (received, sent) = (sound.next().await, sound.next().await);
    assert_eq!((&received["name"], &sent["name"]), (&json!("message.received"), &json!("message.sent")));
    assert_eq!((&received["data"]["text"], &sent["data"]["text"]), (&json!("hi"), &json!("echo hi")));
    assert_eq!((&received["number"], &received["user"]), (&json!(env.emulator.phone_number_id()), &json!(&ANA[1..])));
    assert_eq!(received["conversation_key"], sent["conversation_key"]);
    for _ in 0..4 {
        assert_eq!(broken.next().await, received);
    }
    assert_eq!(broken.next().await, sent);
    let output = env.drain(server).await;
    assert!(output.stderr.contains("event not delivered; trying again"), "{}", output.stderr);
    assert!(!output.stderr.contains(SECRET) && !output.stderr.contains("/hook"), "{}", output.stderr);
}

/// The next process delivers events that were committed before the process was killed.
#[tokio::test]
async fn a_crash_loses_no_event() {
    let env = TestEnv::new().await;
    let mut crm = Receiver::start(&[Answer::Hang]).await;
    let section = crm.section("crm", "'message.received'", "50s");
    let server = serve(&env, std::slice::from_ref(&section)).await;
    let ana = env.emulator.user(ANA);
    ana.says("one").await;
    let first = crm.next().await;
    ana.expect_text("echo one").await;
    ana.says("two").await;
    ana.expect_text("echo two").await;
    server.kill().await;
    let server = serve(&env, &[section]).await;
    assert_eq!(crm.next().await, first);
    assert_eq!(crm.next().await["data"]["text"], "two");
    server.kill().await;
}

#[tokio::test]
async fn operators_see_enable_and_repeat_webhooks() {
    let env = TestEnv::new().await;
    let mut gone = Receiver::start(&[Answer::Status(410)]).await;
    let mut watch = Receiver::start(&[]).await;
    let sections = [gone.section("gone", "'message.received'", "5s"), watch.section("watch", "'alarm.*'", "5s")];
    let server = serve(&env, &sections).await;
    let mut tail = env.run(&["events", "tail", "--type", "message.d*", "--type", "alarm.raised"]).spawn();
    let ana = env.emulator.user(ANA);
    ana.says("hi").await;
    ana.expect_text("echo hi").await;
    let alarm = watch.next().await;
    assert_eq!(alarm["data"]["alarm"], "subscription_disabled");
    assert_eq!(gone.next().await["data"]["text"], "hi");
    let list = run(&env, &["events", "list"]).await;
    assert!(list.contains("gone  disabled since") && list.contains("watch  enabled"), "{list}");
    run(&env, &["events", "enable", "gone"]).await;
    assert_eq!(gone.next().await["data"]["text"], "hi");
    let first = run(&env, &["events", "list", "--json"]).await;
    let first: Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
    assert_eq!((&first["name"], &first["disabled_since"]), (&json!("gone"), &Value::Null));
    let again = run(&env, &["events", "redeliver", "--since", "1h", "--webhook", "gone"]).await;
    assert!(again.contains("delivered again to: gone"), "{again}");
    assert_eq!(gone.next().await["data"]["text"], "hi");
    let unknown = env.run(&["events", "enable", "nobody"]).output().await;
    assert_eq!(unknown.code, Some(1), "{}", unknown.stdout);
    // The tail may have begun after the first events.
    let delivered = async {
        loop {
            ana.says("more").await;
            let line = tokio::time::timeout(Duration::from_secs(2), tail.wait_for_line("message.delivered")).await;
            if let Ok(line) = line {
                return line;
            }
        }
    };
    let line = tokio::time::timeout(Duration::from_secs(40), delivered).await.expect("the tail prints an event");
    let event: Value = serde_json::from_str(&line).unwrap();
    assert!(event["data"]["message"].is_string(), "{event}");
    tail.kill().await;
    server.kill().await;
    assert!(gone.answers.lock().unwrap().is_empty());
}

/// The receiver of docs/events.md.
#[tokio::test]
async fn the_example_in_python_verifies_events() {
    let env = TestEnv::new().await;
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/webhooks/receiver.py");
    let start = |secret: &str| {
        let mut command = tokio::process::Command::new("python3");
        command.arg(&script).env("WEBHOOK_SECRET", secret).env("PORT", "0");
        ServerProcess::spawn(command)
    };
    let other = format!("whsec_{}", STANDARD.encode([7; 32]));
    let (mut right, mut wrong) = (start(&format!("{other},{SECRET}")), start(&other));
    let mut sections = Vec::new();
    for (name, process) in [("right", &mut right), ("wrong", &mut wrong)] {
        let line = process.wait_for_line("listening on ").await;
        let url = line.rsplit(' ').next().unwrap();
        let rest = "secret = '${SECRET}'\nevents = ['message.received']\nallow_private_addresses = true";
        sections.push(format!("[webhooks.{name}]\nurl = '{url}'\n{rest}\n"));
    }
    let mut server = serve(&env, &sections).await;
    env.emulator.user(ANA).says("hi").await;
    let line = right.wait_for_line("message.received").await;
    assert!(line.contains(r#""text": "hi""#), "{line}");
    let refused = server.wait_for_log("event not delivered; trying again").await;
    assert_eq!((&refused["subscription"], &refused["reason"]), (&json!("wrong"), &json!("status 401")));
    server.kill().await;
    right.kill().await;
    wrong.kill().await;
}

#[tokio::test]
async fn a_wrong_webhook_is_a_configuration_error() {
    let env = TestEnv::new().await;
    for (section, expected) in [
        ("url = 'https://shop.example'\nsecret = 'short'\nevents = ['*']", "whsec_"),
        ("url = 'http://10.0.0.1/'\nsecret = 'SECRET'\nevents = ['*']", "allow_private_addresses"),
        (
            "url = 'shop.example'\nsecret = 'SECRET'\nevents = ['*']",
            "must be a URL that starts with http:// or https://",
        ),
        ("url = 'http://shop.example/hook'\nsecret = 'SECRET'\nevents = ['*']", "plain HTTP"),
        ("url = 'https://shop.example'\nsecret = 'SECRET'\nevents = ['telepathy']", "there is no event"),
        ("url = 'https://shop.example'\nsecret = 'SECRET'\nevents = []", "is empty"),
    ] {
        env.write_config(&format!("[webhooks.crm]\n{}", section.replace("SECRET", SECRET)));
        let output = env.run(&["config", "check"]).output().await;
        let shown = format!("{}{}", output.stdout, output.stderr);
        assert!(output.code != Some(0) && shown.contains(expected), "{expected}: {shown}");
        assert!(!shown.contains(SECRET), "{shown}");
    }
}

/// A system that sends a message by the API learns by events what becomes of it.
#[tokio::test]
async fn a_webhook_follows_a_message_of_the_api() {
    let env = TestEnv::new().await;
    let mut shop = Receiver::start(&[]).await;
    let section = shop.section("shop", "'message.sent', 'message.delivered', 'message.read', 'message.failed'", "5s");
    env.write_config(&format!("[agents.echo]\nkind = 'echo'\n{section}"));
    let (api, server) = Api::start(&env, env.serve_config().set("SECRET", SECRET)).await;
    let template =
        json!({ "type": "template", "template": { "name": "hello_world", "language": { "code": "en_US" } } });
    let message = json!({ "number": api.number, "to": { "phone": ANA }, "content": template });
    let (status, queued) = api.post(None, &message).await;
    assert_eq!(status, 202, "{queued}");
    let ana = env.emulator.user(ANA);
    for name in ["message.sent", "message.delivered", "message.read"] {
        if name == "message.read" {
            ana.reads_all();
        }
        let event = shop.next().await;
        assert_eq!((&event["name"], &event["data"]["outbox"]), (&json!(name), &queued["id"]), "{event}");
        assert_eq!(event["conversation_key"], queued["conversation"]);
        assert_eq!(api.show(&queued["id"]).await["message_id"], event["data"]["message"]);
    }
    assert_eq!(api.show(&queued["id"]).await["state"], "read");
    env.emulator.next_send(waxwing_emulator::FaultEffect::AcceptThenFail { code: 131_026 });
    let (_, lost) = api.post(None, &message).await;
    let event = loop {
        let event = shop.next().await;
        if event["name"] == "message.failed" {
            break event;
        }
        assert_eq!((&event["name"], &event["data"]["outbox"]), (&json!("message.sent"), &lost["id"]), "{event}");
    };
    assert_eq!((&event["data"]["outbox"], &event["data"]["code"]), (&lost["id"], &json!(131_026)), "{event}");
    let shown = api.show(&lost["id"]).await;
    assert_eq!((&shown["state"], &shown["code"]), (&json!("failed"), &json!(131_026)));
    env.drain(server).await;
}
