//! Start of attempts.

use waxwing_types::MediaSource;

use super::fault::Fault;
use super::tables::outbox::Sendable;
use super::tables::{attempt, outbox, outbox_media, send_queue};
use super::token;
use super::tx::Tx;
use crate::{ConversationId, OutboxId, SendAttempt, SendPolicy, SendSource};

/// Records an attempt for a row and holds the send queue. Fails with [`Fault::Value`] or [`Fault::Content`], without a write, if the row cannot be read.
pub(super) fn start(
    tx: &Tx<'_>,
    conversation: ConversationId,
    row: OutboxId,
    policy: SendPolicy,
) -> Result<SendAttempt, Fault> {
    let mut stored = outbox::sendable(tx, row)?;
    let upload_bytes = resolve_media(tx, row, &mut stored)?;
    let number = stored.attempts + 1;
    attempt::insert(tx, row, number)?;
    outbox::set_sending(tx, row, number)?;
    let queue = send_queue::hold(tx, conversation, tx.now.after(policy.lease))?;
    Ok(SendAttempt {
        lease: queue.lease,
        id: row,
        number: queue.number,
        to: stored.to,
        content: stored.content,
        reply_to: stored.reply_to,
        token: token::format(tx.namespace, row, number),
        upload_bytes,
        attempt: number,
        attempts_since_queued: number - stored.uncounted_attempts,
        age: tx.now.since(stored.queued_at),
        service_window: queue.service_window,
        source: SendSource { run: stored.run, agent: stored.agent, is_campaign: queue.is_campaign },
        has_stopped_marketing: queue.has_stopped_marketing,
        failing_for: queue.failing_since.map(|since| tx.now.since(since)),
    })
}

/// Sets the id of an uploaded medium in the content, or returns the size of the medium to upload.
fn resolve_media(tx: &Tx<'_>, row: OutboxId, stored: &mut Sendable) -> Result<Option<u64>, Fault> {
    if let (Some(media_id), Some(source)) = (stored.media_id.take(), stored.content.media_mut()) {
        *source = MediaSource::Id(media_id);
        return Ok(None);
    }
    outbox_media::size(tx, row)
}
