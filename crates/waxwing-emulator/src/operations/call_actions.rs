//! Actions of users about calls.

use crate::action::{Action, ActionError, ActionOutcome};
use crate::message::Party;
use crate::operations::user_messages::{ActionResult, find_message};
use crate::operations::{action_targets, call_requests, calls};
use crate::world::World;

/// Performs an action about a call.
pub(crate) fn perform(world: &mut World, action: Action) -> ActionResult {
    let (user, call) = match action {
        Action::Calls { user, event } => {
            let user = action_targets::user(world, &user)?;
            (user, calls::call(world, user, &event))
        }
        Action::CallStatus { user, status } => {
            let user = action_targets::user(world, &user)?;
            (user, calls::post_status(world, user, &status))
        }
        Action::AnswersCall { user, accept } => {
            let user = action_targets::user(world, &user)?;
            let call = calls::answer(world, user, accept);
            (user, call.ok_or_else(|| ActionError::new("no call of the business is ringing"))?)
        }
        Action::AnswersCallRequest { user, message, accept, permanent } => {
            let (user, message) = find_message(world, &user, message.as_deref(), Party::Business)?;
            return call_requests::answer(world, user, message, accept, permanent);
        }
        _ => unreachable!("`perform` passes only actions about calls"),
    };
    Ok(ActionOutcome::of_user(user, Some(call)))
}
