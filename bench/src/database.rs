//! Database with the engine that works on it.
//!
//! Both run in the process of the benchmark, without HTTP.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use waxwing::agent::Echo;
use waxwing::engine::{Debounce, DownloadError, Downloaded, Engine, Graph, GraphError, Route, Workers};
use waxwing::store::{
    Disposition, InboxMessage, InboxStore, OperatorStore, OutboxState, SqliteOptions, SqliteStore, StorageKeys, Upload,
    UserKey, WebhookItem,
};
use waxwing::types::{Bsuid, GroupId, MediaId, MessageId, OutboundMessage, PhoneNumberId, UserProfile, WaId};
use waxwing::webhook::{Notification, VerifiedBody};

use crate::webhook::{WebhookGenerator, number, status};

/// Number of messages in each batch that fills a database.
const BATCH: usize = 1_000;

/// Number of concurrent messages while a database is filled.
const AT_ONCE: usize = 64;

/// Smallest number of users of a database.
const USERS: usize = 1_000;

/// Database with a running engine.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) path: PathBuf,
    engine: Engine,
    _workers: Workers,
    store: Arc<SqliteStore>,
    graph: Arc<InstantGraph>,
    maker: WebhookGenerator,
}

impl Database {
    /// Creates a database with this number of finished messages. One in twenty was answered. The others needed no reply.
    pub(crate) async fn filled(path: &Path, count: usize) -> anyhow::Result<Self> {
        Self::filled_with_keys(path, count, StorageKeys::default()).await
    }

    /// Creates a database with storage keys, as [`filled`](Self::filled) does.
    pub(crate) async fn filled_with_keys(path: &Path, count: usize, keys: StorageKeys) -> anyhow::Result<Self> {
        let options = SqliteOptions::new("127.0.0.1").storage_keys(keys);
        let store = Arc::new(SqliteStore::open(path, options).await?);
        let answered = count / 20;
        // The measured messages are from the same users. Two messages of one user that arrive together are answered in one turn.
        let users = (count / 10).max(USERS);
        let silent = count - answered;
        for begin in (0..silent).step_by(BATCH) {
            let arrivals = (begin..silent.min(begin + BATCH)).map(|nth| ignored(nth, nth % users)).collect();
            store.accept(arrivals).await?;
        }
        let graph = Arc::new(InstantGraph::default());
        let number = PhoneNumberId::new(number(0));
        let mut settings = waxwing::engine::EngineSettings::default();
        settings.debounce = Debounce::Fixed(Duration::ZERO);
        // The loop guard would stop the users, who write many messages each.
        settings.loop_limit = 0;
        settings.rate_limit.per_second = u32::MAX;
        settings.rate_limit.pair_interval = Duration::ZERO;
        settings.media.dir = path.with_extension("media");
        let route = Route::new(number, Arc::new(Echo), graph.clone());
        let engine = Engine::builder(store.clone()).settings(settings).route(route).build();
        let workers = engine.start();
        let maker = WebhookGenerator::new(1, users);
        let mut database = Self { path: path.to_owned(), engine, _workers: workers, store, graph, maker };
        database.answer(answered, AT_ONCE).await?;
        Ok(database)
    }

    /// Accepts messages, at most `at_once` at a time, and waits until all replies are sent and all send outcomes are recorded.
    pub(crate) async fn answer(&mut self, count: usize, at_once: usize) -> anyhow::Result<()> {
        let before = self.graph.sent.load(Ordering::Relaxed);
        let mut tasks = JoinSet::new();
        for nth in 0..count {
            self.graph.reached(before + (nth + 1).saturating_sub(at_once)).await;
            while let Some(accepted) = tasks.try_join_next() {
                accepted??;
            }
            let body = self.maker.body();
            let engine = self.engine.clone();
            tasks.spawn(async move { accept(&engine, body).await });
        }
        while let Some(accepted) = tasks.join_next().await {
            accepted??;
        }
        self.graph.reached(before + count).await;
        while !self.store.outbox(Some(OutboxState::Sending), 1).await?.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Reads the conversation logs of the first users. Returns the number of entries.
    pub(crate) async fn read_logs(&self, users: usize) -> anyhow::Result<usize> {
        let mut entries = 0;
        for user in 0..users {
            let key = UserKey::Phone(WaId::new(format!("346{user:08}")));
            entries += self.store.user_log(&key, None, 1_000).await?.len();
        }
        Ok(entries)
    }

    /// Accepts the statuses sent, delivered and read of the last `count` replies. Each status has its own webhook. At most `at_once`
    /// replies are processed at a time.
    pub(crate) async fn report_statuses(&self, count: usize, at_once: usize) -> anyhow::Result<()> {
        let sent = self.graph.sent.load(Ordering::Relaxed);
        let mut tasks = JoinSet::new();
        for nth in sent.saturating_sub(count)..sent {
            if tasks.len() >= at_once {
                tasks.join_next().await.transpose()?.transpose()?;
            }
            let engine = self.engine.clone();
            tasks.spawn(async move {
                for name in ["sent", "delivered", "read"] {
                    accept(&engine, status(&sent_id(nth), name, &number(0))).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(reported) = tasks.join_next().await {
            reported??;
        }
        Ok(())
    }
}

/// Accepts a body as the HTTP handler does.
async fn accept(engine: &Engine, body: String) -> anyhow::Result<()> {
    let body = VerifiedBody::unsigned(Bytes::from(body));
    engine.accept(Notification::parse(&body)?).await?;
    Ok(())
}

/// Returns a message that is stored without a reply.
fn ignored(nth: usize, user: usize) -> WebhookItem {
    let body = format!(
        r#"{{"from":"346{user:08}","id":"wamid.stored{nth:012}","timestamp":"1767225600","type":"reaction","reaction":{{"message_id":"wamid.HBgLMzQ2MDAwMDAwMDAVAgARGBI5QTNDQTVCM0Q0Q0","emoji":"\ud83d\ude00"}}}}"#
    );
    WebhookItem::Message(InboxMessage {
        number: PhoneNumberId::new(number(0)),
        id: MessageId::new(format!("wamid.stored{nth:012}")),
        sender: UserProfile::from(WaId::new(format!("346{user:08}")))
            .bsuid(Bsuid::new(format!("ES.134912086553{user:08}"))),
        group: None,
        sent_at: 1_767_225_600,
        kind: "reaction".into(),
        body: body.into(),
        disposition: Disposition::Ignored("reaction calls for no answer".into()),
        wakes: false,
        opens_window: true,
    })
}

/// Fake Graph API that accepts every message at once.
#[derive(Debug, Default)]
struct InstantGraph {
    sent: AtomicUsize,
    more: Notify,
}

impl InstantGraph {
    /// Waits until this number of messages was sent.
    async fn reached(&self, sent: usize) {
        while self.sent.load(Ordering::Relaxed) < sent {
            self.more.notified().await;
        }
    }
}

/// Returns the message id of the `nth` sent message.
fn sent_id(nth: usize) -> String {
    format!("wamid.HBgLMzQ2MDAwMDAwMDAVAgARGBI{nth:012}")
}

#[async_trait]
impl Graph for InstantGraph {
    async fn send(&self, _message: &OutboundMessage) -> Result<MessageId, GraphError> {
        let nth = self.sent.fetch_add(1, Ordering::Relaxed);
        self.more.notify_one();
        Ok(MessageId::new(sent_id(nth)))
    }

    async fn upload(&self, _upload: &Upload) -> Result<MediaId, GraphError> {
        Ok(MediaId::new("1"))
    }

    async fn show_typing(&self, _message: &MessageId) -> Result<(), GraphError> {
        Ok(())
    }

    async fn mark_read(&self, _message: &MessageId) -> Result<(), GraphError> {
        Ok(())
    }

    async fn download(&self, _media: &MediaId, _max: u64, _file: &Path) -> Result<Downloaded, DownloadError> {
        Err(DownloadError::TooLarge)
    }

    async fn group_subject(&self, _: &GroupId) -> Result<Option<String>, GraphError> {
        Ok(None)
    }

    fn send_timeout(&self) -> Duration {
        Duration::from_secs(20)
    }
}
