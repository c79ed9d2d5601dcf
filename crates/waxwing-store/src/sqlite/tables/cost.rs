//! Table `cost`: costs of conversations on their latest day.

use rusqlite::{Connection, params};

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{ConversationCost, ConversationId, Timestamp, TurnCost};

/// Returns the cost of a conversation on this day.
pub(in crate::sqlite) fn get(tx: &Tx<'_>, id: ConversationId) -> Result<ConversationCost, Fault> {
    let found =
        tx.first("SELECT amount, told FROM cost WHERE conversation = ?1 AND day = ?2", [id.0, tx.now.day()], |row| {
            Ok(ConversationCost { today: row.get(0)?, is_limit_told: row.get(1)? })
        })?;
    Ok(found.unwrap_or_default())
}

/// Adds the cost of a turn. A turn without a cost writes nothing.
pub(in crate::sqlite) fn add(tx: &Tx<'_>, id: ConversationId, cost: TurnCost) -> Result<(), Fault> {
    if cost.amount <= 0.0 && !cost.tells_limit {
        return Ok(());
    }
    tx.run(
        "INSERT INTO cost (conversation, day, amount, told) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (conversation) DO UPDATE SET
             amount = excluded.amount + iif(cost.day = excluded.day, cost.amount, 0),
             told = max(excluded.told, iif(cost.day = excluded.day, cost.told, 0)),
             day = excluded.day",
        params![id.0, tx.now.day(), cost.amount, cost.tells_limit],
    )?;
    Ok(())
}

/// Returns the sum over all conversations on the day of a time.
pub(in crate::sqlite) fn total(conn: &Connection, at: Timestamp) -> Result<f64, Fault> {
    let mut statement = conn.prepare_cached("SELECT total(amount) FROM cost WHERE day = ?1")?;
    Ok(statement.query_row([at.day()], |row| row.get(0))?)
}

/// Moves the cost of a conversation to another one.
pub(in crate::sqlite) fn move_all(tx: &Tx<'_>, from: ConversationId, to: ConversationId) -> Result<(), Fault> {
    let cost = get(tx, from)?;
    tx.run("DELETE FROM cost WHERE conversation = ?1", [from.0])?;
    add(tx, to, TurnCost { amount: cost.today, tells_limit: cost.is_limit_told })
}
