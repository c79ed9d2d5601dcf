//! Size of the database file under retention.

use std::time::Duration;

use bytes::Bytes;
use rusqlite::Connection;
use waxwing_store::{
    InboxMessage, InboxStore, NewLogEntry, Origin, OutboxStore, Retention, RetentionStore, SendOutcome, SessionWrite,
    SqliteStore, StatusKind, StatusUpdate, TurnCommit, TurnStore, WebhookItem,
};
use waxwing_types::MessageId;

use crate::{LEASE, REQUEST, answer, clock, items, message, number, open, text};

const DAY: Duration = Duration::from_hours(24);

/// Runs one day of a user: a few messages, each answered, sent, delivered and written to a session.
async fn day(store: &SqliteStore, nth: usize) {
    for n in 0..4 {
        let id = format!("{nth}.{n}");
        let long = InboxMessage { body: Bytes::from(vec![b'x'; 2000]), ..message("1", &id) };
        store.accept(items([long])).await.unwrap();
        let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
        let session = store.session(&claim.lease, "agent", "label", 1).await.unwrap();
        let write = SessionWrite { id: session.id, state: None, memory: None };
        let reply = vec![text("z".repeat(2000))];
        let said =
            NewLogEntry { origin: Origin::Agent, author: None, kind: "reply".into(), content: vec![b'y'; 1000].into() };
        let commit =
            TurnCommit { session: Some(write), log: vec![said], send: Some(REQUEST), ..answer(&claim, &id, reply) };
        let send = store.commit_turn(&claim.lease, commit).await.unwrap().send.unwrap();
        let known_as = MessageId::new(format!("wamid.{id}"));
        store.record_outcome(&send, SendOutcome::Accepted(known_as.clone()), REQUEST).await.unwrap();
        let status = |status| {
            WebhookItem::Status(StatusUpdate {
                number: number(),
                charge: None,
                id: known_as.clone(),
                status,
                at: 1_767_225_600,
                participant: None,
                callback_data: None,
                error: None,
                allows_fallback: false,
                body: Bytes::from(vec![b'w'; 500]),
            })
        };
        let statuses = vec![status(StatusKind::Sent), status(StatusKind::Delivered), status(StatusKind::Read)];
        store.accept(statuses).await.unwrap();
    }
}

#[tokio::test]
async fn the_file_does_not_grow_under_a_steady_load() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let clock = clock();
    let store = open(&path, clock.clone()).await.unwrap();
    let side = Connection::open(&path).unwrap();
    let keep = Retention {
        inbox: Some(3 * DAY),
        outbox: Some(3 * DAY),
        sessions: Some(3 * DAY),
        media: Some(3 * DAY),
        quarantine: Some(3 * DAY),
        deduplication: Some(Duration::ZERO),
        usage: Some(3 * DAY),
    };
    let mut pages = Vec::new();
    for nth in 0..24 {
        day(&store, nth).await;
        clock.advance(DAY);
        while !store.apply_retention(&keep, 200).await.unwrap().is_complete {}
        pages.push(side.query_row("PRAGMA page_count", (), |row| row.get::<_, i64>(0)).unwrap());
    }
    // Hashes are kept for nine days, then the size is stable.
    let (early, late) = (pages[12], pages[23]);
    assert!(late <= early + early / 20, "the file grows: {pages:?}");
    assert!(pages[2] > pages[0], "the load writes data: {pages:?}");
}
