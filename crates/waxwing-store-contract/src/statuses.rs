//! Delivery statuses.

use waxwing_store::OutboxState::{
    Accepted, DeadLetter, Delivered, Failed, InDoubt, Played, Queued, Read, Sending, Sent,
};
use waxwing_store::{
    ReleaseReason, SendLimits, SendOutcome, StatusKind, StatusUpdate, TurnCommit, TurnRelease, WebhookItem,
};

use crate::fixture::{
    Fixture, REQUEST, accepted, answer, body, dead, held, in_doubt, message, number, retry, secs, status, status_of,
};

/// The order in which statuses arrive does not matter.
pub async fn the_highest_state_wins(b: Fixture) {
    b.send_accepted().await;
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

/// A failed row is not sent again.
pub async fn a_failure_is_final(b: Fixture) {
    b.send_accepted().await;
    for kind in [StatusKind::Delivered, StatusKind::Failed, StatusKind::Read] {
        b.status(status(kind, "wamid.1")).await;
    }
    let row = &b.rows().await[0];
    assert_eq!(row.state, Failed);
    assert_eq!(row.error.as_ref().and_then(|error| error.code), Some(131_026));
    assert_eq!(b.no_send().await, None);
}

/// The send queue does not wait for statuses.
pub async fn a_failure_does_not_block_the_send_queue(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    let second = b.record(&first, accepted("wamid.1")).await.unwrap();
    assert!(!b.status(status(StatusKind::Failed, "wamid.1")).await);
    assert_eq!(b.states().await, [Failed, Sending]);
    b.record(&second, accepted("wamid.2")).await;
    assert_eq!(b.states().await, [Failed, Accepted]);
}

/// A status may arrive before the response. Without a token it waits for the message id.
pub async fn an_early_status_without_token_is_kept(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.status(status(StatusKind::Delivered, "wamid.1")).await;
    b.status(status(StatusKind::Sent, "wamid.1")).await;
    assert_eq!(b.states().await, [Sending]);
    b.record(&send, accepted("wamid.1")).await;
    assert_eq!(b.states().await, [Delivered]);
}

/// A failure may arrive before the response, too.
pub async fn an_early_failure_is_kept(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    assert_eq!(body(&b.record(&send, accepted("wamid.1")).await.unwrap()), "2");
    assert_eq!(b.states().await, [Failed, Sending]);
}

/// The outcome of the attempt does not change a row that a status has resolved.
pub async fn an_early_status_with_token_wins(b: Fixture) {
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
        // The holder still waits for the response.
        b.no_send().await;
        let next = b.record(&send, outcome).await.expect("the send queue continues");
        assert_eq!(body(&next), "2");
        assert_eq!(b.store.outbox(None, 2).await.unwrap()[1].state, Sent, "outcome {n}");
        b.record(&next, accepted(&format!("next {n}"))).await;
    }
}

/// A message is not sent again if an earlier attempt was accepted.
pub async fn a_status_of_an_earlier_attempt_applies(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let first = b.send().await;
    b.record(&first, retry(600)).await;
    assert!(b.status(status_of(StatusKind::Delivered, "wamid.1", &first)).await);
    assert_eq!(b.states().await, [Delivered, Queued]);
    assert_eq!(body(&b.send().await), "2");
}

/// A row is matched by the message ids of all its attempts.
pub async fn both_attempts_can_be_accepted(b: Fixture) {
    b.queue("run", &["1"]).await;
    let first = b.send().await;
    b.record(&first, in_doubt()).await;
    b.pass(10);
    let second = b.send().await;
    assert!(!b.status(status_of(StatusKind::Sent, "wamid.1", &first)).await);
    assert_eq!(b.states().await, [Sent]);
    b.record(&second, accepted("wamid.2")).await;
    assert_eq!(b.states().await, [Sent]);
    b.status(status(StatusKind::Delivered, "wamid.2")).await;
    assert_eq!(b.states().await, [Delivered]);
    b.status(status(StatusKind::Read, "wamid.1")).await;
    assert_eq!(b.states().await, [Read]);
}

/// A failure applies to its own attempt only.
pub async fn a_failure_of_an_earlier_attempt_is_ignored(b: Fixture) {
    b.queue("run", &["1"]).await;
    let first = b.send().await;
    b.record(&first, in_doubt()).await;
    b.pass(10);
    let second = b.send().await;
    b.status(status_of(StatusKind::Failed, "wamid.1", &first)).await;
    assert_eq!(b.states().await, [Sending]);
    b.record(&second, accepted("wamid.2")).await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    assert_eq!(b.states().await, [Accepted]);
}

/// Of two copies, one delivered copy makes the row delivered, in either order of the statuses.
pub async fn one_delivered_copy_is_enough(b: Fixture) {
    for (nth, failure_first) in [false, true].into_iter().enumerate() {
        let run = format!("run {nth}");
        b.queue(&run, &["1"]).await;
        let first = b.send().await;
        b.record(&first, in_doubt()).await;
        b.pass(10);
        let second = b.send().await;
        b.record(&second, accepted(&format!("wamid.{nth}.2"))).await;
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

/// A status may report the delivery of a dead letter.
pub async fn a_dead_letter_can_turn_out_delivered(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, dead()).await;
    assert_eq!(b.states().await, [DeadLetter]);
    b.status(status_of(StatusKind::Delivered, "wamid.1", &send)).await;
    assert_eq!(b.states().await, [Delivered]);
}

/// Late statuses of the failed attempt do not stop the requeued row.
pub async fn statuses_before_a_requeue_are_ignored(b: Fixture) {
    let first = b.send_accepted().await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    b.store.requeue(first.id).await.unwrap();
    for kind in [StatusKind::Sent, StatusKind::Delivered, StatusKind::Failed] {
        b.status(status_of(kind, "wamid.1", &first)).await;
    }
    assert_eq!(b.states().await, [Queued]);
    let second = b.send().await;
    b.record(&second, accepted("wamid.2")).await;
    b.status(status(StatusKind::Read, "wamid.2")).await;
    let row = &b.rows().await[0];
    assert_eq!((row.state, row.message_id.as_ref().unwrap().as_str()), (Read, "wamid.2"));
}

/// A failure may arrive after the requeue of a dead letter.
pub async fn a_late_failure_does_not_stop_a_requeued_row(b: Fixture) {
    b.queue("run", &["1"]).await;
    let first = b.send().await;
    b.record(&first, dead()).await;
    b.store.requeue(first.id).await.unwrap();
    b.status(status_of(StatusKind::Failed, "wamid.1", &first)).await;
    assert_eq!(b.send().await.attempt, 2);
}

/// The highest state of all participants of a group applies.
pub async fn a_failed_participant_does_not_fail_the_message(b: Fixture) {
    let send = b.send_accepted().await;
    let of = |kind, participant: &str| StatusUpdate {
        participant: Some(participant.into()),
        ..status_of(kind, "wamid.1", &send)
    };
    b.status(of(StatusKind::Failed, "ES.1")).await;
    assert_eq!(b.states().await, [Accepted]);
    b.status(of(StatusKind::Delivered, "ES.2")).await;
    b.status(of(StatusKind::Sent, "ES.3")).await;
    assert_eq!(b.states().await, [Delivered]);
    // Equal statuses of two participants are not duplicates.
    b.status(of(StatusKind::Read, "ES.2")).await;
    assert_eq!(b.states().await, [Read]);
}

/// Tokens of other databases and of unknown attempts match no row.
pub async fn a_foreign_token_is_ignored(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, in_doubt()).await;
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

/// All items of a webhook are stored together.
pub async fn statuses_can_come_with_messages(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, in_doubt()).await;
    let batch = vec![
        WebhookItem::Message(message("b")),
        WebhookItem::Status(status_of(StatusKind::Sent, "wamid.1", &send)),
        WebhookItem::Status(status_of(StatusKind::Sent, "wamid.1", &send)),
    ];
    let accepted = b.store.accept(batch).await.unwrap();
    assert_eq!((accepted.messages, accepted.wakes_sends), (1, true));
    let again = b.store.accept(vec![WebhookItem::Status(status_of(StatusKind::Sent, "wamid.1", &send))]).await.unwrap();
    assert!(!again.wakes_sends);
    assert!(b.store.claim_sends(&[number()], SendLimits::each(1), REQUEST).await.unwrap().next_due_in.is_none());
}

/// Turns report undelivered messages until a commit says that the agent knows.
pub async fn a_failure_is_reported_until_a_commit(b: Fixture) {
    b.send_accepted().await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    b.queue("run 2", &["2", "+3"]).await;
    let refused = b.send().await;
    b.record(&refused, dead()).await;

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
    b.store.release(&claim.lease, TurnRelease::new(secs(0), ReleaseReason::PutOff)).await.unwrap();
    assert!(b.claim().await.undelivered.is_empty(), "a requeued row is not undelivered");
}
