//! Conversations with an operator.

use std::time::Duration;

use serde_json::json;
use waxwing_agent::{HumanHandoff, Reply};
use waxwing_engine::{NextResponder, OperatorAction, WhileRunning};
use waxwing_store::{ConversationFilter, ConversationId, ConversationTarget, MessageOutcome, OperatorStore, UserKey};
use waxwing_types::WaId;

use crate::support::{ANA, BEA, Medium, NUMBER, Op, Runs, Scene, history, mail, patiently, post, puppet, text, typed};

const HOUR: Duration = Duration::from_hours(1);

fn answered_by_a_person() -> MessageOutcome {
    MessageOutcome::Ignored("an operator answers".into())
}

fn said_by_a_person() -> MessageOutcome {
    MessageOutcome::Ignored("sent by an operator".into())
}

fn says(words: &str, answers: NextResponder) -> OperatorAction {
    OperatorAction::new(answers).with_text(words)
}

async fn conversation(scene: &Scene, user: &str) -> ConversationId {
    let which = ConversationFilter::User(UserKey::Phone(WaId::new(user)));
    scene.store.conversations(&which, 10).await.unwrap()[0].id
}

/// Creates a conversation with one message and its reply.
async fn exchange(scene: &Scene, live: &crate::support::TestEngine, runs: &mut Runs) -> ConversationId {
    let question = live.hears(ANA, "hi").await;
    runs.next().await.reply("hello");
    scene.store.outcome(&question).await;
    conversation(scene, ANA).await
}

#[tokio::test]
async fn what_is_typed_calls_off_the_answer_and_hands_over() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let question = live.hears(ANA, "is it open?").await;
    let run = runs.next().await;
    run.ctx.send_interim("Let me see").await.unwrap();
    scene.graph.taken(1).await;
    let echo = typed(&live.engine, ANA, "Yes, until ten").await;
    run.given_up().await;
    assert_eq!(scene.store.outcome(&question).await, answered_by_a_person());
    assert_eq!(scene.store.outcome(&echo).await, said_by_a_person());
    let shown = scene.graph.calls().typing.len();
    let more = live.hears(ANA, "thank you").await;
    let photo = mail(ANA, "image", json!({ "id": "7", "caption": "look" })).post(&live.engine).await;
    for message in [&more, &photo] {
        assert_eq!(scene.store.outcome(message).await, answered_by_a_person());
    }
    assert_eq!(scene.graph.calls().typing.len(), shown, "nobody is typing");
    runs.none();

    scene.clock.advance(HOUR);
    live.hears(ANA, "and tomorrow?").await;
    let run = runs.next().await;
    assert_eq!(run.heard(), ["and tomorrow?"]);
    let expected = [
        "user: is it open?",
        "agent: Let me see",
        "person: Yes, until ten",
        "[handed off]",
        "user: thank you",
        "user: look",
    ];
    assert_eq!(history(&run), expected);
    assert_eq!(run.ctx.session().history()[5].media_kinds(), [waxwing_agent::MediaKind::Image]);
    run.reply("Until nine");
    assert_eq!(scene.graph.taken(2).await, [format!("{ANA}: Let me see"), format!("{ANA}: Until nine")]);
}

#[tokio::test]
async fn each_word_of_a_person_lets_the_agent_wait_longer() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    // The conversation with this user does not exist yet.
    let first = typed(&live.engine, ANA, "Hello Ana").await;
    assert_eq!(scene.store.outcome(&first).await, said_by_a_person());
    for _ in 0..3 {
        scene.clock.advance(HOUR / 2);
        let again = typed(&live.engine, ANA, "Still here").await;
        assert_eq!(scene.store.outcome(&again).await, said_by_a_person());
    }
    let answer = live.hears(ANA, "hi").await;
    assert_eq!(scene.store.outcome(&answer).await, answered_by_a_person());
    let bot = live.hears(ANA, " /BOT").await;
    assert_eq!(scene.store.outcome(&bot).await, MessageOutcome::Command);
    assert_eq!(scene.graph.taken(1).await, [format!("{ANA}: back")]);
    live.hears(ANA, "are you there?").await;
    let run = runs.next().await;
    let expected = [
        "person: Hello Ana",
        "[handed off]",
        "person: Still here",
        "person: Still here",
        "person: Still here",
        "user: hi",
        "user:  /BOT",
        "agent: back",
        "[resumed]",
    ];
    assert_eq!(history(&run), expected);
}

#[tokio::test]
async fn words_that_change_nothing_are_heard_all_the_same() {
    let mut scene = Scene::new().await;
    scene.settings.handoff_duration = Duration::ZERO;
    let (agent, mut runs) = puppet();
    let engine = scene.builder(&scene.store).route(scene.route(NUMBER, agent));
    let asked = text(ANA, "is it open?").at(1_767_225_500);
    let mut typed_at = String::new();
    let live = {
        // All messages are stored before the first turn.
        let (probe, _) = puppet();
        let waiting = scene.builder(&scene.store).route(scene.route(NUMBER, probe)).build();
        post(&waiting, std::slice::from_ref(&asked)).await;
        typed_at.push_str(&typed(&waiting, ANA, "Yes").await);
        post(&waiting, &[text(ANA, "and tomorrow?").at(1_767_225_700)]).await;
        crate::support::TestEngine::start(engine)
    };
    let run = runs.next().await;
    assert_eq!(run.heard(), ["and tomorrow?"]);
    assert_eq!(history(&run), ["user: is it open?", "person: Yes"]);
    assert_eq!(scene.store.outcome(asked.id()).await, answered_by_a_person());
    assert_eq!(scene.store.outcome(&typed_at).await, said_by_a_person());
    run.reply("No");
    assert_eq!(scene.graph.taken(1).await, [format!("{ANA}: No")]);
    live.shutdown().await;
}

#[tokio::test]
async fn an_agent_hands_over() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let minute = HumanHandoff::for_duration(Duration::from_mins(1));
    for (nth, on_the_way) in [false, true].into_iter().enumerate() {
        live.hears(ANA, "a person, please").await;
        let run = runs.next().await;
        if on_the_way {
            run.ctx.send_interim(Reply::text("One moment").with_handoff(minute.clone())).await.unwrap();
            run.reply(Reply::none());
        } else {
            run.reply(Reply::text("One moment").with_handoff(minute.clone()));
        }
        scene.graph.taken(nth + 1).await;
        let ignored = live.hears(ANA, "hello?").await;
        assert_eq!(scene.store.outcome(&ignored).await, answered_by_a_person());
        scene.clock.advance(Duration::from_mins(1));
    }
    live.hears(ANA, "nobody comes").await;
    runs.next().await.reply(Reply::none().with_handoff(HumanHandoff::until_resumed()));
    let ignored = live.hears(ANA, "hello?").await;
    scene.clock.advance(100 * HOUR);
    assert_eq!(scene.store.outcome(&ignored).await, answered_by_a_person());
    let late = live.hears(ANA, "hello??").await;
    assert_eq!(scene.store.outcome(&late).await, answered_by_a_person());
    assert_eq!(scene.store.conversations(&ConversationFilter::Paused, 10).await.unwrap().len(), 1);
    runs.none();
}

#[tokio::test]
async fn a_user_asks_for_a_person() {
    let mut scene = Scene::new().await;
    scene.settings.while_running = WhileRunning::Interrupt;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let human = live.hears(ANA, "/human").await;
    assert_eq!(scene.store.outcome(&human).await, MessageOutcome::Command);
    let more = live.hears(ANA, "/new").await;
    assert_eq!(scene.store.outcome(&more).await, answered_by_a_person());
    // Other users get replies.
    live.hears(BEA, "hi").await;
    runs.next().await.reply("hello");
    assert_eq!(scene.graph.taken(2).await, [format!("{ANA}: somebody comes"), format!("{BEA}: hello")]);
    scene.clock.advance(HOUR);
    live.hears(ANA, "nobody came").await;
    let run = runs.next().await;
    assert_eq!(history(&run), ["user: /human", "agent: somebody comes", "[handed off]", "user: /new"]);
}

#[tokio::test]
async fn somebody_speaks_at_the_desk() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let ana = ConversationTarget::Conversation(exchange(&scene, &live, &mut runs).await);
    live.hears(ANA, "is it open?").await;
    let run = runs.next().await;
    run.ctx.send_interim("Let me see").await.unwrap();
    live.engine.operator().act(ana.clone(), &says("Yes", NextResponder::HumanTemporarily)).await.unwrap();
    run.given_up().await;
    let expected = ["hello", "Let me see", "Yes"].map(|words| format!("{ANA}: {words}"));
    assert_eq!(scene.graph.taken(3).await, expected);
    let ignored = live.hears(ANA, "thanks").await;
    assert_eq!(scene.store.outcome(&ignored).await, answered_by_a_person());

    live.engine.operator().act(ana.clone(), &OperatorAction::new(NextResponder::Agent)).await.unwrap();
    live.hears(ANA, "and tomorrow?").await;
    let run = runs.next().await;
    let expected = [
        "user: hi",
        "agent: hello",
        "user: is it open?",
        "agent: Let me see",
        "person: Yes",
        "[handed off]",
        "user: thanks",
        "[resumed]",
    ];
    assert_eq!(history(&run), expected);
    // The operator sends a message and leaves the conversation to the agent.
    live.engine.operator().act(ana.clone(), &says("By the way", NextResponder::Unchanged)).await.unwrap();
    run.given_up().await;
    live.hears(ANA, "what?").await;
    let run = runs.next().await;
    assert_eq!(history(&run)[6..], ["user: thanks", "[resumed]", "user: and tomorrow?", "person: By the way"]);
    run.reply("Nothing");

    let until = scene.store.conversations(&ConversationFilter::All, 1).await.unwrap()[0].created_at.after(2 * HOUR);
    let pause = OperatorAction::new(NextResponder::HumanUntil(until.as_millis()));
    live.engine.operator().act(ana, &pause).await.unwrap();
    let paused = async {
        while scene.store.conversations(&ConversationFilter::Paused, 1).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    patiently("the pause", paused).await;
    let ignored = live.hears(ANA, "hm").await;
    assert_eq!(scene.store.outcome(&ignored).await, answered_by_a_person());
}

#[tokio::test]
async fn what_cannot_be_said_is_refused() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let ana = ConversationTarget::Conversation(exchange(&scene, &live, &mut runs).await);
    for words in [String::new(), "x".repeat(5000)] {
        let refused = live.engine.operator().act(ana.clone(), &says(&words, NextResponder::HumanTemporarily)).await;
        assert!(matches!(refused, Err(waxwing_engine::OperatorError::InvalidText(_))), "{refused:?}");
    }
    let nobody = ConversationTarget::Conversation(ConversationId(999));
    assert!(live.engine.operator().act(nobody, &says("hi", NextResponder::HumanTemporarily)).await.is_err());
    assert_eq!(scene.outbox().await.len(), 1);
}

#[tokio::test]
async fn a_person_calls_off_a_run_that_died() {
    let mut scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let process = scene.process(agent);
    post(&process.engine, &[text(ANA, "is it open?")]).await;
    runs.next().await.ctx.send_interim("Let me see").await.unwrap();
    scene.graph.taken(1).await;
    scene.store.send_outcomes(1).await;
    let echo = typed(&process.engine, ANA, "Yes").await;
    process.kill().await;
    scene.reopen().await;

    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    assert_eq!(scene.store.outcome(&echo).await, said_by_a_person());
    let ignored = live.hears(ANA, "thanks").await;
    assert_eq!(scene.store.outcome(&ignored).await, answered_by_a_person());
    // The run may have started again before it was cancelled.
    while let Some(run) = runs.begun() {
        run.given_up().await;
    }
    live.shutdown().await;
    assert_eq!(scene.outbox().await, ["accepted"]);
}

#[tokio::test]
async fn what_goes_on_ends_when_its_user_is_forgotten() {
    let scene = Scene::new().await;
    scene.graph.has("7", [Medium::Bytes(b"a picture")]);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    mail(ANA, "image", json!({ "id": "7" })).post(&live.engine).await;
    let run = runs.next().await;
    let file = run.turn.media().next().unwrap().path().unwrap().to_owned();
    let ana = UserKey::Phone(WaId::new(ANA));
    assert_eq!(live.engine.operator().erase(&ana).await.unwrap().conversations.len(), 1);
    assert!(run.ctx.send_interim("late").await.is_err());
    run.given_up().await;
    let gone = async {
        while file.exists() {
            tokio::task::yield_now().await;
        }
    };
    patiently("the end of the file", gone).await;
    assert!(matches!(scene.store.user_report(&ana).await, Err(waxwing_store::Error::NotFound)));
    // A user who writes again gets a reply.
    live.hears(ANA, "hi").await;
    let run = runs.next().await;
    assert_eq!(history(&run), [] as [&str; 0]);
    run.reply("hello");
    assert_eq!(scene.graph.taken(1).await, [format!("{ANA}: hello")]);
}

#[tokio::test]
async fn an_attempt_that_goes_on_cannot_be_settled_when_its_user_is_forgotten() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let held = scene.graph.holds();
    live.hears(ANA, "hi").await;
    runs.next().await.reply(Reply::text("one").with_text("two"));
    scene.graph.until("a send", |calls| calls.sends.len() == 1).await;
    live.engine.operator().erase(&UserKey::Phone(WaId::new(ANA))).await.unwrap();
    held.notify_one();
    scene.store.until("the end of the attempt", |seen| seen.lost.contains(&Op::RecordOutcome)).await;
    // The other message to the erased user is never sent. Messages to other users are sent.
    live.hears(BEA, "hi").await;
    runs.next().await.reply("hello");
    assert_eq!(scene.graph.taken(2).await, [format!("{ANA}: one"), format!("{BEA}: hello")]);
}

#[tokio::test]
async fn a_group_forgets_the_words_of_one() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    post(&live.engine, &[text(ANA, "mine").in_group("g"), text(BEA, "hers").in_group("g")]).await;
    let run = runs.next().await;
    let answered = run.turn.messages[1].id.clone();
    run.reply("to both");
    scene.store.outcome(&answered).await;
    live.engine.operator().erase(&UserKey::Phone(WaId::new(ANA))).await.unwrap();
    text(BEA, "again").in_group("g").post(&live.engine).await;
    assert_eq!(history(&runs.next().await), ["user: hers", "agent: to both"]);
}
