//! Claims of send queues.

use waxwing_types::PhoneNumberId;

use super::fault::Fault;
use super::outbox::Ending;
use super::schedule::{self, Queue};
use super::tables::send_queue::SendQueueKind;
use super::tables::{outbox as rows, send_queue};
use super::tx::Tx;
use super::{attempt, in_doubt, outbox};
use crate::{Claims, ConversationId, OutboxState, SendAttempt, SendError, SendLimits, SendPolicy};

/// Claims due send queues.
pub(super) fn claim(
    tx: &Tx<'_>,
    numbers: &[PhoneNumberId],
    limits: SendLimits,
    policy: SendPolicy,
) -> Result<Claims<SendAttempt>, Fault> {
    let (mut claimed, mut next_due_in) = (Vec::new(), None);
    let kinds = [
        (SendQueueKind::Healthy, limits.healthy),
        (SendQueueKind::Failing, limits.failing),
        (SendQueueKind::Campaign, limits.campaign),
    ];
    for (kind, limit) in kinds {
        let queue = Queue::Sends(kind);
        let end = claimed.len() + limit;
        if limit > 0 {
            for conversation in schedule::due(tx, queue, numbers, limit)? {
                claimed.extend(advance(tx, conversation, policy)?);
            }
        }
        if claimed.len() < end {
            next_due_in = next_due_in.into_iter().chain(schedule::next_due_in(tx, queue, numbers)?).min();
        }
    }
    Ok(Claims { claimed, next_due_in })
}

/// Claims the send queue of one conversation, unless a lease is held or the queue is failing.
pub(super) fn claim_one(
    tx: &Tx<'_>,
    conversation: ConversationId,
    policy: SendPolicy,
) -> Result<Option<SendAttempt>, Fault> {
    if send_queue::is_free_and_healthy(tx, conversation)? { advance(tx, conversation, policy) } else { Ok(None) }
}

/// Claims the first row of a send queue whose lease is over, if the row is due. Rows that cannot be sent become dead letters.
pub(super) fn advance(
    tx: &Tx<'_>,
    conversation: ConversationId,
    policy: SendPolicy,
) -> Result<Option<SendAttempt>, Fault> {
    send_queue::release(tx, conversation)?;
    while let Some(head) = rows::head(tx, conversation)? {
        if head.state == OutboxState::Sending {
            // The process that made the attempt has crashed.
            let error = SendError { code: None, message: "sender stopped before the outcome was known".into() };
            rows::set_waiting(tx, head.id, OutboxState::InDoubt, tx.now.after(policy.in_doubt_window))?;
            rows::set_error(tx, head.id, &error)?;
            continue;
        }
        if head.due_at > tx.now {
            break;
        }
        if let Some(end) = in_doubt::extended_window(tx, &head, policy) {
            rows::set_due(tx, head.id, end)?;
            break;
        }
        if let Some(reason) = in_doubt::dead_letter_reason(&head, tx.now, policy) {
            let error = SendError { code: None, message: reason.into() };
            outbox::end(tx, head.id, &Ending::dead_letter(&error))?;
            continue;
        }
        match attempt::start(tx, conversation, head.id, policy) {
            // A row that cannot be read now cannot be read later, and must not block the rows behind it.
            Err(Fault::Value(_) | Fault::Content(_)) => {
                let error = SendError { code: None, message: "stored message cannot be read".into() };
                outbox::end(tx, head.id, &Ending::dead_letter(&error))?;
            }
            attempt => return attempt.map(Some),
        }
    }
    send_queue::update_due(tx, conversation)?;
    Ok(None)
}
