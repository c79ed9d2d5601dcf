//! Stops of all agents: by an operator, and by the cost limits of a day.

use std::time::Duration;

use waxwing_agent::{Agent, AgentError, Reply, RunContext, Turn, agent_fn};
use waxwing_engine::{EngineEventKind, EngineEvents};
use waxwing_store::{Clock, MessageOutcome};

use crate::support::{ANA, BEA, Scene, patiently, puppet, text};

/// Returns an agent whose answers cost as much as the text says.
fn costly() -> impl Agent {
    agent_fn("costly", |turn: Turn, ctx: RunContext| async move {
        let text = turn.text();
        let (kind, amount) = text.split_once(' ').unwrap();
        match kind {
            "tokens" => ctx.add_unpriced_tokens(amount.parse().unwrap()),
            _ => ctx.add_cost(amount.parse().unwrap()),
        }
        if kind == "fail" { Err(AgentError::new("I will not")) } else { Ok(Reply::text("done")) }
    })
}

async fn scene() -> Scene {
    let mut scene = Scene::new().await;
    scene.settings.system_messages.standard.cost_limit = "tomorrow".into();
    scene
}

fn lines(said: &[(&str, &str)]) -> Vec<String> {
    said.iter().map(|(user, text)| format!("{user}: {text}")).collect()
}

/// Returns the next alarm: its name, its scope, and the cost.
async fn alarm(events: &mut EngineEvents) -> (&'static str, &'static str, f64) {
    loop {
        match patiently("an alarm", events.next()).await.expect("the engine runs").kind {
            EngineEventKind::LimitApproached { scope, cost, .. } => return ("approached", scope, cost),
            EngineEventKind::LimitReached { scope, cost, .. } => return ("reached", scope, cost),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_user_at_the_limit_gets_one_text_a_day() {
    let mut scene = scene().await;
    scene.settings.cost_limit.per_user = 1.0;
    let live = scene.live(costly());
    let mut events = live.engine.events();
    live.hears(ANA, "cost 0.5").await;
    scene.graph.taken(1).await;
    live.hears(ANA, "tokens 375000").await;
    scene.graph.taken(2).await;
    assert_eq!(alarm(&mut events).await, ("approached", "user", 0.875));
    live.hears(ANA, "cost 0.25").await;
    scene.graph.taken(3).await;
    assert_eq!(alarm(&mut events).await, ("reached", "user", 1.125));
    let ignored = MessageOutcome::Ignored("the cost limit of the day is reached".into());
    for _ in 0..2 {
        let stopped = live.hears(ANA, "cost 1").await;
        assert_eq!(scene.store.outcome(&stopped).await, ignored);
    }
    scene.graph.taken(4).await;
    // Other users are answered, and the next day begins with no cost.
    live.hears(BEA, "cost 0").await;
    scene.graph.taken(5).await;
    scene.clock.advance(Duration::from_hours(24));
    text(ANA, "cost 0").at(scene.clock.now().as_millis() / 1000).post(&live.engine).await;
    let done = (ANA, "done");
    let expected = lines(&[done, done, done, (ANA, "tomorrow"), (BEA, "done"), done]);
    assert_eq!(scene.graph.taken(6).await, expected);
    live.shutdown().await;
}

#[tokio::test]
async fn the_cost_of_the_day_outlives_the_process() {
    let mut scene = scene().await;
    scene.settings.cost_limit.per_day = 1.0;
    let live = scene.live(costly());
    live.hears(ANA, "cost 0.5").await;
    scene.graph.taken(1).await;
    live.shutdown().await;
    scene.reopen().await;
    let live = scene.live(costly());
    let mut events = live.engine.events();
    // A run that fails costs money, too.
    live.hears(BEA, "fail 0.5").await;
    scene.graph.taken(2).await;
    assert_eq!(alarm(&mut events).await, ("reached", "server", 1.0));
    for user in [ANA, BEA] {
        live.hears(user, "cost 0").await;
    }
    let sent = scene.graph.taken(4).await;
    assert_eq!(sent[..2], lines(&[(ANA, "done"), (BEA, "sorry")]));
    assert!(sent[2..].iter().all(|line| line.ends_with(": tomorrow")), "{sent:?}");
    live.shutdown().await;
    scene.reopen().await;
    // The first check of the next process reads the cost, too.
    let live = scene.live(costly());
    let stopped = live.hears(ANA, "cost 0").await;
    assert!(matches!(scene.store.outcome(&stopped).await, MessageOutcome::Ignored(_)));
    live.shutdown().await;
}

#[tokio::test]
async fn a_limit_of_0_is_none() {
    let mut scene = scene().await;
    (scene.settings.cost_limit.per_day, scene.settings.cost_limit.per_user) = (0.0, 0.0);
    let live = scene.live(costly());
    for count in 1..=3 {
        live.hears(ANA, "cost 1000").await;
        scene.graph.taken(count).await;
    }
    live.shutdown().await;
}

#[tokio::test]
async fn paused_agents_answer_after_the_resumption() {
    let mut scene = scene().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(ANA, "one").await;
    let begun = runs.next().await;
    live.engine.operator().set_agents_paused(true).await.unwrap();
    live.hears(BEA, "two").await;
    // A run that has begun ends. No other begins, although the loop looks for work.
    begun.reply("to one");
    assert_eq!(scene.graph.taken(1).await, lines(&[(ANA, "to one")]));
    live.hears(ANA, "three").await;
    assert!(live.engine.operator().agents().await.unwrap().0.is_some());
    live.shutdown().await;
    runs.none();

    // The pause outlives the process.
    scene.reopen().await;
    let (agent, mut runs) = puppet();
    let live = scene.live(agent);
    live.hears(BEA, "four").await;
    live.engine.operator().set_agents_paused(true).await.unwrap();
    runs.none();
    live.engine.operator().set_agents_paused(false).await.unwrap();
    let mut heard = Vec::new();
    for _ in 0..2 {
        let run = runs.next().await;
        heard.push(run.heard().join(" "));
        run.reply("here");
    }
    heard.sort_unstable();
    assert_eq!(heard, ["three", "two four"]);
    scene.graph.taken(3).await;
    live.shutdown().await;
}
