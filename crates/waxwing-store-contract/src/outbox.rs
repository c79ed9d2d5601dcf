//! Outbox rows as operators see them.

use waxwing_store::OutboxState::{Accepted, DeadLetter, Delivered, Failed, InDoubt, Queued, Read, Sending, Sent};
use waxwing_store::{
    AttemptRecord, DeliveryRecord, Error, MAX_ATTEMPT_ERRORS, OutboxId, OutboxRecord, OutboxState, SendError,
    SendOutcome, StatusKind, StatusUpdate, Timestamp,
};

use crate::fixture::{Fixture, accepted, body, dead, error, in_doubt, message, number, retry, status, status_of};

/// Returns the deliveries of a row: attempt, state, number of participants.
fn events(record: &OutboxRecord) -> Vec<(u32, OutboxState, Option<u32>)> {
    record.deliveries.iter().map(|event| (event.attempt, event.state, event.participants)).collect()
}

#[track_caller]
fn refused(result: &Result<(), Error>, state: OutboxState) {
    assert!(matches!(result, Err(Error::WrongState { state: found }) if *found == state.as_str()), "{result:?}");
}

/// A record contains every attempt, and the delivery history in the order in which it became known.
pub async fn a_record_contains_attempts_with_deliveries(b: Fixture) {
    b.queue("run", &["1"]).await;
    let id = b.rows().await[0].id;
    let record = b.store.outbox_record(id).await.unwrap();
    assert_eq!((record.due, &record.attempts[..], &record.deliveries[..]), (Some(b.now()), &[][..], &[][..]));
    let first = b.send().await;
    let began = b.now();
    assert_eq!(b.store.outbox_record(id).await.unwrap().due, None);
    b.record(&first, retry(5)).await;
    assert_eq!(b.store.outbox_record(id).await.unwrap().due, Some(b.in_secs(5)));
    b.pass(5);
    let second = b.send().await;
    b.pass(1);
    b.record(&second, accepted("wamid.1")).await;
    for kind in [StatusKind::Delivered, StatusKind::Sent, StatusKind::Read] {
        b.pass(1);
        b.status(status(kind, "wamid.1")).await;
    }
    let record = b.store.outbox_record(id).await.unwrap();
    assert_eq!(record.row, b.rows().await[0]);
    let attempt = |attempt, started_at, message_id: Option<&str>| AttemptRecord {
        attempt,
        started_at,
        message_id: message_id.map(waxwing_types::MessageId::new),
        error: message_id.is_none().then(|| error("rate limited")),
    };
    let later = began.after(std::time::Duration::from_secs(5));
    assert_eq!(record.attempts, [attempt(1, began, None), attempt(2, later, Some("wamid.1"))]);
    let event = |state, at| DeliveryRecord { attempt: 2, state, at, error: None, participants: None };
    // Statuses have Meta's time.
    let at = Timestamp::from_millis(1_767_225_700_000);
    let taken = event(Accepted, later.after(std::time::Duration::from_secs(1)));
    assert_eq!(record.deliveries, [taken, event(Delivered, at), event(Sent, at), event(Read, at)]);
    assert!(matches!(b.store.outbox_record(OutboxId(999)).await, Err(Error::NotFound)));
}

/// Each failed attempt has its reason, and a row that is tried for long keeps the newest ones.
pub async fn a_record_keeps_the_reasons_of_the_newest_attempts(b: Fixture) {
    b.queue("run", &["1"]).await;
    let id = b.rows().await[0].id;
    let tries = MAX_ATTEMPT_ERRORS + 2;
    let reason = |attempt: u32| SendError { code: Some(i64::from(attempt)), message: format!("failure {attempt}") };
    for nth in 1..=tries {
        let send = b.send().await;
        let after = std::time::Duration::from_secs(5);
        b.record(&send, SendOutcome::Retry { after, error: reason(nth) }).await;
        b.pass(5);
    }
    let attempts = b.store.outbox_record(id).await.unwrap().attempts;
    let found: Vec<_> = attempts.into_iter().map(|attempt| attempt.error).collect();
    let expected: Vec<_> = (1..=tries).map(|nth| (nth > 2).then(|| reason(nth))).collect();
    assert_eq!(found, expected);
    // An attempt that Meta accepted after all has no reason.
    let send = b.send().await;
    b.record(&send, accepted("wamid.1")).await;
    assert_eq!(b.store.outbox_record(id).await.unwrap().attempts.last().unwrap().error, None);
}

/// A failure stays in the record of a requeued row.
pub async fn a_record_survives_a_requeue(b: Fixture) {
    b.queue("run", &["1"]).await;
    let first = b.send().await;
    b.record(&first, accepted("wamid.1")).await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    b.store.requeue(first.id).await.unwrap();
    b.pass(1);
    let second = b.send().await;
    b.record(&second, accepted("wamid.2")).await;
    let record = b.store.outbox_record(first.id).await.unwrap();
    assert_eq!(events(&record), [(1, Accepted, None), (1, Failed, None), (2, Accepted, None)]);
    let why = SendError { code: Some(131_026), message: "undeliverable".into() };
    assert_eq!(record.deliveries[1].error, Some(why));
}

/// A status may prove the acceptance before the response does.
pub async fn an_acceptance_has_the_time_of_its_first_proof(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.status(status_of(StatusKind::Sent, "wamid.1", &send)).await;
    let proven = b.now();
    b.pass(3);
    b.record(&send, accepted("wamid.1")).await;
    let record = b.store.outbox_record(send.id).await.unwrap();
    assert_eq!(events(&record), [(1, Accepted, None), (1, Sent, None)]);
    assert_eq!(record.deliveries[0].at, proven);
}

/// Participants of a group are counted and not named.
pub async fn participants_are_counted(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, accepted("wamid.1")).await;
    let said = [
        (StatusKind::Sent, None),
        (StatusKind::Delivered, Some("ES.1")),
        (StatusKind::Failed, Some("ES.2")),
        (StatusKind::Delivered, Some("ES.3")),
        (StatusKind::Read, Some("ES.1")),
    ];
    for (kind, participant) in said {
        b.status(StatusUpdate { participant: participant.map(Into::into), ..status(kind, "wamid.1") }).await;
    }
    let record = b.store.outbox_record(send.id).await.unwrap();
    let expected =
        [(1, Accepted, None), (1, Sent, None), (1, Delivered, Some(2)), (1, Failed, Some(1)), (1, Read, Some(1))];
    assert_eq!(events(&record), expected);
    assert!(!format!("{record:?}").contains("ES."), "no participant is named: {record:?}");
}

/// Queued parts that continue the row become dead letters, and no other rows.
pub async fn a_discarded_row_dead_letters_the_parts_that_need_it(b: Fixture) {
    b.queue("run 1", &["1", "2", "+3", "4"]).await;
    let first = b.send().await;
    let ids: Vec<_> = b.rows().await.iter().map(|row| row.id).collect();
    b.store.discard(ids[1]).await.unwrap();
    assert_eq!(b.states().await, [Sending, DeadLetter, DeadLetter, Queued]);
    let rows = b.rows().await;
    let why = |n: usize| rows[n].error.as_ref().map(|error| error.message.as_str());
    assert_eq!(why(1), Some("discarded by an operator"));
    assert_eq!(why(2), Some("part 1 of the same reply was not sent"));
    assert_eq!(body(&b.record(&first, accepted("1")).await.unwrap()), "4");
}

/// The send queue continues at once when its first row is discarded.
pub async fn a_send_queue_continues_after_a_discarded_row(b: Fixture) {
    for (n, outcome) in [retry(999), in_doubt()].into_iter().enumerate() {
        b.queue(&format!("run {n}"), &["1"]).await;
        b.queue(&format!("run {n} later"), &["2"]).await;
        let send = b.send().await;
        b.record(&send, outcome).await;
        b.store.discard(send.id).await.unwrap();
        let next = b.send().await;
        assert_eq!(body(&next), "2");
        b.record(&next, accepted(&n.to_string())).await;
    }
}

/// A status may report the delivery of a row that was discarded in doubt.
pub async fn a_discarded_row_can_turn_out_delivered(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, in_doubt()).await;
    b.store.discard(send.id).await.unwrap();
    assert_eq!(b.states().await, [DeadLetter]);
    b.status(status_of(StatusKind::Delivered, "wamid.1", &send)).await;
    assert_eq!(b.states().await, [Delivered]);
}

/// A late sender can still record the outcome of the discarded row.
pub async fn a_row_of_a_crashed_sender_can_be_discarded(b: Fixture) {
    b.queue("run 1", &["1"]).await;
    b.queue("run 2", &["2"]).await;
    let late = b.send().await;
    refused(&b.store.discard(late.id).await, Sending);
    b.pass(60);
    b.store.discard(late.id).await.unwrap();
    assert_eq!(b.states().await, [DeadLetter, Queued]);
    assert_eq!(body(&b.record(&late, accepted("1")).await.unwrap()), "2");
    assert_eq!(b.states().await, [Accepted, Sending]);
}

/// Rows in other states are refused, and a discarded row can be requeued.
pub async fn only_a_waiting_row_is_discarded(b: Fixture) {
    assert!(matches!(b.store.discard(OutboxId(7)).await, Err(Error::NotFound)));
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, dead()).await;
    refused(&b.store.discard(send.id).await, DeadLetter);
    assert_eq!(b.rows().await[0].error, Some(error("refused")), "nothing was written");
    b.store.requeue(send.id).await.unwrap();
    b.store.discard(send.id).await.unwrap();
    assert_eq!(b.no_send().await, None);
    b.store.requeue(send.id).await.unwrap();
    let send = b.send().await;
    b.record(&send, accepted("wamid.1")).await;
    refused(&b.store.discard(send.id).await, Accepted);
    let claim = b.turn(message("another")).await;
    b.answer(&claim, "another", &["2"]).await;
    let send = b.send().await;
    b.record(&send, in_doubt()).await;
    assert_eq!(b.states().await, [Accepted, InDoubt]);
    b.store.discard(send.id).await.unwrap();
}

/// The list contains all rows or the rows in one state.
pub async fn the_outbox_is_listed_newest_first(b: Fixture) {
    b.queue("run 1", &["1"]).await;
    b.pass(1);
    b.queue("run 2", &["2"]).await;
    let send = b.send().await;
    b.pass(1);
    b.record(&send, accepted("wamid.1")).await;
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
