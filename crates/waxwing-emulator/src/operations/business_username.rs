//! Usernames of business numbers.

use serde_json::json;

use crate::rules::username::UsernameRequest;
use crate::rules::{GraphError, Rule};
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::webhook_queues::QueueKey;

/// Gives a number a username, which Meta approves at once, and reports it to the webhook.
pub(crate) fn claim(world: &mut World, number: NumberIndex, request: UsernameRequest) -> Result<(), GraphError> {
    let UsernameRequest { username, takes_over } = request;
    let owner = world.account.find_by_username(&username);
    if let Some(owner) = owner.filter(|owner| *owner != number) {
        if !takes_over {
            return Err(GraphError::violates(Rule::UsernameTaken));
        }
        delete(world, owner)?;
    }
    world.account.number_mut(number).username = Some(username.clone());
    report(world, number, &username, "approved");
    Ok(())
}

/// Removes the username of a number, and reports it to the webhook.
pub(crate) fn delete(world: &mut World, number: NumberIndex) -> Result<(), GraphError> {
    let username = world.account.number_mut(number).username.take().ok_or_else(GraphError::unknown_object)?;
    report(world, number, &username, "deleted");
    Ok(())
}

/// Returns usernames for a business with a name.
pub(crate) fn suggestions(name: &str) -> Vec<String> {
    let letters = name.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase());
    let stem: String = letters.take(20).collect();
    ["_support", ".official"].iter().map(|suffix| format!("{stem}{suffix}")).collect()
}

fn report(world: &mut World, number: NumberIndex, username: &str, status: &str) {
    let phone = &world.account.number(number).identity.display_phone_number;
    let value = json!({ "display_phone_number": phone, "username": username, "status": status });
    world.webhooks.publish_field(&mut world.runtime, QueueKey::Fields, "business_username_updates", value);
}
