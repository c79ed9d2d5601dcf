//! The text before the first answer to a user.

use std::time::Duration;

use waxwing_agent::{Reply, Template};
use waxwing_engine::{NumberPolicies, ReportedEvent};
use waxwing_store::{Clock, ConversationTarget, MessageOutcome};
use waxwing_types::{PhoneNumberId, UserProfile, WaId};

use crate::support::{ANA, BEA, NUMBER, Scene, history, puppet, text};

async fn scene() -> Scene {
    let mut scene = Scene::new().await;
    scene.settings.system_messages.texts.first_contact = Some("I am a machine.".into());
    scene
}

/// Waits for a number of messages that Meta took, and returns their texts.
async fn said(scene: &Scene, count: usize) -> Vec<String> {
    let taken = scene.graph.taken(count).await;
    taken.iter().map(|text| text.split_once(": ").unwrap().1.to_owned()).collect()
}

#[tokio::test]
async fn the_first_answer_to_each_user_begins_with_the_text() {
    let mut scene = scene().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    // A turn without an answer is no contact.
    runs.next().await.reply(Reply::none());
    for (user, said) in [(ANA, "1"), (ANA, "2"), (BEA, "3")] {
        live.hears(user, "hi").await;
        let run = runs.next().await;
        if said == "2" {
            assert_eq!(history(&run), ["user: hi", "user: hi", "agent: I am a machine.", "agent: 1"]);
        }
        run.reply(said);
    }
    let taken = said(&scene, 5).await;
    live.shutdown().await;
    assert_eq!(taken, ["I am a machine.", "1", "2", "I am a machine.", "3"]);

    scene.settings.policies = NumberPolicies::default().first_contact_version("2");
    scene.settings.system_messages.texts.first_contact = Some("I am a new machine.".into());
    scene.reopen().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for said in ["4", "5"] {
        live.hears(ANA, "hi").await;
        runs.next().await.reply(said);
    }
    let taken = said(&scene, 8).await;
    live.shutdown().await;
    assert_eq!(taken[5..], ["I am a new machine.", "4", "5"]);
}

#[tokio::test]
async fn the_text_comes_before_the_first_interim_message_and_once_after_a_crash() {
    let mut scene = scene().await;
    let (agent, mut runs) = puppet();
    let process = scene.process(agent);
    text(ANA, "hi").post(&process.engine).await;
    let run = runs.next().await;
    run.ctx.send_interim("One moment.").await.unwrap();
    run.ctx.send_interim("Two moments.").await.unwrap();
    said(&scene, 3).await;
    process.kill().await;
    scene.reopen().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    runs.next().await.reply("Done.");
    let taken = said(&scene, 4).await;
    live.shutdown().await;
    assert_eq!(taken, ["I am a machine.", "One moment.", "Two moments.", "Done."]);
}

#[tokio::test]
async fn a_template_outside_the_service_window_leaves_the_text_for_the_first_answer() {
    for is_interim in [false, true] {
        let scene = scene().await;
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        live.hears(ANA, "hi").await;
        runs.next().await.reply(Reply::none());
        scene.clock.advance(Duration::from_hours(25));
        let target = ConversationTarget::User(PhoneNumberId::new(NUMBER), UserProfile::from(WaId::new(ANA)));
        live.engine.report_event(ReportedEvent::new(target, "paid", serde_json::Value::Null)).await.unwrap();
        let run = runs.next().await;
        let template = Reply::from(Template::new("receipt", "en"));
        if is_interim {
            run.ctx.send_interim(template).await.unwrap();
            run.reply(Reply::none());
        } else {
            run.reply(template);
        }
        said(&scene, 1).await;
        let seconds = scene.clock.now().as_millis() / 1000;
        text(ANA, "thanks").at(seconds).post(&live.engine).await;
        runs.next().await.reply("You are welcome.");
        let taken = said(&scene, 3).await;
        live.shutdown().await;
        assert_eq!(taken, ["<template receipt>", "I am a machine.", "You are welcome."], "{is_interim}");
        assert_eq!(scene.outbox().await.len(), 3);
    }
}

#[tokio::test]
async fn a_stop_does_not_discard_the_text() {
    let scene = scene().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    // The answer of a command keeps the queue busy.
    let held = scene.graph.holds();
    live.hears(ANA, "/new").await;
    scene.graph.until("a send", |calls| calls.sends.len() == 1).await;
    let question = live.hears(ANA, "hi").await;
    runs.next().await.reply("Hello!");
    assert_eq!(scene.store.outcome(&question).await, MessageOutcome::Answered);
    let stop = live.hears(ANA, "/stop").await;
    assert_eq!(scene.store.outcome(&stop).await, MessageOutcome::Command);
    held.notify_one();
    assert_eq!(said(&scene, 3).await, ["afresh", "I am a machine.", "stopped"]);
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted", "accepted", "dead_letter", "accepted"]);
}

#[tokio::test]
async fn groups_get_the_text_only_if_it_is_set() {
    for (in_groups, expected) in [(false, &["Hello!"][..]), (true, &["I am a machine.", "Hello!"])] {
        let mut scene = scene().await;
        scene.settings.policies = NumberPolicies::default().first_contact_in_groups(in_groups);
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        text(ANA, "hi").in_group("G1").post(&live.engine).await;
        runs.next().await.reply("Hello!");
        let taken = said(&scene, expected.len()).await;
        live.shutdown().await;
        assert_eq!(taken, expected);
    }
}

#[tokio::test]
async fn a_failed_turn_and_a_command_leave_the_text_for_the_first_answer() {
    let scene = scene().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.fail(waxwing_agent::AgentError::new("broken"));
    live.hears(ANA, "/new").await;
    live.hears(ANA, "hi").await;
    runs.next().await.reply("Hello!");
    let taken = said(&scene, 4).await;
    live.shutdown().await;
    assert_eq!(taken, ["sorry", "afresh", "I am a machine.", "Hello!"]);
}
