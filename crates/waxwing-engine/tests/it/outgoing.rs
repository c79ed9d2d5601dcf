//! Delivery of events to other systems.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use waxwing_engine::{
    Engine, EventDelivery, EventReceipt, EventReceiver, EventSubscription, FailureKind, GraphError, Workers,
};
use waxwing_store::{EventStore, EventType, Timestamp};
use waxwing_webhook::{Notification, VerifiedBody, WebhookEvent};

use crate::support::{ANA, BEA, FakeGraph, NUMBER, Stage, patiently, post, refusal, text};

/// A receiver that keeps what it gets, and answers as it is told: at first with these answers.
#[derive(Debug)]
struct Receiver {
    answers: Mutex<VecDeque<Answer>>,
    seen: mpsc::UnboundedSender<Value>,
}

/// Answer of a receiver.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Receipt(EventReceipt),
    Panic,
    Hang,
}

#[async_trait]
impl EventReceiver for Receiver {
    async fn receive(&self, event: EventDelivery) -> EventReceipt {
        let body: Value = serde_json::from_slice(&event.body).unwrap();
        assert_eq!((body["id"].as_str(), body["name"].as_str()), (Some(&*event.event_id), Some(event.kind.as_str())));
        let _ = self.seen.send(body);
        let answer = self.answers.lock().unwrap().pop_front();
        match answer {
            None => EventReceipt::Delivered,
            Some(Answer::Receipt(receipt)) => receipt,
            Some(Answer::Panic) => panic!("the receiver panics"),
            Some(Answer::Hang) => std::future::pending().await,
        }
    }
}

fn failed() -> Answer {
    Answer::Receipt(EventReceipt::Failed { reason: "status 500".into(), retry_after: None })
}

/// Events that a receiver got.
pub(crate) type Seen = mpsc::UnboundedReceiver<Value>;

/// Returns a subscription with the events that its receiver gets.
pub(crate) fn subscription(name: &str, types: &[EventType], answers: &[Answer]) -> (EventSubscription, Seen) {
    let (seen, events) = mpsc::unbounded_channel();
    let receiver = Receiver { answers: Mutex::new(answers.iter().cloned().collect()), seen };
    (EventSubscription::new(name, Arc::new(receiver), types.iter().copied()), events)
}

/// Returns the next event.
pub(crate) async fn next(events: &mut Seen) -> Value {
    // Time is paused, so a wait for a retry takes no time.
    tokio::time::timeout(Duration::from_hours(1), events.recv()).await.expect("an event comes").unwrap()
}

/// Starts an echo with these subscriptions.
async fn start(stage: &Stage, graph: &Arc<FakeGraph>, subscriptions: Vec<EventSubscription>) -> (Engine, Workers) {
    let echo = waxwing_agent::agent_fn("echo", |turn, _| async move { Ok(waxwing_agent::Reply::text(turn.text())) });
    let number = waxwing_types::PhoneNumberId::new(NUMBER);
    let route = waxwing_engine::Route::new(number, Arc::new(echo), graph.clone());
    let builder =
        subscriptions.into_iter().fold(stage.builder().route(route), waxwing_engine::EngineBuilder::subscription);
    let engine = builder.build();
    engine.store_subscriptions().await.unwrap();
    let workers = engine.start();
    (engine, workers)
}

fn webhook(field: &str, value: &Value) -> Notification {
    let changes = json!([{ "field": field, "value": value }]);
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "9", "changes": changes }] });
    Notification::parse(&VerifiedBody::unsigned(body.to_string())).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_event_has_its_message_and_its_conversation() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let (all, mut events) = subscription("all", &[EventType::MessageReceived, EventType::MessageSent], &[]);
    let (engine, _workers) = start(&stage, &graph, vec![all]).await;
    let hi = text(ANA, "hi");
    post(&engine, std::slice::from_ref(&hi)).await;
    let received = next(&mut events).await;
    assert_eq!((&received["name"], &received["number"]), (&json!("message.received"), &json!(NUMBER)));
    assert_eq!((&received["user"], &received["profile"]["phone"]), (&json!(ANA), &json!(ANA)));
    assert_eq!(received["profile"]["name"], json!(format!("Name of {ANA}")));
    assert_eq!(received["conversation_key"].as_str().map(str::len), Some(16));
    let data = &received["data"];
    assert_eq!((&data["message"], &data["type"], &data["text"]), (&json!(hi.id()), &json!("text"), &json!("hi")));
    assert_eq!(data["raw"]["text"], json!({ "body": "hi" }));
    let sent = next(&mut events).await;
    assert_eq!((&sent["name"], &sent["conversation"]), (&json!("message.sent"), &received["conversation"]));
    let data = &sent["data"];
    assert_eq!((&data["text"], &data["agent"], &data["type"]), (&json!("hi"), &json!("echo"), &json!("text")));
    assert!(data["message"].is_string());
}

/// A receiver that fails holds up its own events only, and gets them in order.
#[tokio::test(start_paused = true)]
async fn events_come_in_order_after_failures() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let answers = [failed(), Answer::Panic, Answer::Hang, failed()];
    let (broken, mut late) = subscription("broken", &[EventType::MessageReceived], &answers);
    let (sound, mut early) = subscription("sound", &[EventType::MessageReceived], &[]);
    let (engine, _workers) = start(&stage, &graph, vec![broken, sound]).await;
    for body in ["1", "2", "3"] {
        text(ANA, body).post(&engine).await;
    }
    for body in ["1", "2", "3"] {
        assert_eq!(next(&mut early).await["data"]["text"], json!(body));
    }
    let mut seen = Vec::new();
    for _ in 0..7 {
        let event = next(&mut late).await;
        seen.push((event["data"]["text"].clone(), event["id"].clone()));
    }
    let texts: Vec<_> = seen.iter().map(|(text, _)| text.as_str().unwrap()).collect();
    assert_eq!(texts, ["1", "1", "1", "1", "1", "2", "3"]);
    assert!(seen[..5].iter().all(|(_, id)| *id == seen[0].1), "a repeated event keeps its id");
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_gone_gets_nothing_until_it_is_enabled() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let types = [EventType::MessageReceived];
    let (gone, mut events) = subscription("gone", &types, &[Answer::Receipt(EventReceipt::Gone)]);
    let (watch, mut alarms) = subscription("watch", &[EventType::AlarmRaised], &[]);
    let (engine, _workers) = start(&stage, &graph, vec![gone, watch]).await;
    text(ANA, "1").post(&engine).await;
    let alarm = next(&mut alarms).await;
    assert_eq!(alarm["data"]["alarm"], json!("subscription_disabled"));
    assert_eq!(alarm["data"]["subscription"], json!("gone"));
    text(ANA, "2").post(&engine).await;
    let first = next(&mut events).await;
    assert!(stage.store.subscriptions().await.unwrap()[0].disabled.is_some());
    stage.store.enable_subscription("gone").await.unwrap();
    assert_eq!(next(&mut events).await, first);
    assert_eq!(next(&mut events).await["data"]["text"], json!("2"));
}

#[tokio::test(start_paused = true)]
async fn a_disabled_subscription_is_not_read_at_each_event() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let (gone, _events) = subscription("gone", &[EventType::MessageReceived], &[Answer::Receipt(EventReceipt::Gone)]);
    let (watch, mut all) = subscription("watch", &[EventType::AlarmRaised, EventType::MessageReceived], &[]);
    let (engine, _workers) = start(&stage, &graph, vec![gone, watch]).await;
    text(ANA, "1").post(&engine).await;
    while next(&mut all).await["data"]["alarm"] != json!("subscription_disabled") {}
    // Time stands still while a blocking task runs.
    let (release, released) = std::sync::mpsc::channel::<()>();
    let blocking = tokio::task::spawn_blocking(move || released.recv());
    let before = stage.store.seen().subscription_reads;
    for count in 2..=20 {
        text(ANA, "again").post(&engine).await;
        // The dispatcher had time to read.
        graph.taken(count).await;
    }
    let reads = stage.store.seen().subscription_reads - before;
    drop(release);
    assert!(blocking.await.unwrap().is_err());
    assert!(reads <= 2, "{reads} reads for 19 messages");
}

/// The failures of all attempts in 24 hours disable the subscription, and the log has the reason.
#[tokio::test(start_paused = true)]
async fn a_receiver_that_fails_for_a_day_is_disabled() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let (broken, mut events) = subscription("broken", &[EventType::MessageReceived], &vec![failed(); 1000]);
    let (watch, mut alarms) = subscription("watch", &[EventType::AlarmRaised], &[]);
    let (engine, _workers) = start(&stage, &graph, vec![broken, watch]).await;
    text(ANA, "1").post(&engine).await;
    let start = tokio::time::Instant::now();
    // The clock of the store follows the paused time.
    let alarm = tokio::time::timeout(Duration::from_hours(48), alarms.recv()).await.unwrap().unwrap();
    assert_eq!(alarm["data"]["reason"], json!("status 500"));
    let passed = start.elapsed();
    assert!(passed >= Duration::from_hours(24) && passed <= Duration::from_hours(26), "{passed:?}");
    let mut attempts = 0;
    while events.try_recv().is_ok() {
        attempts += 1;
    }
    assert!((25..100).contains(&attempts), "{attempts}");
}

#[tokio::test(start_paused = true)]
async fn events_are_delivered_again_since_a_time() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let (all, mut events) = subscription("all", &[EventType::MessageReceived], &[]);
    let (engine, _workers) = start(&stage, &graph, vec![all]).await;
    text(ANA, "1").post(&engine).await;
    text(BEA, "2").post(&engine).await;
    let by_user = |event: &Value| (event["user"].as_str().unwrap().to_owned(), event.clone());
    let first: HashMap<_, _> = [next(&mut events).await, next(&mut events).await].iter().map(by_user).collect();
    stage.store.redeliver_events("all", Timestamp::from_millis(0)).await.unwrap();
    let again: HashMap<_, _> = [next(&mut events).await, next(&mut events).await].iter().map(by_user).collect();
    assert_eq!(first, again);
}

/// The next process delivers events that were committed before a crash.
#[tokio::test(start_paused = true)]
async fn undelivered_events_outlive_the_process() {
    let (mut stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let types = [EventType::MessageReceived];
    let (hanging, mut events) = subscription("crm", &types, &vec![Answer::Hang; 10]);
    let (engine, workers) = start(&stage, &graph, vec![hanging]).await;
    text(ANA, "1").post(&engine).await;
    text(ANA, "2").post(&engine).await;
    next(&mut events).await;
    drop((engine, workers));
    stage.restart();
    let (next_one, mut events) = subscription("crm", &types, &[]);
    let (_engine, _workers) = start(&stage, &graph, vec![next_one]).await;
    for body in ["1", "2"] {
        assert_eq!(next(&mut events).await["data"]["text"], json!(body));
    }
}

#[tokio::test(start_paused = true)]
async fn problems_of_the_account_raise_alarms() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let (all, mut events) = subscription("all", &[EventType::AccountUpdated, EventType::AlarmRaised], &[]);
    let (engine, _workers) = start(&stage, &graph, vec![all]).await;
    let ban = json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": "DISABLE" } });
    engine.accept(webhook("account_update", &ban)).await.unwrap();
    engine.accept(webhook("account_update", &ban)).await.unwrap();
    let updated = next(&mut events).await;
    assert_eq!((&updated["name"], &updated["data"]["account"]), (&json!("account.updated"), &json!("9")));
    assert_eq!(updated["data"]["raw"], ban);
    assert_eq!(next(&mut events).await["data"]["alarm"], json!("account_banned"));
    graph.refuses(GraphError {
        code: Some(190),
        scope: waxwing_client::FailureScope::Number,
        ..refusal(FailureKind::Permanent)
    });
    text(ANA, "hi").post(&engine).await;
    let alarm = next(&mut events).await;
    assert_eq!((&alarm["data"]["alarm"], &alarm["data"]["code"]), (&json!("token_refused"), &json!(190)));
    assert_eq!(alarm["number"], json!(NUMBER));
}

/// A function that is slow or panics holds up no webhook.
#[tokio::test(start_paused = true)]
async fn the_function_of_the_program_gets_each_event() {
    let stage = Stage::new();
    let (seen, mut events) = mpsc::unbounded_channel();
    let hook = move |event: WebhookEvent| {
        let seen = seen.clone();
        async move {
            let WebhookEvent::Message(message) = event else { return };
            let _ = seen.send(message.raw.clone());
            assert!(!message.raw.windows(5).any(|part| part == b"panic"), "the function panics");
            if message.raw.windows(4).any(|part| part == b"slow") {
                std::future::pending::<()>().await;
            }
        }
    };
    let engine = stage.builder().on_event(hook).build();
    let _workers = engine.start();
    for body in ["panic", "1", "slow"] {
        text(ANA, body).post(&engine).await;
    }
    for expected in ["panic", "1", "slow"] {
        let raw = patiently("an event", events.recv()).await.unwrap();
        let message: Value = serde_json::from_slice(&raw).unwrap();
        assert_eq!(message["text"]["body"], json!(expected));
    }
    // The queue is bounded; webhooks are stored all the same.
    for _ in 0..2000 {
        text(ANA, "2").post(&engine).await;
    }
    assert!(events.try_recv().is_err());
}

/// A person who takes over sees the last messages.
#[tokio::test(start_paused = true)]
async fn a_handoff_has_the_last_messages() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let (crm, mut events) = subscription("crm", &[EventType::HandoffStarted, EventType::HandoffEnded], &[]);
    let agent = waxwing_agent::agent_fn("shop", |turn, _| async move {
        let reply = waxwing_agent::Reply::text(format!("echo {}", turn.text()));
        let handoff = waxwing_agent::HumanHandoff::until_resumed();
        Ok(if turn.text() == "help" { reply.with_handoff(handoff) } else { reply })
    });
    let route = waxwing_engine::Route::new(waxwing_types::PhoneNumberId::new(NUMBER), Arc::new(agent), graph);
    let engine = stage.builder().route(route).subscription(crm).build();
    engine.store_subscriptions().await.unwrap();
    let _workers = engine.start();
    for body in ["one", "help"] {
        let message = text(ANA, body).post(&engine).await;
        stage.store.outcome(&message).await;
    }
    let started = next(&mut events).await;
    let said = |from: &str, text: &str| json!({ "from": from, "text": text });
    assert_eq!((&started["name"], &started["data"]["by"]), (&json!("handoff.started"), &json!("agent")));
    assert_eq!(started["data"]["until"], Value::Null);
    let messages = [said("agent", "echo one"), said("user", "help"), said("agent", "echo help")];
    assert_eq!(started["data"]["messages"], json!(messages));
    text(ANA, "/bot").post(&engine).await;
    assert_eq!(next(&mut events).await["name"], "handoff.ended");
}
