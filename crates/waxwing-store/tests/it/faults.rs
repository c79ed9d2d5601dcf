//! Faults of the disk and of the files.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rusqlite::Connection;
use tempfile::TempDir;
use waxwing_store::{
    Error, InboxMessage, InboxStore, MonitorStore, OperatorStore, SqliteOptions, SqliteStore, StoreFault, TurnStore,
};

use crate::file::with_suffix;
use crate::{LEASE, clock, items, message, number, open};

const PAGE: u64 = 4096;
const PATIENCE: Duration = Duration::from_secs(20);

fn is_faulted<T>(result: &Result<T, Error>, fault: StoreFault) -> bool {
    matches!(result, Err(Error::Faulted(found)) if *found == fault)
}

/// Returns a message that fills some pages.
fn large(id: &str) -> InboxMessage {
    InboxMessage { body: Bytes::from(vec![b'a'; 20_000]), ..message(id, id) }
}

/// Creates a database with some pages in its file and an empty write-ahead log.
async fn database() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let store = open(&path, clock()).await.unwrap();
    for n in 0..20 {
        store.accept(items([large(&n.to_string())])).await.unwrap();
    }
    store.close().await;
    (directory, path)
}

/// Waits until the store accepts messages again.
async fn recovered(store: &SqliteStore) {
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = store.check_health().await {
        assert!(Instant::now() < deadline, "the store does not recover: {error:?}");
        tokio::task::yield_now().await;
    }
    store.accept(items([message("1", "after the fault")])).await.unwrap();
}

/// Waits until the store refuses writes because of damage.
async fn damaged(store: &SqliteStore) {
    let deadline = Instant::now() + PATIENCE;
    while store.accept(items([message("1", "while damaged")])).await.is_ok() {
        assert!(Instant::now() < deadline, "the damage is not noticed");
        tokio::task::yield_now().await;
    }
    assert!(is_faulted(&store.accept(items([message("1", "b")])).await, StoreFault::Integrity));
    assert!(is_faulted(&store.check_health().await, StoreFault::Integrity));
    assert!(is_faulted(&store.claim_turns(&[number()], 1, LEASE).await.map(|_| ()), StoreFault::Integrity));
}

/// Overwrites a part of a file, and returns what was there.
fn overwrite(path: &Path, at: u64, with: &[u8]) -> Vec<u8> {
    let file = fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut before = vec![0; with.len()];
    file.read_exact_at(&mut before, at).unwrap();
    file.write_all_at(with, at).unwrap();
    before
}

#[tokio::test]
async fn corruption_is_latched_until_it_is_repaired() {
    // Some pages in the middle; the header, which makes the file no database.
    for (at, length) in [(PAGE, 8 * PAGE), (0, 100)] {
        let (_directory, path) = database().await;
        let store = open(&path, clock()).await.unwrap();
        store.check_health().await.unwrap();
        let before = overwrite(&path, at, &vec![0xa5; usize::try_from(length).unwrap()]);
        damaged(&store).await;
        overwrite(&path, at, &before);
        recovered(&store).await;
    }
}

#[tokio::test]
async fn a_truncated_log_is_latched() {
    for keep in [0, 32 + 5 * (24 + PAGE)] {
        let (_directory, path) = database().await;
        let store = open(&path, clock()).await.unwrap();
        store.accept(items([large("a"), large("b")])).await.unwrap();
        let log = fs::OpenOptions::new().write(true).open(with_suffix(&path, "-wal")).unwrap();
        assert!(log.metadata().unwrap().len() > keep);
        log.set_len(keep).unwrap();
        damaged(&store).await;
        // The end of the process does not copy the rest of the log into the database.
        let before = fs::read(&path).unwrap();
        store.close().await;
        assert!(fs::read(&path).unwrap() == before, "the database file has changed");
    }
}

#[tokio::test]
async fn a_missing_or_replaced_file_is_latched() {
    for suffix in ["", "-wal", ".lock"] {
        for change in ["delete", "rename", "replace"] {
            let (_directory, path) = database().await;
            let store = open(&path, clock()).await.unwrap();
            store.accept(items([message("1", "before")])).await.unwrap();
            let (file, aside) = (with_suffix(&path, suffix), with_suffix(&path, &format!("{suffix}-aside")));
            match change {
                "delete" => fs::remove_file(&file).unwrap(),
                "rename" => fs::rename(&file, &aside).unwrap(),
                _ => {
                    fs::copy(&file, &aside).unwrap();
                    fs::rename(&aside, &file).unwrap();
                }
            }
            let refused = store.accept(items([message("1", "a")])).await;
            assert!(is_faulted(&refused, StoreFault::Integrity), "{change} {suffix}: {refused:?}");
            damaged(&store).await;
            if change == "rename" {
                fs::rename(&aside, &file).unwrap();
                recovered(&store).await;
            }
        }
    }
}

#[tokio::test]
async fn a_deleted_file_is_noticed_without_webhooks() {
    let (_directory, path) = database().await;
    let store = open(&path, clock()).await.unwrap();
    fs::remove_file(&path).unwrap();
    let deadline = Instant::now() + PATIENCE;
    // Reads do not reach the writer: it notices by itself.
    while store.check_health().await.is_ok() {
        assert!(Instant::now() < deadline, "the deletion is not noticed");
    }
    assert!(is_faulted(&store.check_health().await, StoreFault::Integrity));
}

#[tokio::test]
async fn writes_of_another_program_are_no_damage() {
    let (_directory, path) = database().await;
    let store = open(&path, clock()).await.unwrap();
    let side = Connection::open(&path).unwrap();
    for n in 0..3 {
        store.accept(items([large(&format!("mine {n}"))])).await.unwrap();
        side.execute("INSERT INTO meta (key, value) VALUES (?1, 'side')", [format!("side {n}")]).unwrap();
        side.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
        store.check_health().await.unwrap();
    }
    side.execute_batch("VACUUM").unwrap();
    side.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap();
    store.accept(items([message("1", "after")])).await.unwrap();
    store.check_health().await.unwrap();
}

fn options(max_pages: &Arc<AtomicU32>) -> SqliteOptions {
    let mut options = SqliteOptions::new("graph.example").clock(clock());
    options.max_pages = max_pages.clone();
    options
}

#[tokio::test]
async fn a_full_disk_is_latched_until_there_is_space() {
    let (_directory, path) = database().await;
    let limit = Arc::new(AtomicU32::new(0));
    let store = SqliteStore::open(&path, options(&limit)).await.unwrap();
    store.accept(items([message("1", "before")])).await.unwrap();
    limit.store(1, Ordering::SeqCst);
    let refused = store.accept(items([large("a"), large("b"), large("c")])).await;
    assert!(is_faulted(&refused, StoreFault::Disk), "{refused:?}");
    assert!(is_faulted(&store.check_health().await, StoreFault::Disk));
    assert_eq!(store.outbox(None, 10).await.unwrap().len(), 0, "reads work");
    limit.store(0, Ordering::SeqCst);
    recovered(&store).await;
    assert_eq!(store.accept(items([message("1", "before"), large("a")])).await.unwrap().duplicates, 1);
}

#[tokio::test]
async fn a_store_starts_on_a_full_disk() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let limit = Arc::new(AtomicU32::new(1));
    let store = SqliteStore::open(&path, options(&limit)).await.unwrap();
    assert!(is_faulted(&store.accept(items([message("1", "a")])).await, StoreFault::Disk));
    assert!(is_faulted(&store.check_health().await, StoreFault::Disk));
    assert!(is_faulted(&store.outbox(None, 10).await, StoreFault::Disk), "nothing can be read yet");
    limit.store(0, Ordering::SeqCst);
    recovered(&store).await;
    assert!(store.outbox(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_corrupt_database_is_refused_at_start() {
    let (_directory, path) = database().await;
    overwrite(&path, PAGE, &vec![0xa5; usize::try_from(8 * PAGE).unwrap()]);
    let before = fs::read(&path).unwrap();
    let refused = open(&path, clock()).await.unwrap_err();
    assert!(matches!(&refused, Error::Corrupt { database, .. } if database.ends_with("waxwing.db")), "{refused:?}");
    assert!(refused.to_string().contains(".recover"));
    assert!(fs::read(&path).unwrap() == before, "the database file has changed");
}

#[tokio::test]
async fn loose_permissions_are_tightened() {
    let (_directory, path) = database().await;
    fs::File::create(with_suffix(&path, ".lock")).unwrap().write_all(b"").unwrap();
    for suffix in ["", ".lock"] {
        fs::set_permissions(with_suffix(&path, suffix), fs::Permissions::from_mode(0o664)).unwrap();
    }
    let store = open(&path, clock()).await.unwrap();
    store.accept(items([message("1", "a")])).await.unwrap();
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mode = fs::metadata(with_suffix(&path, suffix)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{suffix}");
    }
}
