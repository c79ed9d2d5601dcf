//! Leases, commits of turns.

use std::collections::HashSet;

use bytes::Bytes;
use waxwing_store::{
    Error, InboxMessage, InboxSeq, Lease, MAX_TURN_BYTES, MAX_TURN_MESSAGES, MessageOutcome, PendingMessage,
    ReleaseReason, RunId, SessionWrite, TurnCommit, TurnRelease, is_full_turn,
};

use crate::fixture::{
    Fixture, LEASE, all_writes_are_refused, answer, from, in_group, message, number, other_number, phone, secs,
};

/// A turn contains messages in the order in which the user wrote.
pub async fn messages_are_ordered_by_time_then_arrival(b: Fixture) {
    let at = |sent_at, id: &str| InboxMessage { sent_at, ..message(id) };
    b.accept([at(20, "c"), at(10, "a"), at(20, "d"), at(10, "b")]).await;
    let claim = b.claim().await;
    let ids: Vec<_> = claim.pending.iter().map(|message| message.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
}

/// Further messages wait for the next turn.
pub async fn a_turn_has_a_limited_number_of_messages(b: Fixture) {
    b.accept((0..=MAX_TURN_MESSAGES).map(|n| message(&n.to_string()))).await;
    let claim = b.claim().await;
    assert_eq!(claim.pending.len(), MAX_TURN_MESSAGES);
    assert!(b.answer(&claim, "run", &[]).await.more);
    assert_eq!(b.claim().await.pending.len(), 1);
}

/// A turn ends with the message that fills it. So does a list of new messages.
pub async fn a_turn_has_a_limited_size(b: Fixture) {
    let large = |id: &str| InboxMessage { body: Bytes::from(vec![b'x'; MAX_TURN_BYTES / 2]), ..message(id) };
    let huge = |id: &str| InboxMessage { body: Bytes::from(vec![b'x'; 4 * MAX_TURN_BYTES]), ..message(id) };
    b.accept([message("a"), large("b"), huge("c"), large("d"), large("e"), message("f")]).await;
    let claim = b.claim().await;
    let ids = |pending: &[PendingMessage]| pending.iter().map(|one| one.id.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(ids(&claim.pending), ["a", "b", "c"]);
    assert!(is_full_turn(&claim.pending) && !is_full_turn(&claim.pending[..2]));
    assert_eq!(ids(&b.store.pending_messages(&claim.lease).await.unwrap()), ["a", "b", "c"]);
    let new = b.store.new_messages(&claim.lease, claim.pending[2].seq).await.unwrap();
    assert_eq!(ids(&new), ["d", "e"]);
    assert!(b.answer(&claim, "run", &[]).await.more);
    let claim = b.claim().await;
    assert_eq!(ids(&claim.pending), ["d", "e"]);
    assert!(b.answer(&claim, "run 2", &[]).await.more);
    assert_eq!(ids(&b.claim().await.pending), ["f"]);
}

/// The sender's names are a part of each message that a turn reads.
pub async fn names_count_toward_the_size_of_a_turn(b: Fixture) {
    let sender = || phone("34600000001").name("n".repeat(MAX_TURN_BYTES / 2));
    b.accept(["a", "b", "c"].map(|id| from(sender(), id))).await;
    let claim = b.claim().await;
    assert_eq!(claim.pending.len(), 2);
    assert!(is_full_turn(&claim.pending));
}

/// A lease excludes other claims while messages arrive.
pub async fn a_held_conversation_is_not_claimed(b: Fixture) {
    let claim = b.turn(message("a")).await;
    assert_eq!(b.next_turn_due_in().await, Some(LEASE));
    assert_eq!(claim.failures, 0);
    b.receive(message("b")).await;
    assert!(b.claims(10).await.is_empty());
    assert_eq!(b.store.pending_messages(&claim.lease).await.unwrap().len(), 2);
}

/// Each conversation is handed out to one claim.
pub async fn concurrent_claims_return_different_conversations(b: Fixture) {
    b.accept((0..20).map(|n| from(phone(&n.to_string()), &n.to_string()))).await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = b.store.clone();
            tokio::spawn(async move { store.claim_turns(&[number()], 4, LEASE).await.unwrap().claimed })
        })
        .collect();
    let mut claimed = HashSet::new();
    for task in tasks {
        for claim in task.await.unwrap() {
            assert!(claimed.insert(claim.conversation.id), "claimed twice");
        }
    }
    assert_eq!(claimed.len(), 20);
}

/// A claim that reached its limit says that more may be due.
pub async fn the_longest_due_is_claimed_first(b: Fixture) {
    let mut order = Vec::new();
    for n in 0..3 {
        order.push(b.receive(from(phone(&n.to_string()), &n.to_string())).await);
        b.pass(1);
    }
    let claims = b.store.claim_turns(&[number()], 2, LEASE).await.unwrap();
    let ids: Vec<_> = claims.claimed.iter().map(|claim| claim.conversation.id).collect();
    assert_eq!(ids, order[..2]);
    assert!(claims.next_due_in == Some(secs(0)));
    assert_eq!(b.claim().await.conversation.id, order[2]);
}

/// A process serves its own business numbers.
pub async fn only_the_given_numbers_are_claimed(b: Fixture) {
    b.receive(InboxMessage { number: other_number(), ..message("a") }).await;
    assert!(b.claims(10).await.is_empty());
    assert!(b.store.claim_turns(&[], 10, LEASE).await.unwrap().claimed.is_empty());
    let both = b.store.claim_turns(&[number(), other_number()], 10, LEASE).await.unwrap();
    assert_eq!(both.claimed[0].conversation.number, other_number());
}

/// A claim returns the time until the next turn is due.
pub async fn a_claim_returns_the_next_due_time(b: Fixture) {
    assert_eq!(b.store.claim_turns(&[number()], 10, LEASE).await.unwrap().next_due_in, None);
    let claim = b.turn(message("a")).await;
    b.store.release(&claim.lease, TurnRelease::new(secs(7), ReleaseReason::PutOff)).await.unwrap();
    let next = b.store.claim_turns(&[number()], 10, LEASE).await.unwrap().next_due_in;
    assert_eq!(next, Some(secs(7)));
}

/// The end of a lease is no crash: the process may have stood still, or may not have reached the store.
pub async fn an_expired_lease_is_no_crash(b: Fixture) {
    let mut claim = b.turn(message("a")).await;
    for _ in 0..3 {
        b.store.isolate(&claim.lease).await.unwrap();
        b.pass(30);
        claim = b.claim().await;
        assert_eq!((claim.crash_count, claim.isolated_crash_count), (0, 0));
    }
}

/// The writes of the previous holder are refused.
pub async fn an_expired_lease_is_claimed_again(b: Fixture) {
    let first = b.turn(message("a")).await;
    b.pass(29);
    assert!(b.claims(10).await.is_empty());
    b.pass(1);
    let second = b.claim().await;
    assert!(second.lease.epoch > first.lease.epoch);
    assert_eq!((second.failures, second.crash_count, second.pending.len()), (0, 0, 1));
    all_writes_are_refused(&b, &first.lease, &first).await;
    // The new holder can commit.
    b.answer(&second, "run", &["hi"]).await;
    assert_eq!(b.rows().await.len(), 1);
}

/// A renewal extends the lease from now.
pub async fn a_renewed_lease_lasts(b: Fixture) {
    let claim = b.turn(message("a")).await;
    b.pass(20);
    b.store.renew_lease(&claim.lease, LEASE).await.unwrap();
    assert_eq!(b.next_turn_due_in().await, Some(LEASE));
    b.pass(29);
    assert!(b.claims(10).await.is_empty());
    b.answer(&claim, "run", &[]).await;
}

/// A late holder can write if no other process has claimed the conversation.
pub async fn an_expired_lease_is_valid_until_it_is_claimed(b: Fixture) {
    let claim = b.turn(message("a")).await;
    b.pass(3600);
    b.store.renew_lease(&claim.lease, LEASE).await.unwrap();
    b.pass(3600);
    b.answer(&claim, "run", &[]).await;
}

/// No write is possible after a commit or a release.
pub async fn a_released_lease_is_invalid(b: Fixture) {
    let released = b.turn(message("a")).await;
    b.store.release(&released.lease, TurnRelease::new(secs(0), ReleaseReason::PutOff)).await.unwrap();
    all_writes_are_refused(&b, &released.lease, &released).await;
    let committed = b.claim().await;
    b.answer(&committed, "run", &["once"]).await;
    all_writes_are_refused(&b, &committed.lease, &committed).await;
    assert_eq!(b.rows().await.len(), 1);
    let invented = Lease { epoch: committed.lease.epoch + 1, ..committed.lease.clone() };
    all_writes_are_refused(&b, &invented, &committed).await;
}

/// Failures are counted until a commit.
pub async fn a_commit_resets_failures(b: Fixture) {
    let mut claim = b.turn(message("a")).await;
    for (reason, expected) in [(ReleaseReason::RunFailed, 1), (ReleaseReason::PutOff, 1), (ReleaseReason::RunFailed, 2)]
    {
        b.store.release(&claim.lease, TurnRelease::new(secs(0), reason)).await.unwrap();
        claim = b.claim().await;
        assert_eq!(claim.failures, expected);
    }
    b.answer(&claim, "run", &[]).await;
    assert_eq!(b.turn(message("b")).await.failures, 0);
}

/// A commit reports that more messages are pending.
pub async fn messages_during_a_turn_belong_to_the_next_turn(b: Fixture) {
    let claim = b.turn(message("a")).await;
    b.receive(message("b")).await;
    assert!(b.answer(&claim, "run", &[]).await.more);
    let next = b.claim().await;
    assert_eq!(next.pending.len(), 1);
    assert!(!b.answer(&next, "run 2", &[]).await.more);
    assert!(b.claims(10).await.is_empty());
}

/// A message with any outcome is not pending.
pub async fn each_outcome_is_final(b: Fixture) {
    let outcomes = [
        MessageOutcome::Answered,
        MessageOutcome::Command,
        MessageOutcome::Ignored("system notice".into()),
        MessageOutcome::DeadLettered("the agent failed".into()),
    ];
    b.accept((0..5).map(|n| message(&n.to_string()))).await;
    let claim = b.claim().await;
    let outcomes = claim.pending.iter().map(|message| message.seq).zip(outcomes).collect();
    let committed = b.store.commit_turn(&claim.lease, TurnCommit { outcomes, ..answer(&claim, "run", &[]) }).await;
    assert!(committed.unwrap().more);
    let rest = b.claim().await;
    assert_eq!(rest.pending.len(), 1);
    assert_eq!(rest.pending[0].id.as_str(), "4");
    // A second outcome is refused.
    let again = vec![(claim.pending[0].seq, MessageOutcome::Answered)];
    let refused = b.store.commit_turn(&rest.lease, TurnCommit { outcomes: again, ..answer(&rest, "run 2", &[]) }).await;
    assert!(matches!(refused, Err(Error::NotFound)));
}

/// A commit that cannot be stored completely is refused.
pub async fn a_failed_commit_stores_nothing(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    let write = SessionWrite { id: session.id, state: Some(Bytes::from_static(b"x")), memory: None };
    let mut commit = TurnCommit { session: Some(write), ..answer(&claim, "run", &["hi"]) };
    commit.outcomes.push((InboxSeq(i64::MAX), MessageOutcome::Answered));
    assert!(matches!(b.store.commit_turn(&claim.lease, commit).await, Err(Error::NotFound)));
    assert!(b.rows().await.is_empty());
    assert_eq!(b.store.pending_messages(&claim.lease).await.unwrap().len(), 1);
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    assert_eq!((session.entries.len(), session.state), (0, None));
    // A correct commit is still possible.
    b.answer(&claim, "run", &["hi"]).await;
}

/// A message of another conversation gets no outcome.
pub async fn a_commit_is_limited_to_its_conversation(b: Fixture) {
    b.accept([message("a"), in_group("g", message("b"))]).await;
    let claims = b.claims(10).await;
    let foreign = vec![(claims[1].pending[0].seq, MessageOutcome::Answered)];
    let commit = TurnCommit { run: RunId("run".into()), outcomes: foreign, ..answer(&claims[0], "run", &[]) };
    assert!(matches!(b.store.commit_turn(&claims[0].lease, commit).await, Err(Error::NotFound)));
    assert_eq!(b.store.pending_messages(&claims[1].lease).await.unwrap().len(), 1);
}
