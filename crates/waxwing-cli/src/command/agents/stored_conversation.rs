//! A conversation as the store holds it.

use anyhow::bail;
use serde_json::Value;
use waxwing::agent::{HistoryEntry, Memory, RunContext, Session, UserMessage};
use waxwing::engine::read_log;
use waxwing::store::{LogEntry, Origin, Timestamp, UserIdentity};
use waxwing::types::{Bsuid, WaId};
use waxwing_admin::{AdminClient, ConversationDataView, LogEntryView, UserView};

/// Number of log entries that are read. A history has at most as many.
const MAX_ENTRIES: usize = 1000;

/// A conversation with the newest entries of its log.
pub(super) struct StoredConversation {
    data: ConversationDataView,
    /// Entries that a turn has handled.
    pub(super) history: Vec<HistoryEntry>,
    /// Messages that wait for a turn.
    pub(super) waiting: Vec<UserMessage>,
}

impl StoredConversation {
    pub(super) async fn load(client: &AdminClient, id: i64) -> anyhow::Result<Self> {
        let data = client.conversation(id).await?;
        let log = client.conversation_log(id, None, MAX_ENTRIES).await?;
        let (handled, waiting): (Vec<_>, Vec<_>) =
            log.into_iter().filter_map(entry).partition(|entry| entry.is_handled);
        let waiting = read_log(&waiting).iter().filter_map(|entry| entry.message().cloned()).collect();
        let history = read_log(&handled);
        if history.is_empty() && data.conversation.waiting == 0 {
            bail!("conversation {id} has no messages");
        }
        Ok(Self { data, history, waiting })
    }

    /// Returns the context of a run of an agent after the first `entries` entries of the history.
    pub(super) fn run_after(&self, entries: usize, agent: &str) -> RunContext {
        let user = self.data.conversation.user.as_ref();
        let id = user.and_then(|user| user.phone.clone().or_else(|| user.bsuid.clone())).unwrap_or_default();
        let session = self.data.sessions.iter().find(|session| session.agent == agent && session.is_current);
        let state = match session.map(|session| &session.state) {
            Some(Value::Object(state)) => state.clone(),
            _ => serde_json::Map::new(),
        };
        let label = session.map_or_else(|| id.clone(), |session| session.label.clone());
        let memory = self.data.memories.iter().find(|memory| memory.agent == agent);
        let memory = memory.map(|memory| Memory::restored(memory.memory.clone())).unwrap_or_default();
        RunContext::builder(id, Session::restored(label, self.history[..entries].to_vec(), state))
            .user_name(user.and_then(|user| user.name.clone()))
            .in_group(self.data.conversation.group.is_some())
            .memory(memory)
            .build()
    }
}

/// Returns the entry of the log that a view shows. Origins of a newer version are left out.
fn entry(view: LogEntryView) -> Option<LogEntry> {
    Some(LogEntry {
        seq: view.position,
        origin: Origin::parse(&view.origin)?,
        author: view.agent,
        kind: view.kind,
        user: view.user.map(identity),
        at: Timestamp::from_millis(view.at),
        run: None,
        content: view.content.to_string().into_bytes().into(),
        medium: None,
        is_handled: view.handled,
    })
}

fn identity(view: UserView) -> UserIdentity {
    UserIdentity {
        wa_id: view.phone.map(WaId::new),
        bsuid: view.bsuid.map(Bsuid::new),
        parent_bsuid: None,
        name: view.name,
        username: view.username,
    }
}
