//! Messages that the business sends in the WhatsApp Business app.

use crate::message::{ChatContent, ChatMessage, DeliveryState, Party};
use crate::payload;
use crate::timeline::{EmulatedUserId, TimelineEventKind};
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::chat::ChatEntry;
use crate::world::webhook_queues::QueueKey;

/// Sends a text in the WhatsApp Business app. Meta reports the text to the webhook as a message echo.
///
/// Returns the message id, or `None` if there is no such user.
pub(crate) fn send(world: &mut World, number: NumberIndex, user: EmulatedUserId, text: String) -> Option<String> {
    let now = world.now();
    let identity = world.users.visible_identity(user, &world.runtime)?;
    let business = world.account.number(number).identity.clone();
    let id = world.runtime.ids.message("echo");
    let value = payload::message_echo(&business, &identity, &id, &text, now);
    let message = ChatMessage {
        id: id.clone(),
        from: Party::Business,
        at: now,
        content: ChatContent::Text(text),
        reply_to: None,
        number: business.phone_number_id,
        group: None,
        state: DeliveryState::Delivered,
    };
    world.append_to_chat(user, ChatEntry { from_business_app: true, ..ChatEntry::new(message) });
    world.record(TimelineEventKind::BusinessMessage { user, message: id.clone() });
    world.webhooks.publish_field(&mut world.runtime, QueueKey::User(user), "smb_message_echoes", value);
    Some(id)
}
