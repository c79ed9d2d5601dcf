//! Content that is sealed on the disk.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;
use waxwing_store::{
    CampaignStore, Draft, Error, EventStore, EventType, IdentityChange, InboxMessage, InboxStore, JournalStore,
    NewCampaign, NewLogEntry, NewOutgoingEvent, NewRecipient, NewSubscription, OperatorStore, Origin, OutboxStore,
    QuarantinedItem, RunId, RunRef, SendLimits, SendOutcome, SessionWrite, SqliteOptions, SqliteStore, StepKey,
    StorageKey, StorageKeys, TurnCommit, TurnStore, Upload, UserKey, WebhookItem,
};
use waxwing_types::{Bsuid, Image, MediaId, MessageId, UserProfile, WaId};

use crate::erasure::traces;
use crate::{LEASE, REQUEST, answer, clock, items, message, number, text};

/// A word in every content.
const MARK: &str = "GEHEIMSACHE";

/// Returns storage keys of repeated digits; no current one without digits.
pub(crate) fn keys(current: &str, previous: &[&str]) -> StorageKeys {
    let key = |digits: &str| StorageKey::parse(&digits.repeat(32)).unwrap();
    let current = (!current.is_empty()).then(|| key(current));
    StorageKeys::new(current, previous.iter().map(|digits| key(digits)).collect())
}

/// A database in a directory of its own.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("waxwing.db")
    }

    async fn try_open(&self, keys: StorageKeys) -> Result<SqliteStore, Error> {
        let options = SqliteOptions::new("graph.example").clock(clock()).storage_keys(keys);
        SqliteStore::open(self.path(), options).await
    }

    async fn open(&self, keys: StorageKeys) -> SqliteStore {
        self.try_open(keys).await.unwrap()
    }

    fn sql(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    fn count(&self, table: &str) -> i64 {
        self.sql().query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)).unwrap()
    }

    fn marks(&self) -> Vec<String> {
        traces(self.0.path(), &[MARK])
    }
}

fn words(what: &str) -> String {
    format!("{MARK} {what} {MARK}")
}

fn marked(from: &str, id: &str) -> InboxMessage {
    InboxMessage { body: format!(r#"{{"id":"{id}","text":"{}"}}"#, words("said")).into(), ..message(from, id) }
}

fn picture() -> Draft {
    let mut picture = text("");
    picture.content = Image::new(MediaId::new("")).caption(words("caption")).into();
    picture.fallback = Some(waxwing_types::Text::new(words("fallback")).into());
    picture.upload = Some(Upload {
        mime_type: "image/png".into(),
        filename: format!("{MARK}.png"),
        bytes: words("medium").repeat(100_000).into(),
    });
    picture
}

/// Writes the mark into every content of a conversation.
async fn converse(store: &SqliteStore, from: &str, id: &str) {
    store.accept(items([marked(from, id)])).await.unwrap();
    let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
    let (run, messages) = (RunId(format!("run {id}")), [claim.pending[0].seq]);
    let writes = RunRef { lease: &claim.lease, run: &run, messages: &messages, agent: "shop" };
    let step = StepKey { name: "model".into(), nth: 0 };
    store.finish_step(writes, &step, words("result").into()).await.unwrap();
    assert_eq!(store.steps(&claim.lease, &run).await.unwrap()[0].result.as_deref(), Some(words("result").as_bytes()));
    let entry = |what: &str| NewLogEntry {
        origin: Origin::Agent,
        author: Some("agent".into()),
        kind: "reply".into(),
        content: words(what).into(),
    };
    store.enqueue(writes, "interim", text(words("interim")), Some(entry("interim entry"))).await.unwrap();
    let session = store.session(&claim.lease, "agent", "label", 1).await.unwrap();
    let commit = TurnCommit {
        log: vec![entry("entry")],
        session: Some(SessionWrite {
            id: session.id,
            state: Some(words("state").into()),
            memory: Some(words("memory").into()),
        }),
        ..answer(&claim, &run.0, vec![picture()])
    };
    store.commit_turn(&claim.lease, commit).await.unwrap();
}

/// Writes the mark into every content without a conversation.
async fn set_up(store: &SqliteStore) {
    let subscription = NewSubscription { name: "s".into(), types: vec![EventType::AlarmRaised] };
    store.set_subscriptions(vec![subscription]).await.unwrap();
    let data = serde_json::json!({ "mark": words("event") });
    let event = NewOutgoingEvent { kind: EventType::AlarmRaised, conversation: None, number: None, data };
    store.raise_event(event).await.unwrap();
    let odd = QuarantinedItem { number: None, reason: "odd".into(), body: words("quarantine").into() };
    store.accept(vec![WebhookItem::Quarantined(odd)]).await.unwrap();
    let campaign = NewCampaign { number: number(), name: "spring".into(), plan: words("plan").into() };
    let campaign = store.create_campaign(campaign).await.unwrap();
    let recipient = NewRecipient { user: WaId::new("34600000009").into(), data: words("data").into() };
    store.add_recipients(campaign, vec![recipient]).await.unwrap();
}

/// Returns the texts of the history of the first conversation.
async fn history(store: &SqliteStore, phone: &str) -> Vec<String> {
    let entries = store.user_log(&UserKey::Phone(WaId::new(phone)), None, 100).await.unwrap();
    entries.into_iter().map(|found| String::from_utf8_lossy(&found.entry.content).into_owned()).collect()
}

#[tokio::test]
async fn no_content_is_on_the_disk() {
    for (current, is_sealed) in [("", false), ("0a", true)] {
        let place = Place::new();
        let store = place.open(keys(current, &[])).await;
        set_up(&store).await;
        converse(&store, "1", "a").await;
        assert_eq!(place.marks().is_empty(), is_sealed, "{:?}", place.marks());
        store.close().await;
        assert_eq!(place.marks().is_empty(), is_sealed, "{:?}", place.marks());
        // Every column with content is marked, so the test covers all of them.
        for column in [
            "entry.content",
            "outbox.content",
            "outbox.fallback",
            "outbox_media.bytes",
            "outbox_media.filename",
            "session.state",
            "memory.body",
            "quarantine.body",
            "event.data",
            "campaign.plan",
            "campaign_recipient.data",
        ] {
            let (table, name) = column.split_once('.').unwrap();
            let sql = format!("SELECT count(*) FROM {table} WHERE {name} IS NOT NULL AND substr({name}, 1, 1) = ?1");
            let found: i64 = place.sql().query_row(&sql, [[u8::from(is_sealed)]], |row| row.get(0)).unwrap();
            assert!(found > 0, "{column}");
        }
    }
}

#[tokio::test]
async fn sealed_content_is_read_back() {
    let place = Place::new();
    let store = place.open(keys("0a", &[])).await;
    set_up(&store).await;
    converse(&store, "1", "a").await;
    store.close().await;
    let store = place.open(keys("0a", &[])).await;
    assert!(history(&store, "1").await.iter().all(|content| content.contains(MARK)));
    let mut sends = store.claim_sends(&[number()], SendLimits::each(1), REQUEST).await.unwrap().claimed;
    let first = sends.remove(0);
    assert!(serde_json::to_string(&first.content).unwrap().contains(MARK));
    let accepted = SendOutcome::Accepted(MessageId::new("wamid.1"));
    let second = store.record_outcome(&first, accepted, REQUEST).await.unwrap().unwrap();
    let upload = store.upload(&second).await.unwrap();
    assert_eq!(second.upload_bytes, Some(upload.bytes.len() as u64));
    assert_eq!(upload.bytes, words("medium").repeat(100_000).as_bytes());
    assert_eq!(upload.filename, format!("{MARK}.png"));
    let quarantined = store.quarantine(10).await.unwrap().remove(0);
    assert_eq!(quarantined.size, words("quarantine").len());
}

#[tokio::test]
async fn a_missing_or_wrong_key_is_named() {
    let place = Place::new();
    let store = place.open(keys("0a", &[])).await;
    converse(&store, "1", "a").await;
    store.close().await;
    let needed = StorageKey::parse(&"0a".repeat(32)).unwrap().id().to_owned();
    for (wrong, setting) in [("", "set WAXWING_STORAGE_KEY"), ("0b", "WAXWING_STORAGE_PREVIOUS_KEYS")] {
        let refused = place.try_open(keys(wrong, &[])).await.unwrap_err().to_string();
        assert!(refused.contains(&needed) && refused.contains(setting), "{refused}");
    }
    place.open(keys("", &["0a"])).await.close().await;
    place.open(keys("0b", &["0a"])).await.close().await;
}

#[tokio::test]
async fn a_plain_database_needs_no_key() {
    let place = Place::new();
    let store = place.open(keys("", &[])).await;
    converse(&store, "1", "a").await;
    store.close().await;
    // A database that never sealed anything opens with and without a key, and new content is sealed at once.
    let store = place.open(keys("0a", &[])).await;
    store.accept(items([marked("1", "b")])).await.unwrap();
    assert_eq!(history(&store, "1").await.len(), 4);
    store.close().await;
    assert!(place.try_open(keys("", &[])).await.is_err());
}

#[tokio::test]
async fn changed_and_moved_values_are_refused() {
    let place = Place::new();
    let store = place.open(keys("0a", &[])).await;
    converse(&store, "1", "a").await;
    store.close().await;
    let read = async || {
        let store = place.open(keys("0a", &[])).await;
        let read = store.user_log(&UserKey::Phone(WaId::new("1")), None, 100).await.map(|entries| entries.len());
        store.close().await;
        read
    };
    assert!(read().await.is_ok());
    let original: Vec<u8> = place.sql().query_row("SELECT content FROM entry", (), |row| row.get(0)).unwrap();
    let moved: Vec<u8> = place.sql().query_row("SELECT content FROM outbox", (), |row| row.get(0)).unwrap();
    let mut changed = original.clone();
    *changed.last_mut().unwrap() ^= 1;
    let unknown = [&[7], &original[1..]].concat();
    for value in [changed, moved, unknown, original[..20].to_vec(), Vec::new()] {
        place.sql().execute("UPDATE entry SET content = ?1", [value]).unwrap();
        assert!(matches!(read().await, Err(Error::Database(_))));
    }
    place.sql().execute("UPDATE entry SET content = ?1", [original]).unwrap();
    assert!(read().await.is_ok());
}

#[tokio::test]
async fn an_erasure_destroys_the_key() {
    let place = Place::new();
    let store = place.open(keys("0a", &[])).await;
    converse(&store, "1", "a").await;
    converse(&store, "2", "b").await;
    assert_eq!(place.count("content_key"), 2);
    let other: Vec<u8> = place
        .sql()
        .query_row(
            "SELECT wrapped FROM content_key WHERE conversation = (
                 SELECT c.id FROM conversation c JOIN user u ON u.id = c.user WHERE u.wa_id = '1')",
            (),
            |row| row.get(0),
        )
        .unwrap();
    store.erase_user(&UserKey::Phone(WaId::new("1"))).await.unwrap();
    assert_eq!(place.count("content_key"), 1);
    for file in fs::read_dir(place.0.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(other.len()).any(|part| part == other), "the wrapped key remains");
    }
    assert_eq!(history(&store, "2").await.len(), 3);
    // Content of an erased conversation that is put back cannot be opened.
    converse(&store, "1", "c").await;
    assert_eq!(place.count("content_key"), 2);
}

#[tokio::test]
async fn an_erasure_finds_the_user_in_sealed_content() {
    let place = Place::new();
    let store = place.open(keys("0a", &[])).await;
    converse(&store, "34600777001", "a").await;
    let odd = |from: &str| {
        let body = format!(r#"{{"from":"{from}"}}"#);
        WebhookItem::Quarantined(QuarantinedItem { number: None, reason: "odd".into(), body: body.into() })
    };
    store.accept(vec![odd("34600777001"), odd("34600888002")]).await.unwrap();
    let report = store.erase_user(&UserKey::Phone(WaId::new("34600777001"))).await.unwrap();
    assert_eq!(report.quarantine, 1);
    assert_eq!(store.quarantine(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_join_keeps_the_content_of_both_users() {
    let place = Place::new();
    let store = place.open(keys("0a", &[])).await;
    converse(&store, "1", "a").await;
    let user = UserProfile::from(WaId::new("2")).bsuid(Bsuid::new("ES.2"));
    let arrived = InboxMessage { sender: user.clone(), ..marked("2", "b") };
    store.accept(items([arrived])).await.unwrap();
    let change = IdentityChange { old: WaId::new("1").into(), new: user, at: 1_767_225_600, body: "{}".into() };
    store.accept(vec![WebhookItem::IdentityChange(change)]).await.unwrap();
    assert_eq!(history(&store, "2").await.len(), 4);
    assert!(history(&store, "2").await.iter().all(|content| content.contains(MARK)));
    store.erase_user(&UserKey::Phone(WaId::new("2"))).await.unwrap();
    assert_eq!(place.count("content_key"), 0);
}

#[tokio::test]
async fn a_backup_is_sealed_as_the_database_is() {
    let place = Place::new();
    let store = place.open(keys("0a", &[])).await;
    converse(&store, "1", "a").await;
    // A message that waits for its answer is held by the restore.
    store.accept(items([marked("2", "b")])).await.unwrap();
    store.close().await;
    let files = waxwing_store::SqliteFiles::new(place.path(), place.0.path().join("media")).clock(clock());
    let backup = place.0.path().join("backup");
    files.back_up(&backup, false).unwrap();
    assert_eq!(traces(&backup, &[MARK]), [] as [String; 0]);
    let restored = tempfile::tempdir().unwrap();
    let target = waxwing_store::SqliteFiles::new(restored.path().join("waxwing.db"), restored.path().join("media"));
    let target = target.clock(clock());
    assert!(target.restore(&backup, false).unwrap_err().to_string().contains("storage key"));
    target.storage_keys(keys("0a", &[])).restore(&backup, false).unwrap();
    let open = async |path: &Path, keys| {
        SqliteStore::open(path, SqliteOptions::new("graph.example").clock(clock()).storage_keys(keys)).await
    };
    let path = restored.path().join("waxwing.db");
    assert!(matches!(open(&path, keys("", &[])).await, Err(Error::StorageKeyMissing { .. })));
    let store = open(&path, keys("0a", &[])).await.unwrap();
    assert_eq!(history(&store, "1").await.len(), 3);
    assert_eq!(history(&store, "2").await.len(), 1);
    assert_eq!(traces(restored.path(), &[MARK]), [] as [String; 0]);
}

#[tokio::test]
async fn a_rotation_wraps_all_keys_and_keeps_the_content() {
    let place = Place::new();
    let store = place.open(keys("0a", &[])).await;
    set_up(&store).await;
    converse(&store, "1", "a").await;
    converse(&store, "2", "b").await;
    store.close().await;
    let store = place.open(keys("0b", &["0a"])).await;
    let done = store.reseal().await.unwrap();
    assert_eq!((done.keys, done.values), (3, 0));
    assert_eq!(store.reseal().await.unwrap(), waxwing_store::Resealed::default(), "nothing is left to do");
    store.close().await;
    assert!(place.try_open(keys("0a", &[])).await.is_err());
    let store = place.open(keys("0b", &[])).await;
    assert_eq!(history(&store, "1").await.len(), 3);
}

#[tokio::test]
async fn a_plain_database_is_sealed_and_opened_again() {
    let place = Place::new();
    let store = place.open(keys("", &[])).await;
    set_up(&store).await;
    converse(&store, "1", "a").await;
    let plain = history(&store, "1").await;
    store.close().await;
    assert!(!place.marks().is_empty());

    let store = place.open(keys("0a", &[])).await;
    let done = store.reseal().await.unwrap();
    assert!(done.values > 10, "{done:?}");
    assert_eq!(place.marks(), [] as [String; 0]);
    assert_eq!(history(&store, "1").await, plain);
    store.close().await;

    let store = place.open(keys("", &["0a"])).await;
    assert_eq!(store.reseal().await.unwrap().values, done.values);
    assert_eq!(place.count("content_key"), 0);
    store.close().await;
    let store = place.open(keys("", &[])).await;
    assert_eq!(history(&store, "1").await, plain);
}

#[tokio::test]
async fn a_killed_change_is_continued() {
    let place = Place::new();
    let store = place.open(keys("", &[])).await;
    for id in ["a", "b", "c"] {
        converse(&store, id, id).await;
    }
    store.close().await;
    // The state after a kill: a part is sealed, and the compaction is due.
    let store = place.open(keys("0a", &[])).await;
    store.reseal().await.unwrap();
    store.close().await;
    let store = place.open(keys("", &["0a"])).await;
    converse(&store, "d", "d").await;
    store.close().await;
    assert!(!place.marks().is_empty());
    place.sql().execute("INSERT INTO meta (key, value) VALUES ('compaction', 'due')", ()).unwrap();

    let store = place.open(keys("0b", &["0a"])).await;
    let done = store.reseal().await.unwrap();
    assert!(done.keys == 3 && done.values > 0, "{done:?}");
    assert_eq!(place.marks(), [] as [String; 0]);
    for id in ["a", "b", "c", "d"] {
        assert_eq!(history(&store, id).await.len(), 3);
    }
}
