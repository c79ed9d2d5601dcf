//! Actions of operators.

use super::conversation_key::conversation_id;
use super::fault::Fault;
use super::outbox::{Ending, OwnMessage};
use super::tables::conversation::{joined, window};
use super::tables::{conversation, inbox, outbox as rows, send_queue};
use super::tx::Tx;
use super::{outbox, senders};
use crate::{
    ConversationId, ConversationTarget, Error, NewOperatorAction, Origin, OutboxClass, OutboxId, OutboxState, RunId,
    SendError,
};

/// Records an operator's action, and queues its message.
pub(super) fn record_action(
    tx: &Tx<'_>,
    action: &NewOperatorAction,
) -> Result<(ConversationId, Option<OutboxId>), Fault> {
    let id = conversation_of(tx, &action.target)?;
    let row = match &action.content {
        Some(content) => {
            if action.needs_window && window::rest(tx, id)?.is_zero() {
                return Err(Fault::Refused(Error::WindowClosed));
            }
            let class = OutboxClass::Reply;
            let message = OwnMessage { content, upload: None, from_operator: true, class };
            Some(outbox::push_own(tx, id, &RunId(action.id.clone()), message)?)
        }
        None => None,
    };
    inbox::insert_own(tx, id, Origin::Operator, &action.id, &action.body)?;
    conversation::make_due(tx, id)?;
    Ok((id, row))
}

/// Returns the conversation of a target. Creates the conversation of a user who has none.
pub(super) fn conversation_of(tx: &Tx<'_>, target: &ConversationTarget) -> Result<ConversationId, Fault> {
    match target {
        ConversationTarget::Conversation(id) => current(tx, Some(*id)),
        ConversationTarget::Key(key) => current(tx, conversation_id(tx.namespace, key)),
        ConversationTarget::User(number, user) if user.wa_id.is_some() || user.bsuid.is_some() => {
            Ok(senders::place(tx, number, user, None)?.conversation)
        }
        ConversationTarget::User(..) => Err(Fault::Refused(Error::NotFound)),
    }
}

/// Returns a conversation, or the conversation that it was joined with.
fn current(tx: &Tx<'_>, id: Option<ConversationId>) -> Result<ConversationId, Fault> {
    match id {
        Some(id) if conversation::exists(tx.conn, id)? => Ok(joined::joined_with(tx, id)?.unwrap_or(id)),
        _ => Err(Fault::Refused(Error::NotFound)),
    }
}

/// Moves a dead-lettered, failed or parked row to the end of its send queue.
pub(super) fn requeue(tx: &Tx<'_>, row: OutboxId) -> Result<(), Fault> {
    let (conversation, state) = rows::state(tx, row)?.ok_or(Fault::Refused(Error::NotFound))?;
    if !matches!(state, OutboxState::DeadLetter | OutboxState::Failed | OutboxState::Parked) {
        return Err(Fault::Refused(Error::WrongState { state: state.as_str() }));
    }
    if state != OutboxState::Parked && rows::class(tx, row)? == OutboxClass::Campaign {
        return Err(Fault::Refused(Error::AtMostOnce));
    }
    rows::requeue(tx, row, conversation)?;
    send_queue::update_due(tx, conversation)
}

/// Dead-letters a row that waits.
pub(super) fn discard(tx: &Tx<'_>, row: OutboxId) -> Result<(), Fault> {
    let (conversation, state) = rows::state(tx, row)?.ok_or(Fault::Refused(Error::NotFound))?;
    let waits = match state {
        OutboxState::Queued | OutboxState::InDoubt | OutboxState::Parked => true,
        // After the end of the lease the row is in doubt, also if no process has claimed the send queue since.
        OutboxState::Sending => !rows::is_leased(tx, row)?,
        _ => false,
    };
    if !waits {
        return Err(Fault::Refused(Error::WrongState { state: state.as_str() }));
    }
    if state == OutboxState::Sending {
        // The outcome of the attempt stays unknown.
        rows::set_waiting(tx, row, OutboxState::InDoubt, tx.now)?;
    }
    let error = SendError { code: None, message: "discarded by an operator".into() };
    outbox::end(tx, row, &Ending::dead_letter(&error))?;
    send_queue::update_due(tx, conversation)
}
