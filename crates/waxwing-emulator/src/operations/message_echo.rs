//! Messages that the business sends in the WhatsApp Business app.

use crate::message::{ChatMessage, DeliveryState, Party, UserContent};
use crate::operations::inbound;
use crate::payload;
use crate::timeline::{EmulatedUserId, TimelineEventKind};
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::chat::ChatEntry;
use crate::world::webhook_queues::QueueKey;

/// Sends a message in the WhatsApp Business app, or as the owner of a conversation in standby. Meta reports the message to the
/// webhook as a message echo.
///
/// Returns the message id, or `None` if there is no such user.
pub(crate) fn send(
    world: &mut World,
    number: NumberIndex,
    user: EmulatedUserId,
    content: UserContent,
    is_standby: bool,
) -> Option<String> {
    let now = world.now();
    let identity = world.users.visible_identity(user, &world.runtime)?;
    let business = world.account.number(number).identity.clone();
    let id = world.runtime.ids.message("echo");
    let (content, link) = inbound::resolve_content(world, content, number);
    let message = ChatMessage {
        id: id.clone(),
        from: Party::Business,
        at: now,
        content,
        reply_to: None,
        number: business.phone_number_id.clone(),
        group: None,
        state: DeliveryState::Delivered,
        is_direct_send: false,
        request: None,
    };
    let mut value = payload::message_echo(&business, &identity, &message, &link);
    let field = if is_standby {
        payload::nest_in_standby(&mut value);
        payload::STANDBY
    } else {
        "smb_message_echoes"
    };
    world.append_to_chat(user, ChatEntry { from_business_app: true, ..ChatEntry::new(message) });
    world.record(TimelineEventKind::BusinessMessage { user, message: id.clone() });
    world.webhooks.publish_field(&mut world.runtime, QueueKey::User(user), field, value);
    Some(id)
}
