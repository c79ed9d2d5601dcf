//! Conversations of users who turned out to be one.

use crate::ConversationId;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;

/// Returns the conversations of a user, each with the conversation of another user with the same business number.
pub(in crate::sqlite) fn pairs(
    tx: &Tx<'_>,
    old: i64,
    new: i64,
) -> Result<Vec<(ConversationId, Option<ConversationId>)>, Fault> {
    tx.all(
        "SELECT o.id, n.id FROM conversation o LEFT JOIN conversation n ON n.user = ?2 AND n.number = o.number
         WHERE o.user = ?1",
        [old, new],
        |row| Ok((ConversationId(row.get(0)?), row.get::<_, Option<i64>>(1)?.map(ConversationId))),
    )
}

/// Returns the conversation that took over a conversation when their users were joined.
pub(in crate::sqlite) fn joined_with(tx: &Tx<'_>, id: ConversationId) -> Result<Option<ConversationId>, Fault> {
    let joined = "SELECT n.id FROM conversation o JOIN user u ON u.id = o.user
         JOIN conversation n ON n.user = u.merged_into AND n.number = o.number
         WHERE o.id = ?1";
    tx.first(joined, [id.0], |row| row.get(0).map(ConversationId))
}

/// Gives a conversation the longer human handoff, the longer service window, the later notices and the owner with the newer sign of two
/// conversations. A user who wants no marketing messages in one of them wants none.
pub(in crate::sqlite) fn merge_times(tx: &Tx<'_>, from: ConversationId, to: ConversationId) -> Result<(), Fault> {
    tx.run(
        "UPDATE conversation SET (paused_until, window_until, apologized_at, marketing_stopped, marketing_choice_at, marketing_sent_at, away_at,
                 asked_at, awaits_answer, first_contact, is_with_other_app, owner_at) = (
             SELECT max(paused_until), max(window_until), max(apologized_at), max(marketing_stopped), max(marketing_choice_at),
                 max(marketing_sent_at), max(away_at), max(asked_at), max(awaits_answer), max(first_contact),
                 (SELECT CASE WHEN o.owner_at > n.owner_at THEN o.is_with_other_app ELSE n.is_with_other_app END
                  FROM conversation o JOIN conversation n ON n.id = ?2 WHERE o.id = ?1),
                 max(owner_at) FROM conversation WHERE id IN (?1, ?2))
         WHERE id = ?2",
        [from.0, to.0],
    )?;
    Ok(())
}
