//! Buttons and lists of agents, and the taps on them.

use serde_json::json;
use waxwing_agent::{Choice, Location, Question, Reply, UserMessage};
use waxwing_types::{Interactive, OutboundContent};

use crate::support::{ANA, Mail, Scene, mail, post, puppet, text};

fn tea() -> Question {
    Question::new("Tea?").choice("y", "Yes").choice("n", "No")
}

fn tap(id: &str, title: &str) -> Mail {
    mail(ANA, "interactive", json!({ "type": "button_reply", "button_reply": { "id": id, "title": title } }))
}

#[tokio::test]
async fn a_question_is_asked_with_buttons_and_a_tap_is_heard_as_a_choice() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.reply(tea());
    let calls = scene.graph.until("a question", |calls| !calls.taken.is_empty()).await;
    let OutboundContent::Interactive(Interactive { body, .. }) = &calls.taken[0].content else { panic!("{calls:?}") };
    assert_eq!(body, "Tea?");

    tap("y", "Yes").post(&live.engine).await;
    let run = runs.next().await;
    let message = &run.turn.messages[0];
    assert_eq!((message.text.as_str(), &message.choice), ("Yes", &Some(Choice::new("y", "Yes"))));
    assert_eq!(tea().answer(message).map(|choice| choice.id.as_str()), Some("y"));
    run.reply("Coming.");

    live.hears(ANA, "thanks").await;
    let run = runs.next().await;
    let history: Vec<_> = run.ctx.session().history().iter().map(|entry| entry.text().into_owned()).collect();
    assert_eq!(history, ["hi", "Tea?\n\n1. Yes\n2. No", "Yes", "Coming."]);
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_question_between_two_texts_of_a_run_keeps_its_place() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    run.ctx.send_interim("One moment.").await.unwrap();
    run.ctx.send_interim(tea()).await.unwrap();
    run.reply("Well?");
    let calls = scene.graph.until("three messages", |calls| calls.taken.len() == 3).await;
    let kinds: Vec<_> = calls.taken.iter().map(|message| message.content.kind()).collect();
    assert_eq!(kinds, ["text", "interactive", "text"]);
    live.shutdown().await;
}

#[tokio::test]
async fn what_is_tapped_and_shared_is_part_of_a_burst_and_a_reaction_is_not() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let burst = [
        tap("y", "Yes"),
        mail(ANA, "reaction", json!({ "message_id": "wamid.A", "emoji": "👍" })),
        mail(ANA, "location", json!({ "latitude": 1.5, "longitude": 2.5 })),
        text(ANA, "please"),
    ];
    post(&live.engine, &burst).await;
    let run = runs.next().await;
    assert_eq!(run.turn.text(), "Yes\n1.5, 2.5\nplease");
    let places: Vec<_> = run.turn.messages.iter().filter_map(|UserMessage { location, .. }| location.clone()).collect();
    assert_eq!(places, [Location::new(1.5, 2.5)]);
    run.reply(Reply::none());
    live.shutdown().await;
    runs.none();
}
