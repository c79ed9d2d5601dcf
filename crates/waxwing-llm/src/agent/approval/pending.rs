//! What is kept of a run that waits for consent.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use waxwing_agent::{AgentError, HistoryEntry, Role, UserMessage};

use crate::agent::prompt;
use crate::{ChatMessage, ToolCall, ToolResult};

/// How much is kept of one run, in bytes of JSON. Of a longer one, what was said first is left out.
const MAX_KEPT: usize = 128 * 1024;

/// The longest question, in characters: so much fits into one message with buttons. Nothing of it is left out, for nobody can consent to what is not shown.
pub(in crate::agent) const MAX_QUESTION: usize = 1000;

/// What the session keeps.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::agent) enum Kept {
    /// A call that waits.
    Waiting(Pending),
    /// What came of a call that was approved, where the model did not come to say it.
    Settled(String),
}

/// A call that waits, and what is needed to go on.
#[derive(Serialize, Deserialize)]
pub(in crate::agent) struct Pending {
    /// Names the question. Nobody can guess it, and it is never used again.
    pub(super) id: String,
    /// Who was asked.
    pub(super) asked: String,
    /// Until when an answer counts, in milliseconds since the Unix epoch.
    expires: i64,
    /// What the user was asked.
    pub(super) question: String,
    /// True once the user has said something else.
    #[serde(default)]
    pub(super) was_passed: bool,
    /// What was said since the turn began, by the model and its tools, and by the user in between; the last message asks for the calls.
    rounds: Vec<KeptMessage>,
    calls: Vec<KeptCall>,
}

/// A call of the last round, in order.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::agent) struct KeptCall {
    pub(in crate::agent) call: ToolCall,
    pub(in crate::agent) state: CallState,
}

/// How far a call is.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::agent) enum CallState {
    /// It was made, or will not be: what the model reads of it.
    Settled(String),
    /// It waits for consent: what the user is asked.
    Waiting(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeptMessage {
    User(Vec<String>),
    Assistant { text: String, tool_calls: Vec<ToolCall>, provider_state: Option<Value> },
    Tools(Vec<ToolResult>),
}

/// What names a question, and until when it is open.
#[derive(Clone, Serialize, Deserialize)]
pub(in crate::agent) struct Ticket {
    id: String,
    expires: i64,
}

impl Ticket {
    /// A new one, open for so long.
    pub(in crate::agent) fn new(timeout: Duration) -> Result<Self, AgentError> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).map_err(|error| AgentError::retryable("there is no randomness").with_source(error))?;
        Ok(Self { id: format!("{:032x}", u128::from_le_bytes(id)), expires: millis(SystemTime::now() + timeout) })
    }
}

impl KeptCall {
    pub(in crate::agent) fn waits(&self) -> bool {
        matches!(self.state, CallState::Waiting(_))
    }
}

impl Pending {
    /// What waits after a round with a call that needs consent; none if none of them does, or if it is too much to be kept.
    pub(in crate::agent) fn new(
        ticket: Ticket,
        asked: &str,
        rounds: &[ChatMessage],
        calls: Vec<KeptCall>,
    ) -> Option<Self> {
        let rounds = rounds.iter().map(KeptMessage::of).collect();
        let mut pending = Self {
            id: String::new(),
            asked: asked.to_owned(),
            expires: 0,
            question: String::new(),
            was_passed: false,
            rounds,
            calls,
        };
        pending.shorten();
        (pending.ask(ticket) && pending.size() <= MAX_KEPT).then_some(pending)
    }

    /// Asks for the next call that waits; false if there is none.
    pub(in crate::agent) fn ask(&mut self, ticket: Ticket) -> bool {
        let question = self.calls.iter().find_map(|kept| match &kept.state {
            CallState::Waiting(question) => Some(question),
            CallState::Settled(_) => None,
        });
        let Some(question) = question else { return false };
        self.question.clone_from(question);
        Ticket { id: self.id, expires: self.expires } = ticket;
        true
    }

    /// True if another call waits.
    pub(in crate::agent) fn waits(&self) -> bool {
        self.calls.iter().any(KeptCall::waits)
    }

    /// The call that was asked about.
    pub(in crate::agent) fn call(&mut self) -> Option<&mut KeptCall> {
        self.calls.iter_mut().find(|kept| kept.waits())
    }

    pub(in crate::agent) fn id(&self) -> &str {
        &self.id
    }

    /// True if the message was sent too late to be an answer. The time of its sending counts, so that nobody who answered in time is refused for a delay of
    /// ours, and a repeated run decides the same.
    pub(super) fn is_over(&self, message: &UserMessage) -> bool {
        millis(message.sent_at) > self.expires
    }

    /// True if the user may mean something else by now: has said something else, or has heard something else, be it of another agent.
    pub(super) fn is_passed(&self, history: &[HistoryEntry]) -> bool {
        let last = history.iter().rev().find(|entry| entry.role != Role::User);
        self.was_passed || last.is_some_and(|last| !last.text.contains(self.question.trim()))
    }

    /// The messages with which the model goes on.
    pub(in crate::agent) fn into_messages(self) -> impl Iterator<Item = ChatMessage> {
        let results = self.calls.into_iter().map(|KeptCall { call, state }| {
            let (CallState::Settled(text) | CallState::Waiting(text)) = state;
            ToolResult { call_id: call.id, name: call.name, text }
        });
        let results = ChatMessage::Tools(results.collect());
        self.rounds.into_iter().map(KeptMessage::restored).chain([results])
    }

    /// Leaves out the first rounds of too long a run. The last message stays: it asks for the calls.
    fn shorten(&mut self) {
        while self.size() > MAX_KEPT && self.rounds.len() > 1 {
            self.rounds.remove(0);
            while self.rounds.len() > 1 && !matches!(self.rounds[0], KeptMessage::Assistant { .. }) {
                self.rounds.remove(0);
            }
        }
    }

    fn size(&self) -> usize {
        serde_json::to_vec(self).map_or(usize::MAX, |json| json.len())
    }
}

impl KeptMessage {
    /// Media are kept as a description.
    fn of(message: &ChatMessage) -> Self {
        match message {
            ChatMessage::User(contents) => Self::User(contents.iter().map(prompt::description).collect()),
            ChatMessage::Assistant { text, tool_calls, provider_state } => Self::Assistant {
                text: text.clone(),
                tool_calls: tool_calls.clone(),
                provider_state: provider_state.clone(),
            },
            ChatMessage::Tools(results) => Self::Tools(results.clone()),
        }
    }

    fn restored(self) -> ChatMessage {
        match self {
            Self::User(texts) => ChatMessage::User(texts.into_iter().map(crate::ContentPart::Text).collect()),
            Self::Assistant { text, tool_calls, provider_state } => {
                ChatMessage::Assistant { text, tool_calls, provider_state }
            }
            Self::Tools(results) => ChatMessage::Tools(results),
        }
    }
}

fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
