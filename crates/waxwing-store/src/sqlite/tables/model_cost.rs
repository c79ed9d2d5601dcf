//! Table `model_cost`: costs of turns.

use rusqlite::{Connection, params};

use super::message_count::read_key;
use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{ConversationId, ModelCost, UsageKey, UsageQuery};

/// Billionths of one unit of the currency.
const BILLION: f64 = 1e9;

/// Adds the cost of a turn. A turn without a cost writes nothing.
pub(in crate::sqlite) fn add(tx: &Tx<'_>, id: ConversationId, agent: Option<&str>, amount: f64) -> Result<(), Fault> {
    let billionths = to_billionths(amount);
    if billionths <= 0 {
        return Ok(());
    }
    tx.run(
        "INSERT INTO model_cost (day, number, agent, billionths)
         SELECT ?1, number, ?2, ?3 FROM conversation WHERE id = ?4
         ON CONFLICT DO UPDATE SET billionths = min(billionths + excluded.billionths, 1 << 62)",
        params![tx.now.day(), agent.unwrap_or_default(), billionths, id.0],
    )?;
    Ok(())
}

/// Returns up to `limit` sums, in the order of their keys.
pub(in crate::sqlite) fn sums(conn: &Connection, query: UsageQuery, limit: usize) -> Result<Vec<ModelCost>, Fault> {
    let key = match query.by {
        UsageKey::Day => "day",
        UsageKey::Number => "number",
        UsageKey::Agent => "agent",
        UsageKey::Category => "''",
    };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {key}, sum(billionths) FROM model_cost WHERE day BETWEEN ?1 AND ?2 GROUP BY {key} ORDER BY 1 LIMIT ?3",
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map([query.since, query.until, limit], |row| {
        Ok(ModelCost { key: read_key(row)?, billionths: row.get(1)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Rounds an amount to billionths. An amount that no model reaches, such as infinity, becomes the largest one that SQLite can add up.
fn to_billionths(amount: f64) -> i64 {
    const MAX: f64 = 1e15;
    #[expect(clippy::cast_possible_truncation, reason = "the amount is clamped to the range")]
    let rounded = (amount * BILLION).round().clamp(0.0, MAX) as i64;
    rounded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_to_billionths() {
        for (amount, expected) in [
            (0.000_000_125, 125),
            (0.1 + 0.2, 300_000_000),
            (-1.0, 0),
            (f64::NAN, 0),
            (f64::INFINITY, 1_000_000_000_000_000),
        ] {
            assert_eq!(to_billionths(amount), expected, "{amount}");
        }
    }
}
