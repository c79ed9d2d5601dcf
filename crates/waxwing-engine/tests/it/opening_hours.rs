//! Opening hours: away texts, waits, and runs of agents that know that the business is closed.

use std::time::Duration;

use waxwing_agent::{BusinessClosed, Reply};
use waxwing_engine::{
    NextResponder, NumberPolicies, NumberTexts, OnStale, OpeningHours, OperatorAction, OutsideHours, OutsideWindow,
    ReportedEvent,
};
use waxwing_store::{Clock, ConversationTarget, MessageOutcome};
use waxwing_types::{PhoneNumberId, UserProfile, WaId};

use crate::support::{ANA, NUMBER, Op, Runs, Scene, TestEngine, history, puppet, text};

/// The clock of a scene begins on a Thursday at midnight, and the business opens at nine.
const UNTIL_OPENING: Duration = Duration::from_hours(9);

async fn scene(outside: OutsideHours) -> Scene {
    let mut scene = Scene::new().await;
    let hours = OpeningHours::in_zone("UTC").unwrap().open("mon-fri 09:00-17:00").unwrap();
    scene.settings.policies = NumberPolicies::default().hours(hours.outside(outside));
    scene.settings.system_messages.texts.away = Some("closed".into());
    scene
}

fn closed() -> MessageOutcome {
    MessageOutcome::Ignored("the business is closed".into())
}

fn now(scene: &Scene) -> i64 {
    scene.clock.now().as_millis() / 1000
}

/// Writes a message at the time of the scene.
async fn hears(scene: &Scene, live: &TestEngine, body: &str) -> String {
    text(ANA, body).at(now(scene)).post(&live.engine).await
}

async fn releases(scene: &Scene, count: usize) {
    scene.store.until("releases", |seen| seen.released.len() == count).await;
}

/// Waits for a number of messages that Meta took, and returns their texts.
async fn said(scene: &Scene, count: usize) -> Vec<String> {
    let taken = scene.graph.taken(count).await;
    taken.iter().map(|text| text.split_once(": ").unwrap().1.to_owned()).collect()
}

/// Starts an engine whose agent the test controls.
fn live(scene: &Scene) -> (TestEngine, Runs) {
    let (agent, runs) = puppet();
    (scene.live(agent), runs)
}

#[tokio::test]
async fn a_closed_business_says_so_once_in_each_closed_period() {
    let scene = scene(OutsideHours::Away).await;
    let (live, mut runs) = live(&scene);
    for body in ["hello", "anybody there?"] {
        let id = hears(&scene, &live, body).await;
        assert_eq!(scene.store.outcome(&id).await, closed());
    }
    assert_eq!(said(&scene, 1).await, ["closed"]);
    runs.none();
    assert!(scene.graph.calls().typing.is_empty(), "no answer is being typed");
    scene.clock.advance(UNTIL_OPENING);
    hears(&scene, &live, "good morning").await;
    let run = runs.next().await;
    assert_eq!(run.turn.closed, None);
    assert_eq!(history(&run), ["user: hello", "[unanswered]", "agent: closed", "user: anybody there?", "[unanswered]"]);
    run.reply("Good morning!");
    assert_eq!(said(&scene, 2).await, ["closed", "Good morning!"]);
    scene.clock.advance(Duration::from_hours(12));
    hears(&scene, &live, "and tonight?").await;
    assert_eq!(said(&scene, 3).await[2], "closed");
    live.shutdown().await;
}

#[tokio::test]
async fn the_text_is_that_of_the_number_in_the_language_of_the_user() {
    let mut scene = scene(OutsideHours::Away).await;
    let number = PhoneNumberId::new(NUMBER);
    let texts = |away: &str| NumberTexts { away: Some(away.into()), ..NumberTexts::default() };
    let mut own = texts("The shop is closed.");
    own.languages.insert("es".into(), texts("La tienda está cerrada."));
    let catalog = &mut scene.settings.system_messages;
    catalog.languages.insert("es".into(), catalog.standard.clone());
    catalog.number_texts.insert(number, own);
    let (live, _runs) = live(&scene);
    hears(&scene, &live, "¿dónde está mi pedido?").await;
    assert_eq!(said(&scene, 1).await, ["La tienda está cerrada."]);
    live.shutdown().await;
}

#[tokio::test]
async fn without_a_text_the_user_gets_nothing() {
    let mut scene = scene(OutsideHours::Away).await;
    scene.settings.system_messages.texts.away = Some(String::new());
    let (live, mut runs) = live(&scene);
    let id = hears(&scene, &live, "hello").await;
    assert_eq!(scene.store.outcome(&id).await, closed());
    runs.none();
    live.shutdown().await;
    assert!(scene.outbox().await.is_empty());
}

#[tokio::test]
async fn messages_wait_until_the_business_opens() {
    let mut scene = scene(OutsideHours::Wait).await;
    // The wait does not make the messages stale.
    scene.settings.on_stale = OnStale::Skip;
    let (live, mut runs) = live(&scene);
    hears(&scene, &live, "hello").await;
    assert_eq!(said(&scene, 1).await, ["closed"]);
    hears(&scene, &live, "anybody there?").await;
    releases(&scene, 2).await;
    runs.none();
    scene.clock.advance(UNTIL_OPENING);
    live.look().await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["hello", "anybody there?"]);
    run.reply("Good morning!");
    assert_eq!(said(&scene, 2).await, ["closed", "Good morning!"]);
    live.shutdown().await;
}

#[tokio::test]
async fn a_wait_survives_a_crash() {
    let mut scene = scene(OutsideHours::Wait).await;
    let (agent, _runs) = puppet();
    let process = scene.process(agent);
    text(ANA, "hello").at(now(&scene)).post(&process.engine).await;
    said(&scene, 1).await;
    process.kill().await;
    scene.reopen().await;
    let (live, mut runs) = live(&scene);
    hears(&scene, &live, "anybody there?").await;
    releases(&scene, 1).await;
    runs.none();
    scene.clock.advance(UNTIL_OPENING);
    live.look().await;
    assert_eq!(runs.next().await.heard(), ["hello", "anybody there?"]);
    live.let_go();
    assert_eq!(scene.outbox().await.len(), 1, "the away text is sent once");
}

#[tokio::test]
async fn messages_that_could_not_be_answered_any_more_do_not_wait() {
    let mut scene = scene(OutsideHours::Wait).await;
    scene.settings.outside_window = OutsideWindow::fail();
    // Friday evening, more than a day before Monday.
    scene.clock.advance(Duration::from_hours(42));
    let (live, mut runs) = live(&scene);
    let id = hears(&scene, &live, "hello").await;
    assert_eq!(scene.store.outcome(&id).await, closed());
    assert_eq!(said(&scene, 1).await, ["closed"]);
    // On Sunday evening, Monday is near enough.
    scene.clock.advance(Duration::from_hours(48));
    hears(&scene, &live, "until tomorrow").await;
    releases(&scene, 1).await;
    scene.clock.advance(Duration::from_hours(15));
    live.look().await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["until tomorrow"]);
    assert_eq!(history(&run), ["user: hello", "[unanswered]", "agent: closed"]);
    run.reply("Good morning!");
    live.shutdown().await;
    assert_eq!(scene.outbox().await.len(), 2, "the weekend is one closed period");
}

#[tokio::test]
async fn commands_and_operators_work_while_messages_wait() {
    let scene = scene(OutsideHours::Wait).await;
    let (live, mut runs) = live(&scene);
    hears(&scene, &live, "hello").await;
    releases(&scene, 1).await;
    let stop = hears(&scene, &live, "/stop").await;
    assert_eq!(scene.store.outcome(&stop).await, MessageOutcome::Command);
    assert_eq!(said(&scene, 2).await, ["closed", "stopped"]);
    let id = hears(&scene, &live, "/human").await;
    assert_eq!(scene.store.outcome(&id).await, MessageOutcome::Command);
    let id = hears(&scene, &live, "help!").await;
    assert_eq!(scene.store.outcome(&id).await, MessageOutcome::Ignored("an operator answers".into()));
    let target = ConversationTarget::User(PhoneNumberId::new(NUMBER), UserProfile::from(WaId::new(ANA)));
    let action = OperatorAction::new(NextResponder::Agent).with_text("What is it?");
    live.engine.operator().act(target, &action).await.unwrap();
    assert_eq!(said(&scene, 4).await[2..], ["somebody comes", "What is it?"]);
    runs.none();
    live.shutdown().await;
}

#[tokio::test]
async fn a_command_passes_the_messages_that_wait() {
    let scene = scene(OutsideHours::Wait).await;
    let (live, mut runs) = live(&scene);
    let hello = hears(&scene, &live, "hello").await;
    assert_eq!(said(&scene, 1).await, ["closed"]);
    let new = hears(&scene, &live, "/new").await;
    assert_eq!(scene.store.outcome(&new).await, MessageOutcome::Command);
    assert_eq!(said(&scene, 2).await[1], "afresh");
    releases(&scene, 2).await;
    runs.none();
    let id = hears(&scene, &live, "/human").await;
    assert_eq!(scene.store.outcome(&id).await, MessageOutcome::Command);
    assert_eq!(said(&scene, 3).await[2], "somebody comes");
    assert_eq!(scene.store.outcome(&hello).await, MessageOutcome::Ignored("an operator answers".into()));
    live.shutdown().await;
    assert_eq!(scene.outbox().await.len(), 3, "the away text is sent once");
}

#[tokio::test]
async fn a_message_that_a_command_passed_is_answered_after_the_opening() {
    let scene = scene(OutsideHours::Wait).await;
    let (live, mut runs) = live(&scene);
    hears(&scene, &live, "hello").await;
    releases(&scene, 1).await;
    hears(&scene, &live, "/new").await;
    releases(&scene, 2).await;
    hears(&scene, &live, "anybody there?").await;
    releases(&scene, 3).await;
    scene.clock.advance(UNTIL_OPENING);
    live.look().await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["hello", "anybody there?"]);
    run.reply("Good morning!");
    assert_eq!(said(&scene, 3).await, ["closed", "afresh", "Good morning!"]);
    live.shutdown().await;
}

#[tokio::test]
async fn an_agent_that_answers_at_all_times_knows_that_the_business_is_closed() {
    let scene = scene(OutsideHours::Answer).await;
    let (live, mut runs) = live(&scene);
    hears(&scene, &live, "hello").await;
    let run = runs.next().await;
    let opens_at = std::time::SystemTime::UNIX_EPOCH + Duration::from_hours(490_905);
    assert_eq!(run.turn.closed, Some(BusinessClosed::new("UTC", Some(opens_at))));
    run.reply("We open at nine.");
    assert_eq!(said(&scene, 1).await, ["We open at nine."]);
    live.shutdown().await;
}

#[tokio::test]
async fn a_run_that_has_begun_ends_after_the_hours() {
    let scene = scene(OutsideHours::Away).await;
    scene.clock.advance(Duration::from_hours(16));
    let (live, mut runs) = live(&scene);
    hears(&scene, &live, "hello").await;
    let run = runs.next().await;
    scene.clock.advance(Duration::from_hours(2));
    run.reply("Hello!");
    assert_eq!(said(&scene, 1).await, ["Hello!"]);
    live.shutdown().await;
}

#[tokio::test]
async fn the_agent_runs_on_events_of_other_systems_at_any_time() {
    let scene = scene(OutsideHours::Away).await;
    let (live, mut runs) = live(&scene);
    let id = hears(&scene, &live, "hello").await;
    scene.store.outcome(&id).await;
    let target = ConversationTarget::User(PhoneNumberId::new(NUMBER), UserProfile::from(WaId::new(ANA)));
    live.engine.report_event(ReportedEvent::new(target, "paid", serde_json::Value::Null)).await.unwrap();
    let run = runs.next().await;
    assert!(run.turn.closed.is_some());
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn an_event_runs_the_agent_on_a_message_that_came_with_it() {
    let scene = scene(OutsideHours::Away).await;
    let (agent, mut runs) = puppet();
    let engine = scene.builder(&scene.store).route(scene.route(NUMBER, agent)).build();
    text(ANA, "has my payment arrived?").at(now(&scene)).post(&engine).await;
    let target = ConversationTarget::User(PhoneNumberId::new(NUMBER), UserProfile::from(WaId::new(ANA)));
    engine.report_event(ReportedEvent::new(target, "paid", serde_json::Value::Null)).await.unwrap();
    // Both come in one turn.
    let workers = engine.start();
    let run = runs.next().await;
    assert_eq!(run.turn.messages.len(), 2);
    run.reply("It has.");
    assert_eq!(said(&scene, 1).await, ["It has."]);
    workers.shutdown(Duration::from_secs(10)).await;
}

#[tokio::test]
async fn an_event_runs_the_agent_on_a_message_that_waits_for_the_opening() {
    let scene = scene(OutsideHours::Wait).await;
    let (live, mut runs) = live(&scene);
    hears(&scene, &live, "has my payment arrived?").await;
    releases(&scene, 1).await;
    let target = ConversationTarget::User(PhoneNumberId::new(NUMBER), UserProfile::from(WaId::new(ANA)));
    live.engine.report_event(ReportedEvent::new(target, "paid", serde_json::Value::Null)).await.unwrap();
    let run = runs.next().await;
    assert_eq!(run.turn.messages.len(), 2);
    run.reply("It has.");
    assert_eq!(said(&scene, 2).await, ["closed", "It has."]);
    live.shutdown().await;
}

#[tokio::test]
async fn an_event_that_arrives_during_the_turn_does_not_wait_for_the_opening() {
    let scene = scene(OutsideHours::Wait).await;
    let (live, mut runs) = live(&scene);
    let release = scene.store.break_at(Op::Release);
    hears(&scene, &live, "has my payment arrived?").await;
    release.reached().await;
    let target = ConversationTarget::User(PhoneNumberId::new(NUMBER), UserProfile::from(WaId::new(ANA)));
    live.engine.report_event(ReportedEvent::new(target, "paid", serde_json::Value::Null)).await.unwrap();
    release.open();
    let run = runs.next().await;
    assert_eq!(run.turn.messages.len(), 2);
    run.reply("It has.");
    assert_eq!(said(&scene, 2).await, ["closed", "It has."]);
    live.shutdown().await;
}
