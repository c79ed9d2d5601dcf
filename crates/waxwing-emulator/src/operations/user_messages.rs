//! Messages of users in actions.

use crate::action::{ActionError, ActionOutcome};
use crate::message::{Party, UserContent};
use crate::operations::action_targets;
use crate::operations::inbound::{self, InboundOptions};
use crate::timeline::EmulatedUserId;
use crate::world::World;
use crate::world::webhook_queues::QueueKey;

pub(super) type ActionResult = Result<ActionOutcome, ActionError>;

/// Sends a message of a user.
pub(super) fn send_as(world: &mut World, user: &str, content: UserContent, options: &InboundOptions) -> ActionResult {
    let id = action_targets::user(world, user)?;
    if world.users.get(id).is_some_and(|user| !user.is_online) {
        return Err(ActionError::new("the user is offline and cannot send messages; use comes_online first"));
    }
    let mut options = options.clone();
    if let Some(group) = &options.group {
        if !world.groups.is_participant(group, id) {
            return Err(ActionError::new("the user is not a participant of this group"));
        }
        options.number = world.groups.get(group).map(|group| group.number).unwrap_or_default();
    }
    if !world.webhooks.queues.has_room(&QueueKey::User(id)) {
        return Err(ActionError::new("too many messages of the user wait for the webhook"));
    }
    let message = inbound::send(world, id, content, &options);
    Ok(ActionOutcome::of_user(id, message))
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
