//! Claims of sends, outcomes of attempts.

use std::collections::HashSet;

use waxwing_store::{
    ConversationTarget, Draft, Error, InboxMessage, NewOperatorAction, OutboxId, OutboxState, SendLimits, SendOutcome,
    StatusKind, TurnCommit,
};
use waxwing_types::{MessageId, WaId};

use crate::fixture::{
    Fixture, REQUEST, accepted, answer, body, dead, error, from, held, in_doubt, lost, message, number, other_number,
    phone, retry, secs, status_of, text,
};

/// A commit can claim the first row of its reply.
pub async fn a_commit_returns_the_first_attempt(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let draft =
        Draft { reply_to: Some(MessageId::new("a")), callback_data: Some("the caller's own".into()), ..text("hi") };
    let commit = TurnCommit { reply: vec![draft, text("there")], send: Some(REQUEST), ..answer(&claim, "run", &[]) };
    let send = b.store.commit_turn(&claim.lease, commit).await.unwrap().send.unwrap();
    assert_eq!((body(&send), send.attempt, send.attempts_since_queued, send.age), ("hi", 1, 1, secs(0)));
    assert_eq!((&send.to, &send.number), (&WaId::new("34600000001").into(), &number()));
    assert_eq!(send.reply_to, Some(MessageId::new("a")));
    assert_eq!(send.lease.conversation, claim.conversation.id);
    assert_eq!(b.no_send().await, Some(REQUEST.lease), "the lease ends");
    assert!(send.upload_bytes.is_none());
    assert_eq!(b.states().await, [OutboxState::Sending, OutboxState::Queued]);
    // During the attempt no other row of the conversation is handed out, also not by a commit.
    b.no_send().await;
    let claim = b.turn(message("b")).await;
    let commit = TurnCommit { send: Some(REQUEST), ..answer(&claim, "run 2", &["again"]) };
    assert!(b.store.commit_turn(&claim.lease, commit).await.unwrap().send.is_none());
    assert_eq!(b.states().await, [OutboxState::Sending, OutboxState::Queued, OutboxState::Queued]);
}

/// The reply waits behind rows that are queued already.
pub async fn a_commit_returns_the_attempt_of_an_earlier_row(b: Fixture) {
    b.queue("run 1", &["first"]).await;
    let claim = b.turn(message("b")).await;
    let commit = TurnCommit { send: Some(REQUEST), ..answer(&claim, "run 2", &["second"]) };
    let send = b.store.commit_turn(&claim.lease, commit).await.unwrap().send.unwrap();
    assert_eq!(body(&send), "first");
}

/// A token contains a random namespace, the row and the attempt.
pub async fn a_token_identifies_one_attempt(b: Fixture) {
    b.queue("run", &["a"]).await;
    let first = b.send().await;
    let namespace = first.token.strip_suffix(&format!(".{}.1", first.id)).unwrap();
    assert_eq!(namespace.len(), 32);
    assert!(namespace.bytes().all(|byte| byte.is_ascii_hexdigit()));
    b.record(&first, retry(0)).await;
    assert_eq!(b.send().await.token, format!("{namespace}.{}.2", first.id));
}

/// Rows of a conversation are handed out one at a time.
pub async fn rows_are_sent_in_order(b: Fixture) {
    b.queue("run 1", &["1", "2"]).await;
    b.queue("run 2", &["3"]).await;
    let mut send = b.send().await;
    for n in ["1", "2"] {
        assert_eq!(body(&send), n);
        b.no_send().await;
        send = b.record(&send, accepted(n)).await.expect("the next one is due");
    }
    assert_eq!(body(&send), "3");
    assert!(b.record(&send, accepted("3")).await.is_none());
    assert_eq!(b.no_send().await, None);
    assert_eq!(b.states().await, [OutboxState::Accepted; 3]);
    let ids: Vec<_> = b.rows().await.into_iter().map(|row| row.message_id.unwrap()).collect();
    assert_eq!(ids, ["1", "2", "3"].map(MessageId::new));
}

/// No row overtakes a row that waits for a retry.
pub async fn a_retry_blocks_later_rows(b: Fixture) {
    b.queue("run 1", &["1"]).await;
    b.queue("run 2", &["2"]).await;
    let mut send = b.send().await;
    for attempt in 1..=3 {
        assert_eq!((body(&send), send.attempt), ("1", attempt));
        assert!(b.record(&send, retry(5)).await.is_none());
        assert_eq!(b.no_send().await, Some(secs(5)));
        // A new row does not overtake the retry either.
        b.queue(&format!("later {attempt}"), &["later"]).await;
        b.pass(5);
        send = b.send().await;
    }
    let row = &b.rows().await[0];
    assert_eq!((row.attempts, row.error.as_ref()), (4, Some(&error("rate limited"))));
    assert_eq!(body(&b.record(&send, accepted("1")).await.unwrap()), "2");
}

/// A retry that is due at once is handed out by the next claim.
pub async fn a_retry_needs_a_claim(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    assert!(b.record(&send, retry(0)).await.is_none());
    assert_eq!(b.send().await.attempt, 2);
}

/// A commit or the end of a run can discard what is not sent yet, except messages of operators.
pub async fn unsent_messages_can_be_discarded(b: Fixture) {
    b.queue("run 1", &["1", "2"]).await;
    let first = b.send().await;
    let number = number();
    let user = b.rows().await[0].conversation;
    let action = NewOperatorAction {
        target: ConversationTarget::Conversation(user),
        id: "operator-1".into(),
        content: Some(waxwing_types::Text::new("from a person").into()),
        needs_window: false,
        body: bytes::Bytes::new(),
    };
    b.store.record_operator_action(action).await.unwrap();
    let claim = b.claim().await;
    let commit = TurnCommit { discard_unsent: Some("stopped"), ..answer(&claim, "run 2", &["3"]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    let (sending, queued, dead) = (OutboxState::Sending, OutboxState::Queued, OutboxState::DeadLetter);
    assert_eq!(b.states().await, [sending, dead, queued, queued], "{number:?}");
    assert_eq!(b.rows().await[1].error.as_ref().unwrap().message, "stopped");
    let operators = b.record(&first, accepted("1")).await.unwrap();
    assert_eq!(body(&operators), "from a person");
    // The abandoned run had queued an interim message.
    b.record(&operators, retry(5)).await;
    let claim = b.turn(message("b")).await;
    b.store.abandon_run(&claim.lease, Some("interrupted")).await.unwrap();
    assert_eq!(b.states().await, [OutboxState::Accepted, dead, queued, dead]);
    assert_eq!(b.no_send().await, Some(secs(5)));
}

/// A queue is failing from a failed attempt until Meta accepts a message, and has a limit of its own.
pub async fn failing_queues_are_claimed_apart(b: Fixture) {
    b.accept([from(phone("1"), "1"), from(phone("2"), "2")]).await;
    for claim in b.claims(2).await {
        b.answer(&claim, &claim.conversation.id.0.to_string(), &["1", "2"]).await;
    }
    let claim = async |healthy, failing| {
        b.store.claim_sends(&[number()], SendLimits { healthy, failing, campaign: 0 }, REQUEST).await.unwrap()
    };
    let first = claim(1, 0).await.claimed.remove(0);
    assert_eq!(first.failing_for, None);
    b.record(&first, retry(0)).await;
    b.pass(3);
    let claims = claim(0, 0).await;
    assert_eq!((claims.claimed.len(), claims.next_due_in), (0, None));
    let other = claim(2, 0).await.claimed.remove(0);
    assert_ne!(other.id, first.id, "the failing queue is left out");
    let claims = claim(2, 0).await;
    assert_eq!((claims.claimed.len(), claims.next_due_in), (0, Some(REQUEST.lease)));
    let again = claim(0, 1).await.claimed.remove(0);
    assert_eq!((again.id, again.failing_for), (first.id, Some(secs(3))));
    // A commit leaves a failing queue to a claim. Attempts that were not made change nothing.
    b.record(&again, SendOutcome::NotAttempted { after: secs(0) }).await;
    let turn = b.turn(from(phone("1"), "3")).await;
    let commit = TurnCommit { send: Some(REQUEST), ..answer(&turn, "later", &["3"]) };
    assert!(b.store.commit_turn(&turn.lease, commit).await.unwrap().send.is_none());
    // The time counts from the first of several failures.
    let again = claim(2, 1).await.claimed.remove(0);
    b.record(&again, in_doubt()).await;
    b.pass(REQUEST.in_doubt_window.as_secs() + REQUEST.in_doubt_max.as_secs());
    let again = claim(0, 1).await.claimed.remove(0);
    assert!(again.failing_for > Some(REQUEST.in_doubt_window), "{again:?}");
    let next = b.record(&again, accepted("wamid.1")).await.unwrap();
    assert_eq!(next.failing_for, None);
}

/// Each send queue is handed out to one claim.
pub async fn concurrent_claims_return_different_send_queues(b: Fixture) {
    b.accept((0..20).map(|n| from(phone(&n.to_string()), &n.to_string()))).await;
    for claim in b.claims(100).await {
        b.answer(&claim, &claim.conversation.id.0.to_string(), &["1", "2"]).await;
    }
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = b.store.clone();
            tokio::spawn(
                async move { store.claim_sends(&[number()], SendLimits::each(4), REQUEST).await.unwrap().claimed },
            )
        })
        .collect();
    let mut claimed = HashSet::new();
    for task in tasks {
        for send in task.await.unwrap() {
            assert_eq!(body(&send), "1");
            assert!(claimed.insert(send.lease.conversation), "claimed twice");
        }
    }
    assert_eq!(claimed.len(), 20);
    b.no_send().await;
}

/// A claim returns the time until the next send is due.
pub async fn a_claim_of_sends_is_limited(b: Fixture) {
    let there = |id: &str| InboxMessage { number: other_number(), ..message(id) };
    b.accept([message("a"), from(phone("2"), "b"), there("c")]).await;
    let both = [number(), other_number()];
    for claim in b.store.claim_turns(&both, 10, REQUEST.lease).await.unwrap().claimed {
        b.answer(&claim, &claim.conversation.id.0.to_string(), &["x"]).await;
        b.pass(1);
    }
    let first = b.store.claim_sends(&both, SendLimits::each(2), REQUEST).await.unwrap();
    assert_eq!(first.claimed.len(), 2);
    assert!(first.next_due_in.is_none());
    let rest = b.store.claim_sends(&both, SendLimits::each(2), REQUEST).await.unwrap();
    assert_eq!(rest.claimed.len(), 1);
    assert!(rest.next_due_in.is_some_and(|next| next > secs(0)), "the end of a lease is due");
    assert!(b.sends(REQUEST).await.is_empty());
}

/// A process sends from its own business numbers.
pub async fn sends_of_other_numbers_are_not_claimed(b: Fixture) {
    b.queue("run", &["x"]).await;
    let claims = b.store.claim_sends(&[other_number()], SendLimits::each(10), REQUEST).await.unwrap();
    assert!(claims.claimed.is_empty() && claims.next_due_in.is_none());
    assert!(b.store.claim_sends(&[], SendLimits::each(10), REQUEST).await.unwrap().claimed.is_empty());
}

/// An outcome is refused after another outcome, and after another claim of the send queue.
pub async fn an_outcome_is_recorded_once(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    let second = b.record(&first, accepted("1")).await.unwrap();
    let not_attempted = SendOutcome::NotAttempted { after: secs(0) };
    for outcome in [accepted("x"), retry(0), held(0), dead(), in_doubt(), not_attempted] {
        lost(&b.store.record_outcome(&first, outcome, REQUEST).await);
    }
    lost(&b.store.record_upload(&first, &waxwing_types::MediaId::new("1"), &[7; 32]).await);
    assert_eq!(b.states().await, [OutboxState::Accepted, OutboxState::Sending]);
    assert!(b.record(&second, accepted("2")).await.is_none());
    lost(&b.store.record_outcome(&second, dead(), REQUEST).await);
    assert_eq!(b.states().await, [OutboxState::Accepted, OutboxState::Accepted]);
}

/// Queued parts that continue a dead part become dead letters, and no other rows.
pub async fn a_dead_part_dead_letters_the_parts_that_need_it(b: Fixture) {
    use OutboxState::{Accepted, DeadLetter, Sending};

    b.queue("run 1", &["1", "2", "+3", "+4", "5"]).await;
    let first = b.send().await;
    let second = b.record(&first, accepted("1")).await.unwrap();
    let later = b.record(&second, dead()).await.expect("the part that stands alone goes on");
    assert_eq!(body(&later), "5");
    assert_eq!(b.states().await, [Accepted, DeadLetter, DeadLetter, DeadLetter, Sending]);
    let rows = b.rows().await;
    let reason = |row: usize| rows[row].error.clone().unwrap().message;
    assert_eq!(
        [1, 2, 3].map(reason),
        ["refused", "part 1 of the same reply was not sent", "part 2 of the same reply was not sent",]
    );
}

/// A requeued row keeps its id and starts with a new age.
pub async fn a_requeued_row_is_sent_last(b: Fixture) {
    b.queue("run 1", &["1"]).await;
    b.queue("run 2", &["2", "3"]).await;
    let first = b.send().await;
    let second = b.record(&first, dead()).await.unwrap();
    b.pass(5);
    b.store.requeue(first.id).await.unwrap();
    b.pass(2);
    let third = b.record(&second, accepted("2")).await.unwrap();
    assert_eq!(body(&third), "3");
    let again = b.record(&third, accepted("3")).await.unwrap();
    assert_eq!((body(&again), again.id, again.attempt, again.attempts_since_queued), ("1", first.id, 2, 1));
    assert_eq!(again.age, secs(2));
    assert_ne!(again.token, first.token);
}

/// An idle send queue is due after a requeue.
pub async fn a_requeued_row_makes_its_send_queue_due(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, dead()).await;
    assert_eq!(b.no_send().await, None);
    b.store.requeue(send.id).await.unwrap();
    assert_eq!(b.send().await.id, send.id);
}

/// Rows in other states are refused.
pub async fn only_a_dead_or_failed_row_is_requeued(b: Fixture) {
    assert!(matches!(b.store.requeue(OutboxId(7)).await, Err(Error::NotFound)));
    b.queue("run", &["1"]).await;
    let check = async |id, state: &str| {
        let result = b.store.requeue(id).await;
        assert!(matches!(result, Err(Error::WrongState { state: found }) if found == state), "{state}: {result:?}");
    };
    let id = b.rows().await[0].id;
    check(id, "queued").await;
    let send = b.send().await;
    check(id, "sending").await;
    b.record(&send, in_doubt()).await;
    check(id, "in_doubt").await;
    b.pass(10);
    let send = b.send().await;
    b.record(&send, accepted("1")).await;
    check(id, "accepted").await;
}

/// The number of the attempt is used again.
pub async fn an_attempt_that_was_not_made_is_removed(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    assert!(b.record(&send, SendOutcome::NotAttempted { after: secs(6) }).await.is_none());
    let row = &b.rows().await[0];
    assert_eq!((row.state, row.attempts, row.error.as_ref()), (OutboxState::Queued, 0, None));
    assert_eq!(b.no_send().await, Some(secs(6)));
    b.pass(6);
    let again = b.send().await;
    assert_eq!((again.id, again.attempt), (send.id, 1));
}

/// The attempt stays on record.
pub async fn an_uncounted_attempt_does_not_count_toward_limits(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    b.record(&first, retry(0)).await;
    for attempt in 2..5 {
        let send = b.send().await;
        assert_eq!((send.id, send.attempt, send.attempts_since_queued), (first.id, attempt, 2));
        assert!(b.record(&send, held(6)).await.is_none());
        let row = &b.rows().await[0];
        assert_eq!((row.state, row.attempts), (OutboxState::Queued, attempt));
        assert_eq!(row.error, Some(error("the account is locked")));
        assert_eq!(b.no_send().await, Some(secs(6)));
        b.pass(6);
    }
    let send = b.send().await;
    assert_eq!((send.attempt, send.attempts_since_queued), (5, 2));
    assert_eq!(body(&b.record(&send, accepted("1")).await.unwrap()), "2");
}

/// The outcome of an attempt before the requeue does not affect the new attempts.
pub async fn a_requeued_row_is_independent_of_its_old_attempt(b: Fixture) {
    for (n, outcome) in [held(0), SendOutcome::NotAttempted { after: secs(0) }].into_iter().enumerate() {
        b.queue(&format!("run {n}"), &["1"]).await;
        let send = b.send().await;
        b.status(status_of(StatusKind::Failed, &format!("wamid.{n}"), &send)).await;
        b.store.requeue(send.id).await.unwrap();
        assert!(b.record(&send, outcome).await.is_none());
        let again = b.send().await;
        assert_eq!((again.id, again.attempts_since_queued), (send.id, 1));
        b.record(&again, accepted(&format!("again {n}"))).await;
    }
}
