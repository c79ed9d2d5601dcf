//! Runs with their journals.

use bytes::Bytes;
use waxwing_store::{
    InboxMessage, MAX_TURN_BYTES, MessageOutcome, OutboxState, RunId, RunRef, StepKey, TurnClaim, TurnCommit,
};

use crate::fixture::{Fixture, answer, body, dead, from, message, messages, phone, text};

fn step(name: &str, nth: u32) -> StepKey {
    StepKey { name: name.into(), nth }
}

fn ids(claim: &TurnClaim) -> Vec<&str> {
    claim.pending.iter().map(|message| message.id.as_str()).collect()
}

/// The first write of a run ties its messages to the run, whichever write it is.
pub async fn a_repeated_run_handles_the_same_messages(b: Fixture) {
    for (nth, first_write) in ["begin", "finish", "enqueue"].into_iter().enumerate() {
        let [early, late] = ["early", "late"].map(|when| format!("{when} {nth}"));
        let claim = b.turn(message(&early)).await;
        assert_eq!(claim.pending[0].run, None);
        let (run, answers) = (RunId(format!("run {nth}")), messages(&claim));
        let writes = RunRef { lease: &claim.lease, run: &run, messages: &answers, agent: "shop" };
        b.receive(message(&late)).await;
        match first_write {
            "begin" => b.store.begin_step(writes, &step("a", 0)).await.unwrap(),
            "finish" => b.store.finish_step(writes, &step("a", 0), Bytes::new()).await.unwrap(),
            _ => b.store.enqueue(writes, "0", text("wait"), None).await.unwrap(),
        }
        let pending = b.store.pending_messages(&claim.lease).await.unwrap();
        assert_eq!(pending.len(), 1, "a later message waits for the next turn");
        assert_eq!(pending[0].run.as_ref(), Some(&run));
        b.pass(60);
        let again = b.claim().await;
        assert_eq!(ids(&again), [early]);
        assert_eq!(again.pending[0].run.as_ref(), Some(&run));
        assert!(b.answer(&again, &run.0, &[]).await.more);
        let rest = b.claim().await;
        assert_eq!(ids(&rest), [late]);
        assert_eq!(rest.pending[0].run, None);
        b.answer(&rest, "rest", &[]).await;
    }
}

/// A run took its messages within the limit of a turn, perhaps in another order.
pub async fn a_repeated_run_has_no_limit_of_size(b: Fixture) {
    let body = || Bytes::from(vec![b'x'; MAX_TURN_BYTES]);
    b.accept([message("b")]).await;
    let claim = b.claim().await;
    b.accept([InboxMessage { sent_at: 1, body: body(), ..message("a") }]).await;
    let late = b.store.new_messages(&claim.lease, claim.pending[0].seq).await.unwrap();
    let (run, handled) = (RunId("run".into()), [claim.pending[0].seq, late[0].seq]);
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &handled, agent: "shop" };
    b.store.begin_step(writes, &step("a", 0)).await.unwrap();
    b.pass(60);
    assert_eq!(ids(&b.claim().await), ["a", "b"]);
}

/// A run can read messages that arrived after its own messages.
pub async fn new_messages_belong_to_no_run(b: Fixture) {
    b.accept([message("a"), message("b")]).await;
    let claim = b.claim().await;
    let (run, answers) = (RunId("run".into()), messages(&claim));
    assert!(b.store.new_messages(&claim.lease, answers[1]).await.unwrap().is_empty());
    b.store
        .begin_step(RunRef { lease: &claim.lease, run: &run, messages: &answers[..1], agent: "shop" }, &step("a", 0))
        .await
        .unwrap();
    // Sent before the other messages, received after them.
    b.receive(InboxMessage { sent_at: 1, ..message("c") }).await;
    b.receive(from(phone("34600000009"), "of another user")).await;
    let news = async |after| {
        let news = b.store.new_messages(&claim.lease, after).await.unwrap();
        news.into_iter().map(|message| message.id.into_string()).collect::<Vec<_>>()
    };
    assert_eq!(news(answers[1]).await, ["c"]);
    assert_eq!(news(answers[0]).await, ["c", "b"]);
}

/// The journal is removed, and queued interim messages remain.
pub async fn an_abandoned_run_releases_its_messages(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let (run, answers) = (RunId("run".into()), messages(&claim));
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &answers, agent: "shop" };
    b.store.finish_step(writes, &step("model", 0), Bytes::new()).await.unwrap();
    b.store.enqueue(writes, "0", text("one moment"), None).await.unwrap();
    b.receive(message("b")).await;
    b.store.abandon_run(&claim.lease, None).await.unwrap();
    let pending = b.store.pending_messages(&claim.lease).await.unwrap();
    assert_eq!(pending.iter().map(|message| message.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(pending.iter().all(|message| message.run.is_none()));
    assert!(b.store.steps(&claim.lease, &run).await.unwrap().is_empty());
    assert_eq!(b.rows().await.len(), 1);
}

/// A message of the run without an outcome is free for another run.
pub async fn a_commit_releases_messages_without_outcome(b: Fixture) {
    b.accept([message("a"), message("b")]).await;
    let claim = b.claim().await;
    let (run, answers) = (RunId("run".into()), messages(&claim));
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &answers, agent: "shop" };
    b.store.begin_step(writes, &step("a", 0)).await.unwrap();
    let outcomes = vec![(answers[0], MessageOutcome::Command)];
    let commit = TurnCommit { outcomes, ..answer(&claim, "run", &[]) };
    assert!(b.store.commit_turn(&claim.lease, commit).await.unwrap().more);
    let rest = b.claim().await;
    assert_eq!(ids(&rest), ["b"]);
    assert_eq!(rest.pending[0].run, None);
}

/// A repeated run finds its recorded steps.
pub async fn a_journal_survives_a_crash(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let (run, answers) = (RunId("run".into()), messages(&claim));
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &answers, agent: "shop" };
    assert!(b.store.steps(&claim.lease, &run).await.unwrap().is_empty());
    b.store.begin_step(writes, &step("model", 0)).await.unwrap();
    b.store.finish_step(writes, &step("model", 0), Bytes::from_static(b"\0\xff")).await.unwrap();
    b.store.begin_step(writes, &step("pay", 0)).await.unwrap();
    b.store.begin_step(writes, &step("model", 1)).await.unwrap();
    b.pass(60);

    let again = b.claim().await;
    let writes = RunRef { lease: &again.lease, ..writes };
    // A second start of a step changes nothing.
    b.store.begin_step(writes, &step("model", 0)).await.unwrap();
    let steps = b.store.steps(&again.lease, &run).await.unwrap();
    let found: Vec<_> =
        steps.iter().map(|step| (step.key.name.as_str(), step.key.nth, step.result.as_deref())).collect();
    let expected: [(_, _, Option<&[u8]>); 3] = [("model", 0, Some(b"\0\xff")), ("pay", 0, None), ("model", 1, None)];
    assert_eq!(found, expected);
    assert!(b.store.steps(&again.lease, &RunId("another".into())).await.unwrap().is_empty());
}

/// A finished run needs no journal.
pub async fn a_commit_removes_the_journal(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let (run, answers) = (RunId("run".into()), messages(&claim));
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &answers, agent: "shop" };
    b.store.finish_step(writes, &step("model", 0), Bytes::from_static(b"x")).await.unwrap();
    b.answer(&claim, "run", &[]).await;
    let next = b.turn(message("b")).await;
    assert!(b.store.steps(&next.lease, &run).await.unwrap().is_empty());
}

/// A repeated run does not queue an interim message again.
pub async fn an_interim_message_is_queued_once(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let (run, answers) = (RunId("run".into()), messages(&claim));
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &answers, agent: "shop" };
    b.store.enqueue(writes, "0", text("one moment"), None).await.unwrap();
    b.pass(60);
    let again = b.claim().await;
    let writes = RunRef { lease: &again.lease, ..writes };
    b.store.enqueue(writes, "0", text("one more moment"), None).await.unwrap();
    b.store.enqueue(writes, "1", text("still busy"), None).await.unwrap();
    b.answer(&again, "run", &["done"]).await;
    let rows = b.rows().await;
    assert!(rows.iter().all(|row| row.run == run));
    assert_eq!(rows.len(), 3);

    let mut texts = Vec::new();
    let mut send = Some(b.send().await);
    while let Some(sending) = send {
        texts.push(body(&sending).to_owned());
        send = b.record(&sending, crate::fixture::accepted(&sending.token)).await;
    }
    assert_eq!(texts, ["one moment", "still busy", "done"]);
}

/// The run keeps its lease meanwhile.
pub async fn an_interim_message_is_sent_during_the_run(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let (run, answers) = (RunId("run".into()), messages(&claim));
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &answers, agent: "shop" };
    b.store.enqueue(writes, "0", text("one moment"), None).await.unwrap();
    let send = b.send().await;
    assert_eq!(body(&send), "one moment");
    b.store.renew_lease(&claim.lease, crate::fixture::LEASE).await.unwrap();
}

/// An interim message is independent of the reply.
pub async fn a_dead_interim_message_does_not_affect_the_reply(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let (run, answers) = (RunId("run".into()), messages(&claim));
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &answers, agent: "shop" };
    b.store.enqueue(writes, "0", text("one moment"), None).await.unwrap();
    let interim = b.send().await;
    b.answer(&claim, "run", &["1", "2"]).await;
    let reply = b.record(&interim, dead()).await.expect("the reply is sent");
    assert_eq!(body(&reply), "1");
    assert_eq!(b.states().await, [OutboxState::DeadLetter, OutboxState::Sending, OutboxState::Queued]);
}
