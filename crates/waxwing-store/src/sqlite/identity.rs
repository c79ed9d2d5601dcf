//! People who become others in Meta's eyes: the signals that join two identities.
//!
//! A message may overtake the signal that explains it. Then there are two users, and the older one becomes the newer one: that is where messages come in.
//! The newer conversation gets the sessions, the memory, the pause and what waits; the older user is left without a name.

use rusqlite::params;
use waxwing_types::{Bsuid, WaId};

use super::fault::Fault;
use super::tx::Tx;
use super::{turn, user};
use crate::{ConversationId, IdentityChange};

/// Applies a change. Returns the conversations that have something new to answer.
pub(super) fn change(tx: &Tx<'_>, change: &IdentityChange) -> Result<Vec<ConversationId>, Fault> {
    let Some(old) = known_before(tx, change)? else { return Ok(Vec::new()) };
    let Some(new) = known_since(tx, change)?.filter(|new| *new != old) else {
        relabel(tx, old, change)?;
        return Ok(Vec::new());
    };
    let woken = join(tx, old, new)?;
    relabel(tx, new, change)?;
    Ok(woken)
}

/// The user who had the old ids. A phone number may have gone on by now: to the same person, whose first message overtook the signal, or, since numbers are
/// recycled, to another one, who is joined with nobody.
fn known_before(tx: &Tx<'_>, change: &IdentityChange) -> Result<Option<i64>, Fault> {
    match (&change.old.bsuid, &change.old.wa_id) {
        (Some(bsuid), _) => tx.first("SELECT id FROM user WHERE bsuid = ?1", [bsuid.as_str()], |row| row.get(0)),
        (None, Some(wa_id)) => {
            let before = params![wa_id.as_str(), change.at];
            let lost = "SELECT id FROM user WHERE lost_wa_id = ?1 AND created_at / 1000 <= ?2 AND lost_at / 1000 >= ?2";
            if let Some(user) = tx.first(lost, before, |row| row.get(0))? {
                return Ok(Some(user));
            }
            tx.first("SELECT id FROM user WHERE wa_id = ?1 AND created_at / 1000 <= ?2", before, |row| row.get(0))
        }
        (None, None) => Ok(None),
    }
}

/// The user who has the new ids already. A phone number alone is not enough where somebody had it before the change.
fn known_since(tx: &Tx<'_>, change: &IdentityChange) -> Result<Option<i64>, Fault> {
    match (&change.new.bsuid, &change.new.wa_id) {
        (Some(bsuid), _) => tx.first("SELECT id FROM user WHERE bsuid = ?1", [bsuid.as_str()], |row| row.get(0)),
        (None, Some(wa_id)) => tx.first(
            "SELECT id FROM user WHERE wa_id = ?1 AND created_at / 1000 >= ?2",
            params![wa_id.as_str(), change.at],
            |row| row.get(0),
        ),
        (None, None) => Ok(None),
    }
}

/// Gives a user the new ids. Of the old ones, those that the signal says nothing of stay, unless the change has ended them: a phone number that is not
/// named any more is hidden or gone, and a changed number has another BSUID, which the first message under it will tell.
fn relabel(tx: &Tx<'_>, user: i64, change: &IdentityChange) -> Result<(), Fault> {
    let wa_id = change.new.wa_id.as_ref().map(WaId::as_str);
    let bsuid = change.new.bsuid.as_ref().map(Bsuid::as_str);
    if let Some(wa_id) = wa_id {
        let holder = "SELECT id FROM user WHERE wa_id = ?1 AND id <> ?2";
        if let Some(holder) = tx.first(holder, params![wa_id, user], |row| row.get(0))? {
            user::lose_wa_id(tx, holder)?;
        }
    }
    let parent = change.new.parent_bsuid.as_ref().map(Bsuid::as_str);
    note_ids(tx, user)?;
    tx.run(
        "UPDATE user SET bsuid = CASE WHEN ?2 IS NOT NULL THEN ?2 WHEN ?3 IS NOT wa_id THEN NULL ELSE bsuid END,
             wa_id = coalesce(?3, CASE WHEN wa_id IS NOT ?4 THEN wa_id END), former_wa_id = NULL,
             lost_wa_id = NULL, parent_bsuid = coalesce(?5, parent_bsuid)
         WHERE id = ?1",
        params![user, bsuid, wa_id, change.old.wa_id.as_ref().map(WaId::as_str), parent],
    )?;
    Ok(())
}

/// Keeps the ids that a user has, before others take their place.
fn note_ids(tx: &Tx<'_>, user: i64) -> Result<(), Fault> {
    for sql in [
        "INSERT OR IGNORE INTO alias SELECT id, bsuid FROM user WHERE id = ?1 AND bsuid IS NOT NULL",
        "INSERT OR IGNORE INTO alias SELECT id, wa_id FROM user WHERE id = ?1 AND wa_id IS NOT NULL",
        "INSERT OR IGNORE INTO alias SELECT id, lost_wa_id FROM user WHERE id = ?1 AND lost_wa_id IS NOT NULL",
    ] {
        tx.run(sql, [user])?;
    }
    Ok(())
}

/// Makes the older user the newer one.
fn join(tx: &Tx<'_>, old: i64, new: i64) -> Result<Vec<ConversationId>, Fault> {
    note_ids(tx, old)?;
    tx.run(
        "UPDATE user SET bsuid = NULL, wa_id = NULL, former_wa_id = NULL, lost_wa_id = NULL, joined = ?2 WHERE id = ?1",
        [old, new],
    )?;
    let conversations = tx.all(
        "SELECT o.id, n.id FROM conversation o LEFT JOIN conversation n ON n.user = ?2 AND n.number = o.number
         WHERE o.user = ?1",
        [old, new],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let mut woken = Vec::new();
    for (from, to) in conversations {
        match to {
            None => drop(tx.run("UPDATE conversation SET user = ?2 WHERE id = ?1", [from, new])?),
            Some(to) if hand_on(tx, from, to, new)? => woken.push(ConversationId(to)),
            Some(_) => {}
        }
    }
    Ok(woken)
}

/// Moves what lives from one conversation to the other; tells whether anything waits there now.
fn hand_on(tx: &Tx<'_>, from: i64, to: i64, sender: i64) -> Result<bool, Fault> {
    // A turn of the old conversation would answer what moves: it loses its lease, and another one answers.
    tx.run("UPDATE conversation SET held = 0, isolated = 0, epoch = epoch + 1, wake = NULL WHERE id = ?1", [from])?;
    tx.run("DELETE FROM step WHERE conversation = ?1", [from])?;
    tx.run(
        "UPDATE conversation SET paused_until = (
             SELECT max(paused_until) FROM conversation WHERE id IN (?1, ?2))
         WHERE id = ?2",
        [from, to],
    )?;
    let sessions = tx.all(
        "SELECT o.id, n.id FROM session o LEFT JOIN session n ON n.conversation = ?2 AND n.agent = o.agent AND n.current = 1
         WHERE o.conversation = ?1 AND o.current = 1",
        [from, to],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?)),
    )?;
    for (old, new) in sessions {
        match new {
            // Entries are ordered by their ids: what was said before stands before.
            Some(new) => {
                tx.run("UPDATE session_entry SET session = ?2 WHERE session = ?1", [old, new])?;
                tx.run(
                    "UPDATE session SET state = coalesce(state, (SELECT state FROM session WHERE id = ?1)) WHERE id = ?2",
                    [old, new],
                )?;
                tx.run("DELETE FROM session WHERE id = ?1", [old])?;
            }
            None => drop(tx.run("UPDATE session SET conversation = ?2 WHERE id = ?1", [old, to])?),
        }
    }
    // What was kept for long counts for more than what one message has brought.
    tx.run(
        "DELETE FROM memory WHERE conversation = ?2
             AND agent IN (SELECT agent FROM memory WHERE conversation = ?1)",
        [from, to],
    )?;
    tx.run("UPDATE memory SET conversation = ?2 WHERE conversation = ?1", [from, to])?;
    // A turn that goes on there knows nothing of what came, and would write its own memory over it: it is done again, with what it has recorded.
    let repeated = tx.run(
        "UPDATE conversation SET held = 0, isolated = 0, epoch = epoch + 1, wake = ?2 WHERE id = ?1 AND held = 1",
        params![to, tx.now.as_millis()],
    )?;
    let moved = tx.run(
        "UPDATE inbox SET conversation = ?2, sender = ?3, run = NULL WHERE conversation = ?1 AND outcome IS NULL",
        [from, to, sender],
    )?;
    if moved > 0 {
        turn::wake(tx, ConversationId(to))?;
    }
    Ok(moved > 0 || repeated > 0)
}
