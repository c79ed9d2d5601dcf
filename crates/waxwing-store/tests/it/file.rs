//! Database files: lock, migration, recovery.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use waxwing_store::{
    Error, InboxStore, JournalStore, MonitorStore, OperatorStore, OutboxState, OutboxStore, RunId, RunRef, SendError,
    SendLimits, SendOutcome, SqliteOptions, SqliteStore, StepKey, TurnStore,
};
use waxwing_types::MessageId;

use crate::{LEASE, REQUEST, answer, clock, items, message, number, open, text};

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Copies the file and its log, as a power failure leaves them behind.
fn crash_image(path: &Path) -> PathBuf {
    let image = path.with_file_name("image.db");
    fs::copy(path, &image).unwrap();
    fs::copy(with_suffix(path, "-wal"), with_suffix(&image, "-wal")).unwrap();
    image
}

#[tokio::test]
async fn a_crash_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let clock = clock();
    let store = open(&path, clock.clone()).await.unwrap();
    store.accept(items([message("1", "a"), message("2", "b")])).await.unwrap();
    let mut claims = store.claim_turns(&[number()], 10, LEASE).await.unwrap().claimed;
    let (sending, running) = (claims.remove(0), claims.remove(0));
    store.commit_turn(&sending.lease, answer(&sending, "run a", vec![text("1"), text("2")])).await.unwrap();
    let crashed = store.claim_sends(&[number()], SendLimits::each(1), REQUEST).await.unwrap().claimed.remove(0);
    let (run, messages) = (RunId("run b".into()), [running.pending[0].seq]);
    let writes = RunRef { lease: &running.lease, run: &run, messages: &messages, agent: "shop" };
    store.begin_step(writes, &StepKey { name: "model".into(), nth: 0 }).await.unwrap();

    let image = open(&crash_image(&path), clock.clone()).await.unwrap();
    // The turn can be claimed before the end of its lease, and the crash is counted.
    let again = image.claim_turns(&[number()], 10, LEASE).await.unwrap().claimed.remove(0);
    assert_eq!((again.crash_count, again.pending[0].run.as_ref()), (1, Some(&run)));
    assert!(again.lease.epoch > running.lease.epoch);
    assert_eq!(image.steps(&again.lease, &run).await.unwrap().len(), 1);
    // The attempt in progress is in doubt from now on.
    let claims = image.claim_sends(&[number()], SendLimits::each(10), REQUEST).await.unwrap();
    assert!(claims.claimed.is_empty());
    assert_eq!(claims.next_due_in, Some(REQUEST.in_doubt_window));
    assert_eq!(image.outbox(Some(OutboxState::InDoubt), 10).await.unwrap()[0].id, crashed.id);
    clock.advance(REQUEST.in_doubt_window);
    let second = image.claim_sends(&[number()], SendLimits::each(10), REQUEST).await.unwrap().claimed.remove(0);
    assert_eq!((second.id, second.attempt), (crashed.id, 2));
    // The namespace of the tokens is unchanged.
    assert_eq!(second.token.split('.').next(), crashed.token.split('.').next());
    // Duplicates are still recognized.
    assert_eq!(image.accept(items([message("1", "a")])).await.unwrap().duplicates, 1);
}

#[tokio::test]
async fn only_the_end_of_a_killed_process_counts_as_a_crash() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let counts = async |store: &SqliteStore| {
        let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
        store.isolate(&claim.lease).await.unwrap();
        (claim.crash_count, claim.isolated_crash_count)
    };
    let store = open(&path, clock()).await.unwrap();
    store.accept(items([message("1", "a")])).await.unwrap();
    assert_eq!(counts(&store).await, (0, 0));

    // A regular end with a held lease.
    store.close().await;
    let store = open(&path, clock()).await.unwrap();
    assert_eq!(counts(&store).await, (0, 0));

    // A kill while the process cannot reach the database.
    let (lock, aside) = (with_suffix(&path, ".lock"), with_suffix(&path, ".aside"));
    fs::rename(&path, &aside).unwrap();
    while store.check_health().await.is_ok() {}
    let faulted = fs::read(&lock).unwrap();
    fs::rename(&aside, &path).unwrap();
    while store.check_health().await.is_err() {}
    let running = fs::read(&lock).unwrap();
    assert_ne!(faulted, running);
    let image = crash_image(&path);
    fs::write(with_suffix(&image, ".lock"), faulted).unwrap();
    assert_eq!(counts(&open(&image, clock()).await.unwrap()).await, (0, 0));

    // A kill while the process runs.
    let image = crash_image(&path);
    fs::write(with_suffix(&image, ".lock"), running).unwrap();
    assert_eq!(counts(&open(&image, clock()).await.unwrap()).await, (1, 1));
}

#[tokio::test]
async fn an_in_doubt_window_restarts_with_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let clock = clock();
    let store = open(&path, clock.clone()).await.unwrap();
    store.accept(items([message("1", "a")])).await.unwrap();
    let turn = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
    store.commit_turn(&turn.lease, answer(&turn, "run a", vec![text("1")])).await.unwrap();
    let send = store.claim_sends(&[number()], SendLimits::each(1), REQUEST).await.unwrap().claimed.remove(0);
    let error = SendError { code: None, message: "reset".into() };
    store.record_outcome(&send, SendOutcome::InDoubt(error), REQUEST).await.unwrap();
    drop(store);

    // Meta repeats a status that could not be delivered meanwhile.
    clock.advance(REQUEST.in_doubt_window * 2);
    let store = open(&path, clock.clone()).await.unwrap();
    let claims = store.claim_sends(&[number()], SendLimits::each(1), REQUEST).await.unwrap();
    assert!(claims.claimed.is_empty(), "the repeated status can arrive first");
    assert_eq!(claims.next_due_in, Some(REQUEST.in_doubt_window));
    clock.advance(REQUEST.in_doubt_window);
    let again = store.claim_sends(&[number()], SendLimits::each(1), REQUEST).await.unwrap().claimed.remove(0);
    assert_eq!((again.id, again.attempt), (send.id, 2));
}

#[tokio::test]
async fn dropping_and_closing_lose_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    for n in 0..4 {
        let store = open(&path, clock()).await.unwrap();
        store.accept(items([message("1", &n.to_string())])).await.unwrap();
        let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
        store.commit_turn(&claim.lease, answer(&claim, &n.to_string(), vec![text("hi")])).await.unwrap();
        if n % 2 == 0 {
            store.close().await;
            assert!(!with_suffix(&path, "-wal").exists(), "a store that was closed is one file");
        }
    }
    let store = open(&path, clock()).await.unwrap();
    assert_eq!(store.outbox(None, 10).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_closed_store_refuses_calls() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(&directory.path().join("waxwing.db"), clock()).await.unwrap();
    tokio::join!(store.close(), store.close());
    assert!(matches!(store.check_health().await, Err(Error::Closed)));
    assert!(matches!(store.accept(Vec::new()).await, Err(Error::Closed)));
    assert!(matches!(store.claim_turns(&[number()], 1, LEASE).await, Err(Error::Closed)));
    store.close().await;
}

#[tokio::test]
async fn a_file_can_be_opened_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let store = open(&path, clock()).await.unwrap();
    let refused = open(&path, clock()).await.unwrap_err();
    assert!(matches!(&refused, Error::InUse { database } if database.ends_with("waxwing.db")), "{refused:?}");
    // The open store still works.
    store.accept(items([message("1", "a")])).await.unwrap();
    drop(store);
    // A lock file of a killed process does not block the database.
    assert!(with_suffix(&path, ".lock").exists());
    open(&path, clock()).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_symbolic_link_does_not_bypass_the_lock() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let link = directory.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let _store = open(&path, clock()).await.unwrap();
    assert!(matches!(open(&link, clock()).await, Err(Error::InUse { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let store = open(&path, clock()).await.unwrap();
    store.accept(items([message("1", "a")])).await.unwrap();
    for suffix in ["", "-wal", ".lock"] {
        let mode = fs::metadata(with_suffix(&path, suffix)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{suffix}");
    }
}

#[tokio::test]
async fn a_database_belongs_to_one_graph_host() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    drop(SqliteStore::open(&path, SqliteOptions::new("127.0.0.1:7778")).await.unwrap());
    let refused = SqliteStore::open(&path, SqliteOptions::new("graph.facebook.com")).await.unwrap_err();
    assert!(
        matches!(&refused, Error::GraphHostMismatch { stored, configured }
            if stored == "127.0.0.1:7778" && configured == "graph.facebook.com"),
        "{refused:?}"
    );
    // A refusal and maintenance change nothing.
    drop(SqliteStore::open(&path, SqliteOptions::any_graph_host()).await.unwrap());
    SqliteStore::open(&path, SqliteOptions::new("127.0.0.1:7778")).await.unwrap();
}

#[tokio::test]
async fn each_database_has_its_own_namespace() {
    let directory = tempfile::tempdir().unwrap();
    let mut namespaces = Vec::new();
    for name in ["one.db", "two.db"] {
        let store = open(&directory.path().join(name), clock()).await.unwrap();
        store.accept(items([message("1", "a")])).await.unwrap();
        let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
        store.commit_turn(&claim.lease, answer(&claim, "run", vec![text("hi")])).await.unwrap();
        let send = store.claim_sends(&[number()], SendLimits::each(1), REQUEST).await.unwrap().claimed.remove(0);
        namespaces.push(send.token.split('.').next().unwrap().to_owned());
    }
    assert_ne!(namespaces[0], namespaces[1]);
}

#[tokio::test]
async fn an_empty_file_is_migrated() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let version = |path: &Path| -> u32 {
        Connection::open(path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
    };
    fs::write(&path, b"").unwrap();
    assert_eq!(version(&path), 0);
    drop(open(&path, clock()).await.unwrap());
    let newest = version(&path);
    assert!(newest > 0);
    // A migrated database stays as it is.
    drop(open(&path, clock()).await.unwrap());
    assert_eq!(version(&path), newest);
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let refused = open(&path, clock()).await.unwrap_err();
    assert!(matches!(refused, Error::SchemaTooNew { found: 999, known } if known < 999), "{refused:?}");
}

#[tokio::test]
async fn other_files_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("letter.txt");
    fs::write(&path, "Dear Ana, ".repeat(1000)).unwrap();
    assert!(matches!(open(&path, clock()).await, Err(Error::Database(_))));
    assert_eq!(fs::read_to_string(&path).unwrap().len(), 10_000);
    let nowhere = directory.path().join("nowhere/waxwing.db");
    assert!(matches!(open(&nowhere, clock()).await, Err(Error::Database(_))));
}

#[tokio::test]
async fn a_row_that_cannot_be_parsed_does_not_block_the_queue() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let store = open(&path, clock()).await.unwrap();
    for run in ["1", "2"] {
        store.accept(items([message("1", run)])).await.unwrap();
        let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
        store.commit_turn(&claim.lease, answer(&claim, run, vec![text(run)])).await.unwrap();
    }
    // After a downgrade the content may be of an unknown kind.
    Connection::open(&path).unwrap().execute("UPDATE outbox SET content = x'007b7d' WHERE id = 1", ()).unwrap();
    let send = store.claim_sends(&[number()], SendLimits::each(1), REQUEST).await.unwrap().claimed.remove(0);
    assert_eq!(send.id.0, 2);
    let dead = store.outbox(Some(OutboxState::DeadLetter), 10).await.unwrap();
    assert_eq!((dead.len(), dead[0].id.0, dead[0].attempts), (1, 1, 0));
    store.record_outcome(&send, SendOutcome::Accepted(MessageId::new("wamid.1")), REQUEST).await.unwrap();
}
