//! Objects to which actions refer.

use crate::action::ActionError;
use crate::message::Party;
use crate::persona::Persona;
use crate::rules::address::{Recipient, is_bsuid, phone_digits};
use crate::timeline::EmulatedUserId;
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::chat::ChatEntry;

/// Error text for a user who does not exist.
pub(crate) const MISSING_USER: &str = "there is no such user";

/// Returns the user with a phone number, a BSUID or a profile name. An unused phone number creates a user.
pub(crate) fn user(world: &mut World, user: &str) -> Result<EmulatedUserId, ActionError> {
    let found = if is_bsuid(user) {
        world.users.find(&Recipient::Bsuid(user.to_owned())).map(|user| user.id)
    } else if let Some(digits) = phone_digits(user) {
        world.users.join(&mut world.runtime, &Persona::phone(&digits))
    } else {
        world.users.find_by_name(user).map(|user| user.id)
    };
    found.ok_or_else(|| ActionError::new(format!("there is no user {user}")))
}

/// Returns the business number with a `phone_number_id`. Default: the first number.
pub(crate) fn number(world: &World, id: Option<&str>) -> Result<NumberIndex, ActionError> {
    let Some(id) = id else { return Ok(NumberIndex::default()) };
    world.account.find(id).ok_or_else(|| ActionError::new(format!("the business has no number {id}")))
}

/// Returns the id of a message in a user's chat. Default: the latest message that is not about another message.
pub(crate) fn message(
    world: &World,
    user: EmulatedUserId,
    message: Option<&str>,
    from: Party,
) -> Result<String, ActionError> {
    let is_from = |entry: &&ChatEntry| entry.message.from == from;
    let chat = world.users.get(user).map(|user| &user.chat);
    let mut entries = chat.into_iter().flat_map(|chat| chat.entries().rev()).filter(is_from);
    let found = match message {
        Some(message) => entries.find(|entry| entry.message.id == message),
        None => {
            entries.find(|entry| !matches!(entry.message.content.kind(), "edit" | "revoke" | "reaction" | "system"))
        }
    };
    found.map(|entry| entry.message.id.clone()).ok_or_else(|| ActionError::new("there is no such message"))
}

/// Returns the error for a world that cannot take another user.
pub(crate) fn too_many_users() -> ActionError {
    ActionError::new("there are too many users")
}

/// Returns the error for a world that cannot take another fault.
pub(crate) fn too_many_faults() -> ActionError {
    ActionError::new("there are too many active faults; remove some with clear_faults")
}
