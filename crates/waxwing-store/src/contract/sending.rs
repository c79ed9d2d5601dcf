//! The order in which messages go out.

use std::collections::HashSet;
use std::time::Duration;

use waxwing_types::{MessageId, WaId};

use super::bench::{
    Bench, GIVE_UP, REQUEST, accepted, answer, body, dead, error, from, held, in_doubt, lost, message, number,
    other_number, phone, retry, secs, status_of, text,
};
use crate::{
    Draft, Error, InboxMessage, OutboxId, OutboxState, SendAttempt, SendOutcome, SendPolicy, StatusKind, TurnCommit,
};

/// A commit hands out the first send at once.
pub async fn a_commit_hands_out_the_first_send(b: Bench) {
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
    assert!(send.upload.is_none());
    assert_eq!(b.states().await, [OutboxState::Sending, OutboxState::Queued]);
    // While it is on its way nothing else of the conversation is handed out, not even by another commit.
    b.no_send().await;
    let claim = b.turn(message("b")).await;
    let commit = TurnCommit { send: Some(REQUEST), ..answer(&claim, "run 2", &["again"]) };
    assert!(b.store.commit_turn(&claim.lease, commit).await.unwrap().send.is_none());
    assert_eq!(b.states().await, [OutboxState::Sending, OutboxState::Queued, OutboxState::Queued]);
}

/// The reply waits behind what is there already.
pub async fn a_commit_hands_out_the_head(b: Bench) {
    b.queue("run 1", &["first"]).await;
    let claim = b.turn(message("b")).await;
    let commit = TurnCommit { send: Some(REQUEST), ..answer(&claim, "run 2", &["second"]) };
    let send = b.store.commit_turn(&claim.lease, commit).await.unwrap().send.unwrap();
    assert_eq!(body(&send), "first");
}

/// A token names the row and the attempt, and cannot be guessed.
pub async fn a_token_names_one_attempt(b: Bench) {
    b.queue("run", &["a"]).await;
    let first = b.send().await;
    let namespace = first.token.strip_suffix(&format!(".{}.1", first.id)).unwrap();
    assert_eq!(namespace.len(), 32);
    assert!(namespace.bytes().all(|byte| byte.is_ascii_hexdigit()));
    b.settle(&first, retry(0)).await;
    assert_eq!(b.send().await.token, format!("{namespace}.{}.2", first.id));
}

/// Rows of a conversation go out one at a time and in order.
pub async fn a_queue_goes_out_in_order(b: Bench) {
    b.queue("run 1", &["1", "2"]).await;
    b.queue("run 2", &["3"]).await;
    let mut send = b.send().await;
    for n in ["1", "2"] {
        assert_eq!(body(&send), n);
        b.no_send().await;
        send = b.settle(&send, accepted(n)).await.expect("the next one is due");
    }
    assert_eq!(body(&send), "3");
    assert!(b.settle(&send, accepted("3")).await.is_none());
    assert_eq!(b.no_send().await, None);
    assert_eq!(b.states().await, [OutboxState::Accepted; 3]);
    let ids: Vec<_> = b.rows().await.into_iter().map(|row| row.message_id.unwrap()).collect();
    assert_eq!(ids, ["1", "2", "3"].map(MessageId::new));
}

/// Nothing overtakes a message that is being retried.
pub async fn a_retry_holds_up_the_queue(b: Bench) {
    b.queue("run 1", &["1"]).await;
    b.queue("run 2", &["2"]).await;
    let mut send = b.send().await;
    for attempt in 1..=3 {
        assert_eq!((body(&send), send.attempt), ("1", attempt));
        assert!(b.settle(&send, retry(5)).await.is_none());
        assert_eq!(b.no_send().await, Some(secs(5)));
        // Nor when something new comes.
        b.queue(&format!("later {attempt}"), &["later"]).await;
        b.pass(5);
        send = b.send().await;
    }
    let row = &b.rows().await[0];
    assert_eq!((row.attempts, row.error.as_ref()), (4, Some(&error("rate limited"))));
    assert_eq!(body(&b.settle(&send, accepted("1")).await.unwrap()), "2");
}

/// A retry that may start at once still goes through a claim of its own.
pub async fn a_retry_is_not_handed_out_by_its_own_settling(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    assert!(b.settle(&send, retry(0)).await.is_none());
    assert_eq!(b.send().await.attempt, 2);
}

/// Conversations do not wait for each other, and each goes to one of many claimers.
pub async fn concurrent_claimers_get_different_queues(b: Bench) {
    b.accept((0..20).map(|n| from(phone(&n.to_string()), &n.to_string()))).await;
    for claim in b.claims(100).await {
        b.answer(&claim, &claim.conversation.id.0.to_string(), &["1", "2"]).await;
    }
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = b.store.clone();
            tokio::spawn(async move { store.claim_sends(&[number()], 4, REQUEST).await.unwrap().claimed })
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

/// A claim keeps to its limit and to its numbers, and says when to come again.
pub async fn a_claim_of_sends_is_limited(b: Bench) {
    let there = |id: &str| InboxMessage { number: other_number(), ..message(id) };
    b.accept([message("a"), from(phone("2"), "b"), there("c")]).await;
    let both = [number(), other_number()];
    for claim in b.store.claim_turns(&both, 10, REQUEST.lease).await.unwrap().claimed {
        b.answer(&claim, &claim.conversation.id.0.to_string(), &["x"]).await;
        b.pass(1);
    }
    let first = b.store.claim_sends(&both, 2, REQUEST).await.unwrap();
    assert_eq!(first.claimed.len(), 2);
    assert!(first.next_due_in == Some(secs(0)));
    let rest = b.store.claim_sends(&both, 2, REQUEST).await.unwrap();
    assert_eq!(rest.claimed.len(), 1);
    assert!(rest.next_due_in.is_some_and(|next| next > secs(0)), "the leases end some time");
    assert!(b.sends(REQUEST).await.is_empty());
}

/// A number that a process does not serve is not sent from.
pub async fn sends_of_other_numbers_are_left_alone(b: Bench) {
    b.queue("run", &["x"]).await;
    let claims = b.store.claim_sends(&[other_number()], 10, REQUEST).await.unwrap();
    assert!(claims.claimed.is_empty() && claims.next_due_in.is_none());
    assert!(b.store.claim_sends(&[], 10, REQUEST).await.unwrap().claimed.is_empty());
}

/// An attempt is settled once, and only until somebody else has claimed the queue.
pub async fn a_lost_send_cannot_be_settled(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    let second = b.settle(&first, accepted("1")).await.unwrap();
    let not_attempted = SendOutcome::NotAttempted { after: secs(0) };
    for outcome in [accepted("x"), retry(0), held(0), dead(), in_doubt(), not_attempted] {
        lost(&b.store.record_outcome(&first, outcome, REQUEST).await);
    }
    lost(&b.store.record_upload(&first, &waxwing_types::MediaId::new("1")).await);
    assert_eq!(b.states().await, [OutboxState::Accepted, OutboxState::Sending]);
    assert!(b.settle(&second, accepted("2")).await.is_none());
    lost(&b.store.record_outcome(&second, dead(), REQUEST).await);
    assert_eq!(b.states().await, [OutboxState::Accepted, OutboxState::Accepted]);
}

/// A part that is given up takes the rest of its reply with it, and nothing else.
pub async fn a_dead_part_takes_the_rest_of_its_reply(b: Bench) {
    use OutboxState::{Accepted, DeadLetter, Sending};

    b.queue("run 1", &["1", "2", "3", "4"]).await;
    b.queue("run 2", &["5"]).await;
    let first = b.send().await;
    let second = b.settle(&first, accepted("1")).await.unwrap();
    let later = b.settle(&second, dead()).await.expect("the later reply goes on");
    assert_eq!(body(&later), "5");
    assert_eq!(b.states().await, [Accepted, DeadLetter, DeadLetter, DeadLetter, Sending]);
    let rows = b.rows().await;
    assert_eq!(rows[1].error, Some(error("refused")));
    for row in &rows[2..4] {
        let reason = row.error.clone().unwrap().message;
        assert!(reason.contains("part 1"), "{reason}");
    }
}

/// A requeued row goes to the end of the queue and keeps its id.
pub async fn a_requeued_row_goes_to_the_end(b: Bench) {
    b.queue("run 1", &["1"]).await;
    b.queue("run 2", &["2", "3"]).await;
    let first = b.send().await;
    let second = b.settle(&first, dead()).await.unwrap();
    b.pass(5);
    b.store.requeue(first.id).await.unwrap();
    b.pass(2);
    let third = b.settle(&second, accepted("2")).await.unwrap();
    assert_eq!(body(&third), "3");
    let again = b.settle(&third, accepted("3")).await.unwrap();
    assert_eq!((body(&again), again.id, again.attempt, again.attempts_since_queued), ("1", first.id, 2, 1));
    assert_eq!(again.age, secs(2));
    assert_ne!(again.token, first.token);
}

/// A requeued row wakes an idle queue.
pub async fn a_requeued_row_goes_out(b: Bench) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.settle(&send, dead()).await;
    assert_eq!(b.no_send().await, None);
    b.store.requeue(send.id).await.unwrap();
    assert_eq!(b.send().await.id, send.id);
}

/// Only what is over can be requeued.
pub async fn only_a_dead_or_failed_row_is_requeued(b: Bench) {
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
    b.settle(&send, in_doubt()).await;
    check(id, "in_doubt").await;
    b.pass(10);
    let send = b.send().await;
    b.settle(&send, accepted("1")).await;
    check(id, "accepted").await;
}

/// A request that was not made is no attempt.
pub async fn a_postponed_attempt_never_was(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    assert!(b.settle(&send, SendOutcome::NotAttempted { after: secs(6) }).await.is_none());
    let row = &b.rows().await[0];
    assert_eq!((row.state, row.attempts, row.error.as_ref()), (OutboxState::Queued, 0, None));
    assert_eq!(b.no_send().await, Some(secs(6)));
    b.pass(6);
    let again = b.send().await;
    assert_eq!((again.id, again.attempt), (send.id, 1));
}

/// An attempt that failed through no fault of the message counts towards no limit, and is on record all the same.
pub async fn a_held_attempt_counts_towards_no_limit(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    b.settle(&first, retry(0)).await;
    for attempt in 2..5 {
        let send = b.send().await;
        assert_eq!((send.id, send.attempt, send.attempts_since_queued), (first.id, attempt, 2));
        assert!(b.settle(&send, held(6)).await.is_none());
        let row = &b.rows().await[0];
        assert_eq!((row.state, row.attempts), (OutboxState::Queued, attempt));
        assert_eq!(row.error, Some(error("the account is locked")));
        assert_eq!(b.no_send().await, Some(secs(6)));
        b.pass(6);
    }
    let send = b.send().await;
    assert_eq!((send.attempt, send.attempts_since_queued), (5, 2));
    assert_eq!(body(&b.settle(&send, accepted("1")).await.unwrap()), "2");
}

/// A row that is requeued while its old attempt is unsettled begins anew, however that attempt ends.
pub async fn a_requeued_row_outlives_its_old_attempt(b: Bench) {
    for (n, outcome) in [held(0), SendOutcome::NotAttempted { after: secs(0) }].into_iter().enumerate() {
        b.queue(&format!("run {n}"), &["1"]).await;
        let send = b.send().await;
        b.status(status_of(StatusKind::Failed, &format!("wamid.{n}"), &send)).await;
        b.store.requeue(send.id).await.unwrap();
        assert!(b.settle(&send, outcome).await.is_none());
        let again = b.send().await;
        assert_eq!((again.id, again.attempts_since_queued), (send.id, 1));
        b.settle(&again, accepted(&format!("again {n}"))).await;
    }
}

/// A message in doubt holds up the queue until its window closes, and is then sent again.
pub async fn a_doubt_ends_with_another_attempt(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    assert!(b.settle(&send, in_doubt()).await.is_none());
    assert_eq!(b.states().await[0], OutboxState::InDoubt);
    assert_eq!(b.no_send().await, Some(secs(10)));
    b.pass(9);
    b.no_send().await;
    b.pass(1);
    let again = b.send().await;
    assert_eq!((again.id, again.attempt), (send.id, 2));
    lost(&b.store.record_outcome(&send, accepted("1"), REQUEST).await);
    assert_eq!(body(&b.settle(&again, accepted("1")).await.unwrap()), "2");
}

/// While no webhook comes in, no status can: the window stays open, but not for ever.
pub async fn a_doubt_lasts_while_no_webhook_comes(b: Bench) {
    let policy = SendPolicy { in_doubt_max: Duration::from_mins(1), ..REQUEST };
    let in_doubt_since = async |run: &str| {
        b.queue(run, &[run]).await;
        let send = b.sends(policy).await.remove(0);
        b.store.record_outcome(&send, in_doubt(), policy).await.unwrap();
    };
    in_doubt_since("silence").await;
    for _ in 0..11 {
        b.pass(5);
        assert!(b.sends(policy).await.is_empty());
    }
    b.pass(5);
    let again = b.sends(policy).await.remove(0);
    b.store.record_outcome(&again, accepted("1"), policy).await.unwrap();

    in_doubt_since("a webhook").await;
    b.pass(30);
    assert!(b.sends(policy).await.is_empty());
    b.say(from(phone("34600000009"), "of somebody else")).await;
    assert!(b.sends(policy).await.is_empty(), "what follows it may bring the status");
    b.pass(5);
    assert_eq!(b.sends(policy).await.len(), 1);
}

/// Where nothing may arrive twice, a doubt ends with giving up.
pub async fn a_doubt_ends_with_giving_up(b: Bench) {
    b.queue("run 1", &["1", "2"]).await;
    b.queue("run 2", &["3"]).await;
    let send = b.send().await;
    b.settle(&send, in_doubt()).await;
    b.pass(9);
    assert!(b.sends(GIVE_UP).await.is_empty());
    b.pass(1);
    let claimed = b.sends(GIVE_UP).await;
    assert_eq!(claimed.iter().map(body).collect::<Vec<_>>(), ["3"]);
    assert_eq!(b.states().await, [OutboxState::DeadLetter, OutboxState::DeadLetter, OutboxState::Sending]);
}

/// A message of which nothing is ever heard is not sent again and again for ever.
pub async fn a_doubt_ends_for_good_at_the_limits(b: Bench) {
    let check = async |policy: SendPolicy, attempts: u32| {
        b.queue(&format!("run {attempts}"), &["1"]).await;
        let mut found = 0;
        while let [send] = &b.sends(policy).await[..] {
            found += 1;
            assert_eq!(send.attempts_since_queued, found);
            b.store.record_outcome(send, in_doubt(), policy).await.unwrap();
            b.pass(10);
        }
        assert_eq!(found, attempts);
        let row = b.rows().await.pop().unwrap();
        assert_eq!((row.state, row.attempts), (OutboxState::DeadLetter, attempts));
        assert!(row.error.unwrap().message.contains("may have arrived"));
    };
    check(SendPolicy { max_attempts: 3, ..REQUEST }, 3).await;
    check(SendPolicy { max_age: Duration::from_secs(40), ..REQUEST }, 4).await;
}

/// An attempt whose process died is in doubt from the moment that somebody finds it.
pub async fn a_crashed_attempt_is_in_doubt(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let crashed = b.send().await;
    b.pass(59);
    b.no_send().await;
    b.pass(100);
    assert_eq!(b.no_send().await, Some(secs(10)));
    assert_eq!(b.states().await, [OutboxState::InDoubt, OutboxState::Queued]);
    b.pass(10);
    let again = b.send().await;
    assert_eq!((again.id, again.attempt), (crashed.id, 2));
}

/// Whoever is late but knows how the attempt ended is listened to, as long as nobody else has claimed.
pub async fn a_late_settling_ends_the_doubt(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let late = b.send().await;
    b.pass(60);
    b.no_send().await;
    let next: SendAttempt = b.settle(&late, accepted("1")).await.unwrap();
    assert_eq!(body(&next), "2");
    assert_eq!(b.states().await, [OutboxState::Accepted, OutboxState::Sending]);
}

/// The outbox is listed newest first, as a whole or by state.
pub async fn the_outbox_is_listed(b: Bench) {
    b.queue("run 1", &["1"]).await;
    b.pass(1);
    b.queue("run 2", &["2"]).await;
    let send = b.send().await;
    b.pass(1);
    b.settle(&send, accepted("wamid.1")).await;
    let rows = b.store.outbox(None, 10).await.unwrap();
    let runs: Vec<_> = rows.iter().map(|row| row.run.0.as_str()).collect();
    assert_eq!(runs, ["run 2", "run 1"]);
    let first = &rows[1];
    assert_eq!((first.id, first.kind.as_str(), &first.number), (send.id, "text", &number()));
    assert_eq!((first.conversation, first.attempts), (send.lease.conversation, 1));
    assert_eq!((first.changed_at.since(first.created_at).as_secs(), first.changed_at), (2, b.now()));
    assert_eq!(b.store.outbox(None, 1).await.unwrap(), rows[..1]);
    assert_eq!(b.store.outbox(Some(OutboxState::Accepted), 10).await.unwrap(), rows[1..]);
    assert!(b.store.outbox(Some(OutboxState::DeadLetter), 10).await.unwrap().is_empty());
}

/// A store that can be read says so.
pub async fn a_ping_is_answered(b: Bench) {
    b.store.ping().await.unwrap();
}
