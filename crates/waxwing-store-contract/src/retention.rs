//! Removal of old data.

use std::time::Duration;

use bytes::Bytes;
use waxwing_store::{
    Disposition, Error, InboxMessage, NewLogEntry, OutboxState, QuarantinedItem, Retention, RetentionStats, RunId,
    RunRef, SendPolicy, SessionWrite, StatusKind, TOOL_ROUND, TurnClaim, TurnCommit, WebhookItem,
};

use crate::fixture::{
    Fixture, REQUEST, accepted, answer, body, dead, entry, from, in_doubt, message, phone, picture, status, status_of,
    text,
};

const DAY: u64 = 24 * 60 * 60;

/// Everything goes at once that may go.
const AT_ONCE: Retention = Retention {
    inbox: Some(Duration::ZERO),
    outbox: Some(Duration::ZERO),
    sessions: Some(Duration::ZERO),
    media: Some(Duration::ZERO),
    quarantine: Some(Duration::ZERO),
    deduplication: Some(Duration::ZERO),
    usage: Some(Duration::ZERO),
};

/// Applies retention to all data in small steps. Returns the removed rows without hashes.
async fn round(b: &Fixture, keep: &Retention) -> RetentionStats {
    let mut total = RetentionStats::default();
    for _ in 0..100 {
        total += b.store.apply_retention(keep, 3).await.unwrap();
        if total.is_complete {
            return RetentionStats { deduplication: 0, is_complete: false, ..total };
        }
    }
    panic!("retention does not complete");
}

/// Checks that retention removes these rows after this time, and nothing one second before.
async fn goes_after(b: &Fixture, age: u64, expected: RetentionStats) {
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
async fn remember(b: &Fixture, claim: &TurnClaim, entries: &[&'static str]) {
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    let log = entries.iter().map(|text| entry(text)).collect();
    let write = SessionWrite {
        id: session.id,
        state: Some(Bytes::from_static(b"state")),
        memory: Some(Bytes::from_static(b"memory")),
    };
    let commit = TurnCommit { session: Some(write), log, ..answer(claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
}

/// The retention period of a message starts with its outcome.
pub async fn a_message_is_removed_after_its_outcome(b: Fixture) {
    let claim = b.turn(message("answered late")).await;
    b.receive(from(phone("2"), "waits")).await;
    b.pass(60 * DAY);
    b.accept([InboxMessage { disposition: Disposition::Ignored("a reaction".into()), ..message("ignored") }]).await;
    b.answer(&claim, "run", &[]).await;
    goes_after(&b, 30 * DAY, RetentionStats { inbox: 2, ..RetentionStats::default() }).await;
    assert_eq!(b.claim().await.pending[0].id.as_str(), "waits");
}

/// Later calls for a removed row fail without other effects.
pub async fn a_sent_message_is_removed_with_attempts_and_statuses(b: Fixture) {
    let claim = b.turn(message("a")).await;
    let commit = TurnCommit { reply: vec![picture("look")], ..answer(&claim, "run", &[]) };
    b.store.commit_turn(&claim.lease, commit).await.unwrap();
    let send = b.send().await;
    b.record(&send, accepted("wamid.1")).await;
    b.status(status(StatusKind::Sent, "wamid.1")).await;
    b.status(status(StatusKind::Delivered, "wamid.1")).await;
    goes_after(&b, 30 * DAY, RetentionStats { inbox: 1, outbox: 1, statuses: 2, ..RetentionStats::default() }).await;
    assert!(b.rows().await.is_empty());
    assert!(matches!(b.store.requeue(send.id).await, Err(Error::NotFound)));
    // A later status is one of an unknown message.
    assert!(!b.status(status_of(StatusKind::Read, "wamid.1", &send)).await);
    b.queue("another", &["1"]).await;
    assert_ne!(b.send().await.id, send.id, "an id is not used twice");
}

/// Dead letters and failed rows are removed, too.
pub async fn the_age_of_a_row_counts_from_its_last_change(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    let second = b.record(&send, accepted("wamid.1")).await.unwrap();
    b.record(&second, dead()).await;
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

/// Statuses of unknown messages and quarantined items are removed by their own age.
pub async fn unmatched_data_is_removed(b: Fixture) {
    b.status(status(StatusKind::Sent, "wamid.unknown")).await;
    b.store.accept(vec![part("odd")]).await.unwrap();
    goes_after(&b, 30 * DAY, RetentionStats { statuses: 1, quarantine: 1, ..RetentionStats::default() }).await;
}

/// Pending messages and open rows are kept at any age.
pub async fn unfinished_data_is_kept(b: Fixture) {
    b.queue("run", &["in doubt", "queued"]).await;
    let doubtful = b.send().await;
    b.record(&doubtful, in_doubt()).await;
    b.pass(1);
    let swept = round(&b, &AT_ONCE).await;
    assert_eq!(
        swept,
        RetentionStats { inbox: 1, entries: 1, ..RetentionStats::default() },
        "the message is answered, the answer not sent"
    );
    b.pass(400 * DAY);
    let patient = SendPolicy { max_age: Duration::MAX, ..REQUEST };
    let sending = b.sends(patient).await.remove(0);
    assert_eq!(round(&b, &AT_ONCE).await, RetentionStats::default());
    assert_eq!(b.states().await, [OutboxState::Sending, OutboxState::Queued]);
    assert_eq!(body(&b.record(&sending, accepted("wamid.1")).await.unwrap()), "queued");
}

/// A status may report acceptance while the sender still waits for the response and has to record the outcome.
pub async fn a_row_with_a_running_attempt_is_kept(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    b.status(status_of(StatusKind::Delivered, "wamid.1", &send)).await;
    assert_eq!(round(&b, &AT_ONCE).await, RetentionStats { inbox: 1, entries: 1, ..RetentionStats::default() });
    let next = b.record(&send, accepted("wamid.1")).await.expect("the send queue continues");
    assert_eq!(body(&next), "2");
    assert_eq!(round(&b, &AT_ONCE).await, RetentionStats { outbox: 1, statuses: 1, ..RetentionStats::default() });
    // The sender of this row has crashed, so no outcome will be recorded.
    b.status(status_of(StatusKind::Sent, "wamid.2", &next)).await;
    b.pass(60);
    b.no_send().await;
    assert_eq!(round(&b, &AT_ONCE).await, RetentionStats { outbox: 1, statuses: 1, ..RetentionStats::default() });
}

/// A repeated run needs its interim messages and its session.
pub async fn data_of_an_unfinished_run_is_kept(b: Fixture) {
    let claim = b.turn(message("a")).await;
    remember(&b, &claim, &["1"]).await;
    let claim = b.turn(message("b")).await;
    let run = RunId("cut off".into());
    let messages = [claim.pending[0].seq];
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &messages, agent: "shop" };
    b.store.session(&claim.lease, "agent", "label", 1).await.unwrap();
    b.store.enqueue(writes, "0", text("one moment"), None).await.unwrap();
    let send = b.send().await;
    b.record(&send, accepted("wamid.1")).await;
    b.pass(400 * DAY);
    assert_eq!(round(&b, &AT_ONCE).await, RetentionStats { inbox: 1, ..RetentionStats::default() });
    // The repeated run finds its session and its interim message.
    let again = b.claim().await;
    assert_eq!(again.pending[0].run.as_ref(), Some(&run));
    let writes = RunRef { lease: &again.lease, run: &run, messages: &messages, agent: "shop" };
    b.store.enqueue(writes, "0", text("one moment"), None).await.unwrap();
    assert_eq!(b.states().await, [OutboxState::Accepted]);
    assert_eq!(b.store.session(&again.lease, "agent", "label", 1).await.unwrap().entries.len(), 1);
    b.answer(&again, "cut off", &[]).await;
    b.pass(1);
    assert_eq!(
        round(&b, &AT_ONCE).await,
        RetentionStats { inbox: 1, outbox: 1, entries: 3, sessions: 1, memories: 1, ..RetentionStats::default() }
    );
}

/// Old entries of the log are removed while their session is in use. An unused session goes before newer entries.
pub async fn an_unused_session_is_removed(b: Fixture) {
    let claim = b.turn(message("a")).await;
    remember(&b, &claim, &["1", "2"]).await;
    b.pass(100 * DAY);
    let claim = b.turn(message("b")).await;
    remember(&b, &claim, &["3"]).await;
    b.pass(100 * DAY);
    assert_eq!(
        round(&b, &Retention::default()).await,
        RetentionStats { inbox: 2, entries: 3, ..RetentionStats::default() }
    );
    let claim = b.turn(message("c")).await;
    let session = b.store.session(&claim.lease, "agent", "label", 10).await.unwrap();
    let bodies: Vec<_> = session.entries.iter().map(|entry| &entry.content[..]).collect();
    assert_eq!((bodies, session.state), (vec![&b"the body of b"[..], b"3"], Some(Bytes::from("state"))));
    b.answer(&claim, "c", &[]).await;
    b.pass(81 * DAY);
    let expected = RetentionStats { inbox: 1, entries: 2, sessions: 1, memories: 1, ..RetentionStats::default() };
    assert_eq!(round(&b, &Retention::default()).await, expected);
    let claim = b.turn(message("d")).await;
    let session = b.store.session(&claim.lease, "agent", "another label", 10).await.unwrap();
    assert_eq!((session.label.as_str(), session.entries.len()), ("another label", 1));
    assert_eq!((session.state, session.memory), (None, None));
}

/// A shorter period is raised to the minimum, also after the message was removed.
pub async fn duplicates_are_recognized_for_eight_days(b: Fixture) {
    let parts = || vec![WebhookItem::Message(message("a")), part("odd")];
    b.store.accept(parts()).await.unwrap();
    let claim = b.claim().await;
    b.answer(&claim, "run", &[]).await;
    b.pass(8 * DAY - 1);
    assert_eq!(
        round(&b, &AT_ONCE).await,
        RetentionStats { inbox: 1, entries: 1, quarantine: 1, ..RetentionStats::default() }
    );
    assert_eq!(b.store.accept(parts()).await.unwrap().duplicates, 2);
    b.pass(2);
    let mut swept = b.store.apply_retention(&AT_ONCE, 100).await.unwrap();
    assert_eq!(std::mem::take(&mut swept.deduplication), 2);
    assert_eq!(swept, RetentionStats { is_complete: true, ..RetentionStats::default() });
    assert_eq!(b.store.accept(parts()).await.unwrap().messages, 1);
}

/// `None` keeps data without limit.
pub async fn data_without_a_retention_period_is_kept(b: Fixture) {
    let claim = b.turn(message("a")).await;
    remember(&b, &claim, &["1"]).await;
    b.store.accept(vec![part("odd"), WebhookItem::Status(status(StatusKind::Sent, "wamid.unknown"))]).await.unwrap();
    b.pass(40_000 * DAY);
    let ever = Retention {
        inbox: None,
        outbox: None,
        sessions: None,
        media: None,
        quarantine: None,
        deduplication: None,
        usage: None,
    };
    let step = b.store.apply_retention(&ever, 1).await.unwrap();
    assert_eq!(step, RetentionStats { is_complete: true, ..RetentionStats::default() });
}

/// A step examines a limited number of rows.
pub async fn a_step_continues_where_the_previous_one_ended(b: Fixture) {
    b.accept(
        (0..10).map(|n| InboxMessage { disposition: Disposition::Ignored("x".into()), ..message(&n.to_string()) }),
    )
    .await;
    b.receive(message("waits")).await;
    b.pass(9 * DAY + 1);
    let keep = Retention { inbox: Some(Duration::ZERO), ..Retention::default() };
    let mut steps = Vec::new();
    while !steps.last().is_some_and(|step: &RetentionStats| step.is_complete) {
        steps.push(b.store.apply_retention(&keep, 4).await.unwrap());
    }
    let removed: Vec<_> = steps.iter().map(|step| (step.inbox, step.deduplication)).collect();
    assert_eq!(removed, [(4, 0), (4, 0), (2, 0), (0, 2), (0, 4), (0, 4), (0, 1)]);
    // The next step starts from the beginning.
    assert_eq!(b.store.apply_retention(&keep, 1).await.unwrap(), RetentionStats::default());
    assert_eq!(b.claim().await.pending.len(), 1);
}

/// Calls of tools go after a week, except those of the last five turns with calls.
pub async fn calls_of_tools_are_removed_earlier(b: Fixture) {
    for nth in 0..7 {
        let claim = b.turn(message(&format!("{nth}"))).await;
        let tools = || NewLogEntry { kind: TOOL_ROUND.into(), ..entry("tools") };
        let log = vec![tools(), tools(), entry("answer")];
        let commit = TurnCommit { log, ..answer(&claim, &format!("run {nth}"), &[]) };
        b.store.commit_turn(&claim.lease, commit).await.unwrap();
    }
    b.pass(7 * DAY - 1);
    assert_eq!(round(&b, &Retention::default()).await, RetentionStats::default(), "too early");
    b.pass(2);
    assert_eq!(round(&b, &Retention::default()).await, RetentionStats { entries: 4, ..RetentionStats::default() });
}
