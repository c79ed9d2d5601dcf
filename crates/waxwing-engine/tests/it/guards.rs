//! Agents with guardrails.

use std::time::Duration;

use waxwing_agent::Echo;
use waxwing_agent::guardrail::{AccessList, GuardedAgent, RateLimit};
use waxwing_store::MessageOutcome;

use crate::support::{ANA, BEA, Scene};

fn guarded() -> GuardedAgent {
    let day = Duration::from_hours(24);
    GuardedAgent::new(Echo).guardrail(AccessList::deny([BEA])).guardrail(RateLimit::new(1, day).notice("Tomorrow."))
}

#[tokio::test]
async fn a_limit_outlives_the_session_and_the_process() {
    let mut scene = Scene::new().await;
    let live = scene.live(guarded());
    live.hears(ANA, "one").await;
    scene.graph.taken(1).await;
    live.hears(ANA, "/new").await;
    scene.graph.taken(2).await;
    live.shutdown().await;

    scene.reopen().await;
    let live = scene.live(guarded());
    live.hears(ANA, "two").await;
    let sent = scene.graph.taken(3).await;
    assert_eq!((sent[0].as_str(), sent[2].as_str()), ("34600000001: echo one", "34600000001: Tomorrow."));
    for (user, text) in [(ANA, "three"), (BEA, "hi")] {
        let refused = live.hears(user, text).await;
        assert_eq!(scene.store.outcome(&refused).await, MessageOutcome::Answered, "without a word");
    }
    live.shutdown().await;
    assert_eq!(scene.graph.taken(3).await.len(), 3);
}
