//! Messages that arrive during a run: queue, interrupt, steer, and stop.

use std::time::{Duration, SystemTime};

use waxwing_agent::{AgentError, Reply, Step};
use waxwing_engine::{OnInterrupt, WhileRunning};
use waxwing_store::{CampaignKind, CampaignStore as _, Clock, ConversationFilter, MessageOutcome, OperatorStore as _};

use crate::support::{ANA, BEA, Scene, charged, history, noticed, post, puppet, text};

fn stopped() -> MessageOutcome {
    MessageOutcome::Ignored("stopped by the user".into())
}

#[tokio::test]
async fn a_stop_ends_a_run_at_once() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let question = live.hears(ANA, "tell me everything").await;
    let run = runs.next().await;
    run.ctx.send_interim("It began long ago").await.unwrap();
    scene.graph.taken(1).await;
    let more = noticed(&scene, live.hears(ANA, "in detail")).await;
    let stop = live.hears(ANA, "/Stop").await;
    let cancellation = run.ctx.cancellation().clone();
    run.given_up().await;
    assert!(cancellation.is_cancelled());
    assert_eq!(scene.graph.taken(2).await, ["34600000001: It began long ago", "34600000001: stopped"]);
    assert_eq!(scene.store.outcome(&stop).await, MessageOutcome::Command);
    assert_eq!(scene.store.outcome(&question).await, stopped());
    assert_eq!(scene.store.outcome(&more).await, stopped());
    // The session keeps the interim message.
    live.hears(ANA, "thanks").await;
    let next = runs.next().await;
    assert_eq!(next.heard(), ["thanks"]);
    let expected =
        ["user: tell me everything", "agent: It began long ago", "user: in detail", "user: /Stop", "agent: stopped"];
    assert_eq!(history(&next), expected);
}

#[tokio::test]
async fn a_stop_calls_off_what_waits() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let burst = [text(ANA, "one"), text(ANA, "/stop"), text(ANA, "two")];
    post(&live.engine, &burst).await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["two"]);
    run.reply("to two");
    assert_eq!(scene.graph.taken(2).await, ["34600000001: stopped", "34600000001: to two"]);
    assert_eq!(scene.store.outcome(burst[0].id()).await, stopped());
    assert_eq!(scene.store.outcome(burst[1].id()).await, MessageOutcome::Command);
}

#[tokio::test]
async fn a_stop_removes_queued_messages_that_were_not_sent() {
    for is_running in [false, true] {
        let scene = Scene::new().await;
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        live.hears(ANA, "hi").await;
        let held = scene.graph.holds();
        let run = runs.next().await;
        if is_running {
            for text in ["one", "two", "three"] {
                run.ctx.send_interim(text).await.unwrap();
            }
        } else {
            run.reply(Reply::text("one").with_text("two").with_text("three"));
        }
        scene.graph.until("a send", |calls| calls.sends.len() == 1).await;
        let stop = live.hears(ANA, "/stop").await;
        assert_eq!(scene.store.outcome(&stop).await, MessageOutcome::Command);
        held.notify_one();
        assert_eq!(scene.graph.taken(2).await, ["34600000001: one", "34600000001: stopped"]);
        // The agent is told what the user did not get.
        live.hears(ANA, "and now?").await;
        let run = runs.next().await;
        let lost: Vec<_> = run.turn.undelivered.iter().map(|lost| lost.text.as_str()).collect();
        assert_eq!(lost, ["two", "three"]);
        run.reply("next");
        scene.graph.taken(3).await;
        live.shutdown().await;
        assert_eq!(scene.outbox().await, ["accepted", "dead_letter", "dead_letter", "accepted", "accepted"]);
    }
}

#[tokio::test]
async fn an_interruption_removes_unsent_messages_if_the_settings_say_so() {
    for (on_interrupt, expected) in
        [(OnInterrupt::Keep, &["one", "two", "new"][..]), (OnInterrupt::Discard, &["one", "new"])]
    {
        let mut scene = Scene::new().await;
        scene.settings.while_running = WhileRunning::Interrupt;
        scene.settings.on_interrupt = on_interrupt;
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        live.hears(ANA, "hi").await;
        let held = scene.graph.holds();
        let run = runs.next().await;
        run.ctx.send_interim("one").await.unwrap();
        run.ctx.send_interim("two").await.unwrap();
        scene.graph.until("a send", |calls| calls.sends.len() == 1).await;
        live.hears(ANA, "no").await;
        run.given_up().await;
        let run = runs.next().await;
        held.notify_one();
        run.reply("new");
        let expected: Vec<_> = expected.iter().map(|text| format!("{ANA}: {text}")).collect();
        assert_eq!(scene.graph.taken(expected.len()).await, expected, "{on_interrupt:?}");
        live.shutdown().await;
        assert_eq!(scene.graph.calls().taken.len(), expected.len());
    }
}

#[tokio::test]
async fn a_stop_concerns_its_own_conversation() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    live.hears(BEA, "/stop").await;
    assert_eq!(scene.graph.taken(1).await, ["34600000002: stopped"]);
    run.reply("hello");
    assert_eq!(scene.graph.taken(2).await[1], "34600000001: hello");
}

#[tokio::test]
async fn an_interruption_begins_the_answer_anew() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Interrupt;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let one = live.hears(ANA, "a table for two").await;
    let run = runs.next().await;
    run.ctx.step("look", async { Ok::<_, AgentError>(2) }).await.unwrap();
    run.ctx.send_interim("One moment").await.unwrap();
    let two = live.hears(ANA, "no, for three").await;
    run.given_up().await;

    let run = runs.next().await;
    assert_eq!(run.heard(), ["a table for two", "no, for three"]);
    let found = run.ctx.step("look", async { Ok::<_, AgentError>(3) }).await.unwrap();
    assert_eq!(found, 3, "the steps of the run that was broken off are forgotten");
    run.reply("For three");
    assert_eq!(scene.graph.taken(2).await, ["34600000001: One moment", "34600000001: For three"]);
    for message in [&one, &two] {
        assert_eq!(scene.store.outcome(message).await, MessageOutcome::Answered);
    }
    live.hears(ANA, "thanks").await;
    let next = runs.next().await;
    let expected = ["user: a table for two", "agent: One moment", "user: no, for three", "agent: For three"];
    assert_eq!(history(&next), expected);
}

#[tokio::test]
async fn a_run_that_has_begun_something_for_good_is_not_interrupted() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Interrupt;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "pay").await;
    let run = runs.next().await;
    run.ctx.step_with(Step::once("pay"), |_key| async { Ok::<_, AgentError>(()) }).await.unwrap();
    noticed(&scene, live.hears(ANA, "how long will it take")).await;
    run.reply("paid");
    let next = runs.next().await;
    assert_eq!(next.heard(), ["how long will it take"]);
    next.reply(Reply::none());
    assert_eq!(scene.graph.taken(1).await, ["34600000001: paid"]);
}

#[tokio::test]
async fn a_message_that_a_run_scheduled_is_not_scheduled_again_by_another_run() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Interrupt;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let now = Duration::from_millis(scene.clock.now().as_millis().unsigned_abs());
    let at = SystemTime::UNIX_EPOCH + now + Duration::from_hours(1);
    live.hears(ANA, "remind me in an hour").await;
    let run = runs.next().await;
    assert!(run.ctx.remind_user(at - Duration::from_hours(2), "Too late.").await.is_err());
    run.ctx.remind_user(at, "It is time.").await.unwrap();
    // Neither a newer message nor an outage replaces the run.
    noticed(&scene, live.hears(ANA, "please")).await;
    run.fail(AgentError::outage("the model is overloaded"));
    scene.store.until("a conversation that was given back", |seen| seen.released.len() == 1).await;
    scene.clock.advance(Duration::from_mins(1));
    live.look().await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["remind me in an hour"]);
    assert!(run.ctx.remind_user(at - Duration::from_hours(2), "Too late.").await.is_err());
    run.ctx.remind_user(at, "It is time.").await.unwrap();
    run.reply("I will.");
    let run = runs.next().await;
    assert_eq!(run.heard(), ["please"]);
    run.reply(Reply::none());
    let reminders = scene.store.campaigns(CampaignKind::Reminder, None, 10).await.unwrap();
    assert_eq!(reminders.len(), 1);
    live.shutdown().await;
}

#[tokio::test]
async fn what_was_done_for_good_by_an_earlier_run_is_not_done_again() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Interrupt;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "pay").await;
    let run = runs.next().await;
    run.ctx.step_with(Step::once("pay"), |_key| async { Ok::<_, AgentError>(1) }).await.unwrap();
    run.fail(AgentError::retryable("the model is overloaded"));
    scene.store.until("a conversation that was given back", |seen| seen.released == [true]).await;
    scene.clock.advance(Duration::from_secs(2));
    live.look().await;
    let run = runs.next().await;
    noticed(&scene, live.hears(ANA, "hello?")).await;
    let paid = run.ctx.step_with(Step::once("pay"), |_key| async { Ok::<_, AgentError>(2) }).await.unwrap();
    assert_eq!(paid, 1);
    run.reply("paid");
    assert_eq!(runs.next().await.heard(), ["hello?"]);
}

#[tokio::test]
async fn a_run_that_was_called_off_writes_nothing_any_more() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    let ctx = run.ctx.clone();
    live.hears(ANA, "/stop").await;
    run.given_up().await;
    assert!(ctx.send_interim("too late").await.is_err());
    assert!(ctx.step_with(Step::once("pay"), |_key| async { Ok::<_, AgentError>(1) }).await.is_err());
    assert_eq!(scene.graph.taken(1).await, ["34600000001: stopped"]);
}

#[tokio::test]
async fn a_stop_reaches_a_run_that_is_repeated() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    run.ctx.send_interim("One moment").await.unwrap();
    run.fail(AgentError::retryable("not now"));
    scene.store.until("a conversation that was given back", |seen| seen.released == [true]).await;
    live.hears(ANA, "/stop").await;
    scene.clock.advance(Duration::from_secs(2));
    live.look().await;
    assert_eq!(scene.graph.taken(2).await, ["34600000001: One moment", "34600000001: stopped"]);
}

#[tokio::test]
async fn somebody_who_never_stops_is_answered_all_the_same() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Interrupt;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "0").await;
    for n in 1..=8 {
        let run = runs.next().await;
        live.hears(ANA, &n.to_string()).await;
        run.given_up().await;
    }
    let run = runs.next().await;
    assert_eq!(run.heard().len(), 9);
    noticed(&scene, live.hears(ANA, "9")).await;
    run.reply("enough");
    assert_eq!(runs.next().await.heard(), ["9"]);
    assert_eq!(scene.graph.taken(1).await, ["34600000001: enough"]);
}

#[tokio::test]
async fn a_running_agent_can_be_steered() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Steer;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "a table for two").await;
    let run = runs.next().await;
    assert!(run.ctx.new_messages().await.unwrap().is_empty());
    let steering = noticed(&scene, live.hears(ANA, "no, for three")).await;
    assert_eq!(run.arrived(1).await[0].text, "no, for three");
    // The agent does not ask for this message.
    noticed(&scene, live.hears(ANA, "and a chair for a child")).await;
    run.reply("For three");
    assert_eq!(scene.store.outcome(&steering).await, MessageOutcome::Answered);
    let next = runs.next().await;
    assert_eq!(next.heard(), ["and a chair for a child"]);
    assert_eq!(history(&next), ["user: a table for two", "user: no, for three", "agent: For three"]);
}

#[tokio::test]
async fn a_running_agent_is_not_steered_by_the_end_of_offers() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Steer;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.reply("An offer!");
    scene.store.until("an accepted message", |seen| seen.send_outcomes.len() == 1).await;
    live.engine.accept(charged("wamid.out.1", "marketing")).await.unwrap();
    live.hears(ANA, "a table for two").await;
    let run = runs.next().await;
    let stop = noticed(&scene, live.hears(ANA, "STOP")).await;
    assert!(run.ctx.new_messages().await.unwrap().is_empty(), "the word is for the engine");
    run.reply("For two");
    scene.graph.taken(2).await;
    assert_eq!(scene.store.outcome(&stop).await, MessageOutcome::Command);
    let stopped = scene.store.conversations(&ConversationFilter::MarketingStopped, 10).await.unwrap();
    assert_eq!(stopped.len(), 1);
}

#[tokio::test]
async fn what_stands_behind_a_command_is_not_for_this_run() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Steer;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "one").await;
    let run = runs.next().await;
    noticed(&scene, post(&live.engine, &[text(ANA, "/new"), text(ANA, "two")])).await;
    run.reply("to one");
    let next = runs.next().await;
    assert_eq!((next.heard(), history(&next)), (vec!["two"], vec![]));
}
