//! What statuses do to the rows that they are about.

use super::bench::{
    Bench, REQUEST, accepted, answer, body, dead, held, in_doubt, lost, message, number, retry, secs, status, status_of,
};
use crate::OutboxState::{Accepted, DeadLetter, Delivered, Failed, InDoubt, Played, Queued, Read, Sending, Sent};
use crate::{SendAttempt, SendOutcome, StatusKind, StatusUpdate, TurnCommit, WebhookItem};

/// One message of which Meta took the first attempt, as `wamid.1`.
async fn sent(b: &Bench) -> SendAttempt {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.settle(&send, accepted("wamid.1")).await;
    send
}

/// A row moves up, never down, in whatever order its statuses come.
pub async fn the_highest_rank_wins(b: Bench) {
    sent(&b).await;
    let steps = [
        (StatusKind::Delivered, Delivered),
        (StatusKind::Sent, Delivered),
        (StatusKind::Delivered, Delivered),
        (StatusKind::Played, Played),
        (StatusKind::Read, Played),
    ];
    for (kind, expected) in steps {
        b.status(status(kind, "wamid.1")).await;
        assert_eq!(b.states().await, [expected], "after {kind:?}");
    }
}

/// A failure is final, whatever was said before and is said later, and is not sent again.
pub async fn a_failure_is_final(b: Bench) {
    sent(&b).await;
    for kind in [StatusKind::Delivered, StatusKind::Failed, StatusKind::Read] {
        b.status(status(kind, "wamid.1")).await;
    }
    let row = &b.rows().await[0];
    assert_eq!(row.state, Failed);
    assert_eq!(row.error.as_ref().and_then(|error| error.code), Some(131_026));
    assert_eq!(b.no_send().await, None);
}

/// The queue does not wait for statuses, and a failure stops nobody.
pub async fn a_failure_does_not_hold_up_the_queue(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    let second = b.settle(&first, accepted("wamid.1")).await.unwrap();
    assert!(!b.status(status(StatusKind::Failed, "wamid.1")).await);
    assert_eq!(b.states().await, [Failed, Sending]);
    b.settle(&second, accepted("wamid.2")).await;
    assert_eq!(b.states().await, [Failed, Accepted]);
}

/// A status may overtake the response; without a token it is kept until the id is known.
pub async fn an_early_status_without_a_token_is_kept(b: Bench) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.status(status(StatusKind::Delivered, "wamid.1")).await;
    b.status(status(StatusKind::Sent, "wamid.1")).await;
    assert_eq!(b.states().await, [Sending]);
    b.settle(&send, accepted("wamid.1")).await;
    assert_eq!(b.states().await, [Delivered]);
}

/// A failure that overtakes the response is kept as well.
pub async fn an_early_failure_is_kept(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    assert_eq!(body(&b.settle(&send, accepted("wamid.1")).await.unwrap()), "2");
    assert_eq!(b.states().await, [Failed, Sending]);
}

/// A status with a token that overtakes the response settles the row; the attempt's own report cannot undo it.
pub async fn an_early_status_with_a_token_wins(b: Bench) {
    let outcomes = || {
        let not_attempted = SendOutcome::NotAttempted { after: secs(60) };
        [accepted("wamid.0"), retry(60), held(60), dead(), in_doubt(), not_attempted]
    };
    for (n, outcome) in outcomes().into_iter().enumerate() {
        b.queue(&format!("run {n}"), &["1", "2"]).await;
        let send = b.send().await;
        let id = format!("wamid.{n}");
        b.status(status_of(StatusKind::Sent, &id, &send)).await;
        let row = b.store.outbox(None, 2).await.unwrap().remove(1);
        assert_eq!((row.state, row.message_id.unwrap().as_str()), (Sent, id.as_str()));
        // Its holder is still at work.
        b.no_send().await;
        let next = b.settle(&send, outcome).await.expect("the queue goes on");
        assert_eq!(body(&next), "2");
        assert_eq!(b.store.outbox(None, 2).await.unwrap()[1].state, Sent, "outcome {n}");
        b.settle(&next, accepted(&format!("next {n}"))).await;
    }
}

/// A status ends a doubt at once.
pub async fn a_status_ends_a_doubt(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    b.settle(&send, in_doubt()).await;
    b.no_send().await;
    assert!(b.status(status_of(StatusKind::Sent, "wamid.1", &send)).await);
    assert_eq!(b.states().await, [Sent, Queued]);
    assert_eq!(body(&b.send().await), "2");
    // The id was learnt from the status.
    assert!(!b.status(status(StatusKind::Read, "wamid.1")).await);
    assert_eq!(b.states().await, [Read, Sending]);
}

/// A status that says that the message in doubt failed ends the doubt too, and it is not sent again.
pub async fn a_failure_ends_a_doubt(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    b.settle(&send, in_doubt()).await;
    assert!(b.status(status_of(StatusKind::Failed, "wamid.1", &send)).await);
    assert_eq!(body(&b.send().await), "2");
    assert_eq!(b.states().await, [Failed, Sending]);
}

/// Statuses of a message in doubt that came without a token count as soon as one with a token tells the id.
pub async fn a_token_explains_what_was_kept(b: Bench) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.settle(&send, in_doubt()).await;
    assert!(!b.status(status(StatusKind::Read, "wamid.1")).await);
    assert_eq!(b.states().await, [InDoubt]);
    assert!(b.status(status_of(StatusKind::Delivered, "wamid.1", &send)).await);
    assert_eq!(b.states().await, [Read]);
}

/// A status settles a crashed attempt; a late report of it changes nothing and the queue goes on.
pub async fn a_status_settles_a_crashed_attempt(b: Bench) {
    for (n, outcome) in [retry(999), in_doubt(), dead()].into_iter().enumerate() {
        b.queue(&format!("run {n}"), &["1", "2"]).await;
        let late = b.send().await;
        b.pass(60);
        b.no_send().await;
        assert!(b.status(status_of(StatusKind::Sent, &format!("wamid.{n}"), &late)).await);
        let next = b.settle(&late, outcome).await.expect("the queue goes on");
        assert_eq!(body(&next), "2");
        assert_eq!(b.store.outbox(None, 2).await.unwrap()[1].state, Sent);
        b.settle(&next, accepted(&format!("next {n}"))).await;
    }
}

/// A sender that dies after the status came leaves no doubt behind.
pub async fn a_settled_row_of_a_dead_sender_is_passed(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let dying = b.send().await;
    b.status(status_of(StatusKind::Sent, "wamid.1", &dying)).await;
    b.pass(60);
    assert_eq!(body(&b.send().await), "2");
    lost(&b.store.record_outcome(&dying, accepted("wamid.1"), REQUEST).await);
}

/// A message whose attempt seemed to have failed and did not is not sent again.
pub async fn a_status_of_an_earlier_attempt_counts(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    b.settle(&first, retry(600)).await;
    assert!(b.status(status_of(StatusKind::Delivered, "wamid.1", &first)).await);
    assert_eq!(b.states().await, [Delivered, Queued]);
    assert_eq!(body(&b.send().await), "2");
}

/// The same while a second attempt is under way: both ids are the row's.
pub async fn both_attempts_may_have_arrived(b: Bench) {
    b.queue("run", &["1"]).await;
    let first = b.send().await;
    b.settle(&first, in_doubt()).await;
    b.pass(10);
    let second = b.send().await;
    assert!(!b.status(status_of(StatusKind::Sent, "wamid.1", &first)).await);
    assert_eq!(b.states().await, [Sent]);
    b.settle(&second, accepted("wamid.2")).await;
    assert_eq!(b.states().await, [Sent]);
    b.status(status(StatusKind::Delivered, "wamid.2")).await;
    assert_eq!(b.states().await, [Delivered]);
    b.status(status(StatusKind::Read, "wamid.1")).await;
    assert_eq!(b.states().await, [Read]);
}

/// The failure of an earlier attempt says nothing of the later one.
pub async fn an_earlier_attempt_may_fail(b: Bench) {
    b.queue("run", &["1"]).await;
    let first = b.send().await;
    b.settle(&first, in_doubt()).await;
    b.pass(10);
    let second = b.send().await;
    b.status(status_of(StatusKind::Failed, "wamid.1", &first)).await;
    assert_eq!(b.states().await, [Sending]);
    b.settle(&second, accepted("wamid.2")).await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    assert_eq!(b.states().await, [Accepted]);
}

/// Of two copies, both sent because of a doubt, one that arrives is enough, whichever is heard of first.
pub async fn one_copy_that_arrives_is_enough(b: Bench) {
    for (nth, failure_first) in [false, true].into_iter().enumerate() {
        let run = format!("run {nth}");
        b.queue(&run, &["1"]).await;
        let first = b.send().await;
        b.settle(&first, in_doubt()).await;
        b.pass(10);
        let second = b.send().await;
        b.settle(&second, accepted(&format!("wamid.{nth}.2"))).await;
        let arrival = status_of(StatusKind::Delivered, &format!("wamid.{nth}.1"), &first);
        let failure = status(StatusKind::Failed, &format!("wamid.{nth}.2"));
        let news = if failure_first { [failure, arrival] } else { [arrival, failure] };
        for news in news {
            b.status(news).await;
        }
        assert_eq!(b.states().await[nth], Delivered, "the failure comes first: {failure_first}");
        let claim = b.turn(message(&run)).await;
        assert!(claim.undelivered.is_empty());
        b.answer(&claim, &format!("after {run}"), &[]).await;
    }
}

/// What was given up and arrived after all has arrived.
pub async fn a_dead_row_may_turn_out_delivered(b: Bench) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.settle(&send, dead()).await;
    assert_eq!(b.states().await, [DeadLetter]);
    b.status(status_of(StatusKind::Delivered, "wamid.1", &send)).await;
    assert_eq!(b.states().await, [Delivered]);
}

/// Late news of the attempt that failed does not stop a requeued row.
pub async fn a_requeued_row_is_not_taken_for_the_old_one(b: Bench) {
    let first = sent(&b).await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    b.store.requeue(first.id).await.unwrap();
    for kind in [StatusKind::Sent, StatusKind::Delivered, StatusKind::Failed] {
        b.status(status_of(kind, "wamid.1", &first)).await;
    }
    assert_eq!(b.states().await, [Queued]);
    let second = b.send().await;
    b.settle(&second, accepted("wamid.2")).await;
    b.status(status(StatusKind::Read, "wamid.2")).await;
    let row = &b.rows().await[0];
    assert_eq!((row.state, row.message_id.as_ref().unwrap().as_str()), (Read, "wamid.2"));
}

/// A row that was given up, requeued, and only then heard to have failed is sent.
pub async fn a_failure_before_the_requeue_does_not_count(b: Bench) {
    b.queue("run", &["1"]).await;
    let first = b.send().await;
    b.settle(&first, dead()).await;
    b.store.requeue(first.id).await.unwrap();
    b.status(status_of(StatusKind::Failed, "wamid.1", &first)).await;
    assert_eq!(b.send().await.attempt, 2);
}

/// In a group each participant has statuses: the best one counts, and the failure of one fails nothing.
pub async fn one_participant_does_not_fail_a_message(b: Bench) {
    let send = sent(&b).await;
    let of = |kind, participant: &str| StatusUpdate {
        participant: Some(participant.into()),
        ..status_of(kind, "wamid.1", &send)
    };
    b.status(of(StatusKind::Failed, "ES.1")).await;
    assert_eq!(b.states().await, [Accepted]);
    b.status(of(StatusKind::Delivered, "ES.2")).await;
    b.status(of(StatusKind::Sent, "ES.3")).await;
    assert_eq!(b.states().await, [Delivered]);
    // Each participant's status is one of its own, not a repeat.
    b.status(of(StatusKind::Read, "ES.2")).await;
    assert_eq!(b.states().await, [Read]);
}

/// A token of another database, or of no attempt, settles nothing.
pub async fn a_foreign_token_settles_nothing(b: Bench) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.settle(&send, in_doubt()).await;
    let (_, own) = send.token.split_once('.').unwrap();
    let namespace = send.token.split('.').next().unwrap();
    let tokens = [
        format!("{}.{own}", "0".repeat(32)),
        format!("{namespace}.{}.9", send.id),
        format!("{namespace}.9999.1"),
        format!("{namespace}.x.y"),
        format!("{namespace}..{own}"),
        namespace.to_owned(),
        "the caller's own".to_owned(),
        "\0".to_owned(),
        String::new(),
    ];
    for (n, token) in tokens.into_iter().enumerate() {
        let foreign = StatusUpdate { callback_data: Some(token), ..status(StatusKind::Sent, &format!("wamid.{n}")) };
        assert!(!b.status(foreign).await);
    }
    assert_eq!(b.states().await, [InDoubt]);
}

/// Statuses and messages of one delivery are taken in together.
pub async fn a_status_may_come_with_messages(b: Bench) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.settle(&send, in_doubt()).await;
    let batch = vec![
        WebhookItem::Message(message("b")),
        WebhookItem::Status(status_of(StatusKind::Sent, "wamid.1", &send)),
        WebhookItem::Status(status_of(StatusKind::Sent, "wamid.1", &send)),
    ];
    let accepted = b.store.accept(batch).await.unwrap();
    assert_eq!((accepted.messages, accepted.resolved_in_doubt), (1, true));
    let again = b.store.accept(vec![WebhookItem::Status(status_of(StatusKind::Sent, "wamid.1", &send))]).await.unwrap();
    assert!(!again.resolved_in_doubt);
    assert!(b.store.claim_sends(&[number()], 1, REQUEST).await.unwrap().next_due_in.is_none());
}

/// What will not arrive is told to the turns that follow, until a commit says that the agent knows.
pub async fn a_failure_is_told_to_one_turn(b: Bench) {
    sent(&b).await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    b.queue("run 2", &["2", "3"]).await;
    let refused = b.send().await;
    b.settle(&refused, dead()).await;

    let claim = b.turn(message("next")).await;
    let told: Vec<_> = claim.undelivered.iter().map(|lost| (lost.id, lost.error.code)).collect();
    let rows: Vec<_> = b.rows().await.iter().map(|row| row.id).collect();
    assert_eq!(told, [(rows[0], Some(131_026)), (rows[1], Some(131_000)), (rows[2], None)]);
    assert_eq!(claim.undelivered[0].content.text(), Some("1"));
    let commit = TurnCommit { reported_undelivered: vec![rows[0], rows[1]], ..answer(&claim, "run 3", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();

    let claim = b.turn(message("after it")).await;
    assert_eq!(claim.undelivered.iter().map(|lost| lost.id).collect::<Vec<_>>(), [rows[2]]);
    b.store.requeue(rows[0]).await.unwrap();
    b.store.requeue(rows[2]).await.unwrap();
    b.store.release(&claim.lease, secs(0), false).await.unwrap();
    assert!(b.claim().await.undelivered.is_empty(), "what was requeued may arrive");
}

/// Whoever listens hears of each change, and of none that was not.
pub async fn listeners_hear_what_becomes_of_a_message(b: Bench) {
    let mut deliveries = b.store.delivery_events();
    let send = sent(&b).await;
    for kind in [StatusKind::Delivered, StatusKind::Sent, StatusKind::Delivered, StatusKind::Failed] {
        b.status(status(kind, "wamid.1")).await;
    }
    b.queue("run 2", &["2", "3"]).await;
    let refused = b.send().await;
    b.settle(&refused, dead()).await;
    let mut heard = Vec::new();
    while let Ok(delivery) = deliveries.try_recv() {
        assert_eq!(delivery.number, number());
        let id = delivery.message_id.as_ref().map(waxwing_types::MessageId::as_str);
        assert_eq!(id, (delivery.outbox == send.id).then_some("wamid.1"));
        heard.push((delivery.state, delivery.error.and_then(|error| error.code)));
    }
    let failed = (Failed, Some(131_026));
    assert_eq!(heard, [(Accepted, None), (Delivered, None), failed, (DeadLetter, Some(131_000)), (DeadLetter, None)]);
}
