//! The handle of operators on the data of a store.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use waxwing_store::{
    Clock, ConversationId, ConversationTarget, ErasureReport, MediaHash, MediaStore, NewOperatorAction, OperatorStore,
    OutboxId, QuarantineId, ResponderChange, Store, SystemClock, Timestamp, UsageQuery, UserKey,
};
use waxwing_types::{OutboundContent, Text};

use crate::media_keeper::MediaKeeper;
use crate::rates::RateTable;
use crate::settings::EngineSettings;
use crate::shared::Shared;
use crate::usage::{self, UsageError, UsageReport};

/// An action of an operator in a conversation.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperatorAction {
    /// Text that is sent to the user, at most 4,096 UTF-16 units.
    pub text: Option<String>,
    /// The responder after the action.
    pub responder: NextResponder,
}

impl OperatorAction {
    /// Creates an action that sends no text and only decides who answers from now on.
    pub fn new(responder: NextResponder) -> Self {
        Self { text: None, responder }
    }

    /// Sets the text that is sent to the user.
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }
}

/// The responder of a conversation after an [`OperatorAction`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NextResponder {
    /// A human for [`EngineSettings::handoff_duration`], as after a message echo.
    #[default]
    HumanTemporarily,
    /// The same responder as before.
    Unchanged,
    /// A human until this time, in milliseconds since the Unix epoch.
    HumanUntil(i64),
    /// A human until an operator resumes the agent.
    Human,
    /// The agent.
    Agent,
}

/// Why an operator action failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperatorError {
    /// The text is empty or too long for WhatsApp.
    #[error("the text cannot be sent: {0}")]
    InvalidText(String),
    /// The data of a quarantined item would be quarantined again.
    #[error("this version cannot use the data; requeue the item after an upgrade")]
    Unusable,
    /// A quarantined message is larger than the limit of one message.
    #[error(
        "the message has {size} bytes, and the limit is {limit}; raise max_message_bytes, restart the server, then repeat the command"
    )]
    TooLarge {
        /// Size of the message in bytes.
        size: usize,
        /// The limit in bytes: [`EngineSettings::max_message_bytes`](crate::EngineSettings::max_message_bytes).
        limit: usize,
    },
    /// No engine runs on the store, and the action needs one.
    #[error("no server uses the database; start the server, then repeat the command")]
    NoEngine,
    /// The store failed, or does not contain the conversation or the item.
    #[error(transparent)]
    Store(#[from] waxwing_store::Error),
}

/// Reads and changes the data of a store for operators. Clones share the store.
///
/// [`Engine::operator`](crate::Engine::operator) returns the handle of a running engine. Its changes take effect at once. A handle on a
/// store without an engine, from [`Operator::new`], leaves the changes to the next engine.
#[derive(Clone)]
pub struct Operator {
    pub(crate) store: Arc<dyn Store>,
    media: Arc<MediaKeeper>,
    /// Meta's rates.
    rates: Option<Arc<RateTable>>,
    pub(crate) engine: Option<Arc<Shared>>,
}

impl Operator {
    /// Creates a handle on a store that no engine uses.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { media: Arc::new(MediaKeeper::new(store.clone(), None)), store, rates: None, engine: None }
    }

    /// Sets the media store of a store that no engine uses, so that an erasure covers the media, and that they can be read.
    pub fn media_store(mut self, media: Arc<dyn MediaStore>) -> Self {
        self.media = Arc::new(MediaKeeper::new(self.store.clone(), Some(media)));
        self
    }

    /// Sets Meta's rates, for the report of usage. A running engine has them from [`EngineSettings::budget`].
    pub fn rates(mut self, rates: Arc<RateTable>) -> Self {
        self.rates = Some(rates);
        self
    }

    /// Creates the handle of a running engine.
    pub(crate) fn of_engine(engine: Arc<Shared>) -> Self {
        let rates = engine.guards.budgets.rates().cloned();
        Self { store: engine.store.clone(), media: engine.media.clone(), rates, engine: Some(engine) }
    }

    /// Returns today's date in UTC, in days since the Unix epoch.
    pub fn today(&self) -> i64 {
        self.engine.as_ref().map_or_else(|| SystemClock.now(), |engine| engine.clock.now()).day()
    }

    /// Reports what messages and models cost.
    ///
    /// # Errors
    ///
    /// [`UsageError::TooLarge`] if the report would need too much memory, and those of the store.
    pub async fn usage(&self, query: UsageQuery) -> Result<UsageReport, UsageError> {
        usage::report(&*self.store, query, self.rates.as_deref()).await
    }

    /// Returns the data of the store, for reading. Writes through this reference do not wake the engine.
    pub fn data(&self) -> &dyn OperatorStore {
        &*self.store
    }

    /// Places a kept medium at the path `file`, at which no file exists. Returns its size in bytes, or none if it is not kept.
    pub async fn kept_medium(&self, hash: MediaHash, file: &Path) -> Option<u64> {
        self.media.get(hash, file).await
    }

    /// Places a dead letter, or a message that failed, at the end of the send queue of its conversation.
    ///
    /// # Errors
    ///
    /// Those of [`OperatorStore::requeue`].
    pub async fn requeue(&self, id: OutboxId) -> Result<(), waxwing_store::Error> {
        self.store.requeue(id).await?;
        self.wake_sender();
        Ok(())
    }

    /// Discards a message that waits to be sent, or for a delivery status.
    ///
    /// # Errors
    ///
    /// Those of [`OperatorStore::discard`].
    pub async fn discard(&self, id: OutboxId) -> Result<(), waxwing_store::Error> {
        self.store.discard(id).await?;
        self.wake_sender();
        Ok(())
    }

    /// Pauses or resumes all agents. While they are paused, webhooks are acknowledged and messages wait. Runs that have begun end. The pause
    /// outlives the engine.
    ///
    /// # Errors
    ///
    /// Those of [`AgentControlStore::set_agents_paused`](waxwing_store::AgentControlStore::set_agents_paused).
    pub async fn set_agents_paused(&self, is_paused: bool) -> Result<(), waxwing_store::Error> {
        match &self.engine {
            Some(engine) => {
                engine.guards.pause.set(&*self.store, is_paused).await?;
                engine.due.turns.notify_one();
                Ok(())
            }
            None => self.store.set_agents_paused(is_paused).await,
        }
    }

    /// Returns the time since which all agents are paused, and the cost of all conversations on this day (UTC).
    ///
    /// # Errors
    ///
    /// Those of the store.
    pub async fn agents(&self) -> Result<(Option<Timestamp>, f64), waxwing_store::Error> {
        Ok((self.store.agents_paused_since().await?, self.store.cost_today().await?))
    }

    /// Takes part in a conversation: sends a text, and decides who answers from now on.
    ///
    /// A running agent is cancelled. The text is sent after the messages that are queued already, and the history keeps it. Returns the
    /// conversation, and the outbox row of the text.
    ///
    /// # Errors
    ///
    /// [`OperatorError::InvalidText`] for a text that is empty or too long, and [`OperatorError::Store`] for an unknown conversation, and for a
    /// text while the customer service window is closed ([`Error::WindowClosed`](waxwing_store::Error::WindowClosed)).
    pub async fn act(
        &self,
        target: ConversationTarget,
        action: &OperatorAction,
    ) -> Result<(ConversationId, Option<OutboxId>), OperatorError> {
        let content = action.text.clone().map(|text| OutboundContent::from(Text::new(text)));
        if let Some(content) = &content {
            content.validate().map_err(|error| OperatorError::InvalidText(error.to_string()))?;
        }
        let needs_window = content.as_ref().is_some_and(OutboundContent::needs_service_window);
        let id = format!("operator-{}", uuid::Uuid::now_v7().simple());
        let body = StoredAction { text: action.text.clone(), responder: action.responder }.to_bytes();
        let recorded =
            self.store.record_operator_action(NewOperatorAction { target, id, content, needs_window, body }).await?;
        if let Some(engine) = &self.engine {
            engine.turn_signals.wake(&[recorded.0]);
            engine.due.turns.notify_one();
        }
        self.wake_sender();
        Ok(recorded)
    }

    /// Accepts a quarantined item like a webhook that arrives now, and removes the item from the quarantine.
    ///
    /// # Errors
    ///
    /// [`OperatorError::NoEngine`] on a store without an engine, [`OperatorError::Unusable`] if the data would be quarantined again,
    /// [`OperatorError::TooLarge`] if the message still exceeds the limit, and [`OperatorError::Store`] if there is no such item. The item then stays in the quarantine.
    pub async fn requeue_quarantined(&self, id: QuarantineId) -> Result<(), OperatorError> {
        let engine = self.engine.as_ref().ok_or(OperatorError::NoEngine)?;
        engine.requeue_quarantined(id).await
    }

    /// Erases the data of a user, with the kept media that no other message has. Running turns of the user's conversations are cancelled.
    ///
    /// # Errors
    ///
    /// Those of [`OperatorStore::erase_user`]. After [`Error::Database`](waxwing_store::Error::Database), media of the user may remain. Erase
    /// the user again to remove them.
    pub async fn erase(&self, key: &UserKey) -> Result<ErasureReport, waxwing_store::Error> {
        let erased = self.store.erase_user(key).await;
        if let (Some(engine), Ok(report)) = (&self.engine, &erased) {
            engine.lease_renewer.cancel_turns(&report.conversations);
            engine.due.turns.notify_one();
        }
        // A repeated erasure finds no user, and the media that the first one could not remove.
        if matches!(erased, Ok(_) | Err(waxwing_store::Error::NotFound)) {
            self.media.remove_unused().await?;
        }
        erased
    }

    fn wake_sender(&self) {
        if let Some(engine) = &self.engine {
            engine.due.sends.notify_one();
        }
    }
}

/// An action as the inbox keeps it until its turn.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct StoredAction {
    pub(crate) text: Option<String>,
    pub(crate) responder: NextResponder,
}

impl StoredAction {
    pub(crate) fn to_bytes(&self) -> Bytes {
        serde_json::to_vec(self).expect("strings and numbers are JSON").into()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

impl NextResponder {
    /// Returns the change of the responder at `now`, if there is one.
    pub(crate) fn change(self, settings: &EngineSettings, now: Timestamp) -> Option<ResponderChange> {
        match self {
            Self::HumanTemporarily if settings.handoff_duration > Duration::ZERO => {
                Some(ResponderChange::HumanForAtLeast(settings.handoff_duration))
            }
            Self::HumanTemporarily | Self::Unchanged => None,
            Self::HumanUntil(until) => Some(ResponderChange::HumanFor(Timestamp::from_millis(until).since(now))),
            Self::Human => Some(ResponderChange::HumanUntilResumed),
            Self::Agent => Some(ResponderChange::Agent),
        }
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator").field("has_engine", &self.engine.is_some()).finish_non_exhaustive()
    }
}

impl fmt::Debug for OperatorAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OperatorAction")
            .field("has_text", &self.text.is_some())
            .field("responder", &self.responder)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_changes_the_responder() {
        let duration = Duration::from_millis(10);
        let settings = EngineSettings { handoff_duration: duration, ..EngineSettings::default() };
        let never = EngineSettings { handoff_duration: Duration::ZERO, ..EngineSettings::default() };
        let at = Timestamp::from_millis;
        let change = |responder: NextResponder| responder.change(&settings, at(100));
        assert_eq!(change(NextResponder::HumanTemporarily), Some(ResponderChange::HumanForAtLeast(duration)));
        assert_eq!(NextResponder::HumanTemporarily.change(&never, at(100)), None);
        assert_eq!(change(NextResponder::Unchanged), None);
        let one = Duration::from_millis(1);
        assert_eq!(change(NextResponder::HumanUntil(101)), Some(ResponderChange::HumanFor(one)));
        assert_eq!(change(NextResponder::HumanUntil(99)), Some(ResponderChange::HumanFor(Duration::ZERO)));
        assert_eq!(change(NextResponder::Human), Some(ResponderChange::HumanUntilResumed));
        assert_eq!(change(NextResponder::Agent), Some(ResponderChange::Agent));
    }

    #[test]
    fn the_debug_output_of_an_action_has_no_text() {
        let action = OperatorAction::new(NextResponder::Agent).with_text("secret");
        assert!(!format!("{action:?}").contains("secret"));
    }
}
