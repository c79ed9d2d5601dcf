//! Messages of a conversation that are looked up by their ids.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use waxwing::store::{FoundMessage, RunId, SentMessage, StoredMessage};
use waxwing::types::MessageId;

use super::log::LogEntryView;

/// A message of a conversation that was looked up by its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FoundMessageView {
    /// Meta's id of the message.
    pub id: String,
    /// The message.
    pub message: StoredMessageView,
}

/// A message of a conversation. `Debug` output hides the content.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StoredMessageView {
    /// A received message.
    Received(Box<LogEntryView>),
    /// A sent message.
    Sent {
        /// Content, as Meta got it.
        content: Value,
        /// True if an operator wrote the message.
        from_operator: bool,
        /// Id of the run that sent the message.
        run: String,
    },
}

impl From<FoundMessage> for FoundMessageView {
    fn from(found: FoundMessage) -> Self {
        let message = match found.message {
            StoredMessage::Received(entry) => StoredMessageView::Received(Box::new((*entry).into())),
            StoredMessage::Sent(SentMessage { content, from_operator, run }) => {
                let content = serde_json::to_value(content).unwrap_or_default();
                StoredMessageView::Sent { content, from_operator, run: run.0 }
            }
        };
        Self { id: found.id.into_string(), message }
    }
}

impl FoundMessageView {
    /// Returns the message. None if it is of a newer version.
    pub fn into_message(self) -> Option<FoundMessage> {
        let message = match self.message {
            StoredMessageView::Received(entry) => StoredMessage::Received(Box::new(entry.into_entry()?)),
            StoredMessageView::Sent { content, from_operator, run } => {
                let content = serde_json::from_value(content).ok()?;
                StoredMessage::Sent(SentMessage { content, from_operator, run: RunId(run) })
            }
        };
        Some(FoundMessage { id: MessageId::new(self.id), message })
    }
}

impl fmt::Debug for StoredMessageView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Received(entry) => f.debug_tuple("Received").field(entry).finish(),
            Self::Sent { from_operator, run, .. } => {
                f.debug_struct("Sent").field("from_operator", from_operator).field("run", run).finish_non_exhaustive()
            }
        }
    }
}
