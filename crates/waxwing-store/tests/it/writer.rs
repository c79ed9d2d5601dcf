//! Group commit of the writer.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use rusqlite::Connection;
use waxwing_store::{
    Clock, Error, InboxMessage, InboxSeq, InboxStore, Lease, MessageOutcome, OperatorStore, OutboxId, QuarantinedItem,
    Retention, RetentionStore, SystemClock, Timestamp, TurnCommit, TurnStore, WebhookItem,
};

use crate::{LEASE, answer, clock, items, message, number, open};

/// A clock that can block the writer, so that a group of operations gathers. Each reading is one millisecond later than the previous one.
#[derive(Debug, Default)]
struct BlockableClock {
    last: AtomicI64,
    state: Mutex<ClockState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct ClockState {
    block: bool,
    /// Whether the writer is blocked.
    reached: bool,
}

impl BlockableClock {
    fn block(&self) {
        *self.state.lock().unwrap() = ClockState { block: true, reached: false };
    }

    fn open(&self) {
        self.state.lock().unwrap().block = false;
        self.changed.notify_all();
    }

    /// Waits until the writer is blocked, with a group that is complete.
    fn wait_for_writer(&self) {
        let state = self.state.lock().unwrap();
        drop(self.changed.wait_while(state, |state| !state.reached).unwrap());
    }
}

impl Clock for BlockableClock {
    fn now(&self) -> Timestamp {
        let mut state = self.state.lock().unwrap();
        state.reached = true;
        self.changed.notify_all();
        drop(self.changed.wait_while(state, |state| state.block).unwrap());
        Timestamp::from_millis(1_767_225_600_000 + self.last.fetch_add(1, Ordering::SeqCst))
    }
}

fn refuse(path: &Path, trigger: &str) {
    Connection::open(path).unwrap().execute_batch(trigger).unwrap();
}

fn quarantine(body: &'static str) -> WebhookItem {
    WebhookItem::Quarantined(QuarantinedItem {
        number: None,
        reason: "test".into(),
        body: Bytes::from_static(body.as_bytes()),
    })
}

fn odd(from: &str, id: &str) -> InboxMessage {
    InboxMessage { kind: "odd".into(), ..message(from, id) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_callers_share_commits() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(open(&directory.path().join("waxwing.db"), Arc::new(SystemClock)).await.unwrap());
    let callers: Vec<_> = (0..64)
        .map(|caller| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut new = 0;
                for n in 0..8 {
                    // Two callers deliver each message.
                    let id = format!("{}.{n}", caller / 2);
                    new += store.accept(items([message(&id, &id)])).await.unwrap().messages;
                }
                new
            })
        })
        .collect();
    let mut new = 0;
    for caller in callers {
        new += caller.await.unwrap();
    }
    assert_eq!(new, 256);
    assert_eq!(store.claim_turns(&[number()], 1000, LEASE).await.unwrap().claimed.len(), 256);
}

/// Runs operations as one group: another operation blocks the writer until all of them wait.
macro_rules! group {
    ($clock:expr, $store:expr, $($op:expr),+ $(,)?) => {{
        $clock.block();
        // The branches are polled in this order, so every operation is queued before the clock is released.
        let (_, results, ()) = tokio::join!(
            biased;
            $store.requeue(OutboxId(0)),
            async {
                $clock.wait_for_writer();
                tokio::join!(biased; $($op),+)
            },
            async { $clock.open() },
        );
        results
    }};
}

#[tokio::test]
async fn messages_run_first_then_other_webhook_items() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let clock = Arc::new(BlockableClock::default());
    let store = open(&path, clock.clone()).await.unwrap();
    let numbers = [number()];
    let (claims, news, both) = group!(
        clock,
        store,
        store.claim_turns(&numbers, 10, LEASE),
        store.accept(vec![quarantine("alone")]),
        store.accept(vec![quarantine("beside a message"), WebhookItem::Message(message("1", "a"))]),
    );
    news.unwrap();
    assert_eq!(both.unwrap().messages, 1);
    assert_eq!(claims.unwrap().claimed.len(), 1, "the claim was asked for first and ran last");
    let side = Connection::open(&path).unwrap();
    let mut read = side.prepare("SELECT substr(body, 2) FROM quarantine ORDER BY received_at").unwrap();
    let order: Vec<Vec<u8>> = read.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(order, [b"beside a message".to_vec(), b"alone".to_vec()]);
}

#[tokio::test]
async fn retention_runs_last() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(BlockableClock::default());
    let store = open(&directory.path().join("waxwing.db"), clock.clone()).await.unwrap();
    let numbers = [number()];
    let at_once = Retention { quarantine: Some(Duration::ZERO), ..Retention::default() };
    let (swept, news, claims, messages) = group!(
        clock,
        store,
        store.apply_retention(&at_once, 100),
        store.accept(vec![quarantine("odd")]),
        store.claim_turns(&numbers, 10, LEASE),
        store.accept(items([message("1", "a")])),
    );
    news.unwrap();
    assert_eq!((messages.unwrap().messages, claims.unwrap().claimed.len()), (1, 1));
    assert_eq!(swept.unwrap().quarantine, 1, "the sweep was asked for first and ran last");
}

#[tokio::test]
async fn a_failed_operation_does_not_affect_others() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(BlockableClock::default());
    let store = open(&directory.path().join("waxwing.db"), clock.clone()).await.unwrap();
    store.accept(items([message("1", "a"), message("2", "b")])).await.unwrap();
    let claims = store.claim_turns(&[number()], 10, LEASE).await.unwrap().claimed;
    let broken = TurnCommit {
        outcomes: vec![(claims[0].pending[0].seq, MessageOutcome::Answered), (InboxSeq(999), MessageOutcome::Answered)],
        ..answer(&claims[0], "broken", vec![crate::text("never")])
    };
    let stale = Lease { epoch: 999, ..claims[0].lease.clone() };
    let (failed, good, lost, accepted) = group!(
        clock,
        store,
        store.commit_turn(&claims[0].lease, broken),
        store.commit_turn(&claims[1].lease, answer(&claims[1], "good", vec![crate::text("hi")])),
        store.renew_lease(&stale, LEASE),
        store.accept(items([message("3", "c")])),
    );
    assert!(matches!(failed, Err(Error::NotFound)));
    assert!(matches!(lost, Err(Error::LeaseLost)));
    good.unwrap();
    assert_eq!(accepted.unwrap().messages, 1);
    let rows = store.outbox(None, 10).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].run.0, "good");
    assert_eq!(store.pending_messages(&claims[0].lease).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_item_that_the_database_rejects_is_quarantined() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let store = open(&path, clock()).await.unwrap();
    refuse(
        &path,
        "CREATE TRIGGER odd BEFORE INSERT ON entry WHEN NEW.kind = 'odd' BEGIN SELECT RAISE(ABORT, 'no'); END",
    );
    let culprit = || InboxMessage { body: Bytes::from_static(b"\0\xff"), ..odd("9", "x") };
    let batch = || items([message("1", "a"), culprit(), message("2", "b")]);
    let accepted = store.accept(batch()).await.unwrap();
    assert_eq!((accepted.messages, accepted.duplicates, accepted.conversations.len()), (2, 0, 2));
    assert_eq!(store.accept(batch()).await.unwrap().duplicates, 3);
    let side = Connection::open(&path).unwrap();
    let kept: (String, Vec<u8>) = side
        .query_row("SELECT number, substr(body, 2) FROM quarantine", (), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!(kept, (number().into_string(), b"\0\xff".to_vec()));
    // No partial write remains.
    assert_eq!(side.query_row("SELECT count(*) FROM user", (), |row| row.get::<_, i64>(0)).unwrap(), 2);
}

/// Covers a lost transaction and a refused commit.
#[tokio::test]
async fn a_group_without_commit_fails_completely() {
    let ways = [
        "CREATE TRIGGER odd BEFORE INSERT ON entry WHEN NEW.kind = 'odd' BEGIN SELECT RAISE(ROLLBACK, 'gone'); END",
        "CREATE TABLE late (key TEXT REFERENCES meta (key) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER odd AFTER INSERT ON entry WHEN NEW.kind = 'odd' BEGIN INSERT INTO late VALUES ('none'); END",
    ];
    for way in ways {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("waxwing.db");
        let clock = Arc::new(BlockableClock::default());
        let store = open(&path, clock.clone()).await.unwrap();
        refuse(&path, way);
        let (good, bad, stale) = group!(
            clock,
            store,
            store.accept(items([message("1", "a")])),
            store.accept(items([odd("2", "b")])),
            store.requeue(OutboxId(7)),
        );
        for result in [good, bad] {
            assert!(matches!(result, Err(Error::Database(_))), "{result:?}");
        }
        assert!(stale.is_err());
        assert!(store.claim_turns(&[number()], 10, LEASE).await.unwrap().claimed.is_empty());
        // The writer continues, and the operations can be repeated.
        assert_eq!(store.accept(items([message("1", "a")])).await.unwrap().messages, 1);
    }
}

/// A clock that panics on request.
#[derive(Debug, Default)]
struct Bomb(AtomicBool);

impl Clock for Bomb {
    fn now(&self) -> Timestamp {
        assert!(!self.0.swap(false, Ordering::SeqCst), "this panic is part of the test");
        SystemClock.now()
    }
}

#[tokio::test]
async fn a_panic_fails_one_operation() {
    let directory = tempfile::tempdir().unwrap();
    let bomb = Arc::new(Bomb::default());
    let store = open(&directory.path().join("waxwing.db"), bomb.clone()).await.unwrap();
    bomb.0.store(true, Ordering::SeqCst);
    assert!(matches!(store.accept(items([message("1", "a")])).await, Err(Error::Database(_))));
    assert_eq!(store.accept(items([message("1", "a")])).await.unwrap().messages, 1);
}

#[tokio::test]
async fn a_claim_without_caller_is_skipped() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(BlockableClock::default());
    let store = open(&directory.path().join("waxwing.db"), clock.clone()).await.unwrap();
    store.accept(items([message("1", "a")])).await.unwrap();
    clock.block();
    let numbers = [number()];
    tokio::select! {
        biased;
        _ = store.requeue(OutboxId(0)) => unreachable!("the writer stands still"),
        _ = async {
            clock.wait_for_writer();
            store.claim_turns(&numbers, 1, LEASE).await
        } => unreachable!("the writer stands still"),
        // Both callers are dropped here.
        () = std::future::ready(()) => clock.open(),
    }
    assert_eq!(store.claim_turns(&numbers, 1, LEASE).await.unwrap().claimed[0].crash_count, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_finishes_submitted_operations() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let store = Arc::new(open(&path, Arc::new(SystemClock)).await.unwrap());
    let callers: Vec<_> = (0..50)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.accept(items([message("1", &n.to_string())])).await })
        })
        .collect();
    store.close().await;
    let mut taken = 0;
    for caller in callers {
        match caller.await.unwrap() {
            Ok(accepted) => taken += accepted.messages,
            Err(error) => assert!(matches!(error, Error::Closed), "{error:?}"),
        }
    }
    // Exactly the confirmed messages are stored.
    let store = open(&path, Arc::new(SystemClock)).await.unwrap();
    let claims = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed;
    assert_eq!(claims.first().map_or(0, |claim| claim.pending.len()), taken);
}
