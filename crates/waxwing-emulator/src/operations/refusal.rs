//! Record of refused calls in the timeline.

use serde_json::Value;

use crate::rules::GraphError;
use crate::rules::address::{self, Recipient};
use crate::timeline::{EmulatedUserId, TimelineEventKind};
use crate::world::World;

/// Chat that a message of the business should reach. Empty for a recipient without a chat, and for a call that sends no message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TargetChat {
    pub(crate) user: Option<EmulatedUserId>,
    pub(crate) group: Option<String>,
}

impl TargetChat {
    /// Returns the chat of a recipient.
    pub(crate) fn of(world: &World, recipient: &Recipient) -> Self {
        match recipient {
            Recipient::Group(id) => {
                let is_known = !world.groups.participants(id).is_empty();
                Self { user: None, group: is_known.then(|| id.clone()) }
            }
            Recipient::Phone(_) | Recipient::Bsuid(_) => {
                Self { user: world.users.find(recipient).map(|user| user.id), group: None }
            }
        }
    }

    /// Returns the chat that a request names. The form of the request may be wrong in other places.
    pub(crate) fn of_request(world: &World, body: &Value) -> Self {
        address::find(body).map(|recipient| Self::of(world, &recipient)).unwrap_or_default()
    }
}

/// Records that a rule refused a call.
pub(crate) fn record(world: &mut World, chat: TargetChat, error: &GraphError) {
    let TargetChat { user, group } = chat;
    let details = error.details().map(str::to_owned);
    let (code, http, rule) = (error.code, error.http, error.rule);
    world.record(TimelineEventKind::Refused { user, group, code, http, rule, details });
}

/// Records that a fault refused a call. `code` is 0 for a response without an error code, `http` is 0 for a dropped connection.
pub(crate) fn record_fault(world: &mut World, chat: TargetChat, code: u32, http: u16) {
    let TargetChat { user, group } = chat;
    world.record(TimelineEventKind::Refused { user, group, code, http, rule: None, details: None });
}
