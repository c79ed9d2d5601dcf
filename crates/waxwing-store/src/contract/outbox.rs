//! What an operator may see and do.

use super::bench::{Bench, accepted, body, dead, error, in_doubt, message, retry, status, status_of};
use crate::OutboxState::{Accepted, DeadLetter, Delivered, Failed, InDoubt, Queued, Read, Sending, Sent};
use crate::{
    AttemptRecord, DeliveryRecord, Error, OutboxId, OutboxRecord, OutboxState, SendError, StatusKind, StatusUpdate,
    Timestamp,
};

/// The events of a row: attempt, what happened, and how many participants it happened to.
fn events(record: &OutboxRecord) -> Vec<(u32, OutboxState, Option<u32>)> {
    record.deliveries.iter().map(|event| (event.attempt, event.state, event.participants)).collect()
}

#[track_caller]
fn refused(result: &Result<(), Error>, state: OutboxState) {
    assert!(matches!(result, Err(Error::WrongState { state: found }) if *found == state.as_str()), "{result:?}");
}

/// A record holds every attempt and everything that was heard of it, in the order in which it was heard.
pub async fn a_record_tells_the_whole_way(b: Bench) {
    b.queue("run", &["1"]).await;
    let id = b.rows().await[0].id;
    let record = b.store.outbox_record(id).await.unwrap();
    assert_eq!((record.due, &record.attempts[..], &record.deliveries[..]), (Some(b.now()), &[][..], &[][..]));
    let first = b.send().await;
    let began = b.now();
    assert_eq!(b.store.outbox_record(id).await.unwrap().due, None);
    b.settle(&first, retry(5)).await;
    assert_eq!(b.store.outbox_record(id).await.unwrap().due, Some(b.in_secs(5)));
    b.pass(5);
    let second = b.send().await;
    b.pass(1);
    b.settle(&second, accepted("wamid.1")).await;
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
    };
    let later = began.after(std::time::Duration::from_secs(5));
    assert_eq!(record.attempts, [attempt(1, began, None), attempt(2, later, Some("wamid.1"))]);
    let event = |state, at| DeliveryRecord { attempt: 2, state, at, error: None, participants: None };
    // Statuses bear Meta's time.
    let at = Timestamp::from_millis(1_767_225_700_000);
    let taken = event(Accepted, later.after(std::time::Duration::from_secs(1)));
    assert_eq!(record.deliveries, [taken, event(Delivered, at), event(Sent, at), event(Read, at)]);
    assert!(matches!(b.store.outbox_record(OutboxId(999)).await, Err(Error::NotFound)));
}

/// A failure is recorded with its code, and what became of a requeued row beside it.
pub async fn a_record_outlives_a_requeue(b: Bench) {
    b.queue("run", &["1"]).await;
    let first = b.send().await;
    b.settle(&first, accepted("wamid.1")).await;
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    b.store.requeue(first.id).await.unwrap();
    b.pass(1);
    let second = b.send().await;
    b.settle(&second, accepted("wamid.2")).await;
    let record = b.store.outbox_record(first.id).await.unwrap();
    assert_eq!(events(&record), [(1, Accepted, None), (1, Failed, None), (2, Accepted, None)]);
    let why = SendError { code: Some(131_026), message: "undeliverable".into() };
    assert_eq!(record.deliveries[1].error, Some(why));
}

/// A status may be the first to tell that Meta took a message; the response that comes after it tells nothing new.
pub async fn an_acceptance_has_the_time_of_its_first_proof(b: Bench) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.status(status_of(StatusKind::Sent, "wamid.1", &send)).await;
    let proven = b.now();
    b.pass(3);
    b.settle(&send, accepted("wamid.1")).await;
    let record = b.store.outbox_record(send.id).await.unwrap();
    assert_eq!(events(&record), [(1, Accepted, None), (1, Sent, None)]);
    assert_eq!(record.deliveries[0].at, proven);
}

/// The participants of a group are counted, not named.
pub async fn participants_are_counted(b: Bench) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.settle(&send, accepted("wamid.1")).await;
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
    assert!(!format!("{record:?}").contains("ES."), "nobody is named: {record:?}");
}

/// A dropped row takes the parts of its reply that wait behind it along, and nothing else.
pub async fn a_dropped_row_takes_the_rest_of_its_reply(b: Bench) {
    b.queue("run 1", &["1", "2", "3"]).await;
    b.queue("run 2", &["4"]).await;
    let first = b.send().await;
    let ids: Vec<_> = b.rows().await.iter().map(|row| row.id).collect();
    b.store.discard(ids[1]).await.unwrap();
    assert_eq!(b.states().await, [Sending, DeadLetter, DeadLetter, Queued]);
    let rows = b.rows().await;
    let why = |n: usize| rows[n].error.as_ref().map(|error| error.message.as_str());
    assert_eq!(why(1), Some("discarded by an operator"));
    assert_eq!(why(2), Some("part 1 of the same reply was not sent"));
    assert_eq!(body(&b.settle(&first, accepted("1")).await.unwrap()), "4");
}

/// The queue goes on at once when its head is dropped, whatever that waited for.
pub async fn a_queue_goes_on_behind_a_dropped_row(b: Bench) {
    for (n, outcome) in [retry(999), in_doubt()].into_iter().enumerate() {
        b.queue(&format!("run {n}"), &["1"]).await;
        b.queue(&format!("run {n} later"), &["2"]).await;
        let send = b.send().await;
        b.settle(&send, outcome).await;
        b.store.discard(send.id).await.unwrap();
        let next = b.send().await;
        assert_eq!(body(&next), "2");
        b.settle(&next, accepted(&n.to_string())).await;
    }
}

/// What was dropped in doubt may turn out to have arrived.
pub async fn a_dropped_row_may_turn_out_delivered(b: Bench) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.settle(&send, in_doubt()).await;
    b.store.discard(send.id).await.unwrap();
    assert_eq!(b.states().await, [DeadLetter]);
    b.status(status_of(StatusKind::Delivered, "wamid.1", &send)).await;
    assert_eq!(b.states().await, [Delivered]);
}

/// A row can be dropped that was being sent when its sender died, and be told of by a sender that is only late.
pub async fn a_row_whose_sender_is_gone_can_be_dropped(b: Bench) {
    b.queue("run 1", &["1"]).await;
    b.queue("run 2", &["2"]).await;
    let late = b.send().await;
    refused(&b.store.discard(late.id).await, Sending);
    b.pass(60);
    b.store.discard(late.id).await.unwrap();
    assert_eq!(b.states().await, [DeadLetter, Queued]);
    assert_eq!(body(&b.settle(&late, accepted("1")).await.unwrap()), "2");
    assert_eq!(b.states().await, [Accepted, Sending]);
}

/// Only what waits can be dropped, and what was dropped can be requeued.
pub async fn only_a_row_that_waits_is_dropped(b: Bench) {
    assert!(matches!(b.store.discard(OutboxId(7)).await, Err(Error::NotFound)));
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.settle(&send, dead()).await;
    refused(&b.store.discard(send.id).await, DeadLetter);
    assert_eq!(b.rows().await[0].error, Some(error("refused")), "nothing was written");
    b.store.requeue(send.id).await.unwrap();
    b.store.discard(send.id).await.unwrap();
    assert_eq!(b.no_send().await, None);
    b.store.requeue(send.id).await.unwrap();
    let send = b.send().await;
    b.settle(&send, accepted("wamid.1")).await;
    refused(&b.store.discard(send.id).await, Accepted);
    let claim = b.turn(message("another")).await;
    b.answer(&claim, "another", &["2"]).await;
    let send = b.send().await;
    b.settle(&send, in_doubt()).await;
    assert_eq!(b.states().await, [Accepted, InDoubt]);
    b.store.discard(send.id).await.unwrap();
}
