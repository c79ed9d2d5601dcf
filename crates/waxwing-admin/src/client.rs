//! The client of the admin API.

mod campaigns;
mod events;
mod remote;

use std::path::Path;
use std::sync::Arc;

use waxwing::engine::{NextResponder, OperatorAction, RateTable};
use waxwing::store::{Error, OutboxState, UsageKey};
use waxwing::{ConfigError, Database};

use crate::endpoint::AdminEndpoint;
use crate::error::AdminError;
use crate::message_file::MessageFile;
use crate::message_request::MessageRequest;
use crate::operations::Operations;
use crate::request::{
    ActionRequest, ActionResponse, ConversationKey, ConversationQuery, HistoryQuery, ListQuery, LogQuery, MediumKey,
    MessageQuery, OutboxQuery, UsageRequest, UserLogQuery,
};
use crate::selector::{ConversationRef, Selector};
use crate::usage_date::UsageDate;
use crate::views::agents::AgentsView;
use crate::views::conversation::{ConversationDataView, ConversationView};
use crate::views::log::{LogEntryView, MediumView, UserLogEntryView};
use crate::views::message::FoundMessageView;
use crate::views::outbox::{OutboxDetailView, OutboxView, QueuedView};
use crate::views::quarantine::{QuarantineDetailView, QuarantineView};
use crate::views::usage::UsageView;
use crate::views::user::{ErasureView, UserDataView};
use remote::Remote;

/// Number of entries that [`AdminClient::user_log`] returns at most.
pub const LOG_PAGE: usize = 500;

/// More conversations than one user has.
const ALL: usize = 1000;

/// Reads and changes the data of a server, or of a database that no server uses.
#[derive(Debug)]
pub struct AdminClient(Access);

#[derive(Debug)]
enum Access {
    Local(Operations),
    Remote(Remote),
}

impl AdminClient {
    /// Opens the database, or connects to the server that uses it.
    ///
    /// # Errors
    ///
    /// [`AdminError::Config`] if the database does not exist. [`AdminError::Endpoint`] if a server uses the database and the file with its
    /// address cannot be read.
    pub async fn open(database: &Database) -> Result<Self, AdminError> {
        if !database.exists() {
            let message = format!("there is no database at {database}; name another one with --database-url");
            return Err(ConfigError::new(message).into());
        }
        match database.open_for_maintenance().await {
            Ok(store) => Ok(Self(Access::Local(Operations::exclusive(store, database.clone())))),
            Err(waxwing::Error::Store(Error::InUse { .. })) => {
                let path = AdminEndpoint::path(database);
                let endpoint =
                    AdminEndpoint::read(&path).map_err(|source| AdminError::Endpoint { path: path.clone(), source })?;
                Ok(Self(Access::Remote(Remote::new(endpoint)?)))
            }
            Err(error) => Err(AdminError::Open(error)),
        }
    }

    /// Sets Meta's rates for the report of usage, if no server uses the database. A running server has its own.
    pub fn rates(mut self, rates: Arc<RateTable>) -> Self {
        if let Access::Local(operations) = &mut self.0 {
            operations.set_rates(rates);
        }
        self
    }

    /// Reports what messages and models cost: from `since` until today, or for the last 30 days.
    ///
    /// # Errors
    ///
    /// If the period has too much data for a report, or if the store or the server fails.
    pub async fn usage(&self, by: UsageKey, since: Option<UsageDate>) -> Result<UsageView, AdminError> {
        let request = UsageRequest { by: by.as_str().to_owned(), since: since.map(|day| day.to_string()) };
        match &self.0 {
            Access::Local(operations) => operations.usage(&request).await,
            Access::Remote(remote) => remote.get("usage", Some(&request)).await,
        }
    }

    /// Lists up to `limit` messages of the outbox, newest first: in one state, or in any.
    ///
    /// # Errors
    ///
    /// If the store or the server fails.
    pub async fn outbox(&self, state: Option<OutboxState>, limit: usize) -> Result<Vec<OutboxView>, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.outbox(state, limit).await,
            Access::Remote(remote) => {
                let state = state.map(|state| state.as_str().to_owned());
                remote.get("outbox", Some(&OutboxQuery { state, limit })).await
            }
        }
    }

    /// Shows a message of the outbox with its attempts and delivery events.
    ///
    /// # Errors
    ///
    /// If there is no such message, or if the store or the server fails.
    pub async fn message(&self, id: i64) -> Result<OutboxDetailView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.message(id).await,
            Access::Remote(remote) => remote.get(&format!("outbox/{id}"), None::<&()>).await,
        }
    }

    /// Moves a dead letter or a failed message to the end of its conversation's send queue.
    ///
    /// # Errors
    ///
    /// If there is no such message, if it is in another state, or if the store or the server fails.
    pub async fn requeue(&self, id: i64) -> Result<(), AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.requeue(id).await,
            Access::Remote(remote) => remote.command(&format!("outbox/{id}/requeue")).await,
        }
    }

    /// Queues a message that no agent wrote. With an idempotency key, the call can be repeated for 24 hours.
    ///
    /// # Errors
    ///
    /// If the request is wrong, if the customer service window is closed, if the recipient is unknown, or if the store or the server fails.
    pub async fn queue_message(&self, request: MessageRequest, key: Option<String>) -> Result<QueuedView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.send(request, key, None).await,
            Access::Remote(remote) => remote.queue("v1/messages", &request, key.as_deref()).await,
        }
    }

    /// Queues a message with a file, as [`queue_message`](Self::queue_message) does. In the content of the request, a medium with the id
    /// `upload` stands for the file. Without content, the type of the file decides about the message.
    ///
    /// # Errors
    ///
    /// Those of [`queue_message`](Self::queue_message), and if WhatsApp does not take the file in a message with this content.
    pub async fn queue_file(
        &self,
        request: MessageRequest,
        file: MessageFile,
        key: Option<String>,
    ) -> Result<QueuedView, AdminError> {
        match &self.0 {
            Access::Local(operations) => {
                let file = match &request.content {
                    Some(content) => file.checked(content)?,
                    None => file,
                };
                operations.send(request, key, Some(file)).await
            }
            Access::Remote(remote) => remote.queue_file("v1/messages", &request, file, key.as_deref()).await,
        }
    }

    /// Discards a message that is queued or in doubt, with the queued later parts of the same reply.
    ///
    /// # Errors
    ///
    /// If there is no such message, if it is in another state, or if the store or the server fails.
    pub async fn discard(&self, id: i64) -> Result<(), AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.discard(id).await,
            Access::Remote(remote) => remote.command(&format!("outbox/{id}/discard")).await,
        }
    }

    /// Lists up to `limit` conversations, newest first: all, or those whose agent is paused.
    ///
    /// # Errors
    ///
    /// If the store or the server fails.
    pub async fn conversations(&self, only_paused: bool, limit: usize) -> Result<Vec<ConversationView>, AdminError> {
        self.select(ConversationQuery { selector: None, is_paused: only_paused, marketing_stopped: false, limit }).await
    }

    /// Lists up to `limit` conversations whose users want no marketing messages, newest first.
    ///
    /// # Errors
    ///
    /// If the store or the server fails.
    pub async fn marketing_stopped(&self, limit: usize) -> Result<Vec<ConversationView>, AdminError> {
        self.select(ConversationQuery { selector: None, is_paused: false, marketing_stopped: true, limit }).await
    }

    async fn select(&self, query: ConversationQuery) -> Result<Vec<ConversationView>, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.conversations(&query).await,
            Access::Remote(remote) => remote.post("conversations/list", &query).await,
        }
    }

    /// Shows a conversation with its sessions and memories.
    ///
    /// # Errors
    ///
    /// If there is no such conversation, or if the store or the server fails.
    pub async fn conversation(&self, id: i64) -> Result<ConversationDataView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.conversation(id).await,
            Access::Remote(remote) => remote.post("conversations/show", &ConversationKey { id }).await,
        }
    }

    /// Returns up to `limit` entries of the conversation log before the position `before`, oldest first: the newest if there is no position.
    ///
    /// # Errors
    ///
    /// If there is no such conversation, or if the store or the server fails.
    pub async fn conversation_log(
        &self,
        id: i64,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<LogEntryView>, AdminError> {
        let query = LogQuery { id, before, limit };
        match &self.0 {
            Access::Local(operations) => operations.conversation_log(&query).await,
            Access::Remote(remote) => remote.post("conversations/log", &query).await,
        }
    }

    /// Returns up to `limit` entries of the conversation log that an agent would get with its next turn, oldest first.
    ///
    /// # Errors
    ///
    /// If there is no such conversation, or if the store or the server fails.
    pub async fn agent_history(&self, id: i64, agent: &str, limit: usize) -> Result<Vec<LogEntryView>, AdminError> {
        let query = HistoryQuery { id, agent: agent.to_owned(), limit };
        match &self.0 {
            Access::Local(operations) => operations.agent_history(&query).await,
            Access::Remote(remote) => remote.post("conversations/history", &query).await,
        }
    }

    /// Looks up messages of a conversation by Meta's ids. Messages that are not stored any more are left out.
    ///
    /// # Errors
    ///
    /// If there is no such conversation, or if the store or the server fails.
    pub async fn conversation_messages(
        &self,
        id: i64,
        messages: Vec<String>,
    ) -> Result<Vec<FoundMessageView>, AdminError> {
        let query = MessageQuery { id, messages };
        match &self.0 {
            Access::Local(operations) => operations.messages(&query).await,
            Access::Remote(remote) => remote.post("conversations/messages", &query).await,
        }
    }

    /// Places a kept medium at the path `file`, at which no file exists. Returns its size in bytes, or none if it is not kept.
    ///
    /// # Errors
    ///
    /// If the file cannot be written, or if the server fails.
    pub async fn kept_medium(&self, medium: &MediumView, file: &Path) -> Result<Option<u64>, AdminError> {
        let key = MediumKey { sha256: medium.sha256.clone() };
        match &self.0 {
            Access::Local(operations) => operations.medium(&key, file).await,
            Access::Remote(remote) => remote.download("media/read", &key, file).await,
        }
    }

    /// Finds the conversation that `selector` names, on the business number `number` if the user writes to several.
    ///
    /// # Errors
    ///
    /// [`AdminError::Request`] if no conversation matches, or several do.
    pub async fn find(&self, selector: Selector, number: Option<String>) -> Result<ConversationRef, AdminError> {
        let query = ConversationQuery {
            selector: Some(selector.clone()),
            is_paused: false,
            marketing_stopped: false,
            limit: ALL,
        };
        let mut found = self.select(query).await?;
        found.retain(|row| number.as_ref().is_none_or(|number| *number == row.number));
        match (&found[..], selector, number) {
            ([one], _, _) => Ok(ConversationRef::Conversation(one.id)),
            ([], user @ (Selector::Phone(_) | Selector::Bsuid(_)), Some(number)) => {
                Ok(ConversationRef::User { number, user })
            }
            ([], Selector::Conversation(id), _) => Err(AdminError::Request(format!("there is no conversation {id}"))),
            ([], _, None) => Err(AdminError::Request(
                "there is no conversation with this user; name a business number with --number to start one".into(),
            )),
            (several, _, _) => {
                let numbers: Vec<_> = several.iter().map(|row| row.number.as_str()).collect();
                let numbers = numbers.join(", ");
                Err(AdminError::Request(format!(
                    "this user writes to several business numbers; name one with --number: {numbers}"
                )))
            }
        }
    }

    /// Sends the text of an action as an operator, and returns the ids of the conversation and the message.
    ///
    /// # Errors
    ///
    /// If the action has no text or WhatsApp does not allow it, if the customer service window is closed, if the conversation does not exist, or if
    /// the store or the server fails.
    pub async fn send(&self, conversation: ConversationRef, action: OperatorAction) -> Result<(i64, i64), AdminError> {
        let done = self.act(ActionRequest::new(conversation, action)).await?;
        let message = done.message.ok_or_else(|| AdminError::Request("the server returned no message".into()))?;
        Ok((done.conversation, message))
    }

    /// Sets the responder of a conversation: pauses or resumes the agent. Returns the id of the conversation.
    ///
    /// # Errors
    ///
    /// If the conversation does not exist, or if the store or the server fails.
    pub async fn set_responder(
        &self,
        conversation: ConversationRef,
        responder: NextResponder,
    ) -> Result<i64, AdminError> {
        let action = OperatorAction::new(responder);
        Ok(self.act(ActionRequest::new(conversation, action)).await?.conversation)
    }

    async fn act(&self, request: ActionRequest) -> Result<ActionResponse, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.act(request).await,
            Access::Remote(remote) => remote.post("conversations/act", &request).await,
        }
    }

    /// Shows the data that is stored about a user.
    ///
    /// # Errors
    ///
    /// If the user is unknown, or if the store or the server fails.
    pub async fn user(&self, user: &Selector) -> Result<UserDataView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.user(user).await,
            Access::Remote(remote) => remote.post("users/show", user).await,
        }
    }

    /// Returns up to [`LOG_PAGE`] entries of the conversation log that concern a user, after the entry with this conversation and id.
    /// Fewer entries are the last ones.
    ///
    /// # Errors
    ///
    /// If the user is unknown, or if the store or the server fails.
    pub async fn user_log(
        &self,
        user: &Selector,
        after: Option<(i64, i64)>,
    ) -> Result<Vec<UserLogEntryView>, AdminError> {
        let query = UserLogQuery { user: user.clone(), after, limit: LOG_PAGE };
        match &self.0 {
            Access::Local(operations) => operations.user_log(&query).await,
            Access::Remote(remote) => remote.post("users/log", &query).await,
        }
    }

    /// Erases the data of a user. The store does no other work in the meantime.
    ///
    /// # Errors
    ///
    /// If the user is unknown, or if the store or the server fails.
    pub async fn erase(&self, user: &Selector) -> Result<ErasureView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.erase(user).await,
            Access::Remote(remote) => remote.post("users/erase", user).await,
        }
    }

    /// Lists up to `limit` quarantined items, newest first.
    ///
    /// # Errors
    ///
    /// If the store or the server fails.
    pub async fn quarantine(&self, limit: usize) -> Result<Vec<QuarantineView>, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.quarantine(limit).await,
            Access::Remote(remote) => remote.get("quarantine", Some(&ListQuery { limit })).await,
        }
    }

    /// Shows whether agents answer, and what they have cost on this day.
    ///
    /// # Errors
    ///
    /// If the store or the server fails.
    pub async fn agents(&self) -> Result<AgentsView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.agents().await,
            Access::Remote(remote) => remote.get("agents", None::<&()>).await,
        }
    }

    /// Pauses or resumes all agents. While they are paused, messages are received and wait. The pause outlives the server.
    ///
    /// # Errors
    ///
    /// If the store or the server fails.
    pub async fn set_agents_paused(&self, is_paused: bool) -> Result<(), AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.set_agents_paused(is_paused).await,
            Access::Remote(remote) => remote.command(if is_paused { "agents/pause" } else { "agents/resume" }).await,
        }
    }

    /// Shows a quarantined item with its data.
    ///
    /// # Errors
    ///
    /// If there is no such item, or if the store or the server fails.
    pub async fn quarantined(&self, id: i64) -> Result<QuarantineDetailView, AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.quarantined(id).await,
            Access::Remote(remote) => remote.get(&format!("quarantine/{id}"), None::<&()>).await,
        }
    }

    /// Accepts a quarantined item again. Needs a running server.
    ///
    /// # Errors
    ///
    /// If there is no such item, if its data still cannot be used, if no server runs, or if the store or the server fails.
    pub async fn requeue_quarantined(&self, id: i64) -> Result<(), AdminError> {
        match &self.0 {
            Access::Local(operations) => operations.requeue_quarantined(id).await,
            Access::Remote(remote) => remote.command(&format!("quarantine/{id}/requeue")).await,
        }
    }
}
