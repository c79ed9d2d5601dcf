//! Lookup of the user who wrote a message, with the conversation of the message.

use waxwing_types::{GroupId, PhoneNumberId, UserProfile};

use super::fault::Fault;
use super::tables::{conversation, send_queue, user};
use super::tx::Tx;
use crate::ConversationId;

/// A user with the conversation of a message.
#[derive(Debug)]
pub(super) struct Place {
    /// Row id of the user.
    pub(super) sender: i64,
    pub(super) conversation: ConversationId,
    /// False if the conversation is known to be held or due already.
    pub(super) may_be_idle: bool,
}

/// Finds the place of a message and creates what is missing. The profile has at least one id.
pub(super) fn place(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    profile: &UserProfile,
    group: Option<&GroupId>,
) -> Result<Place, Fault> {
    if group.is_none()
        && let Some(known) = conversation::of_unchanged_user(tx, number, profile)?
    {
        return Ok(Place { sender: known.user, conversation: known.conversation, may_be_idle: known.is_idle });
    }
    let sender = resolve(tx, profile)?;
    let (found, user) = match group {
        Some(group) => (conversation::of_group(tx, number, group)?, None),
        None => (conversation::of_user(tx, number, sender)?, Some(sender)),
    };
    let conversation = match found {
        Some(conversation) => conversation,
        None => create(tx, number, user, group)?,
    };
    Ok(Place { sender, conversation, may_be_idle: true })
}

fn create(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    user: Option<i64>,
    group: Option<&GroupId>,
) -> Result<ConversationId, Fault> {
    let conversation = conversation::insert(tx, number, user, group)?;
    send_queue::insert(tx, conversation, number)?;
    Ok(conversation)
}

/// Finds or creates the user with the ids of a profile, and updates the names.
fn resolve(tx: &Tx<'_>, profile: &UserProfile) -> Result<i64, Fault> {
    let known = match &profile.bsuid {
        Some(bsuid) => user::by_bsuid(tx, bsuid)?,
        None => None,
    };
    let holder = match &profile.wa_id {
        Some(wa_id) => user::by_wa_id(tx, wa_id)?,
        None => None,
    };
    let id = match (known, holder) {
        (Some(known), Some((holder, _))) if holder == known => known,
        // No other BSUID is known for the WhatsApp id, so the holder is the same user.
        (None, Some((holder, has_bsuid))) if profile.bsuid.is_none() || !has_bsuid => {
            if let Some(bsuid) = &profile.bsuid {
                user::set_bsuid(tx, holder, bsuid)?;
            }
            holder
        }
        (known, holder) => {
            if let Some((holder, _)) = holder {
                user::lose_wa_id(tx, holder)?;
            }
            match (known, &profile.wa_id) {
                (Some(known), Some(wa_id)) => {
                    user::set_wa_id(tx, known, wa_id)?;
                    known
                }
                (Some(known), None) => known,
                (None, wa_id) => user::insert(tx, wa_id.as_ref(), profile.bsuid.as_ref())?,
            }
        }
    };
    user::update_profile(tx, id, profile)?;
    Ok(id)
}
