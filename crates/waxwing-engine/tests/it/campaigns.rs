//! Messages of campaigns next to those of conversations.

use std::sync::Arc;
use std::time::Duration;

use waxwing_client::FailureScope;
use waxwing_engine::{Campaign, CampaignRecipient, Engine, FailureKind, GraphError};
use waxwing_store::CampaignId;
use waxwing_types::{OutboundContent, PhoneNumberId, TemplateMessage, WaId};

use crate::support::{ANA, FakeGraph, NUMBER, Stage, pass, text};

const OTHER: &str = "1000002";

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn sale(number: &str) -> Campaign {
    Campaign::new(PhoneNumberId::new(number), "spring", TemplateMessage::new("sale", "en"))
}

/// Starts a campaign to this number of users.
async fn start(engine: &Engine, campaign: Campaign, users: u32) -> CampaignId {
    let operator = engine.operator();
    let id = operator.create_campaign(campaign).await.unwrap();
    let recipient = |user| CampaignRecipient::new(WaId::new(format!("34611000{user:03}")));
    operator.add_recipients(id, (0..users).map(recipient).collect()).await.unwrap();
    operator.start_campaign(id, Duration::ZERO).await.unwrap();
    id
}

/// Returns the number of messages of campaigns that Meta took.
fn taken(graph: &FakeGraph) -> usize {
    let calls = graph.calls();
    calls.taken.iter().filter(|message| matches!(message.content, OutboundContent::Template(_))).count()
}

#[tokio::test(start_paused = true)]
async fn a_campaign_goes_on_after_its_number_could_not_send_for_a_while() {
    let mut stage = Stage::new();
    stage.settings.rate_limit.per_second = 1;
    let (graph, other) = (Arc::<FakeGraph>::default(), Arc::<FakeGraph>::default());
    let engine = stage.engine(&[(NUMBER, graph.clone()), (OTHER, other)]);
    let _workers = engine.start();
    for body in ["one", "two", "three"] {
        text(ANA, body).post(&engine).await;
    }
    pass(Duration::from_millis(100)).await;
    assert!(graph.calls().sends.len() < 3, "the throughput is used");
    start(&engine, sale(NUMBER), 1).await;
    pass(Duration::from_mins(1)).await;
    assert_eq!((graph.calls().taken.len(), taken(&graph)), (4, 1));
}

#[tokio::test(start_paused = true)]
async fn a_message_of_a_campaign_probes_a_number_if_no_other_message_waits() {
    let mut stage = Stage::new();
    stage.settings.retry.max_age = Duration::from_mins(10);
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    graph.refuses_all(GraphError {
        kind: FailureKind::Blocked,
        scope: FailureScope::Number,
        code: Some(190),
        message: "refused".into(),
        retry_after: None,
        allows_fallback: false,
    });
    text(ANA, "hello").post(&engine).await;
    pass(Duration::from_hours(1)).await;
    assert_eq!(stage.outbox().await[0].0, "dead_letter");
    graph.refuses_all(None);
    start(&engine, sale(NUMBER), 3).await;
    pass(secs(2)).await;
    assert_eq!(taken(&graph), 3);
}

#[tokio::test(start_paused = true)]
async fn only_numbers_with_messages_of_campaigns_are_asked_for_them() {
    let stage = Stage::new();
    let (graph, other) = (Arc::<FakeGraph>::default(), Arc::<FakeGraph>::default());
    let engine = stage.engine(&[(NUMBER, graph.clone()), (OTHER, other)]);
    let _workers = engine.start();
    start(&engine, sale(NUMBER), 200).await;
    pass(Duration::from_mins(1)).await;
    assert_eq!(taken(&graph), 200);
    let claims = stage.store.seen().campaign_claims;
    let of = |number: &str| claims.iter().filter(|claimed| claimed.as_str() == number).count();
    assert!((1..=2).contains(&of(OTHER)), "{} claims of {}", of(OTHER), claims.len());
}

#[tokio::test(start_paused = true)]
async fn while_campaigns_have_no_free_slot_the_store_is_not_asked_again_and_again() {
    let mut stage = Stage::new();
    stage.settings.max_sends = 2;
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    let go_on = graph.holds();
    start(&engine, sale(NUMBER), 3).await;
    pass(secs(5)).await;
    let before = stage.store.seen().send_claims;
    pass(secs(10)).await;
    let claims = stage.store.seen().send_claims - before;
    assert!(claims < 20, "{claims} claims in 10 seconds");
    go_on.notify_one();
    pass(secs(2)).await;
    assert_eq!(taken(&graph), 3);
}
