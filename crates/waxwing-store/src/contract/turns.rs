//! Who may work on a conversation.

use std::collections::HashSet;

use bytes::Bytes;

use super::bench::{
    Bench, LEASE, answer, from, in_group, message, nothing_can_be_written, number, other_number, phone, secs,
};
use crate::turn::MAX_TURN_MESSAGES;
use crate::{Error, InboxMessage, InboxSeq, Lease, MessageOutcome, RunId, SessionWrite, TurnCommit};

/// A turn answers in the order in which the user wrote.
pub async fn messages_are_ordered_by_time_then_arrival(b: Bench) {
    let at = |sent_at, id: &str| InboxMessage { sent_at, ..message(id) };
    b.accept([at(20, "c"), at(10, "a"), at(20, "d"), at(10, "b")]).await;
    let claim = b.claim().await;
    let ids: Vec<_> = claim.pending.iter().map(|message| message.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c", "d"]);
}

/// A flood does not become one endless turn.
pub async fn a_turn_takes_a_bounded_burst(b: Bench) {
    b.accept((0..=MAX_TURN_MESSAGES).map(|n| message(&n.to_string()))).await;
    let claim = b.claim().await;
    assert_eq!(claim.pending.len(), MAX_TURN_MESSAGES);
    assert!(b.answer(&claim, "run", &[]).await.more);
    assert_eq!(b.claim().await.pending.len(), 1);
}

/// A lease keeps everybody else out, also while more comes in.
pub async fn a_held_conversation_is_not_claimed(b: Bench) {
    let claim = b.turn(message("a")).await;
    assert_eq!(b.next_turn_due_in().await, Some(LEASE));
    assert_eq!(claim.failures, 0);
    b.say(message("b")).await;
    assert!(b.claims(10).await.is_empty());
    assert_eq!(b.store.pending_messages(&claim.lease).await.unwrap().len(), 2);
}

/// Each conversation goes to one of many claimers.
pub async fn concurrent_claimers_get_different_conversations(b: Bench) {
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

/// Who has waited longest comes first, and a full claim says that there may be more.
pub async fn the_longest_due_comes_first(b: Bench) {
    let mut order = Vec::new();
    for n in 0..3 {
        order.push(b.say(from(phone(&n.to_string()), &n.to_string())).await);
        b.pass(1);
    }
    let claims = b.store.claim_turns(&[number()], 2, LEASE).await.unwrap();
    let ids: Vec<_> = claims.claimed.iter().map(|claim| claim.conversation.id).collect();
    assert_eq!(ids, order[..2]);
    assert!(claims.next_due_in == Some(secs(0)));
    assert_eq!(b.claim().await.conversation.id, order[2]);
}

/// A process serves its own numbers.
pub async fn only_these_numbers_are_claimed(b: Bench) {
    b.say(InboxMessage { number: other_number(), ..message("a") }).await;
    assert!(b.claims(10).await.is_empty());
    assert!(b.store.claim_turns(&[], 10, LEASE).await.unwrap().claimed.is_empty());
    let both = b.store.claim_turns(&[number(), other_number()], 10, LEASE).await.unwrap();
    assert_eq!(both.claimed[0].conversation.number, other_number());
}

/// A claim tells when to come again.
pub async fn the_next_claim_is_announced(b: Bench) {
    assert_eq!(b.store.claim_turns(&[number()], 10, LEASE).await.unwrap().next_due_in, None);
    let claim = b.turn(message("a")).await;
    b.store.release(&claim.lease, secs(7), false).await.unwrap();
    let next = b.store.claim_turns(&[number()], 10, LEASE).await.unwrap().next_due_in;
    assert_eq!(next, Some(secs(7)));
}

/// What was held alone when its holder died is told apart, until a turn is committed.
pub async fn lone_deaths_are_counted_apart(b: Bench) {
    let mut claim = b.turn(message("a")).await;
    for (alone, expected) in [(false, (1, 0)), (true, (2, 1)), (false, (3, 1)), (true, (4, 2))] {
        if alone {
            b.store.isolate(&claim.lease).await.unwrap();
        }
        b.pass(30);
        claim = b.claim().await;
        assert_eq!((claim.crash_count, claim.isolated_crash_count), expected);
    }
    b.store.isolate(&claim.lease).await.unwrap();
    b.store.release(&claim.lease, secs(0), false).await.unwrap();
    claim = b.claim().await;
    assert_eq!((claim.crash_count, claim.isolated_crash_count), (4, 2), "what was given back did not die");
    b.answer(&claim, "run", &[]).await;
    claim = b.turn(message("b")).await;
    assert_eq!((claim.crash_count, claim.isolated_crash_count), (0, 0));
    b.pass(30);
    assert_eq!(b.claim().await.isolated_crash_count, 0, "alone once is not alone for ever");
}

/// Whoever crashed is replaced, and the crash is counted.
pub async fn an_expired_lease_is_claimed_again(b: Bench) {
    let first = b.turn(message("a")).await;
    b.pass(29);
    assert!(b.claims(10).await.is_empty());
    b.pass(1);
    let second = b.claim().await;
    assert!(second.lease.epoch > first.lease.epoch);
    assert_eq!((second.failures, second.crash_count, second.pending.len()), (0, 1, 1));
    nothing_can_be_written(&b, &first.lease, &first).await;
    // The new holder is not disturbed.
    b.answer(&second, "run", &["hi"]).await;
    assert_eq!(b.rows().await.len(), 1);
}

/// A heartbeat keeps a long turn.
pub async fn a_renewed_lease_lasts(b: Bench) {
    let claim = b.turn(message("a")).await;
    b.pass(20);
    b.store.renew_lease(&claim.lease, LEASE).await.unwrap();
    assert_eq!(b.next_turn_due_in().await, Some(LEASE));
    b.pass(29);
    assert!(b.claims(10).await.is_empty());
    b.answer(&claim, "run", &[]).await;
}

/// Being late is no harm as long as nobody else has begun.
pub async fn an_expired_lease_is_good_until_it_is_claimed(b: Bench) {
    let claim = b.turn(message("a")).await;
    b.pass(3600);
    b.store.renew_lease(&claim.lease, LEASE).await.unwrap();
    b.pass(3600);
    b.answer(&claim, "run", &[]).await;
}

/// Neither a commit nor a release can be followed by another write.
pub async fn what_was_given_back_cannot_be_written(b: Bench) {
    let released = b.turn(message("a")).await;
    b.store.release(&released.lease, secs(0), false).await.unwrap();
    nothing_can_be_written(&b, &released.lease, &released).await;
    let committed = b.claim().await;
    b.answer(&committed, "run", &["once"]).await;
    nothing_can_be_written(&b, &committed.lease, &committed).await;
    assert_eq!(b.rows().await.len(), 1);
    let invented = Lease { epoch: committed.lease.epoch + 1, ..committed.lease.clone() };
    nothing_can_be_written(&b, &invented, &committed).await;
}

/// Failures are counted until a turn is committed.
pub async fn a_commit_forgets_the_failures(b: Bench) {
    let mut claim = b.turn(message("a")).await;
    for (failed, expected) in [(true, 1), (false, 1), (true, 2)] {
        b.store.release(&claim.lease, secs(0), failed).await.unwrap();
        claim = b.claim().await;
        assert_eq!(claim.failures, expected);
    }
    b.answer(&claim, "run", &[]).await;
    assert_eq!(b.turn(message("b")).await.failures, 0);
}

/// What comes in during a turn is the next turn's.
pub async fn what_came_since_is_the_next_turn(b: Bench) {
    let claim = b.turn(message("a")).await;
    b.say(message("b")).await;
    assert!(b.answer(&claim, "run", &[]).await.more);
    let next = b.claim().await;
    assert_eq!(next.pending.len(), 1);
    assert!(!b.answer(&next, "run 2", &[]).await.more);
    assert!(b.claims(10).await.is_empty());
}

/// Every kind of outcome ends a message.
pub async fn each_outcome_is_final(b: Bench) {
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

/// A commit that cannot be carried out as a whole is not carried out at all.
pub async fn a_commit_is_all_or_nothing(b: Bench) {
    let claim = b.turn(message("a")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    let write =
        SessionWrite { id: session.id, append: vec![Bytes::from_static(b"x").into()], state: None, memory: None };
    let mut commit = TurnCommit { session: Some(write), ..answer(&claim, "run", &["hi"]) };
    commit.outcomes.push((InboxSeq(i64::MAX), MessageOutcome::Answered));
    assert!(matches!(b.store.commit_turn(&claim.lease, commit).await, Err(Error::NotFound)));
    assert!(b.rows().await.is_empty());
    assert_eq!(b.store.pending_messages(&claim.lease).await.unwrap().len(), 1);
    assert!(b.store.session(&claim.lease, "agent", "label", 10).await.unwrap().entries.is_empty());
    // The turn can still be ended.
    b.answer(&claim, "run", &["hi"]).await;
}

/// A message of another conversation is not this turn's to end.
pub async fn only_its_own_messages_are_ended(b: Bench) {
    b.accept([message("a"), in_group("g", message("b"))]).await;
    let claims = b.claims(10).await;
    let foreign = vec![(claims[1].pending[0].seq, MessageOutcome::Answered)];
    let commit = TurnCommit { run: RunId("run".into()), outcomes: foreign, ..answer(&claims[0], "run", &[]) };
    assert!(matches!(b.store.commit_turn(&claims[0].lease, commit).await, Err(Error::NotFound)));
    assert_eq!(b.store.pending_messages(&claims[1].lease).await.unwrap().len(), 1);
}
