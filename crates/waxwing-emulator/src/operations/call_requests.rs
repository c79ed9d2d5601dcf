//! Requests of the business for the permission to call a user.

use crate::action::{ActionError, ActionOutcome};
use crate::message::ChatContent;
use crate::operations::calls;
use crate::rules::message::MessageDraft;
use crate::timeline::EmulatedUserId;
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::calls::{CallPermission, PERMISSION_LIFE};

/// Type of the interactive message that asks for a permission.
const KIND: &str = "call_permission_request";

/// Returns whether a message asks for a permission.
pub(crate) fn is_request(draft: &MessageDraft) -> bool {
    matches!(draft, MessageDraft::Other { kind, body, .. } if kind == "interactive" && body["type"] == KIND)
}

/// Records that a message asks for a permission.
pub(crate) fn record(world: &mut World, number: NumberIndex, user: EmulatedUserId, draft: &MessageDraft) {
    if is_request(draft) {
        let now = world.now();
        world.calls.record_request(number, user, &world.account.rules, now);
    }
}

/// A user answers a request. An accepted permission lasts for 7 days, or for good.
pub(crate) fn answer(
    world: &mut World,
    user: EmulatedUserId,
    message: String,
    is_accepted: bool,
    is_permanent: bool,
) -> Result<ActionOutcome, ActionError> {
    let request = world.users.message_in_chat(user, &message).map(|entry| &entry.message);
    let is_request = |content: &ChatContent| match content {
        ChatContent::Other { kind, body } => kind == "interactive" && body["type"] == KIND,
        ChatContent::Template(_) => true,
        ChatContent::Text(_) | ChatContent::Media(_) => false,
    };
    let number = request.filter(|request| is_request(&request.content)).map(|request| world.number_of(request));
    let number = number.ok_or_else(|| ActionError::new("the message does not ask for a permission to call"))?;
    let permission = match (is_accepted, is_permanent) {
        (false, _) => CallPermission::None,
        (true, true) => CallPermission::Permanent,
        (true, false) => CallPermission::Until(world.now() + PERMISSION_LIFE),
    };
    let reply = calls::answer_request(world, user, number, Some(message), permission);
    Ok(ActionOutcome::of_user(user, reply))
}
