//! Data of an approval that waits for the user, as the session state keeps it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use waxwing_agent::{AgentError, Choice, HistoryEntry, Question, QuotedMessage, UserMessage};

use crate::agent::prompt;
use crate::{CannedMessages, ChatMessage, ContentPart, ToolCall, ToolResult};

/// Maximum size of a pending approval as JSON, in bytes. If a run is longer, its first messages are dropped.
const MAX_SIZE: usize = 128 * 1024;

/// Maximum length of the question, in characters, which fits into one message with buttons. A longer question is refused and not cut,
/// because users can approve only what they see.
pub(in crate::agent) const MAX_QUESTION: usize = 1000;

/// Prefix of the choice ids. A tapped choice with the prefix is never taken for another answer, even if the approval is unknown.
const CHOICE_PREFIX: &str = "waxwing.approval.";

/// Value in the session state.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::agent) enum StoredApproval {
    /// An approval that waits for the user.
    Pending(PendingApproval),
    /// Note with the result of an approved call that the model did not report, because it failed.
    Completed(String),
}

impl StoredApproval {
    pub(super) fn pending(&self) -> Option<&PendingApproval> {
        match self {
            Self::Pending(pending) => Some(pending),
            Self::Completed(_) => None,
        }
    }
}

/// An approval that waits for the user, and the data to continue the run.
#[derive(Serialize, Deserialize)]
pub(in crate::agent) struct PendingApproval {
    ticket: ApprovalTicket,
    /// User who was asked.
    pub(super) user_id: String,
    /// Question that the user was asked.
    pub(super) question: String,
    /// True if the user has sent another message since.
    #[serde(default)]
    pub(super) was_interrupted: bool,
    /// Messages of the run. The last one requests the calls.
    messages: Vec<StoredMessage>,
    calls: Vec<PendingCall>,
}

/// A call of the last tool round.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::agent) struct PendingCall {
    pub(in crate::agent) call: ToolCall,
    pub(in crate::agent) status: CallStatus,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::agent) enum CallStatus {
    /// The call was made or refused. The text is the result for the model.
    Done(String),
    /// The call waits for approval. The text is the question for the user.
    AwaitingApproval(String),
}

/// A message of the run. Media are replaced with descriptions.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredMessage {
    User(Vec<String>),
    Assistant { text: String, tool_calls: Vec<ToolCall>, provider_state: Option<Value> },
    Tools(Vec<ToolResult>),
}

/// Identity and expiry of an approval.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::agent) struct ApprovalTicket {
    /// Random, and never used again.
    id: String,
    /// Milliseconds since the Unix epoch.
    expires_at: i64,
    /// Run that asked.
    #[serde(default)]
    run_id: String,
}

impl ApprovalTicket {
    /// Creates a ticket of a run that expires after `timeout`.
    pub(in crate::agent) fn new(timeout: Duration, run_id: &str) -> Result<Self, AgentError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id)
            .map_err(|error| AgentError::retryable("the system has no randomness").with_source(error))?;
        let expires_at = unix_millis(SystemTime::now() + timeout);
        Ok(Self { id: format!("{:032x}", u128::from_le_bytes(id)), expires_at, run_id: run_id.to_owned() })
    }
}

impl PendingCall {
    pub(in crate::agent) fn awaits_approval(&self) -> bool {
        matches!(self.status, CallStatus::AwaitingApproval(_))
    }
}

impl PendingApproval {
    /// Creates a pending approval for the first call that awaits approval. Returns `None` if there is no such call, or if the data are too
    /// large to store.
    pub(in crate::agent) fn new(
        ticket: ApprovalTicket,
        user_id: &str,
        messages: &[ChatMessage],
        calls: Vec<PendingCall>,
    ) -> Option<Self> {
        let mut pending = Self {
            ticket: ticket.clone(),
            user_id: user_id.to_owned(),
            question: String::new(),
            was_interrupted: false,
            messages: messages.iter().map(StoredMessage::from_message).collect(),
            calls,
        };
        pending.shorten();
        (pending.ask_next(ticket) && pending.size() <= MAX_SIZE).then_some(pending)
    }

    /// Moves on to the next call that awaits approval. Returns false if there is none.
    pub(in crate::agent) fn ask_next(&mut self, ticket: ApprovalTicket) -> bool {
        let question = self.calls.iter().find_map(|call| match &call.status {
            CallStatus::AwaitingApproval(question) => Some(question),
            CallStatus::Done(_) => None,
        });
        let Some(question) = question else { return false };
        self.question.clone_from(question);
        self.ticket = ticket;
        true
    }

    /// Returns true if a call awaits approval.
    pub(in crate::agent) fn has_open_calls(&self) -> bool {
        self.calls.iter().any(PendingCall::awaits_approval)
    }

    /// Returns the call that the question is about.
    pub(in crate::agent) fn call(&mut self) -> Option<&mut PendingCall> {
        self.calls.iter_mut().find(|call| call.awaits_approval())
    }

    pub(in crate::agent) fn id(&self) -> &str {
        &self.ticket.id
    }

    /// Returns the question for the user, with a choice to approve and one to deny.
    pub(in crate::agent) fn question(&self, labels: &CannedMessages) -> Question {
        let id = |answer: &str| format!("{CHOICE_PREFIX}{}.{answer}", self.id());
        Question::new(&self.question)
            .with_choice(Choice::new(id("yes"), &labels.approve))
            .with_choice(Choice::new(id("no"), &labels.deny))
    }

    /// Returns true if the message was sent after the approval expired. The time at which the user sent the message counts, so a delay in
    /// processing does not matter, and a repeated run decides the same.
    pub(super) fn is_expired_for(&self, message: &UserMessage) -> bool {
        unix_millis(message.sent_at) > self.ticket.expires_at
    }

    /// Returns true if a message is the card with the question: its buttons have the id of the approval. A group has no buttons; there the
    /// message is one of the run that asked, and contains the question with both labels.
    pub(super) fn is_card(&self, message: &QuotedMessage, labels: &CannedMessages) -> bool {
        if !message.choices.is_empty() {
            return message.choices.iter().any(|choice| approval_of(choice).is_some_and(|(id, _)| id == self.id()));
        }
        let text = letters(&message.text);
        let is_of_run = message.run_id.as_ref().is_some_and(|run| !run.is_empty() && *run == self.ticket.run_id);
        is_of_run && [&self.question, &labels.approve, &labels.deny].iter().all(|part| text.contains(&letters(part)))
    }

    /// Returns true if the user or an agent has said something else since the question.
    pub(super) fn is_interrupted(&self, history: &[HistoryEntry]) -> bool {
        let last = history.iter().rev().find(|entry| !entry.parts().is_empty());
        self.was_interrupted || last.is_some_and(|last| !last.text().contains(self.question.trim()))
    }

    /// Returns the messages from which the model continues.
    pub(in crate::agent) fn into_messages(self) -> impl Iterator<Item = ChatMessage> {
        let results = self.calls.into_iter().map(|PendingCall { call, status }| {
            let (CallStatus::Done(text) | CallStatus::AwaitingApproval(text)) = status;
            ToolResult::new(&call, text)
        });
        let results = ChatMessage::Tools(results.collect());
        self.messages.into_iter().map(StoredMessage::into_message).chain([results])
    }

    /// Drops the first messages until the size is within the limit. The last message stays, because it requests the calls. The first
    /// message that is left is the model's.
    fn shorten(&mut self) {
        while self.size() > MAX_SIZE && self.messages.len() > 1 {
            self.messages.remove(0);
            while self.messages.len() > 1 && !matches!(self.messages[0], StoredMessage::Assistant { .. }) {
                self.messages.remove(0);
            }
        }
    }

    fn size(&self) -> usize {
        serde_json::to_vec(self).map_or(usize::MAX, |json| json.len())
    }
}

impl StoredMessage {
    fn from_message(message: &ChatMessage) -> Self {
        match message {
            ChatMessage::User(parts) => Self::User(parts.iter().map(prompt::description).collect()),
            ChatMessage::Assistant { text, tool_calls, provider_state } => Self::Assistant {
                text: text.clone(),
                tool_calls: tool_calls.clone(),
                provider_state: provider_state.clone(),
            },
            ChatMessage::Tools(results) => Self::Tools(results.clone()),
        }
    }

    fn into_message(self) -> ChatMessage {
        match self {
            Self::User(texts) => ChatMessage::User(texts.into_iter().map(ContentPart::Text).collect()),
            Self::Assistant { text, tool_calls, provider_state } => {
                ChatMessage::Assistant { text, tool_calls, provider_state }
            }
            Self::Tools(results) => ChatMessage::Tools(results),
        }
    }
}

/// Returns the id of the approval that a tapped choice belongs to, and whether the choice approves.
pub(super) fn tapped_choice(message: &UserMessage) -> Option<(&str, bool)> {
    approval_of(message.choice.as_ref()?)
}

/// Returns the id of the approval that a choice belongs to, and whether the choice approves.
fn approval_of(choice: &Choice) -> Option<(&str, bool)> {
    let (id, answer) = choice.id.strip_prefix(CHOICE_PREFIX)?.split_once('.')?;
    Some((id, answer == "yes"))
}

/// Returns true if a message is the card of any approval. A group has no such cards.
pub(super) fn is_any_card(message: &QuotedMessage) -> bool {
    message.choices.iter().any(|choice| approval_of(choice).is_some())
}

/// Returns a text without formatting.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn unix_millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
