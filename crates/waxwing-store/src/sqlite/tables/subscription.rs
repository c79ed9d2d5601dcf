//! Table `subscription`, with the cursors in `event_cursor`.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{EVENT_PARTITIONS, EventCursor, EventId, EventType, NewSubscription, Subscription, Timestamp};

/// Returns the types of events that at least one subscription has.
pub(in crate::sqlite) fn types(conn: &Connection) -> Result<HashSet<EventType>, Fault> {
    let mut statement = conn.prepare_cached("SELECT types FROM subscription ORDER BY name")?;
    let all: Vec<String> = statement.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(all.iter().flat_map(|types| parse(types)).collect())
}

/// Returns the types of a subscription, if it is enabled and has this epoch.
pub(in crate::sqlite) fn types_of(conn: &Connection, name: &str, epoch: i64) -> Result<Option<Vec<EventType>>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT types FROM subscription WHERE name = ?1 AND epoch = ?2 AND disabled_at IS NULL")?;
    let types: Option<String> = statement.query_row(params![name, epoch], |row| row.get(0)).optional()?;
    Ok(types.map(|types| parse(&types)))
}

/// Types of a newer version are left out.
fn parse(types: &str) -> Vec<EventType> {
    types.split(' ').filter_map(|name| name.parse().ok()).collect()
}

/// Returns the names of all subscriptions.
pub(in crate::sqlite) fn names(conn: &Connection) -> Result<Vec<String>, Fault> {
    let mut statement = conn.prepare_cached("SELECT name FROM subscription ORDER BY name")?;
    Ok(statement.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// Inserts a subscription whose cursors stand at the end of the log, or changes the types of a known one.
pub(in crate::sqlite) fn set(tx: &Tx<'_>, new: &NewSubscription) -> Result<(), Fault> {
    let types = new.types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ");
    tx.run(
        "INSERT INTO subscription (name, types, epoch) VALUES (?1, ?2, 1)
         ON CONFLICT (name) DO UPDATE SET types = excluded.types",
        params![new.name, types],
    )?;
    for part in 0..EVENT_PARTITIONS {
        tx.run(
            "INSERT INTO event_cursor (subscription, part, delivered)
             VALUES (?1, ?2, coalesce((SELECT id FROM event ORDER BY id DESC LIMIT 1), 0))
             ON CONFLICT (subscription, part) DO NOTHING",
            params![new.name, part],
        )?;
    }
    Ok(())
}

/// Removes a subscription.
pub(in crate::sqlite) fn delete(tx: &Tx<'_>, name: &str) -> Result<(), Fault> {
    tx.run("DELETE FROM event_cursor WHERE subscription = ?1", [name])?;
    tx.run("DELETE FROM subscription WHERE name = ?1", [name])?;
    Ok(())
}

/// Returns all subscriptions with their state.
pub(in crate::sqlite) fn list(conn: &Connection) -> Result<Vec<Subscription>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT name, types, epoch, disabled_at, disabled_reason FROM subscription ORDER BY name")?;
    let mut all: Vec<_> = statement.query_map((), read)?.collect::<Result<_, _>>()?;
    let mut cursors =
        conn.prepare_cached("SELECT delivered, failing_since FROM event_cursor WHERE subscription = ?1 ORDER BY part")?;
    for subscription in &mut all {
        let rows = cursors.query_map([&subscription.name], |row| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?)))?;
        for row in rows {
            let (delivered, failing_since) = row?;
            subscription.delivered.push(EventId(delivered));
            let failing_since = failing_since.map(Timestamp::from_millis);
            subscription.failing_since = [subscription.failing_since, failing_since].into_iter().flatten().min();
        }
    }
    Ok(all)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    let disabled_at: Option<i64> = row.get(3)?;
    let reason: Option<String> = row.get(4)?;
    Ok(Subscription {
        name: row.get(0)?,
        types: parse(row.get_ref(1)?.as_str()?),
        epoch: row.get(2)?,
        disabled: disabled_at.map(|at| (Timestamp::from_millis(at), reason.unwrap_or_default())),
        failing_since: None,
        delivered: Vec::new(),
    })
}

/// Returns whether a subscription is enabled, and its cursors are those of `cursor`.
pub(in crate::sqlite) fn is_current(tx: &Tx<'_>, cursor: &EventCursor) -> Result<bool, Fault> {
    let found = tx.first(
        "SELECT epoch = ?2 AND disabled_at IS NULL FROM subscription WHERE name = ?1",
        params![cursor.subscription, cursor.epoch],
        |row| row.get(0),
    )?;
    Ok(found.unwrap_or(false))
}

/// Moves a cursor forward.
pub(in crate::sqlite) fn set_delivered(tx: &Tx<'_>, cursor: &EventCursor, delivered: EventId) -> Result<(), Fault> {
    tx.run(
        "UPDATE event_cursor SET delivered = max(delivered, ?3), failing_since = NULL, failures = 0
         WHERE subscription = ?1 AND part = ?2",
        params![cursor.subscription, cursor.partition, delivered.0],
    )?;
    Ok(())
}

/// Counts a failure. Returns the number of failures since the last delivery, with the time of the first one.
pub(in crate::sqlite) fn count_failure(tx: &Tx<'_>, cursor: &EventCursor) -> Result<(u32, Timestamp), Fault> {
    tx.one(
        "UPDATE event_cursor SET failing_since = coalesce(failing_since, ?3), failures = failures + 1
         WHERE subscription = ?1 AND part = ?2 RETURNING failures, failing_since",
        params![cursor.subscription, cursor.partition, tx.now.as_millis()],
        |row| Ok((row.get(0)?, Timestamp::from_millis(row.get(1)?))),
    )
}

/// Disables a subscription.
pub(in crate::sqlite) fn disable(tx: &Tx<'_>, name: &str, reason: &str) -> Result<(), Fault> {
    tx.run(
        "UPDATE subscription SET disabled_at = ?2, disabled_reason = ?3, epoch = epoch + 1 WHERE name = ?1",
        params![name, tx.now.as_millis(), reason],
    )?;
    Ok(())
}

/// Enables a subscription. Returns whether it exists.
pub(in crate::sqlite) fn enable(tx: &Tx<'_>, name: &str) -> Result<bool, Fault> {
    tx.run("UPDATE event_cursor SET failing_since = NULL, failures = 0 WHERE subscription = ?1", [name])?;
    let changed = tx.run(
        "UPDATE subscription SET disabled_at = NULL, disabled_reason = NULL, epoch = epoch + 1 WHERE name = ?1",
        [name],
    )?;
    Ok(changed > 0)
}

/// Moves the cursors of a subscription back to an event. Returns whether the subscription exists.
pub(in crate::sqlite) fn set_back(tx: &Tx<'_>, name: &str, to: EventId) -> Result<bool, Fault> {
    tx.run(
        "UPDATE event_cursor SET delivered = min(delivered, ?2), failing_since = NULL, failures = 0
         WHERE subscription = ?1",
        params![name, to.0],
    )?;
    Ok(tx.run("UPDATE subscription SET epoch = epoch + 1 WHERE name = ?1", [name])? > 0)
}
