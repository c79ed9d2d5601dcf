//! Edits, deletions and reactions of users.

use serde_json::{Value, json};
use waxwing_agent::{HistoryEvent, MessageContent, Reply};
use waxwing_engine::Reactions;
use waxwing_store::MessageOutcome;

use crate::support::{ANA, Mail, Run, Scene, history, mail, post, puppet, text};

fn edit(target: &str, body: &str) -> Mail {
    let message = json!({ "type": "text", "text": { "body": body } });
    mail(ANA, "edit", json!({ "original_message_id": target, "message": message }))
}

fn deletion(target: &str) -> Mail {
    mail(ANA, "revoke", json!({ "original_message_id": target }))
}

fn reaction(target: &str, emoji: &str) -> Mail {
    mail(ANA, "reaction", json!({ "message_id": target, "emoji": emoji }))
}

fn change() -> MessageOutcome {
    MessageOutcome::Ignored("a change of an earlier message, or a reaction".into())
}

/// Returns the reactions in the history of a run.
fn reactions(run: &Run) -> Vec<Value> {
    let entries = run.ctx.session().history().iter();
    let shown = |event: &HistoryEvent| match event {
        HistoryEvent::Reaction { emoji, message, .. } => Some(json!([emoji, message])),
        _ => None,
    };
    entries.filter_map(|entry| shown(&entry.event)).collect()
}

#[tokio::test]
async fn a_change_of_an_answered_message_changes_the_history_without_a_run() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let one = live.hears(ANA, "at seven").await;
    runs.next().await.reply("noted");
    let two = live.hears(ANA, "and a secret").await;
    runs.next().await.reply("hm");
    scene.graph.taken(2).await;
    let shown = scene.graph.calls().typing.len();
    for mail in [edit(&one, "at eight"), deletion(&two)] {
        let id = mail.post(&live.engine).await;
        assert_eq!(scene.store.outcome(&id).await, change());
    }
    runs.none();
    assert_eq!(scene.graph.calls().typing.len(), shown);
    live.hears(ANA, "thanks").await;
    let run = runs.next().await;
    assert_eq!(history(&run), ["user: at eight", "agent: noted", "user: ", "agent: hm"]);
    assert!(matches!(run.ctx.session().history()[2].event, HistoryEvent::Deleted));
    run.reply(Reply::none());
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted"; 2]);
}

#[tokio::test]
async fn a_change_that_comes_with_a_message_is_in_the_history_of_its_turn() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let (one, two) = (live.hears(ANA, "at seven").await, text(ANA, "and a secret"));
    runs.next().await.reply("noted");
    let secret = two.post(&live.engine).await;
    runs.next().await.reply("hm");
    scene.graph.taken(2).await;
    post(&live.engine, &[edit(&one, "at eight"), deletion(&secret), text(ANA, "what?").quoting(&secret)]).await;
    let run = runs.next().await;
    assert_eq!(history(&run), ["user: at eight", "agent: noted", "user: ", "agent: hm"]);
    assert!(run.turn.messages[0].quoted.is_none(), "the quoted message is deleted");
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_change_of_a_waiting_message_reaches_its_turn() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let (one, two) = (text(ANA, "a table for two"), text(ANA, "never mind"));
    let changes = [edit(one.id(), "a table for three"), deletion(two.id())];
    let deleted = two.id().to_owned();
    let burst: Vec<_> = [one, two].into_iter().chain(changes).collect();
    post(&live.engine, &burst).await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["a table for three"]);
    run.reply("done");
    assert_eq!(scene.store.outcome(&deleted).await, MessageOutcome::Ignored("deleted by the user".into()));
    live.hears(ANA, "thanks").await;
    let run = runs.next().await;
    assert_eq!(history(&run), ["user: a table for three", "user: ", "agent: done"]);
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_change_that_cannot_be_read_gets_no_apology() {
    let mut scene = Scene::new().await;
    scene.settings.system_messages.standard.unsupported = "what?".into();
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for kind in ["edit", "revoke", "reaction"] {
        let id = mail(ANA, kind, json!({ "x": 1 })).post(&live.engine).await;
        assert_eq!(scene.store.outcome(&id).await, change(), "{kind}");
    }
    live.shutdown().await;
    runs.none();
    assert_eq!(scene.outbox().await, [] as [&str; 0]);
}

#[tokio::test]
async fn a_run_begins_again_with_the_new_words() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let one = live.hears(ANA, "a table for two").await;
    let run = runs.next().await;
    edit("wamid.of-another-message", "x").post(&live.engine).await;
    edit(&one, "a table for three").post(&live.engine).await;
    run.given_up().await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["a table for three"]);
    run.reply("for three");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: for three"]);
    live.shutdown().await;
}

#[tokio::test]
async fn reactions_are_told_run_on_or_ignored() {
    for setting in [Reactions::Tell, Reactions::Run, Reactions::Ignore] {
        let mut scene = Scene::new().await;
        scene.settings.reactions = setting;
        let (agent, mut runs) = puppet();
        let live = scene.live(agent);
        // A reaction alone does not open the customer service window.
        live.hears(ANA, "hello").await;
        runs.next().await.reply(Reply::none());
        let id = reaction("wamid.target", "👍").post(&live.engine).await;
        if setting == Reactions::Run {
            let run = runs.next().await;
            let content = run.turn.messages[0].content.clone();
            assert!(matches!(content, Some(MessageContent::Reaction(_))), "{content:?}");
            run.reply("I am glad.");
            scene.graph.taken(1).await;
        }
        let outcome = scene.store.outcome(&id).await;
        let expected = match setting {
            Reactions::Run => MessageOutcome::Answered,
            Reactions::Tell => change(),
            Reactions::Ignore => MessageOutcome::Ignored("reactions are ignored".into()),
        };
        assert_eq!(outcome, expected, "{setting:?}");
        live.hears(ANA, "hi").await;
        let run = runs.next().await;
        let known = if setting == Reactions::Ignore { vec![] } else { vec![json!(["👍", "wamid.target"])] };
        assert_eq!(reactions(&run), known, "{setting:?}");
        run.reply(Reply::none());
        live.shutdown().await;
    }
}
