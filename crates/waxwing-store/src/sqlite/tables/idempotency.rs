//! Table `idempotency`: keys under which requests can be repeated.

use rusqlite::params;

use super::deduplication::hash;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{CampaignId, ConversationId, IDEMPOTENCY_AGE, IdempotencyKey, OutboxId};

/// Number of old keys that an insertion removes at most, so that the table does not grow.
const REMOVED: i64 = 4;

/// The request that came with a key.
pub(in crate::sqlite) struct KnownRequest {
    /// SHA-256 of the request.
    pub(in crate::sqlite) request: [u8; 32],
    pub(in crate::sqlite) conversation: ConversationId,
    pub(in crate::sqlite) message: OutboxId,
    /// The campaign of a scheduled message.
    pub(in crate::sqlite) campaign: Option<CampaignId>,
}

/// Returns the request that came with a key, if the key is not too old.
pub(in crate::sqlite) fn find(tx: &Tx<'_>, key: &IdempotencyKey) -> Result<Option<KnownRequest>, Fault> {
    tx.first(
        "SELECT request, conversation, outbox, campaign FROM idempotency WHERE hash = ?1 AND stored_at > ?2",
        params![hash_of(key), tx.now.before(IDEMPOTENCY_AGE).as_millis()],
        |row| {
            Ok(KnownRequest {
                request: row.get(0)?,
                conversation: ConversationId(row.get(1)?),
                message: OutboxId(row.get(2)?),
                campaign: row.get::<_, Option<i64>>(3)?.map(CampaignId),
            })
        },
    )
}

/// Stores a key with its message, and removes a few old keys.
pub(in crate::sqlite) fn insert(
    tx: &Tx<'_>,
    key: &IdempotencyKey,
    conversation: ConversationId,
    message: OutboxId,
    campaign: Option<CampaignId>,
) -> Result<(), Fault> {
    tx.run(
        "DELETE FROM idempotency WHERE hash IN (
             SELECT hash FROM idempotency WHERE stored_at <= ?1 ORDER BY stored_at LIMIT ?2)",
        params![tx.now.before(IDEMPOTENCY_AGE).as_millis(), REMOVED],
    )?;
    tx.run(
        "INSERT INTO idempotency (hash, request, conversation, outbox, stored_at, campaign) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (hash) DO UPDATE SET request = excluded.request, conversation = excluded.conversation,
             outbox = excluded.outbox, stored_at = excluded.stored_at, campaign = excluded.campaign",
        params![hash_of(key), key.request, conversation.0, message.0, tx.now.as_millis(), campaign.map(|id| id.0)],
    )?;
    Ok(())
}

fn hash_of(key: &IdempotencyKey) -> [u8; 16] {
    hash(&[key.scope.as_bytes(), key.key.as_bytes()])
}
