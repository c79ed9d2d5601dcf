//! Converts the session of the store to the session of an agent, in either direction.

mod media;
mod quotes;
mod read;
mod stored_history;
mod write;

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use waxwing_agent::{HistoryEntry, Memory, RunContext, Session};
use waxwing_store::{SessionWrite, StoredSession};

pub(crate) use media::{EarlierMedium, attach, earlier};
pub(crate) use quotes::{QuoteTargets, quote_target};
pub(crate) use read::{entries, handoff};
pub use stored_history::StoredHistory;
pub(crate) use write::{
    HandoffCause, agent_message, agent_reply, handed_off, proactive, resumed, system_text, tool_round, transcript,
    unanswered,
};

/// Returns the session of the agent with this history. State that cannot be read is left out.
pub(crate) fn restore(stored: &StoredSession, history: Vec<HistoryEntry>) -> Session {
    Session::restored(stored.label.clone(), history, object(stored.state.as_ref()))
}

/// Returns the id of the user in a one-to-one session, by the label of the session. A session that a command began has more after the id.
///
/// ```
/// use waxwing_engine::session_user;
///
/// assert_eq!(session_user("34600000000:0199c0ffee"), Some("34600000000"));
/// assert_eq!(session_user(""), None);
/// ```
pub fn session_user(label: &str) -> Option<&str> {
    label.split(':').next().filter(|id| !id.is_empty())
}

/// Returns the memory of the agent.
pub(crate) fn memory(stored: &StoredSession) -> Memory {
    Memory::restored(object(stored.memory.as_ref()))
}

/// Returns the session write of a run: the state and the memory if the agent changed them.
pub(crate) fn session_write(stored: &StoredSession, run: &RunContext) -> SessionWrite {
    SessionWrite { state: run.session().changed_state().map(|state| json(&state)), ..memory_write(stored, run) }
}

/// Returns the session write of a run without an answer: the memory, if the agent changed it.
pub(crate) fn memory_write(stored: &StoredSession, run: &RunContext) -> SessionWrite {
    let memory = run.memory().state().changed().map(|memory| json(&memory));
    SessionWrite { id: stored.id, state: None, memory }
}

fn object(stored: Option<&Bytes>) -> Map<String, Value> {
    stored.and_then(|stored| serde_json::from_slice(stored).ok()).unwrap_or_default()
}

fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("entries and states have string keys and no failing serializers").into()
}
