//! Groups: which messages get an answer.

use serde_json::json;
use waxwing_agent::Reply;
use waxwing_engine::GroupAnswers;
use waxwing_store::MessageOutcome;

use crate::support::{ANA, BEA, Run, Scene, history, mail, noticed, puppet, text};

async fn selective() -> Scene {
    let mut scene = Scene::new().await;
    scene.settings.group_answers = GroupAnswers::Addressed;
    scene.settings.group_names = vec!["Bella Napoli".into()];
    scene
}

fn not_addressed() -> MessageOutcome {
    MessageOutcome::Ignored("not addressed to the business".into())
}

#[tokio::test]
async fn messages_of_a_group_that_are_not_addressed_are_in_the_history_of_the_next_run() {
    let scene = selective().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for (from, body) in [(BEA, "Pizza tonight?"), (ANA, "I like Bella Napoli")] {
        let id = text(from, body).in_group("G1").post(&live.engine).await;
        assert_eq!(scene.store.outcome(&id).await, not_addressed());
    }
    // A file of such a message is not downloaded.
    let file = mail(BEA, "image", json!({ "id": "77", "mime_type": "image/jpeg" })).in_group("G1");
    assert_eq!(scene.store.outcome(&file.post(&live.engine).await).await, not_addressed());
    runs.none();
    text(ANA, "Bella Napoli, what do you think?").in_group("G1").post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["Bella Napoli, what do you think?"]);
    assert_eq!(history(&run), ["user: Pizza tonight?", "user: I like Bella Napoli", "user: "]);
    let senders = run.ctx.session().history().iter().filter_map(|entry| entry.message());
    assert_eq!(senders.map(|message| message.sender.id.as_str()).collect::<Vec<_>>(), [BEA, ANA, BEA]);
    run.reply(Reply::none());
    live.shutdown().await;
    let calls = scene.graph.calls();
    assert!(calls.typing.is_empty() && calls.receipts.is_empty() && calls.downloads.is_empty(), "{calls:?}");
}

#[tokio::test]
async fn a_quote_a_mention_and_a_name_address_the_business() {
    let scene = selective().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    text(ANA, "and you, @15550001111?").in_group("G1").post(&live.engine).await;
    runs.next().await.reply("I say yes.");
    scene.store.send_outcomes(1).await;
    for addressed in
        [text(BEA, "really?").quoting("wamid.out.1"), text(BEA, "Puppet: really?"), text(BEA, "@bella napoli really?")]
    {
        addressed.in_group("G1").post(&live.engine).await;
        runs.next().await.reply(Reply::none());
    }
    let by_ana = text(ANA, "hm").in_group("G1").post(&live.engine).await;
    let quote = text(BEA, "what?").quoting(&by_ana).in_group("G1").post(&live.engine).await;
    assert_eq!(scene.store.outcome(&quote).await, not_addressed(), "a quote of another member");
    let stop = text(BEA, "/stop").in_group("G1").post(&live.engine).await;
    assert_eq!(scene.store.outcome(&stop).await, MessageOutcome::Command);
    live.shutdown().await;
    runs.none();
}

#[tokio::test]
async fn all_messages_of_a_chat_with_one_user_and_by_default_of_a_group_get_an_answer() {
    let scene = selective().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "hi").await;
    runs.next().await.reply(Reply::none());
    live.shutdown().await;
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    text(ANA, "hi").in_group("G1").post(&live.engine).await;
    runs.next().await.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_busy_group_does_not_trip_the_loop_guard() {
    let mut scene = selective().await;
    scene.settings.loop_limit = 2;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for _ in 0..5 {
        let id = text(BEA, "hm").in_group("G1").post(&live.engine).await;
        assert_eq!(scene.store.outcome(&id).await, not_addressed());
    }
    text(ANA, "puppet?").in_group("G1").post(&live.engine).await;
    runs.next().await.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_message_that_is_not_addressed_does_not_interrupt_a_run() {
    let mut scene = selective().await;
    scene.settings.while_running = waxwing_engine::WhileRunning::Interrupt;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    text(ANA, "puppet, a table?").in_group("G1").post(&live.engine).await;
    let run = runs.next().await;
    let chatter = noticed(&scene, text(BEA, "hm").in_group("G1").post(&live.engine)).await;
    noticed(&scene, text(BEA, "yes").in_group("G1").post(&live.engine)).await;
    run.reply("At eight.");
    assert_eq!(scene.graph.taken(1).await, ["group G1: At eight."]);
    assert_eq!(scene.store.outcome(&chatter).await, not_addressed());
    live.shutdown().await;
    runs.none();
}

#[tokio::test]
async fn the_subject_of_a_group_is_known() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let subject = |run: &Run| run.ctx.conversation_info().group_subject.clone();
    // A run does without the subject if Meta does not answer.
    text(ANA, "hi").in_group("G1").post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!(subject(&run), None);
    run.reply(Reply::none());
    scene.graph.has_subject("Pizza friends");
    for group in ["G2", "G2"] {
        text(ANA, "hi").in_group(group).post(&live.engine).await;
        let run = runs.next().await;
        assert_eq!(subject(&run).as_deref(), Some("Pizza friends"));
        run.reply(Reply::none());
    }
    live.hears(BEA, "hi").await;
    let run = runs.next().await;
    assert_eq!(subject(&run), None);
    run.reply(Reply::none());
    live.shutdown().await;
    assert_eq!(scene.graph.calls().groups, ["G1", "G2"], "a known subject is not asked for");
}
