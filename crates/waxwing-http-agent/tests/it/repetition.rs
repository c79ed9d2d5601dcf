//! Runs that are repeated after a crash.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::json;
use waxwing_agent::{Agent as _, AgentError, Journal, MemoryJournal, Reply, StepKey, StepStatus};

use crate::test_run::{TestRun, agent, document, event, program, stream, text};

/// A journal of a process that crashes before it records an answer.
struct CrashingJournal(Arc<MemoryJournal>);

#[async_trait]
impl Journal for CrashingJournal {
    async fn status(&self, key: &StepKey) -> Result<StepStatus, AgentError> {
        self.0.status(key).await
    }

    async fn start(&self, key: &StepKey) -> Result<(), AgentError> {
        self.0.start(key).await
    }

    async fn finish(&self, _: &StepKey, _: Vec<u8>) -> Result<(), AgentError> {
        Err(AgentError::retryable("the process crashed"))
    }
}

#[tokio::test]
async fn a_recorded_answer_is_used_again() {
    let answer = json!({"parts": [{"type": "text", "text": "once"}], "state": {"set": {"n": 1}}});
    let server = program([move |key: &str| document(key, &answer)]).await;
    let run = TestRun::default();
    for _ in 0..2 {
        let ctx = run.ctx();
        assert_eq!(agent(&server).run("hi".into(), &ctx).await.unwrap(), Reply::text("once"));
        assert_eq!(ctx.session().get("n"), Some(1), "a repeated run changes the same");
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_unfinished_call_is_repeated_with_the_same_keys() {
    let answer =
        |key: &str| stream(&(event(key, 1, "message", &text("wait")) + &event(key, 2, "reply", &text("done"))));
    let server = program([answer]).await;
    let run = TestRun::default();
    let crashing = run.ctx_with(Arc::new(CrashingJournal(run.journal.clone())));
    assert_eq!(agent(&server).run("hi".into(), &crashing).await.unwrap_err().to_string(), "the process crashed");
    assert_eq!(agent(&server).run("hi".into(), &run.ctx()).await.unwrap(), Reply::text("done"));
    let requests = server.received_requests().await.unwrap();
    let keys: Vec<_> = requests.iter().map(|request| request.headers.get("idempotency-key").unwrap()).collect();
    assert_eq!((keys.len(), keys[0]), (2, keys[1]));
    let sent = run.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1], "both have one key, so that the engine sends the message once");
}

#[tokio::test]
async fn later_interim_messages_keep_their_keys_if_the_call_is_not_repeated() {
    let answer =
        |key: &str| stream(&(event(key, 1, "message", &text("wait")) + &event(key, 2, "reply", &text("done"))));
    let server = program([answer]).await;
    let run = TestRun::default();
    let mut after = Vec::new();
    for _ in 0..2 {
        let ctx = run.ctx();
        agent(&server).run("hi".into(), &ctx).await.unwrap();
        ctx.send_interim("and another thing").await.unwrap();
        after.push(run.sent().last().unwrap().clone());
    }
    assert_eq!(after[0], after[1], "the repeated run sends the message with the same key");
}

#[tokio::test]
async fn a_second_call_has_another_key() {
    let server = program([|key: &str| document(key, &text("ok"))]).await;
    let run = TestRun::default();
    let ctx = run.ctx();
    for _ in 0..2 {
        agent(&server).run("hi".into(), &ctx).await.unwrap();
    }
    let requests = server.received_requests().await.unwrap();
    let keys: Vec<_> = requests.iter().map(|request| request.headers.get("idempotency-key").unwrap()).collect();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1]);
}
