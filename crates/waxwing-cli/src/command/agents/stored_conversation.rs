//! A conversation as the store holds it.

use anyhow::bail;
use serde_json::Value;
use tempfile::TempDir;
use waxwing::agent::{BusinessNumber, ConversationInfo, HistoryEntry, Memory, RunContext, Session, User, UserMessage};
use waxwing::engine::{StoredHistory, session_user};
use waxwing_admin::{AdminClient, ConversationDataView, FoundMessageView, LogEntryView, MediumView, SessionView};

/// Number of log entries that are read. A history has at most as many.
const MAX_ENTRIES: usize = 1000;

/// A conversation with the newest entries of its log.
pub(super) struct StoredConversation {
    data: ConversationDataView,
    /// Entries that a turn has handled.
    pub(super) history: Vec<HistoryEntry>,
    /// Messages that wait for a turn.
    pub(super) waiting: Vec<UserMessage>,
    /// Directory of the media.
    _media: TempDir,
}

impl StoredConversation {
    /// Reads the newest entries of the conversation log.
    pub(super) async fn load(client: &AdminClient, id: i64) -> anyhow::Result<Self> {
        let (handled, waiting) = log(client, id).await?;
        Self::read(client, id, handled, waiting).await
    }

    /// Reads what an agent would get with its next turn. `limit` is the number of entries of its history.
    pub(super) async fn next_turn(client: &AdminClient, id: i64, agent: &str, limit: usize) -> anyhow::Result<Self> {
        let (_, waiting) = log(client, id).await?;
        let history = client.agent_history(id, agent, limit).await?;
        Self::read(client, id, history, waiting).await
    }

    async fn read(
        client: &AdminClient,
        id: i64,
        handled: Vec<LogEntryView>,
        waiting: Vec<LogEntryView>,
    ) -> anyhow::Result<Self> {
        let data = client.conversation(id).await?;
        if data.entries == 0 && data.conversation.waiting == 0 {
            bail!("conversation {id} has no messages");
        }
        let entries =
            |views: Vec<LogEntryView>| views.into_iter().filter_map(LogEntryView::into_entry).collect::<Vec<_>>();
        let mut stored = StoredHistory::read(&entries(handled), &entries(waiting));
        let missing: Vec<_> = stored.missing_targets().iter().map(|id| id.as_str().to_owned()).collect();
        if !missing.is_empty() {
            let found = client.conversation_messages(id, missing).await?;
            stored.add_targets(found.into_iter().filter_map(FoundMessageView::into_message).collect());
        }
        let media = tempfile::tempdir()?;
        for (position, medium) in stored.kept_media() {
            let file = media.path().join(position.to_string());
            if let Some(len) = client.kept_medium(&MediumView::from(medium), &file).await? {
                stored.add_medium(position, file, len);
            }
        }
        let (history, waiting) = stored.into_parts();
        Ok(Self { data, history, waiting, _media: media })
    }

    /// Returns the context of a run of an agent after the first `entries` entries of the history.
    pub(super) fn run_after(&self, entries: usize, agent: &str) -> RunContext {
        let session = self.data.sessions.iter().find(|session| session.agent == agent && session.is_current);
        let state = match session.map(|session| &session.state) {
            Some(Value::Object(state)) => state.clone(),
            _ => serde_json::Map::new(),
        };
        let user = self.user(session);
        let label = session.map_or_else(|| user.id.clone(), |session| session.label.clone());
        let memory = self.data.memories.iter().find(|memory| memory.agent == agent);
        let memory = memory.map(|memory| Memory::restored(memory.memory.clone())).unwrap_or_default();
        let mut info = ConversationInfo::default();
        info.number = BusinessNumber::new(self.data.conversation.number.as_str());
        info.group_id.clone_from(&self.data.conversation.group);
        RunContext::builder("", Session::restored(label, self.history[..entries].to_vec(), state))
            .user(user)
            .in_group(info.group_id.is_some())
            .conversation_info(info)
            .memory(memory)
            .build()
    }

    /// Returns the user: in a group, the sender of the newest message that waits.
    fn user(&self, session: Option<&SessionView>) -> User {
        let mut user = self.waiting.last().map(|message| message.sender.clone()).unwrap_or_default();
        if let Some(known) = &self.data.conversation.user {
            user.name.clone_from(&known.name);
            user.username.clone_from(&known.username);
            user.phone.clone_from(&known.phone);
            user.bsuid.clone_from(&known.bsuid);
            // The id under which the session began stays that of the user.
            let of_session = session.and_then(|session| session_user(&session.label));
            let of_user = known.phone.as_deref().or(known.bsuid.as_deref());
            of_session.or(of_user).unwrap_or_default().clone_into(&mut user.id);
        }
        user
    }
}

/// Returns the newest entries of the conversation log: those that a turn has handled, and those that wait.
async fn log(client: &AdminClient, id: i64) -> anyhow::Result<(Vec<LogEntryView>, Vec<LogEntryView>)> {
    let log = client.conversation_log(id, None, MAX_ENTRIES).await?;
    Ok(log.into_iter().partition(|entry| entry.handled))
}
