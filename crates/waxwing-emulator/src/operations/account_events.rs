//! Events that concern the account or a single user, outside the normal course of a chat.

use serde_json::{Map, Value};

use crate::action::{ActionError, ActionOutcome};
use crate::message::Party;
use crate::operations::action_targets::{self, MISSING_USER};
use crate::payload::{self, MESSAGES};
use crate::timeline::EmulatedUserId;
use crate::visible_identity::VisibleIdentity;
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::webhook_queues::QueueKey;

/// Posts a webhook of any field. Default: a sample value.
pub(crate) fn notify(world: &mut World, field: &str, value: Option<Value>) {
    let sample = || payload::field_sample(field, world.account.first_number(), world.now());
    let value = value.unwrap_or_else(sample);
    world.webhooks.publish_field(&mut world.runtime, QueueKey::Fields, field, value);
}

/// Reports the changed setting for calls of a number.
pub(crate) fn calling_changed(world: &mut World, number: NumberIndex, calling: &Value) {
    let id = &world.account.number(number).identity.phone_number_id;
    let value = payload::calling_settings(id, calling, world.now());
    world.webhooks.publish_field(&mut world.runtime, QueueKey::Fields, "account_settings_update", value);
}

/// Posts a value of the field `messages` with these keys.
pub(crate) fn messages_value(world: &mut World, keys: Map<String, Value>) {
    let value = payload::value(world.account.first_number(), keys.into());
    world.webhooks.publish_field(&mut world.runtime, QueueKey::Fields, MESSAGES, value);
}

/// Posts a status with any name.
pub(crate) fn custom_status(
    world: &mut World,
    user: &str,
    message: Option<&str>,
    status: &str,
    with: Map<String, Value>,
) -> Result<ActionOutcome, ActionError> {
    let (user, identity) = identify(world, user)?;
    let message = action_targets::message(world, user, message, Party::Business)?;
    let business = world.account.first_number();
    let value = payload::custom_status(business, &identity, &message, status, with, world.now());
    world.webhooks.publish_field(&mut world.runtime, QueueKey::Message(message.clone()), MESSAGES, value);
    Ok(ActionOutcome::of_user(user, Some(message)))
}

/// Records a marketing opt-out or opt-in of a user, and posts it.
pub(crate) fn marketing_preference(world: &mut World, user: &str, choice: &str) -> Result<ActionOutcome, ActionError> {
    if !["stop", "resume"].contains(&choice) {
        return Err(ActionError::new("a value is stop or resume"));
    }
    let (user, identity) = identify(world, user)?;
    world.account.number_mut(NumberIndex::default()).set_marketing_stopped(user, choice == "stop");
    let value = payload::marketing_preference(world.account.first_number(), &identity, choice, world.now());
    world.webhooks.publish_field(&mut world.runtime, QueueKey::Fields, "user_preferences", value);
    Ok(ActionOutcome { user: Some(user), ..ActionOutcome::default() })
}

/// Reports that the business gets or loses a conversation.
pub(crate) fn handover(world: &mut World, user: &str, event: &str) -> Result<ActionOutcome, ActionError> {
    if !["control_passed", "control_taken"].contains(&event) {
        return Err(ActionError::new("an event is control_passed or control_taken"));
    }
    let (user, identity) = identify(world, user)?;
    world.account.number_mut(NumberIndex::default()).set_standby(user, event == "control_taken");
    let value = payload::handover(world.account.first_number(), &identity, event, world.now());
    world.webhooks.publish_field(&mut world.runtime, QueueKey::User(user), "messaging_handovers", value);
    Ok(ActionOutcome { user: Some(user), ..ActionOutcome::default() })
}

fn identify(world: &mut World, user: &str) -> Result<(EmulatedUserId, VisibleIdentity), ActionError> {
    let user = action_targets::user(world, user)?;
    let identity = world.users.visible_identity(user, &world.runtime);
    Ok((user, identity.ok_or_else(|| ActionError::new(MISSING_USER))?))
}
