//! Conversation and number of a reply, and messages without a reply.

use serde_json::json;
use waxwing_agent::Reply;
use waxwing_store::MessageOutcome;
use waxwing_types::PhoneNumberId;

use crate::support::{ANA, BEA, NUMBER, Scene, TestEngine, mail, post, puppet, text};

fn ignored(reason: &str) -> MessageOutcome {
    MessageOutcome::Ignored(reason.into())
}

#[tokio::test]
async fn a_group_is_answered_in_the_group_and_sees_no_typing() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let burst = [text(ANA, "hi all").in_group("G1"), text(BEA, "me too").in_group("G1").at(1_767_225_601)];
    post(&live.engine, &burst).await;
    let run = runs.next().await;
    assert_eq!((run.ctx.session_id(), run.ctx.user_id(), run.ctx.is_group()), ("G1", BEA, true));
    let senders: Vec<_> = run.turn.messages.iter().map(|message| message.sender.id.as_str()).collect();
    assert_eq!(senders, [ANA, BEA]);
    run.ctx.send_interim("one moment").await.unwrap();
    run.ctx.session().set("n", 1).unwrap();
    run.reply("hi group");
    assert_eq!(scene.graph.taken(2).await, ["group G1: one moment", "group G1: hi group"]);
    assert_eq!(scene.graph.calls().typing, Vec::<String>::new());

    // A private chat of the same user is another conversation.
    let alone = live.hears(ANA, "just me").await;
    let run = runs.next().await;
    assert_eq!((run.ctx.session_id(), run.ctx.is_group(), run.ctx.session().get::<u32>("n")), (ANA, false, None));
    run.reply("hi Ana");
    assert_eq!(scene.graph.taken(3).await[2], "34600000001: hi Ana");
    assert_eq!(scene.graph.calls().typing, [alone]);
    text(ANA, "and us?").in_group("G1").post(&live.engine).await;
    assert_eq!(runs.next().await.ctx.session().get::<u32>("n"), Some(1));
}

#[tokio::test]
async fn the_newest_message_is_marked_as_read_while_its_answer_is_written() {
    let mut scene = Scene::new().await;
    scene.settings.typing_renewal = std::time::Duration::from_millis(1);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let burst = [text(ANA, "one"), text(ANA, "two")];
    post(&live.engine, &burst).await;
    let run = runs.next().await;
    let calls = scene.graph.until("a renewal", |calls| calls.typing.len() >= 3).await;
    assert!(calls.typing.iter().all(|message| message == burst[1].id()), "{calls:?}");
    run.reply("there");
    scene.graph.taken(1).await;
    live.shutdown().await;
}

#[tokio::test]
async fn a_user_without_a_phone_number_is_addressed_by_the_other_id() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    text(ANA, "hi").hidden_as("ES.42").post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!((run.ctx.user_id(), run.ctx.session_id(), run.ctx.user_name()), ("ES.42", "ES.42", None));
    run.ctx.send_interim("one moment").await.unwrap();
    run.reply("hi");
    assert_eq!(scene.graph.taken(2).await, ["bsuid ES.42: one moment", "bsuid ES.42: hi"]);
}

#[tokio::test]
async fn a_number_that_is_not_configured_is_never_answered() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let burst = [text(ANA, "hi").to("7777777"), text(ANA, "hello")];
    post(&live.engine, &burst).await;
    assert_eq!(scene.store.outcome(burst[0].id()).await, ignored("unknown business number"));
    let run = runs.next().await;
    assert_eq!(run.heard(), ["hello"]);
    run.reply("hi");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: hi"]);
    live.shutdown().await;

    // A later configuration of the number does not answer earlier messages.
    let (agent, mut runs) = puppet();
    let live = TestEngine::start(scene.builder(&scene.store).route(scene.route("7777777", agent)));
    text(ANA, "anybody?").to("7777777").post(&live.engine).await;
    assert_eq!(runs.next().await.heard(), ["anybody?"]);
}

#[tokio::test]
async fn each_number_is_answered_by_its_own_agent_from_itself() {
    let scene = Scene::new().await;
    let other_graph = std::sync::Arc::new(crate::support::FakeGraph::default());
    let ((one, mut runs_of_one), (two, mut runs_of_two)) = (puppet(), puppet());
    let mut route = scene.route("1000002", two);
    route.graph = other_graph.clone();
    let live = TestEngine::start(scene.builder(&scene.store).route(scene.route(NUMBER, one)).route(route));
    assert_eq!(live.engine.numbers().iter().map(PhoneNumberId::as_str).collect::<Vec<_>>(), [NUMBER, "1000002"]);
    post(&live.engine, &[text(ANA, "to one"), text(ANA, "to two").to("1000002")]).await;
    let (one, two) = (runs_of_one.next().await, runs_of_two.next().await);
    assert_eq!((one.heard(), two.heard()), (vec!["to one"], vec!["to two"]));
    one.reply("from one");
    two.reply("from two");
    assert_eq!(scene.graph.taken(1).await, ["34600000001: from one"]);
    assert_eq!(other_graph.taken(1).await, ["34600000001: from two"]);
    live.shutdown().await;
    assert_eq!((scene.graph.calls().taken.len(), other_graph.calls().taken.len()), (1, 1));
}

#[tokio::test]
async fn what_calls_for_no_answer_starts_nothing() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for kind in ["system", "request_welcome"] {
        let message = mail(ANA, kind, json!({ "emoji": "x" })).post(&live.engine).await;
        assert_eq!(scene.store.outcome(&message).await, ignored(&format!("type needs no answer: {kind}")));
    }
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["hi"]);
    run.reply("hi");
    scene.graph.taken(1).await;
    live.shutdown().await;
    runs.none();
    assert_eq!(scene.graph.calls().typing.len(), 1);
    assert_eq!(scene.outbox().await, ["accepted"]);
}

#[tokio::test]
async fn what_no_agent_can_take_gets_one_line_for_the_turn() {
    let mut scene = Scene::new().await;
    scene.settings.system_messages.standard.unsupported = "what?".into();
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let odd = |kind: &str| mail(ANA, kind, json!({ "x": 1 }));
    let burst = [odd("location"), odd("contacts"), odd("order"), mail(ANA, "image", json!({ "no": "id" }))];
    post(&live.engine, &burst).await;
    assert_eq!(scene.graph.taken(1).await, ["34600000001: what?"]);
    for (message, kind) in burst.iter().zip(["location", "contacts", "order", "image"]) {
        let expected = ignored(&format!("unsupported type: {kind}"));
        assert_eq!(scene.store.outcome(message.id()).await, expected);
    }

    // In a burst with a message that the agent can read, the reply of the agent is the only reply.
    let burst = [odd("location"), text(ANA, "where is this?"), odd("location")];
    post(&live.engine, &burst).await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["where is this?"]);
    run.reply("no idea");
    assert_eq!(scene.graph.taken(2).await[1], "34600000001: no idea");
    assert_eq!(scene.store.outcome(burst[1].id()).await, MessageOutcome::Answered);
    assert_eq!(scene.store.outcome(burst[2].id()).await, ignored("unsupported type: location"));

    // Before a command, the unsupported message is a turn of its own.
    post(&live.engine, &[odd("location"), text(ANA, "/new"), text(ANA, "hi")]).await;
    let run = runs.next().await;
    run.reply(Reply::none());
    // The user got the line less than an hour ago.
    let expected = ["what?", "no idea", "afresh"].map(|body| format!("{ANA}: {body}"));
    assert_eq!(scene.graph.taken(3).await, expected);
    live.shutdown().await;
    runs.none();
    assert_eq!(scene.outbox().await, ["accepted"; 3]);
}

#[tokio::test]
async fn a_message_without_a_sender_is_kept_and_not_answered() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    text(ANA, "boo").without_a_sender().post(&live.engine).await;
    live.hears(ANA, "hi").await;
    assert_eq!(runs.next().await.heard(), ["hi"]);
    assert_eq!(scene.store.seen().quarantined, ["text message without a sender"]);
}

#[tokio::test]
async fn the_id_of_a_user_stays_the_same_within_a_session() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    text(ANA, "hi").hidden_as("ES.42").post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!((run.ctx.user_id(), run.ctx.user().phone.as_deref()), ("ES.42", None));
    let key = run.ctx.conversation_info().key.clone();
    run.reply("hi");
    scene.graph.taken(1).await;

    text(ANA, "my number").known_as("ES.42").post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!((run.ctx.session_id(), run.ctx.user_id()), ("ES.42", "ES.42"));
    let user = run.ctx.user().clone();
    assert_eq!((user.phone.as_deref(), user.bsuid.as_deref()), (Some(ANA), Some("ES.42")));
    assert_eq!(run.turn.messages[0].sender, user);
    assert_eq!(run.ctx.conversation_info().key, key);
    run.reply("thanks");
    scene.graph.taken(2).await;

    text(ANA, "/new").known_as("ES.42").post(&live.engine).await;
    scene.graph.taken(3).await;
    text(ANA, "again").known_as("ES.42").post(&live.engine).await;
    let run = runs.next().await;
    assert_eq!((run.ctx.user_id(), run.turn.messages[0].sender.id.as_str()), (ANA, ANA));
    assert!(run.ctx.session_id().starts_with(&format!("{ANA}:")));
    assert_eq!(run.ctx.conversation_info().key, key);
}

#[tokio::test]
async fn an_agent_knows_the_business_number_and_the_group() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    text(ANA, "hi").post(&live.engine).await;
    let alone = runs.next().await.ctx.conversation_info().clone();
    assert_eq!((alone.number.id.as_str(), alone.number.phone.as_deref()), (NUMBER, Some("15550001111")));
    assert_eq!(alone.group_id, None);
    text(ANA, "hi all").in_group("G1").post(&live.engine).await;
    let group = runs.next().await.ctx.conversation_info().clone();
    assert_eq!((group.number, group.group_id.as_deref()), (alone.number, Some("G1")));
    assert!(!alone.key.is_empty() && alone.key != group.key, "each conversation has a key of its own");
}
