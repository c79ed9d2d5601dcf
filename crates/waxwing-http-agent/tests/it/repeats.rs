//! Runs that a crash cut short, and that are made again.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use waxwing_agent::{Agent as _, AgentError, Journal, MemoryJournal, Reply, StepKey, StepStatus};

use crate::world::{World, agent, document, event, program, stream, words};

/// A journal whose process dies before it records an answer.
struct Dying(Arc<MemoryJournal>);

#[async_trait]
impl Journal for Dying {
    async fn status(&self, key: &StepKey) -> Result<StepStatus, AgentError> {
        self.0.status(key).await
    }

    async fn start(&self, key: &StepKey) -> Result<(), AgentError> {
        self.0.start(key).await
    }

    async fn finish(&self, _: &StepKey, _: Vec<u8>) -> Result<(), AgentError> {
        Err(AgentError::retryable("the process died"))
    }
}

#[tokio::test]
async fn an_answer_that_was_recorded_is_not_asked_for_again() {
    let answer = json!({"parts": [{"type": "text", "text": "once"}], "state": {"set": {"n": 1}}});
    let server = program([move |key: &str| document(key, &answer)]).await;
    let world = World::default();
    for _ in 0..2 {
        let ctx = world.run();
        assert_eq!(agent(&server).run("hi".into(), &ctx).await.unwrap(), Reply::text("once"));
        assert_eq!(ctx.session().get("n"), Some(1), "a repeated run changes the same");
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_unfinished_call_is_made_again_under_its_key_and_says_nothing_twice() {
    let answer =
        |key: &str| stream(&(event(key, 1, "message", &words("wait")) + &event(key, 2, "reply", &words("done"))));
    let server = program([answer]).await;
    let world = World::default();
    let dying = world.run_with(Arc::new(Dying(world.journal.clone())));
    assert_eq!(agent(&server).run("hi".into(), &dying).await.unwrap_err().to_string(), "the process died");
    assert_eq!(agent(&server).run("hi".into(), &world.run()).await.unwrap(), Reply::text("done"));
    let requests = server.received_requests().await.unwrap();
    let keys: Vec<_> = requests.iter().map(|request| request.headers.get("idempotency-key").unwrap()).collect();
    assert_eq!((keys.len(), keys[0]), (2, keys[1]));
    let said = world.said();
    assert_eq!(said.len(), 2);
    assert_eq!(said[0], said[1], "both times under one name, by which the engine sends it once");
}

#[tokio::test]
async fn what_is_said_in_a_call_keeps_its_place_where_the_call_is_not_made_again() {
    let answer =
        |key: &str| stream(&(event(key, 1, "message", &words("wait")) + &event(key, 2, "reply", &words("done"))));
    let server = program([answer]).await;
    let world = World::default();
    let mut after = Vec::new();
    for _ in 0..2 {
        let ctx = world.run();
        agent(&server).run("hi".into(), &ctx).await.unwrap();
        ctx.send_interim("and another thing").await.unwrap();
        after.push(world.said().last().unwrap().clone());
    }
    assert_eq!(after[0], after[1], "the second run knows what the first has said by the same name");
}

#[tokio::test]
async fn another_run_has_another_key() {
    let server = program([|key: &str| document(key, &words("ok"))]).await;
    let world = World::default();
    let ctx = world.run();
    for _ in 0..2 {
        agent(&server).run("hi".into(), &ctx).await.unwrap();
    }
    let requests = server.received_requests().await.unwrap();
    let keys: Vec<_> = requests.iter().map(|request| request.headers.get("idempotency-key").unwrap()).collect();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1]);
}
