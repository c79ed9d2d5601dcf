//! Who wrote a message, and in which conversation.

use rusqlite::{Row, params};
use waxwing_types::{Bsuid, GroupId, PhoneNumberId, UserProfile, WaId};

use super::fault::Fault;
use super::tx::Tx;
use crate::{ConversationId, UserIdentity};

/// The columns that [`read`] reads, of a table `u`.
macro_rules! identity_columns {
    () => {
        "coalesce(u.wa_id, u.former_wa_id), u.bsuid, u.name, u.username"
    };
}
pub(super) use identity_columns;

/// Reads [`identity_columns`] that begin at column `at`.
pub(super) fn read(row: &Row<'_>, at: usize) -> rusqlite::Result<UserIdentity> {
    Ok(UserIdentity {
        wa_id: row.get::<_, Option<String>>(at)?.map(WaId::new),
        bsuid: row.get::<_, Option<String>>(at + 1)?.map(Bsuid::new),
        name: row.get(at + 2)?,
        username: row.get(at + 3)?,
    })
}

/// Where a message belongs.
#[derive(Debug)]
pub(super) struct Place {
    /// The user who wrote it.
    pub(super) sender: i64,
    pub(super) conversation: ConversationId,
    /// False if the conversation is known to be held, or to wait already.
    pub(super) may_be_idle: bool,
}

/// Finds the place of a message, or makes one. The sender has at least one id.
pub(super) fn place(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    sender: &UserProfile,
    group: Option<&GroupId>,
) -> Result<Place, Fault> {
    if group.is_none()
        && let Some(place) = usual_place(tx, number, sender)?
    {
        return Ok(place);
    }
    let user = resolve(tx, sender)?;
    Ok(Place { sender: user, conversation: conversation(tx, number, user, group)?, may_be_idle: true })
}

/// A user's conversation with a number, where nothing is new of the user: nearly always, and in one statement.
macro_rules! usual_place {
    ($id:literal) => {
        concat!(
            "SELECT u.id, c.id, c.held = 0 AND c.wake IS NULL FROM user u JOIN conversation c ON c.user = u.id
             WHERE u.",
            $id,
            " = ?1 AND c.number = ?2 AND u.wa_id IS coalesce(?3, u.wa_id) AND u.name IS coalesce(?4, u.name)
                 AND u.username IS coalesce(?5, u.username) AND u.parent_bsuid IS coalesce(?6, u.parent_bsuid)"
        )
    };
}

fn usual_place(tx: &Tx<'_>, number: &PhoneNumberId, sender: &UserProfile) -> Result<Option<Place>, Fault> {
    let wa_id = sender.wa_id.as_ref().map(WaId::as_str);
    let bsuid = sender.bsuid.as_ref().map(Bsuid::as_str);
    let parent = sender.parent_bsuid.as_ref().map(Bsuid::as_str);
    let sql = if bsuid.is_some() { usual_place!("bsuid") } else { usual_place!("wa_id") };
    let params = params![bsuid.or(wa_id), number.as_str(), wa_id, sender.name, sender.username, parent];
    tx.first(sql, params, |row| {
        Ok(Place { sender: row.get(0)?, conversation: ConversationId(row.get(1)?), may_be_idle: row.get(2)? })
    })
}

/// Finds the user that a sender is, or makes one. The sender has at least one id.
fn resolve(tx: &Tx<'_>, sender: &UserProfile) -> Result<i64, Fault> {
    let wa_id = sender.wa_id.as_ref().map(WaId::as_str);
    let bsuid = sender.bsuid.as_ref().map(Bsuid::as_str);
    let known = match bsuid {
        Some(bsuid) => tx.first("SELECT id FROM user WHERE bsuid = ?1", [bsuid], |row| row.get(0))?,
        None => None,
    };
    let holder: Option<(i64, bool)> = match wa_id {
        Some(wa_id) => tx.first("SELECT id, bsuid IS NOT NULL FROM user WHERE wa_id = ?1", [wa_id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?,
        None => None,
    };
    let user = match (known, holder) {
        (Some(user), Some((holder, _))) if holder == user => user,
        // No other BSUID is known for this WhatsApp id, so it is the same user.
        (None, Some((holder, has_bsuid))) if bsuid.is_none() || !has_bsuid => {
            if bsuid.is_some() {
                tx.run("UPDATE user SET bsuid = ?2 WHERE id = ?1", params![holder, bsuid])?;
            }
            holder
        }
        (known, holder) => {
            if let Some((holder, _)) = holder {
                lose_wa_id(tx, holder)?;
            }
            match known {
                Some(user) if wa_id.is_some() => {
                    tx.run("UPDATE user SET wa_id = ?2 WHERE id = ?1", params![user, wa_id])?;
                    user
                }
                Some(user) => user,
                None => insert(tx, wa_id, bsuid)?,
            }
        }
    };
    note_profile(tx, user, sender)?;
    Ok(user)
}

/// What a user without a BSUID wrote can still be answered where it came from, although the next message from there is somebody else's.
pub(super) fn lose_wa_id(tx: &Tx<'_>, user: i64) -> Result<(), Fault> {
    tx.run(
        "UPDATE user SET former_wa_id = CASE WHEN bsuid IS NULL THEN wa_id END, lost_wa_id = wa_id, lost_at = ?2, wa_id = NULL
         WHERE id = ?1",
        params![user, tx.now.as_millis()],
    )?;
    Ok(())
}

fn insert(tx: &Tx<'_>, wa_id: Option<&str>, bsuid: Option<&str>) -> Result<i64, Fault> {
    tx.one(
        "INSERT INTO user (wa_id, bsuid, created_at) VALUES (?1, ?2, ?3) RETURNING id",
        params![wa_id, bsuid, tx.now.as_millis()],
        |row| row.get(0),
    )
}

fn note_profile(tx: &Tx<'_>, user: i64, sender: &UserProfile) -> Result<(), Fault> {
    let parent = sender.parent_bsuid.as_ref().map(Bsuid::as_str);
    tx.run(
        "UPDATE user SET name = coalesce(?2, name), username = coalesce(?3, username),
             parent_bsuid = coalesce(?4, parent_bsuid)
         WHERE id = ?1 AND (name IS NOT coalesce(?2, name) OR username IS NOT coalesce(?3, username)
             OR parent_bsuid IS NOT coalesce(?4, parent_bsuid))",
        params![user, sender.name, sender.username, parent],
    )?;
    Ok(())
}

/// Finds the conversation of a user or a group with a business number, or makes one.
fn conversation(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    user: i64,
    group: Option<&GroupId>,
) -> Result<ConversationId, Fault> {
    let number = number.as_str();
    let group = group.map(GroupId::as_str);
    let user = if group.is_some() { None } else { Some(user) };
    let found = match group {
        Some(group) => tx.first(
            "SELECT id FROM conversation WHERE group_id = ?1 AND number = ?2",
            params![group, number],
            |row| row.get(0),
        )?,
        None => {
            tx.first("SELECT id FROM conversation WHERE user = ?1 AND number = ?2", params![user, number], |row| {
                row.get(0)
            })?
        }
    };
    if let Some(id) = found {
        return Ok(ConversationId(id));
    }
    let id: i64 = tx.one(
        "INSERT INTO conversation (number, user, group_id, created_at) VALUES (?1, ?2, ?3, ?4) RETURNING id",
        params![number, user, group, tx.now.as_millis()],
        |row| row.get(0),
    )?;
    tx.run("INSERT INTO send_queue (conversation, number) VALUES (?1, ?2)", params![id, number])?;
    Ok(ConversationId(id))
}
