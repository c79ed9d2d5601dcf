//! Sends whose outcome is unknown.

use std::time::Duration;

use waxwing_store::OutboxState::{Failed, InDoubt, Queued, Read, Sending, Sent};
use waxwing_store::{OutboxState, SendAttempt, SendPolicy, StatusKind};

use crate::fixture::{
    Fixture, GIVE_UP, REQUEST, accepted, body, dead, from, in_doubt, lost, phone, retry, secs, status, status_of,
};

/// A row in doubt blocks later rows until its window closes.
pub async fn a_row_in_doubt_is_sent_again(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    assert!(b.record(&send, in_doubt()).await.is_none());
    assert_eq!(b.states().await[0], OutboxState::InDoubt);
    assert_eq!(b.no_send().await, Some(secs(10)));
    b.pass(9);
    b.no_send().await;
    b.pass(1);
    let again = b.send().await;
    assert_eq!((again.id, again.attempt), (send.id, 2));
    lost(&b.store.record_outcome(&send, accepted("1"), REQUEST).await);
    assert_eq!(body(&b.record(&again, accepted("1")).await.unwrap()), "2");
}

/// No status can arrive while no webhook arrives. The maximum limits the window.
pub async fn the_window_stays_open_while_no_webhook_arrives(b: Fixture) {
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
    b.receive(from(phone("34600000009"), "of another user")).await;
    assert!(b.sends(policy).await.is_empty(), "the status may follow");
    b.pass(5);
    assert_eq!(b.sends(policy).await.len(), 1);
}

/// With `OnInDoubt::GiveUp` no message is sent twice.
pub async fn a_row_in_doubt_can_become_a_dead_letter(b: Fixture) {
    b.queue("run 1", &["1", "+2"]).await;
    b.queue("run 2", &["3"]).await;
    let send = b.send().await;
    b.record(&send, in_doubt()).await;
    b.pass(9);
    assert!(b.sends(GIVE_UP).await.is_empty());
    b.pass(1);
    let claimed = b.sends(GIVE_UP).await;
    assert_eq!(claimed.iter().map(body).collect::<Vec<_>>(), ["3"]);
    assert_eq!(b.states().await, [OutboxState::DeadLetter, OutboxState::DeadLetter, OutboxState::Sending]);
}

/// A row without any known outcome becomes a dead letter at the limits.
pub async fn limits_apply_to_rows_in_doubt(b: Fixture) {
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

/// The window starts with the claim that finds the attempt.
pub async fn a_crashed_attempt_is_in_doubt(b: Fixture) {
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

/// A late outcome is recorded if no other process has claimed the send queue.
pub async fn a_late_outcome_resolves_a_row_in_doubt(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let late = b.send().await;
    b.pass(60);
    b.no_send().await;
    let next: SendAttempt = b.record(&late, accepted("1")).await.unwrap();
    assert_eq!(body(&next), "2");
    assert_eq!(b.states().await, [OutboxState::Accepted, OutboxState::Sending]);
}

/// The send queue continues at once, and the message id is known.
pub async fn a_status_resolves_a_row_in_doubt(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    b.record(&send, in_doubt()).await;
    b.no_send().await;
    assert!(b.status(status_of(StatusKind::Sent, "wamid.1", &send)).await);
    assert_eq!(b.states().await, [Sent, Queued]);
    assert_eq!(body(&b.send().await), "2");
    // The status brought the message id.
    assert!(!b.status(status(StatusKind::Read, "wamid.1")).await);
    assert_eq!(b.states().await, [Read, Sending]);
}

/// The message is not sent again.
pub async fn a_failure_resolves_a_row_in_doubt(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let send = b.send().await;
    b.record(&send, in_doubt()).await;
    assert!(b.status(status_of(StatusKind::Failed, "wamid.1", &send)).await);
    assert_eq!(body(&b.send().await), "2");
    assert_eq!(b.states().await, [Failed, Sending]);
}

/// Statuses without a token apply as soon as a status with a token brings the message id.
pub async fn a_token_matches_earlier_statuses(b: Fixture) {
    b.queue("run", &["1"]).await;
    let send = b.send().await;
    b.record(&send, in_doubt()).await;
    assert!(!b.status(status(StatusKind::Read, "wamid.1")).await);
    assert_eq!(b.states().await, [InDoubt]);
    assert!(b.status(status_of(StatusKind::Delivered, "wamid.1", &send)).await);
    assert_eq!(b.states().await, [Read]);
}

/// A late outcome changes nothing, and the send queue continues.
pub async fn a_status_resolves_a_crashed_attempt(b: Fixture) {
    for (n, outcome) in [retry(999), in_doubt(), dead()].into_iter().enumerate() {
        b.queue(&format!("run {n}"), &["1", "2"]).await;
        let late = b.send().await;
        b.pass(60);
        b.no_send().await;
        assert!(b.status(status_of(StatusKind::Sent, &format!("wamid.{n}"), &late)).await);
        let next = b.record(&late, outcome).await.expect("the send queue continues");
        assert_eq!(body(&next), "2");
        assert_eq!(b.store.outbox(None, 2).await.unwrap()[1].state, Sent);
        b.record(&next, accepted(&format!("next {n}"))).await;
    }
}

/// A sender that crashes after the status arrived leaves no row in doubt.
pub async fn a_resolved_row_of_a_crashed_sender_is_skipped(b: Fixture) {
    b.queue("run", &["1", "2"]).await;
    let dying = b.send().await;
    b.status(status_of(StatusKind::Sent, "wamid.1", &dying)).await;
    b.pass(60);
    assert_eq!(body(&b.send().await), "2");
    lost(&b.store.record_outcome(&dying, accepted("wamid.1"), REQUEST).await);
}
