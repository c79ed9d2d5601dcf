//! Report of a human handoff for operators.

use serde_json::{Map, Value, json};
use waxwing_agent::{Author, HistoryEntry};
use waxwing_store::{ConversationId, LogEntry, Timestamp};

use crate::history::{self, HandoffCause};
use crate::shared::Shared;
use crate::store_log::log_store_error;

/// Number of entries of the conversation log that are read.
const MAX_ENTRIES: usize = 50;

/// Origin of the texts of the channel itself, which a report leaves out.
const SYSTEM: &str = "system";

/// Number of messages in a report.
const MAX_MESSAGES: usize = 3;

/// Returns the data of the last handoff to an operator that began at this time or before: its cause, and the last messages before it. Empty if the conversation cannot be read.
pub(crate) async fn report(shared: &Shared, conversation: ConversationId, at: Timestamp) -> Map<String, Value> {
    let mut data = Map::new();
    let log = match shared.store.conversation_log(conversation, None, MAX_ENTRIES).await {
        Ok(log) => log,
        Err(error) => {
            log_store_error!(error, "conversation of a handoff not read");
            return data;
        }
    };
    let asks = |entry: &LogEntry| entry.at <= at && history::handoff(entry).is_some_and(|cause| !cause.is_other_app());
    let start = log.iter().rposition(asks);
    if let Some(handoff) = start.and_then(|start| history::handoff(&log[start])) {
        let HandoffCause { by, reason, summary } = handoff;
        let known = [("by", by), ("reason", reason), ("summary", summary)];
        data.extend(known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))));
    }
    let history = history::entries(&log[..start.unwrap_or(log.len())]);
    let has_words = |entry: &&HistoryEntry| origin(entry) != SYSTEM && !entry.text().is_empty();
    let spoken = history.iter().rev().filter(has_words).take(MAX_MESSAGES);
    let mut messages: Vec<_> = spoken.map(|entry| json!({ "from": origin(entry), "text": entry.text() })).collect();
    messages.reverse();
    data.insert("messages".into(), messages.into());
    data
}

/// Returns the name of the origin of a message, as `conversations show` has it.
fn origin(entry: &HistoryEntry) -> &'static str {
    match entry.author {
        Author::User(_) => "user",
        Author::Agent(_) => "agent",
        Author::Operator => "operator",
        Author::BusinessApp => "business_app",
        _ => SYSTEM,
    }
}
