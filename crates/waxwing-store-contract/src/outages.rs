//! Outages of agents.

use bytes::Bytes;
use waxwing_store::{
    ConversationTarget, InboxMessage, NewOperatorAction, Outage, OutageRelease, ReleaseReason, RunId, RunRef, StepKey,
    TurnClaim, TurnRelease,
};

use crate::fixture::{Fixture, accepted, body, message, notice, secs};

const OUTAGE: OutageRelease = OutageRelease { has_run: true, interim: None };

async fn fail(b: &Fixture, claim: &TurnClaim, seconds: u64, outage: OutageRelease) {
    let release = TurnRelease::new(secs(seconds), ReleaseReason::Outage(Box::new(outage)));
    b.store.release(&claim.lease, release).await.unwrap();
}

/// Releases count runs that failed, and no failures of the turn.
pub async fn an_outage_lasts_until_a_commit(b: Fixture) {
    let claim = b.turn(message("a")).await;
    assert_eq!(claim.outage, None);
    fail(&b, &claim, 5, OUTAGE).await;
    assert_eq!(b.next_turn_due_in().await, Some(secs(5)));
    b.pass(5);
    let claim = b.claim().await;
    assert_eq!(claim.outage, Some(Outage { lasts: secs(5), failed_runs: 1, is_told: false }));
    assert_eq!(claim.failures, 0);
    fail(&b, &claim, 5, OutageRelease { has_run: false, ..OUTAGE }).await;
    b.pass(5);
    let claim = b.claim().await;
    assert_eq!(claim.outage, Some(Outage { lasts: secs(10), failed_runs: 1, is_told: false }));
    b.answer(&claim, "run", &["1"]).await;
    assert_eq!(b.turn(message("b")).await.outage, None);
}

/// The message belongs to no run, so it survives a run that is abandoned.
pub async fn the_interim_message_of_an_outage_is_queued_once(b: Fixture) {
    let told = || OutageRelease { interim: Some(notice("one moment")), ..OUTAGE };
    let claim = b.turn(message("a")).await;
    fail(&b, &claim, 0, told()).await;
    let send = b.send().await;
    assert_eq!(body(&send), "one moment");
    assert!(b.record(&send, accepted("wamid.1")).await.is_none());
    let claim = b.claim().await;
    assert!(claim.outage.is_some_and(|outage| outage.is_told));
    fail(&b, &claim, 0, told()).await;
    assert_eq!(b.no_send().await, None);
    let claim = b.claim().await;
    assert_eq!(claim.pending[0].run, None);
    b.answer(&claim, "run", &["answer"]).await;
    let send = b.send().await;
    assert_eq!(body(&send), "answer");
    b.record(&send, accepted("wamid.2")).await;
    let claim = b.turn(message("b")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 9).await.unwrap();
    let contents: Vec<_> = session.entries.iter().map(|entry| &entry.content[..]).collect();
    assert_eq!(contents, [&b"the body of a"[..], b"one moment"]);
    fail(&b, &claim, 0, told()).await;
    assert_eq!(body(&b.send().await), "one moment", "the next outage has a message of its own");
}

/// A new run takes the messages that arrived meanwhile.
pub async fn messages_join_a_run_that_recorded_nothing(b: Fixture) {
    let claim = b.turn(message("a")).await;
    fail(&b, &claim, 60, OUTAGE).await;
    b.receive(message("b")).await;
    let claim = b.claim().await;
    let pending: Vec<_> = claim.pending.iter().map(|message| (message.id.as_str(), &message.run)).collect();
    assert_eq!(pending, [("a", &None), ("b", &None)]);
}

/// A run that recorded something is repeated from its journal.
pub async fn a_run_with_a_record_keeps_its_messages(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let (run, answers) = (RunId("run".into()), vec![claim.pending[0].seq]);
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &answers, agent: "shop" };
    b.store.finish_step(writes, &StepKey { name: "paid".into(), nth: 0 }, Bytes::from_static(b"1")).await.unwrap();
    fail(&b, &claim, 60, OUTAGE).await;
    b.receive(message("b")).await;
    let claim = b.claim().await;
    let pending: Vec<_> = claim.pending.iter().map(|message| (message.id.as_str(), &message.run)).collect();
    assert_eq!(pending, [("a", &Some(run.clone()))]);
    assert_eq!(b.store.steps(&claim.lease, &run).await.unwrap().len(), 1);
}

/// A message that the agent cannot answer anyway does not end the wait.
pub async fn a_message_may_leave_the_wait_as_it_is(b: Fixture) {
    let claim = b.turn(message("a")).await;
    fail(&b, &claim, 60, OUTAGE).await;
    b.receive(InboxMessage { wakes: false, ..message("b") }).await;
    assert_eq!(b.next_turn_due_in().await, Some(secs(60)));
}

/// An operator takes over at once.
pub async fn an_operator_ends_the_wait(b: Fixture) {
    let claim = b.turn(message("a")).await;
    fail(&b, &claim, 60, OUTAGE).await;
    let target = ConversationTarget::Conversation(claim.conversation.id);
    let action = NewOperatorAction {
        target,
        id: "act".into(),
        content: None,
        needs_window: false,
        body: Bytes::from_static(b"act"),
    };
    b.store.record_operator_action(action).await.unwrap();
    assert_eq!(b.claim().await.pending.len(), 2);
}

/// A run that failed for its own reason is not repeated earlier.
pub async fn a_failed_run_waits_whatever_arrives(b: Fixture) {
    let claim = b.turn(message("a")).await;
    b.store.release(&claim.lease, TurnRelease::new(secs(60), ReleaseReason::RunFailed)).await.unwrap();
    b.receive(message("b")).await;
    assert_eq!(b.next_turn_due_in().await, Some(secs(60)));
}
