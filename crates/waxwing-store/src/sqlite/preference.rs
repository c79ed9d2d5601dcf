//! Choices of users about marketing messages, with their events.

use serde_json::json;

use super::fault::Fault;
use super::outgoing;
use super::tables::conversation::marketing;
use super::tx::Tx;
use crate::{ConversationId, EventType, MarketingChoice, Timestamp};

/// Records a choice of the user, unless a later one is known.
pub(super) fn choose(tx: &Tx<'_>, id: ConversationId, choice: MarketingChoice, at: Timestamp) -> Result<(), Fault> {
    let kind = match choice {
        MarketingChoice::Stop => EventType::MarketingStopped,
        MarketingChoice::Resume => EventType::MarketingResumed,
    };
    if marketing::choose(tx, id, choice, at)? { outgoing::record(tx, kind, id, || json!({})) } else { Ok(()) }
}

/// Records that the user wants no marketing messages, if a message was refused for this reason.
pub(super) fn stop_if_refused(
    tx: &Tx<'_>,
    id: ConversationId,
    code: Option<i64>,
    sent_at: Timestamp,
) -> Result<(), Fault> {
    if !marketing::stop_if_refused(tx, id, code, sent_at)? {
        return Ok(());
    }
    outgoing::record(tx, EventType::MarketingStopped, id, || json!({}))
}
