//! Tables `user` with `user_alias`: ids of users.

use rusqlite::{Connection, Row, params};
use waxwing_types::{Bsuid, UserProfile, WaId};

use crate::sqlite::fault::Fault;
use crate::sqlite::tx::Tx;
use crate::{IdentityChange, Timestamp, UserIdentity, UserKey, UserRecord};

/// The columns that [`read_identity`] reads, of a table `u`.
macro_rules! identity_columns {
    () => {
        "coalesce(u.wa_id, u.former_wa_id), u.bsuid, u.parent_bsuid, u.name, u.username"
    };
}
pub(in crate::sqlite) use identity_columns;

/// Reads the columns of [`identity_columns`] from column `first` on.
pub(in crate::sqlite) fn read_identity(row: &Row<'_>, first: usize) -> rusqlite::Result<UserIdentity> {
    Ok(UserIdentity {
        wa_id: row.get::<_, Option<String>>(first)?.map(WaId::new),
        bsuid: row.get::<_, Option<String>>(first + 1)?.map(Bsuid::new),
        parent_bsuid: row.get::<_, Option<String>>(first + 2)?.map(Bsuid::new),
        name: row.get(first + 3)?,
        username: row.get(first + 4)?,
    })
}

/// Returns the user with this BSUID.
pub(in crate::sqlite) fn by_bsuid(tx: &Tx<'_>, bsuid: &Bsuid) -> Result<Option<i64>, Fault> {
    tx.first("SELECT id FROM user WHERE bsuid = ?1", [bsuid.as_str()], |row| row.get(0))
}

/// Returns the user with this WhatsApp id, and whether a BSUID of the user is known.
pub(in crate::sqlite) fn by_wa_id(tx: &Tx<'_>, wa_id: &WaId) -> Result<Option<(i64, bool)>, Fault> {
    tx.first("SELECT id, bsuid IS NOT NULL FROM user WHERE wa_id = ?1", [wa_id.as_str()], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// Returns the user who had a WhatsApp id at a time, in seconds since the Unix epoch. Numbers are recycled, so later owners do not match.
pub(in crate::sqlite) fn by_wa_id_at(tx: &Tx<'_>, wa_id: &WaId, at: i64) -> Result<Option<i64>, Fault> {
    let lost = tx.first(
        "SELECT id FROM user WHERE lost_wa_id = ?1 AND created_at / 1000 <= ?2 AND lost_at / 1000 >= ?2",
        params![wa_id.as_str(), at],
        |row| row.get(0),
    )?;
    if lost.is_some() {
        return Ok(lost);
    }
    tx.first("SELECT id FROM user WHERE wa_id = ?1 AND created_at / 1000 <= ?2", params![wa_id.as_str(), at], |row| {
        row.get(0)
    })
}

/// Returns the user with a WhatsApp id, if the user was created at or after a time, in seconds since the Unix epoch.
pub(in crate::sqlite) fn by_wa_id_since(tx: &Tx<'_>, wa_id: &WaId, since: i64) -> Result<Option<i64>, Fault> {
    tx.first(
        "SELECT id FROM user WHERE wa_id = ?1 AND created_at / 1000 >= ?2",
        params![wa_id.as_str(), since],
        |row| row.get(0),
    )
}

/// Inserts a user.
pub(in crate::sqlite) fn insert(tx: &Tx<'_>, wa_id: Option<&WaId>, bsuid: Option<&Bsuid>) -> Result<i64, Fault> {
    tx.one(
        "INSERT INTO user (wa_id, bsuid, created_at) VALUES (?1, ?2, ?3) RETURNING id",
        params![wa_id.map(WaId::as_str), bsuid.map(Bsuid::as_str), tx.now.as_millis()],
        |row| row.get(0),
    )
}

/// Sets the BSUID of a user.
pub(in crate::sqlite) fn set_bsuid(tx: &Tx<'_>, user: i64, bsuid: &Bsuid) -> Result<(), Fault> {
    tx.run("UPDATE user SET bsuid = ?2 WHERE id = ?1", params![user, bsuid.as_str()])?;
    Ok(())
}

/// Sets the WhatsApp id of a user. No other user has the id.
pub(in crate::sqlite) fn set_wa_id(tx: &Tx<'_>, user: i64, wa_id: &WaId) -> Result<(), Fault> {
    tx.run("UPDATE user SET wa_id = ?2 WHERE id = ?1", params![user, wa_id.as_str()])?;
    Ok(())
}

/// Takes the WhatsApp id from a user. It remains the reply address if no BSUID of the user is known.
pub(in crate::sqlite) fn lose_wa_id(tx: &Tx<'_>, user: i64) -> Result<(), Fault> {
    tx.run(
        "UPDATE user SET former_wa_id = CASE WHEN bsuid IS NULL THEN wa_id END, lost_wa_id = wa_id, lost_at = ?2,
             wa_id = NULL
         WHERE id = ?1",
        params![user, tx.now.as_millis()],
    )?;
    Ok(())
}

/// Updates the names and the parent BSUID of a user, where they are given.
pub(in crate::sqlite) fn update_profile(tx: &Tx<'_>, user: i64, profile: &UserProfile) -> Result<(), Fault> {
    let parent = profile.parent_bsuid.as_ref().map(Bsuid::as_str);
    tx.run(
        "UPDATE user SET name = coalesce(?2, name), username = coalesce(?3, username),
             parent_bsuid = coalesce(?4, parent_bsuid)
         WHERE id = ?1 AND (name IS NOT coalesce(?2, name) OR username IS NOT coalesce(?3, username)
             OR parent_bsuid IS NOT coalesce(?4, parent_bsuid))",
        params![user, profile.name, profile.username, parent],
    )?;
    Ok(())
}

/// Applies an identity change to the ids of a user.
///
/// An id that the change does not mention is kept, with two exceptions: the old WhatsApp id is removed if the change names no new one, and
/// the BSUID is removed if the WhatsApp id changes, because the first message under the new number brings the new BSUID.
pub(in crate::sqlite) fn apply_change(tx: &Tx<'_>, user: i64, change: &IdentityChange) -> Result<(), Fault> {
    tx.run(
        "UPDATE user SET bsuid = CASE WHEN ?2 IS NOT NULL THEN ?2 WHEN ?3 IS NOT wa_id THEN NULL ELSE bsuid END,
             wa_id = coalesce(?3, CASE WHEN wa_id IS NOT ?4 THEN wa_id END), former_wa_id = NULL,
             lost_wa_id = NULL, parent_bsuid = coalesce(?5, parent_bsuid)
         WHERE id = ?1",
        params![
            user,
            change.new.bsuid.as_ref().map(Bsuid::as_str),
            change.new.wa_id.as_ref().map(WaId::as_str),
            change.old.wa_id.as_ref().map(WaId::as_str),
            change.new.parent_bsuid.as_ref().map(Bsuid::as_str),
        ],
    )?;
    Ok(())
}

/// Stores the current ids of a user as aliases.
pub(in crate::sqlite) fn insert_aliases(tx: &Tx<'_>, user: i64) -> Result<(), Fault> {
    for sql in [
        "INSERT OR IGNORE INTO user_alias SELECT id, bsuid FROM user WHERE id = ?1 AND bsuid IS NOT NULL",
        "INSERT OR IGNORE INTO user_alias SELECT id, wa_id FROM user WHERE id = ?1 AND wa_id IS NOT NULL",
        "INSERT OR IGNORE INTO user_alias SELECT id, lost_wa_id FROM user WHERE id = ?1 AND lost_wa_id IS NOT NULL",
    ] {
        tx.run(sql, [user])?;
    }
    Ok(())
}

/// Joins the user `u` of a column. A merged user is replaced by the user who has the ids now.
macro_rules! join_user {
    ($column:literal) => {
        concat!(
            " LEFT JOIN user first ON first.id = ",
            $column,
            " LEFT JOIN user u ON u.id = coalesce(first.merged_into, first.id) "
        )
    };
}
pub(in crate::sqlite) use join_user;

/// Removes the ids of a user who was merged into another user. Users who were merged into this user are merged into the other one, too.
pub(in crate::sqlite) fn set_merged(tx: &Tx<'_>, user: i64, into: i64) -> Result<(), Fault> {
    tx.run("UPDATE user SET merged_into = ?2 WHERE merged_into = ?1", [user, into])?;
    tx.run(
        "UPDATE user SET bsuid = NULL, wa_id = NULL, former_wa_id = NULL, lost_wa_id = NULL, merged_into = ?2
         WHERE id = ?1",
        [user, into],
    )?;
    Ok(())
}

/// Returns the users with this key and the users who were merged into them, newest first, each with its row id.
pub(in crate::sqlite) fn find(conn: &Connection, key: &UserKey) -> Result<Vec<(i64, UserRecord)>, Fault> {
    macro_rules! select {
        ($filter:literal) => {
            concat!(
                "WITH found (id) AS (SELECT id FROM user u WHERE ",
                $filter,
                ")
                 SELECT u.id, u.created_at, ",
                identity_columns!(),
                " FROM user u WHERE u.id IN (SELECT id FROM found) OR u.merged_into IN (SELECT id FROM found)
                 ORDER BY u.id DESC"
            )
        };
    }
    let (sql, id) = match key {
        UserKey::Phone(id) => (select!("u.wa_id = ?1 OR u.former_wa_id = ?1"), id.as_str()),
        UserKey::Bsuid(id) => (select!("u.bsuid = ?1"), id.as_str()),
    };
    let read = |row: &Row<'_>| {
        let user = UserRecord { identity: read_identity(row, 2)?, known_since: Timestamp::from_millis(row.get(1)?) };
        Ok((row.get(0)?, user))
    };
    Ok(conn.prepare(sql)?.query_map([id], read)?.collect::<Result<_, _>>()?)
}
