//! Backups: their files, and how they are checked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use waxwing_store::{
    BackupError, InboxStore, KeptMedium, MediaHash, MediaMessage, MonitorStore, ReceivedMediaStore, SqliteFiles,
    SqliteStore, TurnStore,
};

use crate::{LEASE, answer, clock, items, message, number, open, text};

/// A database with its files in a directory of its own.
pub(crate) struct Place {
    directory: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Returns the files of a database.
    pub(crate) fn files(&self, name: &str) -> SqliteFiles {
        SqliteFiles::new(self.path(name), self.path(&format!("{name}.kept-media"))).clock(clock())
    }

    pub(crate) async fn store(&self) -> SqliteStore {
        open(&self.path("waxwing.db"), clock()).await.unwrap()
    }

    /// Writes a backup of a database with a message, a reply and a medium, and returns its path.
    async fn backup(&self) -> PathBuf {
        let store = self.store().await;
        store.accept(items([message("1", "a")])).await.unwrap();
        let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
        let medium = KeptMedium { hash: MediaHash::of(b"a picture"), mime_type: "image/png".into() };
        let lost = KeptMedium { hash: MediaHash::of(b"removed by retention"), mime_type: "image/png".into() };
        fs::create_dir_all(self.path("waxwing.db.kept-media")).unwrap();
        fs::write(self.medium("waxwing.db.kept-media"), "a picture").unwrap();
        let seq = claim.pending[0].seq;
        store.record_media(&claim.lease, vec![(MediaMessage::Pending(seq), medium)]).await.unwrap();
        store.commit_turn(&claim.lease, answer(&claim, "run", vec![text("hello")])).await.unwrap();
        store.accept(items([message("2", "b")])).await.unwrap();
        let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
        let seq = claim.pending[0].seq;
        store.record_media(&claim.lease, vec![(MediaMessage::Pending(seq), lost)]).await.unwrap();
        store.close().await;
        let backup = self.path("backup");
        self.files("waxwing.db").back_up(&backup, false).unwrap();
        backup
    }

    fn medium(&self, directory: &str) -> PathBuf {
        self.path(directory).join(MediaHash::of(b"a picture").to_string())
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_consistent_while_the_store_writes() {
    let place = Place::new();
    let store = std::sync::Arc::new(place.store().await);
    store.accept(items([message("1", "first")])).await.unwrap();
    let (done, mut is_done) = tokio::sync::oneshot::channel::<()>();
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            let mut written = 0;
            while is_done.try_recv().is_err() {
                written += 1;
                store.accept(items([message(&written.to_string(), &format!("more {written}"))])).await.unwrap();
            }
            written
        }
    });
    for nth in 0..5 {
        let (files, backup) = (place.files("waxwing.db"), place.path(&format!("backup {nth}")));
        let write = move || {
            let manifest = files.back_up(&backup, false).unwrap();
            assert!(SqliteFiles::verify_backup(&backup).unwrap().faults.is_empty());
            manifest
        };
        let manifest = tokio::task::spawn_blocking(write).await.unwrap();
        assert!(manifest.was_in_use);
        assert_eq!(manifest.rows["inbox"], manifest.rows["entry"], "each message is in both tables or in none");
        assert!(manifest.rows["inbox"] >= 1);
    }
    done.send(()).unwrap();
    assert!(writer.await.unwrap() > 0);
    // The readers of other processes are no fault of the files.
    store.check_health().await.unwrap();
}

#[tokio::test]
async fn a_backup_has_the_media_and_only_its_owner_can_read_it() {
    let place = Place::new();
    let backup = place.backup().await;
    let verification = SqliteFiles::verify_backup(&backup).unwrap();
    assert_eq!((verification.faults, verification.media), (Vec::new(), 1));
    let manifest = fs::read_to_string(backup.join("manifest.json")).unwrap();
    let manifest: waxwing_store::BackupManifest = serde_json::from_str(&manifest).unwrap();
    assert_eq!((manifest.was_in_use, manifest.missing_media, manifest.rows["inbox"]), (false, 1, 2));
    assert_eq!(manifest.graph_host.as_deref(), Some("graph.example"));
    assert_eq!(fs::read(place.medium("backup/media")).unwrap(), b"a picture");
    for file in
        ["waxwing.db", "manifest.json"].map(|name| backup.join(name)).into_iter().chain([place.medium("backup/media")])
    {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    assert_eq!((mode(&backup), mode(&backup.join("media"))), (0o700, 0o700));
    let mut names: Vec<_> =
        fs::read_dir(&backup).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["manifest.json", "media", "waxwing.db"]);
}

#[tokio::test]
async fn a_backup_replaces_nothing_unless_it_is_told_to() {
    let place = Place::new();
    let backup = place.backup().await;
    let files = place.files("waxwing.db");
    let exists = files.back_up(&backup, false);
    assert!(matches!(exists, Err(BackupError::BackupExists { .. })), "{exists:?}");
    let store = place.store().await;
    store.accept(items([message("3", "c")])).await.unwrap();
    assert_eq!(files.back_up(&backup, true).unwrap().rows["inbox"], 3);
    assert!(SqliteFiles::verify_backup(&backup).unwrap().faults.is_empty());
    // Something else is never replaced.
    fs::create_dir(place.path("letters")).unwrap();
    fs::write(place.path("letters/to ana"), "dear ana").unwrap();
    let other = files.back_up(&place.path("letters"), true);
    assert!(matches!(other, Err(BackupError::NotABackup { .. })), "{other:?}");
    assert!(place.path("letters/to ana").exists());
    let missing = place.files("other.db").back_up(&place.path("backup 2"), false);
    assert!(matches!(missing, Err(BackupError::Missing { .. })), "{missing:?}");
    assert!(!place.path("other.db").exists() && !place.path("backup 2").exists());
}

#[tokio::test]
async fn what_a_killed_backup_left_is_removed_and_a_running_one_is_respected() {
    let place = Place::new();
    place.backup().await;
    let part = place.path(".next.part");
    fs::create_dir_all(part.join("media")).unwrap();
    fs::write(part.join("waxwing.db"), "half a database").unwrap();
    let lock = fs::File::create(part.join(".lock")).unwrap();
    lock.lock().unwrap();
    let busy = place.files("waxwing.db").back_up(&place.path("next"), false);
    assert!(matches!(busy, Err(BackupError::Busy { .. })), "{busy:?}");
    assert!(part.join("waxwing.db").exists());
    drop(lock);
    place.files("waxwing.db").back_up(&place.path("next"), false).unwrap();
    assert!(!part.exists());
    assert!(SqliteFiles::verify_backup(&place.path("next")).unwrap().faults.is_empty());
}

/// Changes a backup, and expects a fault with this text from the check and from a restore.
#[track_caller]
fn check(place: &Place, change: impl FnOnce(&Path), expected: &str) {
    let (backup, changed) = (place.path("backup"), place.path("changed"));
    let copied = std::process::Command::new("cp").arg("-r").args([&backup, &changed]).status().unwrap();
    assert!(copied.success());
    change(&changed);
    let faults = match SqliteFiles::verify_backup(&changed) {
        Ok(verification) => verification.faults,
        Err(BackupError::Faulty { faults }) => faults,
        Err(error) => vec![error.to_string()],
    };
    assert!(faults.iter().any(|fault| fault.contains(expected)), "{faults:?}");
    let refused = place.files("restored.db").restore(&changed, false).unwrap_err().to_string();
    assert!(refused.contains(expected), "{refused}");
    assert!(!place.path("restored.db").exists() && !place.path("restored.db.kept-media").exists());
    if changed.exists() {
        fs::remove_dir_all(changed).unwrap();
    }
}

fn change_byte(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// Changes the database of a backup, and gives the manifest the new hash.
fn change_database(backup: &Path, change: impl FnOnce(&Connection)) {
    let path = backup.join("waxwing.db");
    let conn = Connection::open(&path).unwrap();
    change(&conn);
    conn.close().unwrap();
    let bytes = fs::read(&path).unwrap();
    let manifest = backup.join("manifest.json");
    let mut json: serde_json::Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    json["database"]["sha256"] = MediaHash::of(&bytes).to_string().into();
    json["database"]["bytes"] = bytes.len().into();
    fs::write(manifest, json.to_string()).unwrap();
}

#[tokio::test]
async fn a_changed_backup_is_refused_and_the_fault_is_named() {
    let place = Place::new();
    place.backup().await;
    let database = |backup: &Path| backup.join("waxwing.db");
    let truncate =
        |backup: &Path| fs::File::options().write(true).open(database(backup)).unwrap().set_len(5000).unwrap();
    check(&place, truncate, "waxwing.db has 5000 bytes instead of");
    check(&place, |backup| change_byte(&database(backup), 4096), "the content of waxwing.db has changed");
    check(&place, |backup| fs::remove_file(database(backup)).unwrap(), "waxwing.db is missing");
    let medium = |backup: &Path| backup.join("media").join(MediaHash::of(b"a picture").to_string());
    check(&place, |backup| change_byte(&medium(backup), 0), "the content of the medium");
    check(&place, |backup| fs::remove_file(medium(backup)).unwrap(), "is missing");
    let manifest = |backup: &Path| backup.join("manifest.json");
    check(&place, |backup| fs::remove_file(manifest(backup)).unwrap(), "is not a backup of Waxwing");
    check(&place, |backup| change_byte(&manifest(backup), 0), "manifest.json is damaged in line 1");
    check(&place, |backup| fs::remove_dir_all(backup).unwrap(), "does not exist");
    let set = |key: &'static str, value: u64| {
        move |backup: &Path| {
            let mut json: serde_json::Value = serde_json::from_slice(&fs::read(manifest(backup)).unwrap()).unwrap();
            *json.pointer_mut(key).unwrap() = value.into();
            fs::write(manifest(backup), json.to_string()).unwrap();
        }
    };
    check(&place, set("/format", 9), "the format of the backup is 9");
    check(&place, set("/rows/inbox", 7), "the numbers of rows");
    let newer = |backup: &Path| change_database(backup, |conn| conn.pragma_update(None, "user_version", 99).unwrap());
    check(&place, newer, "schema version 99 is newer than this program");
    let foreign = |backup: &Path| change_database(backup, |conn| conn.pragma_update(None, "user_version", 0).unwrap());
    check(&place, foreign, "not a database of Waxwing");
    let text = |backup: &Path| {
        fs::write(database(backup), "x".repeat(8192)).unwrap();
        let hash = MediaHash::of(&fs::read(database(backup)).unwrap()).to_string();
        let mut json: serde_json::Value = serde_json::from_slice(&fs::read(manifest(backup)).unwrap()).unwrap();
        json["database"] = serde_json::json!({ "bytes": 8192, "sha256": hash });
        fs::write(manifest(backup), json.to_string()).unwrap();
    };
    check(&place, text, "not an SQLite database");
    // The unchanged backup can be restored.
    place.files("restored.db").restore(&place.path("backup"), false).unwrap();
}

#[tokio::test]
async fn faults_of_a_database_are_named() {
    let place = Place::new();
    place.backup().await;
    let files = place.files("waxwing.db");
    let verification = files.verify().unwrap();
    assert_eq!((verification.faults, verification.media), (Vec::new(), 1));
    // A server can use the database meanwhile.
    let store = place.store().await;
    assert!(files.verify().unwrap().faults.is_empty());
    store.check_health().await.unwrap();
    store.close().await;

    let expect = |expected: &str| {
        let faults = files.verify().unwrap().faults;
        assert!(faults.iter().any(|fault| fault.contains(expected)), "{expected}: {faults:?}");
    };
    fs::write(place.medium("waxwing.db.kept-media"), "another picture").unwrap();
    expect("the content of the medium");
    let run = |sql: &str| {
        let conn = Connection::open(place.path("waxwing.db")).unwrap();
        conn.pragma_update(None, "foreign_keys", false).unwrap();
        conn.execute_batch(sql).unwrap();
    };
    run("DELETE FROM user");
    expect("a row of the table conversation refers to a row of user that does not exist");
    run("DROP INDEX outbox_open");
    expect("index outbox_open is missing");
    run("CREATE TABLE notes (text TEXT)");
    expect("table notes does not belong to the schema");
    fs::write(place.path("waxwing.db"), "x".repeat(8192)).unwrap();
    expect("not an SQLite database");
}
