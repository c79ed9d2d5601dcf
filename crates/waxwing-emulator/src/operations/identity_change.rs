//! Changes of a user's identity.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-scoped-user-ids>

use crate::action::{ActionError, ActionOutcome, Rotation, RotationSignal};
use crate::fault::{Fault, UpdateFilter, WebhookFault};
use crate::operations::action_targets::{self, MISSING_USER};
use crate::payload::{self, IdentityChange, MESSAGES};
use crate::persona::Persona;
use crate::rules::address::{is_bsuid, phone_digits};
use crate::world::World;
use crate::world::webhook_queues::QueueKey;

/// Name under which the timeline records the signal of a changed identity.
const SIGNAL: &str = "identity";

/// Changes the identity of a user, and reports it to the webhook with the requested signal.
pub(crate) fn rotate(world: &mut World, rotation: &Rotation) -> Result<ActionOutcome, ActionError> {
    let (user, now) = (action_targets::user(world, &rotation.user)?, world.now());
    check_bsuids(rotation.bsuid.iter().chain(&rotation.parent_bsuid))?;
    let phone = rotation.phone.as_deref().map(checked_digits).transpose()?;
    let missing = || ActionError::new(MISSING_USER);
    let old = world.users.visible_identity(user, &world.runtime).ok_or_else(missing)?;
    let keeps_bsuid =
        matches!(rotation.signal, RotationSignal::CustomerIdentityChanged | RotationSignal::MessageIdentity);
    let bsuid = match &rotation.bsuid {
        Some(bsuid) => Some(bsuid.clone()),
        None if keeps_bsuid => None,
        None => Some(world.users.new_bsuid(phone.as_deref().or(old.phone.as_deref()).unwrap_or_default())),
    };
    world.users.replace_addresses(user, phone, bsuid);
    if let (Some(parent), Some(user)) = (&rotation.parent_bsuid, world.users.get_mut(user)) {
        user.parent_bsuid = Some(parent.clone());
    }
    let new = world.users.visible_identity(user, &world.runtime).ok_or_else(missing)?;
    if rotation.after_next_message {
        // The signal waits for the next update of the user's queue, which is the next message.
        let fault = Fault::webhook(UpdateFilter::All, WebhookFault::Reorder).only(SIGNAL).times(1);
        world.runtime.faults.inject(fault).ok_or_else(action_targets::too_many_faults)?;
    }
    let change = IdentityChange { old, new, at: now };
    let business = world.account.first_number();
    let (field, value) = match rotation.signal {
        RotationSignal::Silent => return Ok(outcome(user)),
        RotationSignal::MessageIdentity => {
            if let Some(user) = world.users.get_mut(user) {
                user.security_identity = Some(payload::security_identity(&change.new, now));
            }
            return Ok(outcome(user));
        }
        RotationSignal::UserIdUpdate => ("user_id_update", Some(payload::user_id_update(business, &change))),
        signal => {
            let id = world.runtime.ids.message("system");
            (MESSAGES, payload::system_message(business, signal, &change, &id))
        }
    };
    if let Some(value) = value {
        world.webhooks.publish_field_as(&mut world.runtime, QueueKey::User(user), field, value, SIGNAL);
    }
    Ok(outcome(user))
}

/// Assigns a phone number to a new user with another BSUID. The previous user keeps no phone number.
pub(crate) fn recycle(
    world: &mut World,
    phone: &str,
    name: Option<String>,
    bsuid: Option<String>,
) -> Result<ActionOutcome, ActionError> {
    let digits = checked_digits(phone)?;
    check_bsuids(bsuid.iter())?;
    world.users.release_phone(&digits);
    let bsuid = bsuid.unwrap_or_else(|| world.users.new_bsuid(&digits));
    let mut persona = Persona::phone(&digits).with_bsuid(&bsuid);
    persona.name = name;
    let user = world.users.join(&mut world.runtime, &persona).ok_or_else(action_targets::too_many_users)?;
    Ok(outcome(user))
}

fn outcome(user: crate::timeline::EmulatedUserId) -> ActionOutcome {
    ActionOutcome { user: Some(user), ..ActionOutcome::default() }
}

fn checked_digits(phone: &str) -> Result<String, ActionError> {
    phone_digits(phone).ok_or_else(|| ActionError::new("a phone number has 7 to 15 digits"))
}

fn check_bsuids<'a>(mut bsuids: impl Iterator<Item = &'a String>) -> Result<(), ActionError> {
    if bsuids.all(|bsuid| is_bsuid(bsuid)) { Ok(()) } else { Err(ActionError::new("a BSUID has the form ES.1234")) }
}
