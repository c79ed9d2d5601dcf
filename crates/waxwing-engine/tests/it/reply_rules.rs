//! Quotes, read receipts and apologies of replies.

use std::time::Duration;

use waxwing_agent::{AgentError, Reply};
use waxwing_engine::{QuoteReplies, ReadReceipts};

use crate::support::{ANA, Scene, history, noticed, post, puppet, text};

/// Returns the id of the message that each sent message quotes.
fn quotes(scene: &Scene) -> Vec<Option<String>> {
    let quoted = |id: &waxwing_types::MessageId| id.as_str().to_owned();
    scene.graph.calls().taken.iter().map(|message| message.reply_to.as_ref().map(quoted)).collect()
}

#[tokio::test]
async fn a_reply_to_a_burst_quotes_its_first_message() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let burst = [text(ANA, "one"), text(ANA, "two"), text(ANA, "three")];
    let first = burst[0].id().to_owned();
    post(&live.engine, &burst).await;
    runs.next().await.reply(Reply::text("to all").with_markdown("# And more"));
    scene.graph.taken(1).await;
    live.hears(ANA, "four").await;
    runs.next().await.reply("to four");
    scene.graph.taken(2).await;
    assert_eq!(quotes(&scene), [Some(first), None]);
    live.shutdown().await;
}

#[tokio::test]
async fn a_late_reply_quotes_the_message_that_it_answers() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let first = live.hears(ANA, "one").await;
    let run = runs.next().await;
    // When the turn notices one arrival, it has counted the arrivals before.
    for words in ["two", "three", "four"] {
        noticed(&scene, live.hears(ANA, words)).await;
    }
    run.reply("to one");
    runs.next().await.reply("to the others");
    scene.graph.taken(2).await;
    assert_eq!(quotes(&scene)[0], Some(first));
    live.shutdown().await;
}

#[tokio::test]
async fn replies_in_groups_quote_unless_the_settings_forbid_it() {
    for (setting, expected) in [(QuoteReplies::Auto, true), (QuoteReplies::Never, false)] {
        let mut scene = Scene::new().await;
        scene.settings.quote_replies = setting;
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        let id = text(ANA, "one").in_group("group-1").post(&live.engine).await;
        runs.next().await.reply("hello");
        scene.graph.taken(1).await;
        assert_eq!(quotes(&scene), [expected.then_some(id)]);
        live.shutdown().await;
    }
}

#[tokio::test]
async fn a_message_is_marked_as_read_when_the_settings_say_so() {
    for (setting, typing, receipts) in
        [(ReadReceipts::OnClaim, 1, 0), (ReadReceipts::OnAnswer, 0, 1), (ReadReceipts::Never, 0, 0)]
    {
        let mut scene = Scene::new().await;
        scene.settings.read_receipts = setting;
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        let id = live.hears(ANA, "one").await;
        let run = runs.next().await;
        scene.graph.until("the typing indicator", |calls| calls.typing.len() == typing).await;
        assert!(scene.graph.calls().receipts.is_empty(), "{setting:?}: there is no answer yet");
        run.reply("hello");
        let calls =
            scene.graph.until("the answer", |calls| calls.taken.len() == 1 && calls.receipts.len() == receipts).await;
        assert!(calls.receipts.iter().chain(&calls.typing).all(|read| *read == id), "{setting:?}: {calls:?}");
        live.shutdown().await;
        assert_eq!(scene.graph.calls().receipts.len(), receipts, "{setting:?}");
    }
}

#[tokio::test]
async fn a_conversation_gets_one_apology_in_an_hour() {
    let mut scene = Scene::new().await;
    scene.settings.run_attempts = 1;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for (words, minutes) in [("one", 59), ("two", 2), ("three", 0)] {
        let id = live.hears(ANA, words).await;
        runs.next().await.fail(AgentError::new("no"));
        scene.store.outcome(&id).await;
        scene.clock.advance(Duration::from_mins(minutes));
    }
    assert_eq!(scene.graph.taken(2).await, ["34600000001: sorry", "34600000001: sorry"]);
    live.hears(ANA, "four").await;
    let run = runs.next().await;
    let expected = [
        "user: one",
        "[unanswered]",
        "agent: sorry",
        "user: two",
        "[unanswered]",
        "user: three",
        "[unanswered]",
        "agent: sorry",
    ];
    assert_eq!(history(&run), expected);
    run.reply(Reply::none());
    live.shutdown().await;
}
