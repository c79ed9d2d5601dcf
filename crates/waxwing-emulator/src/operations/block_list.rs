//! Block list of a business number.

use serde_json::{Value, json};

use crate::rules::address::{Recipient, RecipientAddress};
use crate::rules::{GraphError, Rule, block_list};
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::users::EmulatedUser;

/// Change of the block list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockListChange {
    Block,
    Unblock,
}

impl BlockListChange {
    /// Returns the key under which the response lists the users.
    pub(crate) fn response_key(self) -> &'static str {
        match self {
            Self::Block => "added_users",
            Self::Unblock => "removed_users",
        }
    }
}

/// Blocks or unblocks a user. Returns key and value by which the response identifies the user: by the kind of id in the request.
pub(crate) fn change(
    world: &mut World,
    number: NumberIndex,
    address: &RecipientAddress,
    change: BlockListChange,
) -> Result<(&'static str, String), GraphError> {
    let now = world.now();
    let user = world.users.find(&address.recipient).ok_or_else(|| GraphError::violates(Rule::Undeliverable))?;
    let name = match &address.recipient {
        Recipient::Bsuid(bsuid) => ("user_id", bsuid.clone()),
        _ => api_id(user),
    };
    let id = user.id;
    let limit = world.account.rules.limit(Rule::BlockList);
    let number = world.account.number_mut(number);
    match change {
        BlockListChange::Unblock => number.blocked.retain(|blocked| *blocked != id),
        BlockListChange::Block if number.is_blocked(id) => {}
        BlockListChange::Block => {
            block_list::check_window(number.last_message_of(id), now)?;
            if number.blocked.len() >= limit {
                return Err(GraphError::violates(Rule::BlockList));
            }
            number.blocked.push(id);
        }
    }
    Ok(name)
}

/// Returns the block list of a number as the API describes it.
pub(crate) fn list(world: &World, number: NumberIndex) -> Vec<Value> {
    let users = world.account.number(number).blocked.iter().filter_map(|id| world.users.get(*id));
    users
        .map(|user| {
            let (key, value) = api_id(user);
            json!({ "messaging_product": "whatsapp", key: value })
        })
        .collect()
}

fn api_id(user: &EmulatedUser) -> (&'static str, String) {
    match (&user.phone, &user.bsuid) {
        (Some(phone), _) => ("wa_id", phone.clone()),
        (None, bsuid) => ("user_id", bsuid.clone().unwrap_or_default()),
    }
}
