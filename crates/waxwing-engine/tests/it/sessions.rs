//! History, sessions and memory of each user.

use std::sync::Arc;

use serde_json::json;
use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn};
use waxwing_store::MessageOutcome;

use crate::support::{ANA, BEA, Medium, NUMBER, Scene, TestEngine, history, mail, named_puppet, post, puppet, text};

fn nothing() -> Vec<String> {
    Vec::new()
}

#[tokio::test]
async fn a_session_belongs_to_one_user_one_number_and_one_agent() {
    let mut scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let (elsewhere, mut runs_elsewhere) = puppet();
    let builder =
        scene.builder(&scene.store).route(scene.route(NUMBER, agent)).route(scene.route("1000002", elsewhere));
    let live = TestEngine::start(builder);
    live.hears(ANA, "one").await;
    let run = runs.next().await;
    assert_eq!((run.ctx.session_id(), run.ctx.session().get::<u32>("n"), history(&run)), (ANA, None, nothing()));
    assert_eq!((run.ctx.user_id(), run.ctx.user_name()), (ANA, Some("Name of 34600000001")));
    run.ctx.session().set("n", 1).unwrap();
    run.reply(Reply::text("to one").with_markdown("**bold**"));
    scene.graph.taken(2).await;

    live.hears(BEA, "hi").await;
    text(ANA, "hi").to("1000002").post(&live.engine).await;
    for runs in [&mut runs, &mut runs_elsewhere] {
        let run = runs.next().await;
        assert_eq!((run.ctx.session().get::<u32>("n"), history(&run)), (None, nothing()));
        run.ctx.session().set("n", 100).unwrap();
        run.reply("hi");
    }
    scene.graph.taken(4).await;

    live.hears(ANA, "two").await;
    let run = runs.next().await;
    assert_eq!((run.ctx.session_id(), run.ctx.session().get::<u32>("n")), (ANA, Some(1)));
    assert_eq!(history(&run), ["user: one", "agent: to one\n**bold**"]);
    run.reply("to two");
    scene.graph.taken(5).await;
    live.shutdown().await;

    scene.reopen().await;
    let (agent, mut runs) = named_puppet("another");
    let live = scene.live(agent);
    live.hears(ANA, "three").await;
    let run = runs.next().await;
    let known = ["user: one", "agent: to one\n**bold**", "user: two", "agent: to two"];
    assert_eq!((run.ctx.session().get::<u32>("n"), &history(&run)[..]), (None, &known.map(str::to_owned)[..]));
    run.reply(Reply::none());
    live.shutdown().await;

    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "four").await;
    let run = runs.next().await;
    assert_eq!((run.ctx.session().get::<u32>("n"), history(&run).len()), (Some(1), 5));
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_run_that_fails_leaves_the_session_as_it_was() {
    let mut scene = Scene::new().await;
    scene.settings.run_attempts = 1;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "one").await;
    let run = runs.next().await;
    run.ctx.session().set("n", 1).unwrap();
    run.reply(Reply::none());
    let failed = live.hears(ANA, "two").await;
    let run = runs.next().await;
    run.ctx.session().set("n", 2).unwrap();
    run.ctx.memory().state().set("failures", 1).unwrap();
    run.fail(AgentError::new("no"));
    assert!(matches!(scene.store.outcome(&failed).await, MessageOutcome::DeadLettered(_)));
    live.hears(ANA, "three").await;
    let run = runs.next().await;
    assert_eq!(run.ctx.session().get::<u32>("n"), Some(1));
    assert_eq!(run.ctx.memory().state().get("failures"), Some(1), "what outlives sessions counts failures as well");
    assert_eq!(history(&run), ["user: one", "user: two", "[unanswered]", "agent: sorry"]);
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn an_agent_gets_the_newest_of_a_long_history() {
    let mut scene = Scene::new().await;
    scene.settings.history = 3;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    for (n, expected) in
        [&[][..], &["user: 0", "agent: re 0"], &["agent: re 0", "user: 1", "agent: re 1"]].into_iter().enumerate()
    {
        live.hears(ANA, &n.to_string()).await;
        let run = runs.next().await;
        assert_eq!(history(&run), expected);
        run.reply(format!("re {n}"));
        scene.graph.taken(n + 1).await;
    }
    live.shutdown().await;
}

/// Agent with a history limit of four entries.
struct Curious<A>(A);

#[async_trait::async_trait]
impl<A: Agent> Agent for Curious<A> {
    fn name(&self) -> &str {
        self.0.name()
    }

    async fn run(&self, turn: Turn, ctx: &RunContext) -> Result<Reply, AgentError> {
        self.0.run(turn, ctx).await
    }

    fn history_limit(&self) -> Option<usize> {
        Some(4)
    }
}

#[tokio::test]
async fn an_agent_can_ask_for_more_of_the_history() {
    let mut scene = Scene::new().await;
    scene.settings.history = 1;
    let (agent, mut runs) = puppet();
    let live = scene.live(Curious(agent));
    for (n, expected) in [0, 2, 4, 4].into_iter().enumerate() {
        live.hears(ANA, &n.to_string()).await;
        let run = runs.next().await;
        let history = run.ctx.session().history();
        assert_eq!(history.len(), expected);
        assert!(history.is_sorted_by(|a, b| a.seq < b.seq), "entries have their places");
        run.reply(format!("re {n}"));
        scene.graph.taken(n + 1).await;
    }
    live.shutdown().await;
}

#[tokio::test]
async fn what_an_agent_keeps_outlives_sessions_and_restarts() {
    let mut scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "one").await;
    let run = runs.next().await;
    run.ctx.memory().remember("likes tea").unwrap();
    run.ctx.memory().state().set("n", 1).unwrap();
    run.reply("re one");
    live.hears(ANA, "/new").await;
    scene.graph.taken(2).await;
    live.shutdown().await;

    scene.reopen().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "two").await;
    let run = runs.next().await;
    let facts: Vec<_> = run.ctx.memory().facts().into_iter().map(|fact| fact.text).collect();
    assert_eq!((facts, run.ctx.memory().state().get("n")), (vec!["likes tea".to_owned()], Some(1)));
    assert_eq!(history(&run), nothing());
    run.reply(Reply::none());
    live.hears(BEA, "hi").await;
    let run = runs.next().await;
    assert_eq!(run.ctx.memory().facts(), []);
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn what_a_medium_says_is_in_the_history() {
    let scene = Scene::new().await;
    scene.graph.has("m1", [Medium::Bytes(b"sound")]);
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let note = mail(ANA, "audio", json!({ "id": "m1", "voice": true }));
    post(&live.engine, &[text(ANA, "listen"), note.clone()]).await;
    let run = runs.next().await;
    for _each_of_a_team in 0..2 {
        run.ctx.record_transcript(note.id(), "I would like a table.");
    }
    run.ctx.record_transcript("wamid.unknown", "nobody said this");
    run.reply(Reply::none());
    live.hears(ANA, "well?").await;
    let run = runs.next().await;
    assert_eq!(history(&run), ["user: listen", "user: I would like a table."]);
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_new_session_begins_where_it_was_asked_for() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    let burst = ["one", " /NEW\n", "two", "/new", "/new", "three"].map(|body| text(ANA, body));
    post(&live.engine, &burst).await;
    let mut labels = Vec::new();
    for body in ["one", "two", "three"] {
        let run = runs.next().await;
        assert_eq!((run.heard(), history(&run), run.ctx.user_id()), (vec![body], nothing(), ANA));
        labels.push(run.ctx.session_id().to_owned());
        run.reply(format!("to {body}"));
    }
    let expected = ["to one", "afresh", "to two", "afresh", "afresh", "to three"].map(|body| format!("{ANA}: {body}"));
    assert_eq!(scene.graph.taken(6).await, expected);
    let [first, second, third] = &labels[..] else { panic!("{labels:?}") };
    assert_eq!(first, ANA);
    for later in [second, third] {
        assert!(later.starts_with("34600000001:") && later.len() > "34600000001:".len(), "{later}");
    }
    assert_ne!(second, third);
    for command in [&burst[1], &burst[3], &burst[4]] {
        assert_eq!(scene.store.outcome(command.id()).await, MessageOutcome::Command);
    }

    live.hears(ANA, "four").await;
    let run = runs.next().await;
    assert_eq!(
        (run.ctx.session_id(), history(&run)),
        (third.as_str(), vec!["user: three".into(), "agent: to three".into()])
    );
    run.reply(Reply::none());
    live.shutdown().await;
}

#[tokio::test]
async fn a_conversation_that_begins_with_new_begins_a_session_once() {
    let scene = Scene::new().await;
    let (agent, mut runs) = puppet();
    let live = Arc::new(scene.live(agent));
    live.hears(ANA, "/new").await;
    assert_eq!(scene.graph.taken(1).await, ["34600000001: afresh"]);
    runs.none();
    live.hears(ANA, "hi").await;
    assert!(runs.next().await.ctx.session_id().starts_with("34600000001:"));
}
