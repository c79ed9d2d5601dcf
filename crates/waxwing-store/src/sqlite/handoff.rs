//! Human handoffs that are over, or that nobody answers.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::json;

use super::fault::Fault;
use super::tables::conversation::handoff;
use super::tx::Tx;
use super::writer::Priority;
use super::{SqliteStore, outgoing, responder};
use crate::{ConversationId, DueHandoffs, Error, EventType, HandoffStore, ResponderChange, Timestamp};

#[async_trait]
impl HandoffStore for SqliteStore {
    async fn record_due_handoffs(&self, reminder: Option<Duration>, limit: usize) -> Result<DueHandoffs, Error> {
        self.writer.run(Priority::Write, move |tx| record_due(tx, reminder, limit)).await
    }
}

/// Records the handoffs that are due. At most `limit` of each sort are examined.
fn record_due(tx: &Tx<'_>, reminder: Option<Duration>, limit: usize) -> Result<DueHandoffs, Fault> {
    let over = handoff::over(tx, limit)?;
    for id in &over {
        // The time of the handoff can be over before that of the reminder, and both while no server ran.
        if let Some(asked_at) = handoff::get(tx, *id)?.asked_at.filter(|_| reminder.is_some()) {
            examine(tx, *id, asked_at)?;
        }
        responder::set(tx, *id, ResponderChange::Agent)?;
    }
    let mut due = DueHandoffs { recorded: over.len(), next_in: None };
    let mut next = handoff::next_end(tx)?;
    if let Some(reminder) = reminder {
        for (id, asked_at) in handoff::asked_before(tx, tx.now.before(reminder), limit)? {
            examine(tx, id, asked_at)?;
            due.recorded += 1;
        }
        next = next.into_iter().chain(handoff::first_asked(tx)?.map(|at| at.after(reminder))).min();
    }
    due.next_in = next.filter(|at| *at != Timestamp::MAX).map(|at| at.since(tx.now));
    Ok(due)
}

/// Records an event if a request for a human was not examined before, and has no answer.
fn examine(tx: &Tx<'_>, id: ConversationId, asked_at: Timestamp) -> Result<(), Fault> {
    if handoff::get(tx, id)?.awaits_answer && !handoff::is_answered_since(tx, id, asked_at)? {
        let data = || json!({ "since": asked_at.as_millis() });
        outgoing::record(tx, EventType::HandoffUnanswered, id, data)?;
    }
    handoff::set_examined(tx, id)
}
