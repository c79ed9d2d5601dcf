//! The customer service window.

use std::time::Duration;

use serde_json::json;
use waxwing_agent::{Reply, Template};
use waxwing_engine::{
    FailureKind, GraphError, NextResponder, OperatorAction, OutsideWindow, ReloadableConfig, ReportedEvent,
};
use waxwing_store::{Clock, ConversationTarget, Error, MessageOutcome};
use waxwing_types::{DirectSendCategory, OutboundMessage, PhoneNumberId, TemplateMessage, UserProfile, WaId};

use crate::support::{ANA, NUMBER, Scene, patiently, puppet, refusal, text};

const DAY: Duration = Duration::from_hours(24);

fn now(scene: &Scene) -> i64 {
    scene.clock.now().as_millis() / 1000
}

fn kinds(sends: &[OutboundMessage]) -> Vec<&'static str> {
    sends.iter().map(|send| send.content.kind()).collect()
}

fn knock() -> TemplateMessage {
    TemplateMessage::new("news_for_you", "en")
}

fn refused(code: i64) -> GraphError {
    GraphError { code: Some(code), allows_fallback: false, ..refusal(FailureKind::Permanent) }
}

/// Returns a scene in which the messages of [`text`] are a day old.
async fn closed(policy: OutsideWindow) -> Scene {
    let mut scene = Scene::new().await;
    scene.settings.outside_window = policy;
    scene.clock.advance(DAY);
    scene
}

#[tokio::test]
async fn a_reply_after_the_window_waits_until_the_user_writes() {
    let scene = closed(OutsideWindow::default()).await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    assert_eq!(run.turn.service_window, Some(Duration::ZERO));
    run.reply(Reply::text("1").with_location(waxwing_agent::Location::new(1.0, 2.0)));
    scene.store.until("two parked messages", |seen| seen.send_outcomes.len() == 2).await;
    assert_eq!(scene.outbox().await, ["parked"; 2]);
    text(ANA, "back").at(now(&scene)).post(&live.engine).await;
    let run = runs.next().await;
    let rest = run.turn.service_window.unwrap();
    assert!(rest > DAY / 2 && rest <= DAY.saturating_sub(Duration::from_mins(1)), "{rest:?}");
    let told: Vec<_> = run.turn.undelivered.iter().map(|lost| (&*lost.text, lost.code, lost.is_parked)).collect();
    assert_eq!(told, [("1", Some(131_047), true), ("", Some(131_047), true)]);
    run.reply(Reply::text("2").with_parked_messages());
    let sent = scene.graph.until("all messages", |calls| calls.taken.len() == 3).await.sends;
    assert_eq!(kinds(&sent), ["text", "location", "text"]);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted"; 3]);
}

#[tokio::test]
async fn a_parked_message_that_the_agent_leaves_is_given_up() {
    let scene = closed(OutsideWindow::default()).await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.reply("old news");
    scene.store.until("a parked message", |seen| seen.send_outcomes.len() == 1).await;
    for expected in [1, 0] {
        text(ANA, "back").at(now(&scene)).post(&live.engine).await;
        let run = runs.next().await;
        assert_eq!(run.turn.undelivered.len(), expected);
        run.reply("new");
        scene.graph.taken(2 - expected).await;
    }
    assert_eq!(scene.graph.taken(2).await, ["34600000001: new", "34600000001: new"]);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["dead_letter", "accepted", "accepted"]);
}

#[tokio::test]
async fn a_template_asks_the_user_to_write_once() {
    let scene = closed(OutsideWindow::fail().template(knock())).await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for count in [2, 3] {
        live.hears(ANA, "hi").await;
        runs.next().await.reply("news");
        scene.store.until("an outcome", |seen| seen.send_outcomes.len() == count).await;
    }
    let sent = scene.graph.calls().sends;
    assert_eq!(kinds(&sent), ["template"]);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["parked", "accepted", "parked"]);
}

#[tokio::test]
async fn no_agent_runs_if_every_reply_would_fail() {
    let scene = closed(OutsideWindow::fail()).await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let late = live.hears(ANA, "hi").await;
    let reason = MessageOutcome::Ignored("the customer service window is closed".into());
    assert_eq!(scene.store.outcome(&late).await, reason);
    text(ANA, "hi").at(now(&scene)).post(&live.engine).await;
    assert_eq!(runs.next().await.heard(), ["hi"]);
    runs.none();
    live.let_go();
}

#[tokio::test]
async fn an_event_can_be_answered_with_a_template_after_the_window() {
    let scene = closed(OutsideWindow::fail()).await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let ana = ConversationTarget::User(PhoneNumberId::new(NUMBER), UserProfile::from(WaId::new(ANA)));
    live.engine.report_event(ReportedEvent::new(ana, "paid", json!({ "order": 17 }))).await.unwrap();
    let run = runs.next().await;
    assert!(run.turn.messages[0].content.is_some());
    assert!(scene.graph.calls().typing.is_empty(), "no message of the user can be marked as read");
    run.reply(Reply::text("").with_template(Template::new("paid", "en")));
    assert_eq!(kinds(&scene.graph.until("a template", |calls| calls.taken.len() == 1).await.sends), ["template"]);
    live.let_go();
}

#[tokio::test]
async fn a_number_has_its_own_policy() {
    let scene = closed(OutsideWindow::default()).await;
    let (agent, _runs) = puppet();
    let mut route = scene.route(NUMBER, agent);
    route.outside_window = Some(OutsideWindow::fail());
    let live = crate::support::TestEngine::start(scene.builder(&scene.store).route(route));
    let late = live.hears(ANA, "hi").await;
    assert!(matches!(scene.store.outcome(&late).await, MessageOutcome::Ignored(_)));
    live.let_go();
}

#[tokio::test]
async fn direct_send_needs_no_template() {
    let scene = closed(OutsideWindow::fail().direct_send()).await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.reply(Reply::text("ready").with_quote("wamid.1"));
    let sent = scene.graph.until("a message", |calls| calls.taken.len() == 1).await.sends;
    let direct = sent[0].direct_send.as_ref().unwrap();
    assert_eq!((direct.category, &sent[0].reply_to), (DirectSendCategory::Utility, &None));
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted"]);
}

#[tokio::test]
async fn an_account_without_direct_send_is_asked_once() {
    let scene = closed(OutsideWindow::default().direct_send()).await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    scene.graph.refuses(refused(100));
    for count in [1, 2] {
        live.hears(ANA, "hi").await;
        runs.next().await.reply("ready");
        scene.store.until("a parked message", |seen| seen.send_outcomes.len() == count).await;
    }
    live.shutdown().await;
    assert_eq!(scene.graph.calls().sends.len(), 1);
    assert_eq!(scene.outbox().await, ["parked"; 2]);
}

#[tokio::test]
async fn a_message_is_parked_if_meta_says_that_the_window_is_closed() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    scene.graph.refuses(refused(131_047));
    live.hears(ANA, "hi").await;
    runs.next().await.reply(Reply::text("1").with_location(waxwing_agent::Location::new(1.0, 2.0)));
    scene.store.until("two parked messages", |seen| seen.send_outcomes.len() == 2).await;
    live.shutdown().await;
    assert_eq!(scene.graph.calls().sends.len(), 1, "the refusal closes the window for the second message");
    assert_eq!(scene.outbox().await, ["parked"; 2]);
}

#[tokio::test]
async fn a_template_needs_no_window() {
    let scene = closed(OutsideWindow::default()).await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.reply(Reply::none().with_template(waxwing_agent::Template::new("order_ready", "en")));
    let sent = scene.graph.until("a template", |calls| calls.taken.len() == 1).await.sends;
    assert_eq!(kinds(&sent), ["template"]);
    live.shutdown().await;
}

#[tokio::test]
async fn an_interim_message_fails_when_the_window_closes_during_the_run() {
    let mut scene = Scene::new().await;
    scene.settings.outside_window = OutsideWindow::fail();
    // A second is left before the margin.
    scene.clock.advance(DAY.saturating_sub(Duration::from_secs(61)));
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    let refused = async {
        loop {
            if let Err(error) = run.ctx.send_interim("one moment").await {
                break error;
            }
            tokio::task::yield_now().await;
        }
    };
    assert!(patiently("the end of the window", refused).await.is_window_closed());
    live.let_go();
}

#[tokio::test]
async fn an_operator_learns_at_once_that_the_window_is_closed() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let target = || ConversationTarget::User(PhoneNumberId::new(NUMBER), UserProfile::from(WaId::new(ANA)));
    let action = || OperatorAction::new(NextResponder::Unchanged).with_text("hello");
    let refused = live.engine.operator().act(target(), &action()).await.unwrap_err();
    assert!(
        matches!(refused, waxwing_engine::OperatorError::Store(Error::WindowClosed)),
        "the user has never written: {refused:?}"
    );
    live.hears(ANA, "hi").await;
    runs.next().await.reply("hi");
    scene.graph.taken(1).await;
    live.engine.operator().act(target(), &action()).await.unwrap();
    scene.graph.taken(2).await;
    scene.clock.advance(DAY);
    let refused = live.engine.operator().act(target(), &action()).await.unwrap_err();
    assert!(refused.to_string().contains("send a template"), "{refused}");
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted"; 2]);
}

#[tokio::test]
async fn the_policy_of_the_agent_comes_before_that_of_its_number() {
    let mut scene = closed(OutsideWindow::fail()).await;
    let (agent, mut runs) = puppet();
    scene.settings.outside_window_of_agents.insert("puppet".into(), OutsideWindow::default());
    scene.settings.outside_window_of_agents.insert("other".into(), OutsideWindow::fail());
    let mut route = scene.route(NUMBER, agent);
    route.outside_window = Some(OutsideWindow::fail());
    let live = crate::support::TestEngine::start(scene.builder(&scene.store).route(route));
    live.hears(ANA, "hi").await;
    runs.next().await.reply("1");
    scene.store.until("a parked message", |seen| seen.send_outcomes.len() == 1).await;
    assert_eq!(scene.outbox().await, ["parked"]);
    // The policy can change while the engine runs.
    let config = ReloadableConfig::new(scene.settings.system_messages.clone());
    live.engine.reload(config.with_outside_window("puppet", OutsideWindow::fail()));
    let id = live.hears(ANA, "again").await;
    assert_eq!(scene.store.outcome(&id).await, MessageOutcome::Ignored("the customer service window is closed".into()));
    runs.none();
    live.shutdown().await;
}
