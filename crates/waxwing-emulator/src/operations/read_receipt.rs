//! Read receipts of the business.

use std::time::Duration;

use crate::message::{DeliveryState, Party};
use crate::rules::message::ReadReceipt;
use crate::rules::{GraphError, Rule};
use crate::timeline::TimelineEventKind;
use crate::world::World;
use crate::world::account::NumberIndex;

/// Marks a user's messages up to one of them as read, and shows the typing indicator if requested.
pub(crate) fn apply(world: &mut World, number: NumberIndex, receipt: &ReadReceipt) -> Result<(), GraphError> {
    let unknown = || GraphError::with_details(Rule::ReceiptOf, "message_id: no such message of a user");
    let (user, entry) = world.users.message(&receipt.message_id).ok_or_else(unknown)?;
    if entry.message.from != Party::User || world.number_of(&entry.message) != number {
        return Err(unknown());
    }
    if entry.message.group.is_some() {
        return Err(GraphError::with_details(Rule::ReceiptInGroup, "message_id: the message is in a group"));
    }
    let days = world.account.rules.limit(Rule::ReceiptAge) as u64;
    if world.now().duration_since(entry.message.at).unwrap_or_default() > Duration::from_hours(24 * days) {
        let why = "message_id: the message is older than 30 days";
        return Err(GraphError::with_details(Rule::ReceiptAge, why));
    }
    let (user, order) = (user.id, entry.order);
    let sender = world.users.get_mut(user).ok_or_else(unknown)?;
    // Messages before a read message have been read, too.
    let unread = sender.chat.sent_up_to_mut(order).rev();
    for entry in unread.take_while(|entry| entry.message.state < DeliveryState::Read) {
        entry.message.state = DeliveryState::Read;
    }
    if receipt.typing {
        sender.typing_shown += 1;
    }
    world.record(TimelineEventKind::BusinessRead { user, message: receipt.message_id.clone() });
    if receipt.typing {
        world.record(TimelineEventKind::BusinessTyping { user });
    }
    Ok(())
}
