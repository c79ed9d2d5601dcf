//! Actions of operators.

use super::conversation_key::conversation_id;
use super::fault::Fault;
use super::outbox::Ending;
use super::tables::conversation::window;
use super::tables::outbox::RowPart;
use super::tables::{conversation, inbox, outbox as rows, send_queue};
use super::tx::Tx;
use super::{outbox, senders};
use crate::{
    ConversationId, ConversationTarget, Draft, Error, NewOperatorAction, Origin, OutboxClass, OutboxId, OutboxState,
    RunId, SendError,
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
            let to = conversation::get(tx, id)?.peer.address().ok_or(Fault::Refused(Error::NotFound))?;
            let draft = Draft {
                to,
                content: content.clone(),
                reply_to: None,
                callback_data: None,
                upload: None,
                needs_previous: false,
                fallback: None,
            };
            let run = RunId(action.id.clone());
            let class = OutboxClass::Reply;
            let part = RowPart { run: &run, number: 0, interim: None, from_operator: true, agent: None, class };
            let row = outbox::push(tx, id, part, &draft)?;
            send_queue::update_due(tx, id)?;
            Some(row)
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
        ConversationTarget::Conversation(id) if conversation::exists(tx.conn, *id)? => Ok(*id),
        ConversationTarget::Key(key) => match conversation_id(tx.namespace, key) {
            Some(id) if conversation::exists(tx.conn, id)? => Ok(id),
            _ => Err(Fault::Refused(Error::NotFound)),
        },
        ConversationTarget::User(number, user) if user.wa_id.is_some() || user.bsuid.is_some() => {
            Ok(senders::place(tx, number, user, None)?.conversation)
        }
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
