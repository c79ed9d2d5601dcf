//! Actions of operators.

use super::fault::Fault;
use super::outbox::Ending;
use super::tables::outbox::RowPart;
use super::tables::{conversation, inbox, outbox as rows, send_queue};
use super::tx::Tx;
use super::{outbox, senders};
use crate::{
    ConversationId, ConversationTarget, Draft, Error, NewOperatorAction, OutboxId, OutboxState, RunId, SendError,
};

/// Records an operator's action, and queues its message.
pub(super) fn record_action(
    tx: &Tx<'_>,
    action: &NewOperatorAction,
) -> Result<(ConversationId, Option<OutboxId>), Fault> {
    let id = match &action.target {
        ConversationTarget::Conversation(id) if conversation::exists(tx.conn, *id)? => *id,
        ConversationTarget::Conversation(_) => return Err(Fault::Refused(Error::NotFound)),
        ConversationTarget::User(_, user) if user.wa_id.is_none() && user.bsuid.is_none() => {
            return Err(Fault::Refused(Error::NotFound));
        }
        ConversationTarget::User(number, user) => senders::place(tx, number, user, None)?.conversation,
    };
    let row = match &action.content {
        Some(content) => {
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
            let part = RowPart { run: &run, number: 0, interim: None, from_operator: true, agent: None };
            let row = outbox::push(tx, id, part, &draft)?;
            send_queue::update_due(tx, id)?;
            Some(row)
        }
        None => None,
    };
    inbox::insert_operator_action(tx, id, &action.id, &action.body)?;
    conversation::make_due(tx, id)?;
    Ok((id, row))
}

/// Moves a dead-lettered or failed row to the end of its send queue.
pub(super) fn requeue(tx: &Tx<'_>, row: OutboxId) -> Result<(), Fault> {
    let (conversation, state) = rows::state(tx, row)?.ok_or(Fault::Refused(Error::NotFound))?;
    if !matches!(state, OutboxState::DeadLetter | OutboxState::Failed) {
        return Err(Fault::Refused(Error::WrongState { state: state.as_str() }));
    }
    rows::requeue(tx, row, conversation)?;
    send_queue::update_due(tx, conversation)
}

/// Dead-letters a row that waits.
pub(super) fn discard(tx: &Tx<'_>, row: OutboxId) -> Result<(), Fault> {
    let (conversation, state) = rows::state(tx, row)?.ok_or(Fault::Refused(Error::NotFound))?;
    let waits = match state {
        OutboxState::Queued | OutboxState::InDoubt => true,
        // After the end of the lease the row is in doubt, also if no process has claimed the send queue since.
        OutboxState::Sending => !rows::is_leased(tx, row)?,
        _ => false,
    };
    if !waits {
        return Err(Fault::Refused(Error::WrongState { state: state.as_str() }));
    }
    let error = SendError { code: None, message: "discarded by an operator".into() };
    outbox::end(tx, row, &Ending::dead_letter(&error))?;
    send_queue::update_due(tx, conversation)
}
