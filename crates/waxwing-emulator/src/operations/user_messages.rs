//! Messages of users in actions.

use crate::action::{ActionError, ActionOutcome};
use crate::message::{Party, UserContent};
use crate::operations::action_targets;
use crate::operations::inbound::{self, InboundOptions};
use crate::timeline::EmulatedUserId;
use crate::world::World;
use crate::world::webhook_queues::QueueKey;

pub(crate) type ActionResult = Result<ActionOutcome, ActionError>;

/// Sends a message of the user with an address or a name.
pub(super) fn send_as(world: &mut World, user: &str, content: UserContent, options: &InboundOptions) -> ActionResult {
    let id = action_targets::user(world, user)?;
    send(world, id, content, options)
}

/// Sends a message of a user.
pub(crate) fn send(
    world: &mut World,
    id: EmulatedUserId,
    content: UserContent,
    options: &InboundOptions,
) -> ActionResult {
    if world.users.get(id).is_some_and(|user| !user.is_online) {
        return Err(ActionError::new("the user is offline and cannot send messages; use comes_online first"));
    }
    let mut options = options.clone();
    if let Some(group) = &options.group {
        if !world.groups.is_participant(group, id) {
            return Err(ActionError::new("the user is not a participant of this group"));
        }
        let group = world.groups.get(group);
        if group.is_some_and(|group| group.is_suspended) {
            return Err(ActionError::new("the group is suspended"));
        }
        options.number = group.map(|group| group.number).unwrap_or_default();
    }
    if !world.webhooks.queues.has_room(&QueueKey::User(id)) {
        return Err(ActionError::new("too many messages of the user wait for the webhook"));
    }
    let message = inbound::send(world, id, content, &options);
    Ok(ActionOutcome::of_user(id, message))
}

/// Returns the options of a message about another message: both are in the same chat.
pub(super) fn same_chat(world: &World, user: EmulatedUserId, message: &str) -> InboundOptions {
    let Some(entry) = world.users.message_in_chat(user, message) else { return InboundOptions::default() };
    let (number, group) = (world.number_of(&entry.message), entry.message.group.clone());
    InboundOptions { number, group, ..InboundOptions::default() }
}

/// Returns a user with the id of a message in the chat.
pub(super) fn find_message(
    world: &mut World,
    user: &str,
    message: Option<&str>,
    from: Party,
) -> Result<(EmulatedUserId, String), ActionError> {
    let id = action_targets::user(world, user)?;
    Ok((id, action_targets::message(world, id, message, from)?))
}
