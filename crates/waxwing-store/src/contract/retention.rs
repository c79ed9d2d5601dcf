//! What goes when it is old, and what stays.

use std::time::Duration;

use bytes::Bytes;

use super::bench::{
    Bench, REQUEST, accepted, answer, body, dead, from, in_doubt, message, phone, picture, status, status_of, text,
};
use crate::{
    Disposition, Error, InboxMessage, OutboxState, QuarantinedItem, Retention, RetentionStats, RunId, RunRef,
    SendPolicy, SessionWrite, StatusKind, TurnClaim, TurnCommit, WebhookItem,
};

const DAY: u64 = 24 * 60 * 60;

/// Everything goes at once that may go.
const AT_ONCE: Retention = Retention {
    inbox: Some(Duration::ZERO),
    outbox: Some(Duration::ZERO),
    sessions: Some(Duration::ZERO),
    quarantine: Some(Duration::ZERO),
    deduplication: Some(Duration::ZERO),
};

/// One round of the sweep, in small steps; what it removed beside hashes.
async fn round(b: &Bench, keep: &Retention) -> RetentionStats {
    let mut total = RetentionStats::default();
    for _ in 0..100 {
        total += b.store.apply_retention(keep, 3).await.unwrap();
        if total.is_complete {
            return RetentionStats { deduplication: 0, is_complete: false, ..total };
        }
    }
    panic!("the sweep does not come to its end");
}

/// Checks that a round removes this when so much time and a second have passed, and nothing a second before that.
async fn goes_after(b: &Bench, age: u64, expected: RetentionStats) {
    b.pass(age - 1);
    assert_eq!(round(b, &Retention::default()).await, RetentionStats::default(), "too early");
    b.pass(2);
    assert_eq!(round(b, &Retention::default()).await, expected);
}

fn part(body: &'static str) -> WebhookItem {
    WebhookItem::Quarantined(QuarantinedItem {
        number: None,
        reason: "odd".into(),
        body: Bytes::from_static(body.as_bytes()),
    })
}

/// Answers a turn and writes to its session.
async fn remember(b: &Bench, claim: &TurnClaim, entries: &[&'static str]) {
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    let append = entries.iter().map(|entry| Bytes::from_static(entry.as_bytes()).into()).collect();
    let write = SessionWrite {
        id: session.id,
        append,
        state: Some(Bytes::from_static(b"state")),
        memory: Some(Bytes::from_static(b"memory")),
    };
    let commit = TurnCommit { session: Some(write), ..answer(claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
}

/// A message goes when it is done for long, however long it waited.
pub async fn a_message_goes_when_it_is_done(b: Bench) {
    let claim = b.turn(message("answered late")).await;
    b.say(from(phone("2"), "waits")).await;
    b.pass(60 * DAY);
    b.accept([InboxMessage { disposition: Disposition::Ignored("a reaction".into()), ..message("ignored") }]).await;
    b.answer(&claim, "run", &[]).await;
    goes_after(&b, 30 * DAY, RetentionStats { inbox: 2, ..RetentionStats::default() }).await;
    assert_eq!(b.claim().await.pending[0].id.as_str(), "waits");
}

/// A row of the outbox goes with all that hangs on it, and nobody stumbles over that.
pub async fn a_sent_message_goes_with_its_attempts_and_statuses(b: Bench) {
    let claim = b.turn(message("a")).await;
    let commit = TurnCommit { reply: vec![picture("look")], ..answer(&claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    let send = b.send().await;
    b.settle(&send, accepted("wamid.1")).await;
    b.status(status(StatusKind::Sent, "wamid.1")).await;
    b.status(status(StatusKind::Delivered, "wamid.1")).await;
    goes_after(&b, 30 * DAY, RetentionStats { inbox: 1, outbox: 1, statuses: 2, ..RetentionStats::default() }).await;
    assert!(b.rows().await.is_empty());
    assert!(matches!(b.store.requeue(send.id).await, Err(Error::NotFound)));
    // What is said of it now is said of a message that nobody knows.
    assert!(!b.status(status_of(StatusKind::Read, "wamid.1", &send)).await);
    b.queue("another", &["1"]).await;
    assert_ne!(b.send().await.id, send.id, "an id is not used twice");
}

/// What was given up or has failed is over as well; a row is as old as its last change.
pub async fn a_row_is_as_old_as_its_last_change(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    let second = b.settle(&send, accepted("wamid.1")).await.unwrap();
    b.settle(&second, dead()).await;
    b.pass(20 * DAY);
    b.status(status(StatusKind::Failed, "wamid.1")).await;
    b.pass(11 * DAY);
    let first_round = round(&b, &Retention::default()).await;
    assert_eq!(first_round, RetentionStats { inbox: 1, outbox: 1, ..RetentionStats::default() });
    assert_eq!(b.states().await, [OutboxState::Failed]);
    b.pass(20 * DAY);
    assert_eq!(
        round(&b, &Retention::default()).await,
        RetentionStats { outbox: 1, statuses: 1, ..RetentionStats::default() }
    );
}

/// Statuses of messages that nobody knows, and parts that were set aside, go by themselves.
pub async fn what_is_of_no_use_goes(b: Bench) {
    b.status(status(StatusKind::Sent, "wamid.unknown")).await;
    b.store.accept(vec![part("odd")]).await.unwrap();
    goes_after(&b, 30 * DAY, RetentionStats { statuses: 1, quarantine: 1, ..RetentionStats::default() }).await;
}

/// What is not over stays, whatever its age.
pub async fn what_is_not_over_stays(b: Bench) {
    b.queue("run", &["in doubt", "queued"]).await;
    let doubtful = b.send().await;
    b.settle(&doubtful, in_doubt()).await;
    b.pass(1);
    let swept = round(&b, &AT_ONCE).await;
    assert_eq!(
        swept,
        RetentionStats { inbox: 1, ..RetentionStats::default() },
        "the message is answered, the answer not sent"
    );
    b.pass(400 * DAY);
    let patient = SendPolicy { max_age: Duration::MAX, ..REQUEST };
    let sending = b.sends(patient).await.remove(0);
    assert_eq!(round(&b, &AT_ONCE).await, RetentionStats::default());
    assert_eq!(b.states().await, [OutboxState::Sending, OutboxState::Queued]);
    assert_eq!(body(&b.settle(&sending, accepted("wamid.1")).await.unwrap()), "queued");
}

/// A status may tell that a message was taken while its sender still waits for the answer, who then has to find it.
pub async fn what_is_being_sent_stays(b: Bench) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    b.status(status_of(StatusKind::Delivered, "wamid.1", &send)).await;
    assert_eq!(round(&b, &AT_ONCE).await, RetentionStats { inbox: 1, ..RetentionStats::default() });
    let next = b.settle(&send, accepted("wamid.1")).await.expect("the queue goes on");
    assert_eq!(body(&next), "2");
    assert_eq!(round(&b, &AT_ONCE).await, RetentionStats { outbox: 1, statuses: 1, ..RetentionStats::default() });
    // Nobody tells any more how this one ended, as its sender is gone.
    b.status(status_of(StatusKind::Sent, "wamid.2", &next)).await;
    b.pass(60);
    b.no_send().await;
    assert_eq!(round(&b, &AT_ONCE).await, RetentionStats { outbox: 1, statuses: 1, ..RetentionStats::default() });
}

/// What a run has said and read is kept until it has ended, so that it can be repeated.
pub async fn an_unfinished_run_loses_nothing(b: Bench) {
    let claim = b.turn(message("a")).await;
    remember(&b, &claim, &["1"]).await;
    let claim = b.turn(message("b")).await;
    let run = RunId("cut off".into());
    let messages = [claim.pending[0].seq];
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &messages };
    b.store.session(&claim.lease, "agent", "label", 1).await.unwrap();
    b.store.enqueue(writes, "0", text("one moment")).await.unwrap();
    let send = b.send().await;
    b.settle(&send, accepted("wamid.1")).await;
    b.pass(400 * DAY);
    assert_eq!(round(&b, &AT_ONCE).await, RetentionStats { inbox: 1, ..RetentionStats::default() });
    // The repeated run finds its session and what it has said.
    let again = b.claim().await;
    assert_eq!(again.pending[0].run.as_ref(), Some(&run));
    let writes = RunRef { lease: &again.lease, run: &run, messages: &messages };
    b.store.enqueue(writes, "0", text("one moment")).await.unwrap();
    assert_eq!(b.states().await, [OutboxState::Accepted]);
    assert_eq!(b.store.session(&again.lease, "agent", "label", 1).await.unwrap().entries.len(), 1);
    b.answer(&again, "cut off", &[]).await;
    b.pass(1);
    assert_eq!(
        round(&b, &AT_ONCE).await,
        RetentionStats { inbox: 1, outbox: 1, entries: 1, sessions: 1, memories: 1, ..RetentionStats::default() }
    );
}

/// A session goes when it is not written to for long; of one that lives, the old entries go.
pub async fn a_session_goes_when_it_is_not_used(b: Bench) {
    let claim = b.turn(message("a")).await;
    remember(&b, &claim, &["1", "2"]).await;
    b.pass(100 * DAY);
    let claim = b.turn(message("b")).await;
    remember(&b, &claim, &["3"]).await;
    b.pass(100 * DAY);
    assert_eq!(
        round(&b, &Retention::default()).await,
        RetentionStats { inbox: 2, entries: 2, ..RetentionStats::default() }
    );
    let claim = b.turn(message("c")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    let bodies: Vec<_> = session.entries.iter().map(|entry| &entry.body[..]).collect();
    assert_eq!((bodies, session.state), (vec![&b"3"[..]], Some(Bytes::from("state"))));
    b.answer(&claim, "c", &[]).await;
    b.pass(81 * DAY);
    let expected = RetentionStats { inbox: 1, entries: 1, sessions: 1, memories: 1, ..RetentionStats::default() };
    assert_eq!(round(&b, &Retention::default()).await, expected);
    let claim = b.turn(message("d")).await;
    let session = b.store.session(&claim.lease, "agent", "another label", 10).await.unwrap();
    assert_eq!((session.label.as_str(), session.entries.len()), ("another label", 0));
    assert_eq!((session.state, session.memory), (None, None));
}

/// A repeat is known for eight days, although the message is long gone, and although less was asked for.
pub async fn a_repeat_is_known_for_eight_days(b: Bench) {
    let parts = || vec![WebhookItem::Message(message("a")), part("odd")];
    b.store.accept(parts()).await.unwrap();
    let claim = b.claim().await;
    b.answer(&claim, "run", &[]).await;
    b.pass(8 * DAY - 1);
    assert_eq!(round(&b, &AT_ONCE).await, RetentionStats { inbox: 1, quarantine: 1, ..RetentionStats::default() });
    assert_eq!(b.store.accept(parts()).await.unwrap().duplicates, 2);
    b.pass(2);
    let mut swept = b.store.apply_retention(&AT_ONCE, 100).await.unwrap();
    assert_eq!(std::mem::take(&mut swept.deduplication), 2);
    assert_eq!(swept, RetentionStats { is_complete: true, ..RetentionStats::default() });
    assert_eq!(b.store.accept(parts()).await.unwrap().messages, 1);
}

/// What is kept for ever is.
pub async fn for_ever_is_for_ever(b: Bench) {
    let claim = b.turn(message("a")).await;
    remember(&b, &claim, &["1"]).await;
    b.store.accept(vec![part("odd"), WebhookItem::Status(status(StatusKind::Sent, "wamid.unknown"))]).await.unwrap();
    b.pass(40_000 * DAY);
    let ever = Retention { inbox: None, outbox: None, sessions: None, quarantine: None, deduplication: None };
    let step = b.store.apply_retention(&ever, 1).await.unwrap();
    assert_eq!(step, RetentionStats { is_complete: true, ..RetentionStats::default() });
}

/// A step does little, and the next one goes on where it ended.
pub async fn a_sweep_goes_on_where_it_stopped(b: Bench) {
    b.accept(
        (0..10).map(|n| InboxMessage { disposition: Disposition::Ignored("x".into()), ..message(&n.to_string()) }),
    )
    .await;
    b.say(message("waits")).await;
    b.pass(9 * DAY + 1);
    let keep = Retention { inbox: Some(Duration::ZERO), ..Retention::default() };
    let mut steps = Vec::new();
    while !steps.last().is_some_and(|step: &RetentionStats| step.is_complete) {
        steps.push(b.store.apply_retention(&keep, 4).await.unwrap());
    }
    let removed: Vec<_> = steps.iter().map(|step| (step.inbox, step.deduplication)).collect();
    assert_eq!(removed, [(4, 0), (4, 0), (2, 1), (0, 4), (0, 4), (0, 2)]);
    // The next round begins at the beginning.
    assert_eq!(b.store.apply_retention(&keep, 1).await.unwrap(), RetentionStats::default());
    assert_eq!(b.claim().await.pending.len(), 1);
}
