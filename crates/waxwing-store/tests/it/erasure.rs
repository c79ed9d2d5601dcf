//! Bytes of an erased user in the database files.

use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;
use waxwing_store::{
    ConversationTarget, Error, InboxMessage, InboxStore, JournalStore, MessageCharge, NewLogEntry, NewOperatorAction,
    OperatorStore, Origin, OutboxStore, QuarantinedItem, Retention, RetentionStore, RunId, RunRef, SendError,
    SendLimits, SendOutcome, SessionWrite, SqliteStore, StatusKind, StatusUpdate, StepKey, TurnCommit, TurnStore,
    Upload, UsageKey, UsageQuery, UsageStore, UserKey, WebhookItem,
};
use waxwing_types::{Bsuid, GroupId, Image, Market, MediaId, MessageId, Text, UserProfile, WaId};

use crate::{LEASE, REQUEST, answer, clock, message, number, open, text};

/// A user whose data contains a mark everywhere.
struct Marked {
    mark: &'static str,
    phone: &'static str,
}

const GONE: Marked = Marked { mark: "VERGISSMICH", phone: "34600777001" };
const STAYS: Marked = Marked { mark: "BEHALTMICH", phone: "34600888002" };

impl Marked {
    fn user(&self) -> UserProfile {
        UserProfile::from(WaId::new(self.phone))
            .bsuid(Bsuid::new(format!("ES.{}", self.mark)))
            .parent_bsuid(Bsuid::new(format!("ES.ENT.{}", self.mark)))
            .name(format!("{} the name", self.mark))
            .username(format!("{}.handle", self.mark))
    }

    /// Returns a text that is unique to the user and long enough to fill pages.
    fn words(&self, what: &str, nth: usize) -> String {
        format!("{} {what} {nth} {}", self.mark, "pad ".repeat(nth % 7 * 40))
    }

    fn message(&self, id: &str) -> InboxMessage {
        let body = format!(r#"{{"from":"{}","text":"{}"}}"#, self.phone, self.words("said", id.len()));
        InboxMessage { sender: self.user(), body: body.into(), ..message("1", &format!("wamid.{}.{id}", self.mark)) }
    }

    fn key(&self) -> UserKey {
        UserKey::Phone(WaId::new(self.phone))
    }

    fn entry(&self, what: &str, nth: usize) -> NewLogEntry {
        let content = self.words(what, nth).into();
        NewLogEntry { origin: Origin::Agent, author: Some("agent".into()), kind: "reply".into(), content }
    }

    /// Writes to every table.
    async fn live(&self, store: &SqliteStore, nth: usize) {
        store.accept(vec![WebhookItem::Message(self.message(&nth.to_string()))]).await.unwrap();
        let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
        let (run, messages) = (RunId(format!("run {} {nth}", self.mark)), [claim.pending[0].seq]);
        let writes = RunRef { lease: &claim.lease, run: &run, messages: &messages, agent: "shop" };
        let step = StepKey { name: self.words("step", nth), nth: 0 };
        store.finish_step(writes, &step, self.words("result", nth).into()).await.unwrap();
        store
            .enqueue(writes, "interim", text(self.words("interim", nth)), Some(self.entry("interim entry", nth)))
            .await
            .unwrap();
        let session = store.session(&claim.lease, "agent", self.phone, 1).await.unwrap();
        let mut picture = text("");
        picture.content = Image::new(MediaId::new("")).caption(self.words("caption", nth)).into();
        picture.callback_data = Some(self.words("callback", nth));
        picture.upload = Some(Upload {
            mime_type: "image/png".into(),
            filename: format!("{}.png", self.mark),
            bytes: self.words("medium", nth).repeat(20).into(),
        });
        let commit = TurnCommit {
            log: vec![self.entry("entry", nth), self.entry("further entry", nth)],
            session: Some(SessionWrite {
                id: session.id,
                state: Some(self.words("state", nth).into()),
                memory: Some(self.words("memory", nth).into()),
            }),
            begin_session: (nth % 5 == 4)
                .then(|| waxwing_store::NewSession { agent: "agent".into(), label: self.words("label", nth) }),
            ..answer(&claim, &run.0, vec![picture])
        };
        store.commit_turn(&claim.lease, commit).await.unwrap();
        let says = NewOperatorAction {
            target: ConversationTarget::Conversation(claim.conversation.id),
            id: format!("desk {} {nth}", self.mark),
            content: Some(Text::new(self.words("person", nth)).into()),
            needs_window: false,
            body: self.words("person", nth).into(),
        };
        store.record_operator_action(says).await.unwrap();
        let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
        store.commit_turn(&claim.lease, answer(&claim, &format!("{} again", run.0), vec![])).await.unwrap();
        self.send(store, nth).await;
        let part =
            QuarantinedItem { number: None, reason: "odd".into(), body: format!(r#"["{}",{nth}]"#, self.phone).into() };
        store.accept(vec![WebhookItem::Quarantined(part)]).await.unwrap();
    }

    /// Sends the queued rows except the last one, with a status for each.
    async fn send(&self, store: &SqliteStore, nth: usize) {
        let mut sends = store.claim_sends(&[number()], SendLimits::each(1), REQUEST).await.unwrap().claimed;
        for n in 0..2 {
            let Some(send) = sends.pop() else { break };
            let id = MessageId::new(format!("wamid.{}.out.{nth}.{n}", self.mark));
            let news = |status| StatusUpdate {
                number: number(),
                charge: Some(charge(self.phone)),
                id: id.clone(),
                status,
                at: 1_767_225_600,
                participant: Some(self.phone.to_owned()),
                callback_data: Some(send.token.clone()),
                error: Some((131_026, self.words("why", nth))),
                allows_fallback: false,
                body: format!(r#"{{"recipient_id":"{}"}}"#, self.phone).into(),
            };
            let all = [StatusKind::Delivered, StatusKind::Failed].map(|kind| WebhookItem::Status(news(kind)));
            store.accept(all.into()).await.unwrap();
            sends.extend(store.record_outcome(&send, SendOutcome::Accepted(id), REQUEST).await.unwrap());
        }
        for send in sends {
            store
                .record_outcome(
                    &send,
                    SendOutcome::DeadLetter {
                        error: SendError { code: None, message: self.mark.to_owned() },
                        use_fallback: false,
                    },
                    REQUEST,
                )
                .await
                .unwrap();
        }
    }
}

/// Returns the price of a message to this phone number.
fn charge(phone: &str) -> MessageCharge {
    let market = Market::of_phone(phone);
    MessageCharge { category: "service".into(), kind: "regular".into(), market, is_billable: true }
}

/// Returns the number of delivered messages.
async fn delivered(store: &SqliteStore) -> u64 {
    let ever = UsageQuery { by: UsageKey::Number, since: 0, until: i64::MAX };
    store.message_counts(ever, 100).await.unwrap().iter().map(|count| count.billable).sum()
}

/// Returns the places in the files below `directory` where one of these words occurs.
pub(crate) fn traces(directory: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(traces(&path, words));
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for word in words {
            let times = bytes.windows(word.len()).filter(|part| part == &word.as_bytes()).count();
            if times > 0 {
                found.push(format!("{word} {times} times in {}", path.display()));
            }
        }
    }
    found
}

/// Accepts a message of a user in a group, and answers with a quote.
async fn in_group(store: &SqliteStore, who: &Marked) {
    let message = InboxMessage { group: Some(GroupId::new("group")), ..who.message("in the group") };
    let quoted = message.id.clone();
    store.accept(vec![WebhookItem::Message(message)]).await.unwrap();
    let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);
    let mut reply = text("to the group");
    (reply.to, reply.reply_to) = (GroupId::new("group").into(), Some(quoted));
    store
        .commit_turn(&claim.lease, answer(&claim, &format!("group {}", claim.lease.epoch), vec![reply]))
        .await
        .unwrap();
}

#[tokio::test]
async fn no_byte_of_an_erased_user_remains() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let clock = clock();
    let store = open(&path, clock.clone()).await.unwrap();
    for nth in 0..24 {
        GONE.live(&store, nth).await;
        STAYS.live(&store, nth).await;
        if nth == 12 {
            // Data that was deleted earlier is in free pages.
            clock.advance(Duration::from_mins(1));
            let keep =
                Retention { quarantine: Some(Duration::ZERO), inbox: Some(Duration::ZERO), ..Retention::default() };
            while !store.apply_retention(&keep, 100).await.unwrap().is_complete {}
        }
    }
    in_group(&store, &GONE).await;
    in_group(&store, &STAYS).await;
    // A running turn.
    store.accept(vec![WebhookItem::Message(GONE.message("last"))]).await.unwrap();
    let claim = store.claim_turns(&[number()], 1, LEASE).await.unwrap().claimed.remove(0);

    // Another user had the number before.
    let former = UserProfile::from(WaId::new(GONE.phone)).bsuid(Bsuid::new("ES.FORMER"));
    let first = InboxMessage { sender: former, ..message("1", "of the former owner") };
    store.accept(vec![WebhookItem::Message(first), WebhookItem::Message(GONE.message("back"))]).await.unwrap();

    let before = store.user_report(&STAYS.key()).await.unwrap();
    let words = [GONE.mark, GONE.phone];
    assert!(!traces(directory.path(), &words).is_empty(), "the files contain data to erase");
    let counted = delivered(&store).await;
    assert!(counted > 0);
    store.erase_user(&GONE.key()).await.unwrap();
    assert_eq!(traces(directory.path(), &words), [] as [String; 0]);
    assert_eq!(delivered(&store).await, counted, "what Meta charged stays known");

    assert_eq!(store.user_report(&STAYS.key()).await.unwrap(), before);
    assert!(!traces(directory.path(), &[STAYS.mark]).is_empty());
    assert!(matches!(store.renew_lease(&claim.lease, LEASE).await, Err(Error::LeaseLost)));
    STAYS.live(&store, 99).await;
    store.close().await;
    assert_eq!(traces(directory.path(), &words), [] as [String; 0]);
    let sound: String =
        Connection::open(&path).unwrap().query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(sound, "ok");
}

#[tokio::test]
async fn a_pending_compaction_runs_at_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let store = open(&path, clock()).await.unwrap();
    for nth in 0..20 {
        GONE.live(&store, nth).await;
    }
    store.close().await;
    // A process that crashes between erasure and compaction leaves this state.
    let side = Connection::open(&path).unwrap();
    side.execute_batch(
        "PRAGMA foreign_keys = OFF; DELETE FROM quarantine; DELETE FROM inbox; DELETE FROM outbox; DELETE FROM attempt;
         DELETE FROM outbox_media; DELETE FROM status; DELETE FROM session; DELETE FROM entry; DELETE FROM step;
         DELETE FROM memory; DELETE FROM send_queue; DELETE FROM conversation; DELETE FROM user;
         INSERT INTO meta (key, value) VALUES ('compaction', 'due');",
    )
    .unwrap();
    drop(side);
    assert!(!traces(directory.path(), &[GONE.mark]).is_empty());
    let store = open(&path, clock()).await.unwrap();
    assert_eq!(traces(directory.path(), &[GONE.mark, GONE.phone]), [] as [String; 0]);
    assert_eq!(store.accept(vec![WebhookItem::Message(GONE.message("0"))]).await.unwrap().duplicates, 1);
    store.close().await;
    let side = Connection::open(&path).unwrap();
    let due: i64 = side.query_row("SELECT count(*) FROM meta WHERE key = 'compaction'", (), |row| row.get(0)).unwrap();
    assert_eq!(due, 0);
}

#[tokio::test]
async fn a_failed_compaction_runs_with_the_next_erasure() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waxwing.db");
    let store = open(&path, clock()).await.unwrap();
    for nth in 0..10 {
        GONE.live(&store, nth).await;
    }
    // An open read transaction prevents the truncation of the log.
    let side = Connection::open(&path).unwrap();
    side.execute_batch("BEGIN").unwrap();
    let _: i64 = side.query_row("SELECT count(*) FROM inbox", (), |row| row.get(0)).unwrap();
    let failed = store.erase_user(&GONE.key()).await;
    assert!(matches!(failed, Err(Error::Database(_))), "{failed:?}");
    assert!(!traces(directory.path(), &[GONE.mark]).is_empty());
    side.execute_batch("COMMIT").unwrap();
    assert!(matches!(store.erase_user(&GONE.key()).await, Err(Error::NotFound)));
    assert_eq!(traces(directory.path(), &[GONE.mark, GONE.phone]), [] as [String; 0]);
}
