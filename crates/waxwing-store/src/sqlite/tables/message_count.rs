//! Table `message_count`: numbers of delivered messages that Meta has priced.

use rusqlite::{Connection, Row, params};
use waxwing_types::{Market, PhoneNumberId};

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{MessageCharge, MessageCount, UsageKey, UsageQuery};

/// Counts a message. Messages with the same key share a row.
pub(in crate::sqlite) fn add(
    tx: &Tx<'_>,
    day: i64,
    number: &PhoneNumberId,
    agent: &str,
    charge: &MessageCharge,
) -> Result<(), Fault> {
    tx.run(
        "INSERT INTO message_count (day, number, agent, category, type, market, billable, free)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, NOT ?7)
         ON CONFLICT DO UPDATE SET billable = billable + excluded.billable, free = free + excluded.free",
        params![
            day,
            number.as_str(),
            agent,
            charge.category,
            charge.kind,
            charge.market.map_or("", Market::calling_code),
            charge.is_billable,
        ],
    )?;
    Ok(())
}

/// Returns up to `limit` sums, in the order of their keys.
pub(in crate::sqlite) fn sums(conn: &Connection, query: UsageQuery, limit: usize) -> Result<Vec<MessageCount>, Fault> {
    let key = match query.by {
        UsageKey::Day => "day",
        UsageKey::Number => "number",
        UsageKey::Agent => "agent",
        UsageKey::Category => "category",
    };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {key}, category, type, market, sum(billable), sum(free) FROM message_count
         WHERE day BETWEEN ?1 AND ?2 GROUP BY {key}, category, type, market ORDER BY 1, 2, 3, 4 LIMIT ?3",
    ))?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map([query.since, query.until, limit], |row| {
        Ok(MessageCount {
            key: read_key(row)?,
            category: row.get(1)?,
            kind: row.get(2)?,
            market: Market::of_calling_code(row.get_ref(3)?.as_str()?),
            billable: row.get::<_, i64>(4)?.unsigned_abs(),
            free: row.get::<_, i64>(5)?.unsigned_abs(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads the key of a sum from the first column, which is a day or a name.
pub(in crate::sqlite) fn read_key(row: &Row<'_>) -> rusqlite::Result<String> {
    match row.get_ref(0)? {
        rusqlite::types::ValueRef::Integer(day) => Ok(day.to_string()),
        name => Ok(name.as_str()?.to_owned()),
    }
}
