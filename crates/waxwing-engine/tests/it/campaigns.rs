//! Messages of campaigns next to those of conversations.

use std::sync::Arc;
use std::time::Duration;

use waxwing_client::FailureScope;
use waxwing_engine::{Campaign, CampaignRecipient, Engine, FailureKind, GraphError};
use waxwing_store::{CampaignId, CampaignStore as _, PauseReason};
use waxwing_types::{OutboundContent, PhoneNumberId, TemplateMessage, WaId};

use crate::support::{ANA, FakeGraph, NUMBER, Op, Stage, pass, refusal, text};

const OTHER: &str = "1000002";

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn sale(number: &str) -> Campaign {
    Campaign::new(PhoneNumberId::new(number), "spring", TemplateMessage::new("sale", "en"))
}

fn recipient(user: u32) -> CampaignRecipient {
    CampaignRecipient::new(WaId::new(format!("34611000{user:03}")))
}

/// Starts a campaign to this number of users.
async fn start(engine: &Engine, campaign: Campaign, users: u32) -> CampaignId {
    start_to(engine, campaign, (0..users).map(recipient).collect()).await
}

async fn start_to(engine: &Engine, campaign: Campaign, recipients: Vec<CampaignRecipient>) -> CampaignId {
    let operator = engine.operator();
    let id = operator.create_campaign(campaign).await.unwrap();
    operator.add_recipients(id, recipients).await.unwrap();
    operator.start_campaign(id, Duration::ZERO).await.unwrap();
    id
}

/// Returns a refusal of all messages of a number, until its account is fixed.
fn blocked() -> GraphError {
    GraphError {
        kind: FailureKind::Blocked,
        scope: FailureScope::Number,
        code: Some(190),
        message: "refused".into(),
        retry_after: None,
        allows_fallback: false,
    }
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
    graph.refuses_all(blocked());
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

#[tokio::test(start_paused = true)]
async fn campaigns_of_one_number_do_not_slow_down_another_number() {
    let stage = Stage::new();
    let (graph, other) = (Arc::<FakeGraph>::default(), Arc::<FakeGraph>::default());
    let engine = stage.engine(&[(NUMBER, graph.clone()), (OTHER, other.clone())]);
    let _workers = engine.start();
    for nth in 0..10 {
        // A user gets one message at a time.
        let users = nth * 100..(nth + 1) * 100;
        start_to(&engine, sale(OTHER), users.map(recipient).collect()).await;
    }
    pass(secs(1)).await;
    start(&engine, sale(NUMBER), 200).await;
    pass(secs(5)).await;
    assert_eq!(taken(&graph), 200, "the rate of the number allows 56 in a second");
    assert!(taken(&other) > 200, "{}", taken(&other));
}

fn mins(minutes: u64) -> Duration {
    Duration::from_mins(minutes)
}

/// Returns a campaign with quiet hours. The clock of a stage begins at midnight UTC.
fn quiet(hours: &str) -> Campaign {
    sale(NUMBER).quiet_hours(hours.parse().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_message_that_fails_in_the_quiet_hours_is_not_repeated_before_their_end() {
    let stage = Stage::new();
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    let go_on = graph.holds_and_refuses(refusal(FailureKind::Transient));
    pass(secs(10 * 60 - 3)).await;
    start(&engine, quiet("00:10-00:30"), 1).await;
    pass(secs(6)).await;
    assert_eq!(graph.calls().sends.len(), 1);
    go_on.notify_one();
    pass(mins(19)).await;
    assert_eq!(graph.calls().sends.len(), 1);
    pass(mins(2)).await;
    assert_eq!((graph.calls().sends.len(), taken(&graph)), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn queued_messages_are_taken_back_in_the_quiet_hours_of_their_recipients() {
    let stage = Stage::new();
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    graph.refuses_all(blocked());
    let recipients = vec![recipient(1), recipient(2).time_zone("Etc/GMT-1"), recipient(3)];
    start_to(&engine, quiet("01:10-01:40"), recipients).await;
    pass(mins(15)).await;
    graph.refuses_all(None);
    pass(mins(20)).await;
    assert_eq!(taken(&graph), 2, "one recipient has quiet hours an hour earlier");
    pass(mins(10)).await;
    assert_eq!(taken(&graph), 3);
}

#[tokio::test(start_paused = true)]
async fn a_restart_in_the_quiet_hours_sends_no_message_of_the_day() {
    let mut stage = Stage::new();
    let graph = Arc::<FakeGraph>::default();
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let workers = engine.start();
    graph.refuses_all(blocked());
    start(&engine, quiet("00:10-00:30"), 3).await;
    pass(mins(5)).await;
    workers.shutdown(secs(1)).await;
    assert!(stage.outbox().await.iter().all(|(state, _)| *state == "queued"));
    pass(mins(10)).await;
    graph.refuses_all(None);
    let before = graph.calls().sends.len();
    stage.restart();
    // The feeder is slower than the sender.
    let gate = stage.store.break_at(Op::VisitCampaigns);
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    pass(secs(20)).await;
    gate.open();
    pass(mins(14)).await;
    assert_eq!(graph.calls().sends.len(), before);
    pass(mins(6)).await;
    assert_eq!(taken(&graph), 3);
}

#[tokio::test(start_paused = true)]
async fn a_campaign_keeps_the_messaging_limit_although_the_users_are_counted_now_and_then() {
    let stage = Stage::new();
    let graph = Arc::<FakeGraph>::default();
    graph.has_messaging_limit(100);
    let engine = stage.engine(&[(NUMBER, graph.clone())]);
    let _workers = engine.start();
    let id = start(&engine, sale(NUMBER).per_second(10), 150).await;
    pass(secs(30)).await;
    assert_eq!(taken(&graph), 100);
    assert_eq!(stage.store.campaign(id).await.unwrap().reason, Some(PauseReason::MessagingLimit));
    let counts = stage.store.seen().limit_counts;
    assert!(counts < 6, "{counts}");
}
