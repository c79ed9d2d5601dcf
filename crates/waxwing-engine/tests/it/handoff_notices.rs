//! Events and messages about human handoffs.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use waxwing_agent::{HumanHandoff, Reply, agent_fn};
use waxwing_engine::{Engine, EngineBuilder, HandoffStaff, NumberPolicies, Route, Workers};
use waxwing_store::{EventType, Timestamp};
use waxwing_types::{Address, OutboundContent, PhoneNumberId, TemplateMessage, WaId};

use crate::outgoing::{Seen, next, subscription};
use crate::support::{ANA, BEA, FakeGraph, NUMBER, Stage, post_field, text, typed};

const TYPES: [EventType; 3] = [EventType::HandoffStarted, EventType::HandoffUnanswered, EventType::HandoffEnded];

const MINUTE: Duration = Duration::from_mins(1);

/// Starts an engine whose agent hands a conversation off for 20 minutes when it reads "refund", and otherwise answers nothing.
async fn start(stage: &Stage, graph: &Arc<FakeGraph>, policies: NumberPolicies) -> (Engine, Workers, Seen) {
    let (crm, events) = subscription("crm", &TYPES, &[]);
    let agent = agent_fn("shop", |turn, _| async move {
        let handoff = HumanHandoff::for_duration(20 * MINUTE);
        let handoff = handoff.with_reason("a refund").with_summary("Order 17 came back.\nAna wants 20 EUR.");
        Ok(if turn.text() == "refund" { Reply::text("Bea will help.").with_handoff(handoff) } else { Reply::none() })
    });
    let route = Route::new(PhoneNumberId::new(NUMBER), Arc::new(agent), graph.clone());
    let builder: EngineBuilder = stage.builder().route(Route { policies: Arc::new(policies), ..route });
    let engine = builder.subscription(crm).build();
    engine.store_subscriptions().await.unwrap();
    let workers = engine.start();
    (engine, workers, events)
}

/// Returns the name and the time of the next event.
async fn event(events: &mut Seen) -> (String, Timestamp, Value) {
    let event = next(events).await;
    let at = Timestamp::from_millis(event["at"].as_i64().unwrap());
    (event["name"].as_str().unwrap().to_owned(), at, event["data"].clone())
}

#[tokio::test(start_paused = true)]
async fn a_handoff_is_reported_with_its_reason_until_it_ends() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let (engine, _workers, mut events) = start(&stage, &graph, NumberPolicies::default()).await;
    text(ANA, "refund").post(&engine).await;
    let (name, started_at, data) = event(&mut events).await;
    assert_eq!((name.as_str(), &data["by"], &data["reason"]), ("handoff.started", &json!("agent"), &json!("a refund")));
    assert_eq!(data["summary"], json!("Order 17 came back.\nAna wants 20 EUR."));
    let (name, at, data) = event(&mut events).await;
    assert_eq!((name.as_str(), at.since(started_at)), ("handoff.unanswered", 15 * MINUTE));
    assert_eq!((&data["since"], &data["reason"]), (&json!(started_at.as_millis()), &json!("a refund")));
    let (name, at, _) = event(&mut events).await;
    assert_eq!((name.as_str(), at.since(started_at)), ("handoff.ended", 20 * MINUTE));
}

#[tokio::test(start_paused = true)]
async fn an_answered_handoff_needs_no_reminder() {
    let (mut stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    stage.settings.handoff_duration = Duration::ZERO;
    let (engine, _workers, mut events) = start(&stage, &graph, NumberPolicies::default()).await;
    text(ANA, "refund").post(&engine).await;
    assert_eq!(event(&mut events).await.0, "handoff.started");
    typed(&engine, ANA, "Here I am.").await;
    assert_eq!(event(&mut events).await.0, "handoff.ended");
}

/// Returns the contents of all messages to Bea.
fn to_bea(graph: &FakeGraph) -> Vec<OutboundContent> {
    let bea = Address::from(WaId::new(BEA));
    graph.calls().taken.into_iter().filter(|sent| sent.to == bea).map(|sent| sent.content).collect()
}

/// An employee who has not written for a day gets the template, and later ones as text.
#[tokio::test(start_paused = true)]
async fn an_employee_is_told_and_reminded() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let bea = HandoffStaff::new(WaId::new(BEA)).template(TemplateMessage::new("needs_a_person", "en"));
    let policies = NumberPolicies::default().handoff_staff(bea);
    let (engine, _workers, mut events) = start(&stage, &graph, policies).await;
    text(ANA, "refund").post(&engine).await;
    graph.taken(2).await;
    let notice = to_bea(&graph).remove(0);
    let OutboundContent::Template(template) = &notice else { panic!("{notice:?}") };
    let value = serde_json::to_value(&template.components).unwrap()[0]["parameters"][0]["text"].clone();
    let line = value.as_str().unwrap();
    assert!(line.starts_with(&format!("🙋 Name of {ANA} +{ANA} (#")), "{line}");
    assert!(line.ends_with(") · a refund · Order 17 came back. · Ana wants 20 EUR."), "{line}");
    text(BEA, "on my way").post(&engine).await;
    while event(&mut events).await.0 != "handoff.unanswered" {}
    graph.taken(3).await;
    let reminder = to_bea(&graph).remove(1);
    let shown = reminder.text().unwrap();
    assert!(
        shown.starts_with('⏰') && shown.ends_with("\na refund\n\nOrder 17 came back.\nAna wants 20 EUR."),
        "{shown}"
    );
}

/// An employee gets no notice about their own conversation.
#[tokio::test(start_paused = true)]
async fn an_employee_is_not_told_about_themselves() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let policies = NumberPolicies::default().handoff_staff(HandoffStaff::new(WaId::new(BEA)));
    let (engine, _workers, mut events) = start(&stage, &graph, policies).await;
    text(BEA, "refund").post(&engine).await;
    while event(&mut events).await.0 != "handoff.ended" {}
    assert_eq!(to_bea(&graph).len(), 1, "the answer of the agent");
}

/// The app that takes the conversation writes nothing.
#[tokio::test(start_paused = true)]
async fn a_reminder_has_the_cause_of_the_handoff_although_another_app_took_the_conversation() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let policies = NumberPolicies::default().handoff_staff(HandoffStaff::new(WaId::new(BEA)));
    let (engine, _workers, mut events) = start(&stage, &graph, policies).await;
    text(BEA, "hello").post(&engine).await;
    text(ANA, "refund").post(&engine).await;
    let started_at = event(&mut events).await.1;
    let taken = json!({
        "sender": { "phone_number": ANA },
        "recipient": { "phone_number_id": NUMBER },
        "type": "control_taken",
        "timestamp": (started_at.as_millis() / 1000).to_string(),
    });
    post_field(&engine, "messaging_handovers", taken).await;
    let (name, _, data) = event(&mut events).await;
    assert_eq!(
        (name.as_str(), &data["by"], &data["reason"]),
        ("handoff.unanswered", &json!("agent"), &json!("a refund"))
    );
    graph.taken(3).await;
    assert_eq!(to_bea(&graph).len(), 2, "the employee is told and reminded");
}

/// Without a usable template, a notice waits like any other message.
#[tokio::test(start_paused = true)]
async fn a_notice_with_a_wrong_template_is_not_lost() {
    let (stage, graph) = (Stage::new(), Arc::<FakeGraph>::default());
    let bea = HandoffStaff::new(WaId::new(BEA)).template(TemplateMessage::new("", "en"));
    let (engine, _workers, mut events) = start(&stage, &graph, NumberPolicies::default().handoff_staff(bea)).await;
    text(ANA, "refund").post(&engine).await;
    while event(&mut events).await.0 != "handoff.ended" {}
    let parked: Vec<_> = stage.rows().await.into_iter().filter(|row| row.state.as_str() == "parked").collect();
    assert_eq!(parked.len(), 2, "the notice and the reminder");
}
