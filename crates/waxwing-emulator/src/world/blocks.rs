//! Who is blocked.

use serde_json::{Value, json};

use super::{NumberId, World};
use crate::rules::address::Address;
use crate::rules::{GraphError, Rule, block};

/// What is done to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blocking {
    Block,
    Unblock,
}

impl Blocking {
    /// Where the answer lists those to whom it was done.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Block => "added_users",
            Self::Unblock => "removed_users",
        }
    }
}

impl World {
    /// Blocks or unblocks a user; gives the key and the value by which Meta names the user in its answer.
    pub(crate) fn block(
        &mut self,
        number: NumberId,
        user: &Address,
        blocking: Blocking,
    ) -> Result<(&'static str, String), GraphError> {
        let now = self.now();
        let person = self.find(&user.to).ok_or_else(|| GraphError::broken(Rule::Undeliverable))?;
        let (id, name) = (person.id, name(person.phone.as_deref(), person.bsuid.as_deref()));
        let is_blocked = self.account.is_blocked(number, id);
        match blocking {
            Blocking::Unblock => self.account.number_mut(number).blocked.retain(|blocked| *blocked != id),
            Blocking::Block if is_blocked => {}
            Blocking::Block => {
                block::check_window(self.account.last_wrote(number, id), now)?;
                let limit = self.account.rules.limit(Rule::BlockList);
                let blocked = &mut self.account.number_mut(number).blocked;
                if blocked.len() >= limit {
                    return Err(GraphError::broken(Rule::BlockList));
                }
                blocked.push(id);
            }
        }
        Ok(name)
    }

    /// The block list of a number, as the API tells it.
    pub(crate) fn blocked(&self, number: NumberId) -> Vec<Value> {
        let people = self.account.number(number).blocked.iter().filter_map(|id| self.person(*id));
        people
            .map(|person| {
                let (key, value) = name(person.phone.as_deref(), person.bsuid.as_deref());
                json!({ "messaging_product": "whatsapp", key: value })
            })
            .collect()
    }
}

fn name(phone: Option<&str>, bsuid: Option<&str>) -> (&'static str, String) {
    match (phone, bsuid) {
        (Some(phone), _) => ("wa_id", phone.to_owned()),
        (None, bsuid) => ("user_id", bsuid.unwrap_or_default().to_owned()),
    }
}
