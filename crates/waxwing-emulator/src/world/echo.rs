//! What the owner of a number that the Business app serves as well types there.

use serde_json::{Map, json};

use super::mail::Lane;
use super::people::Entry;
use super::{NumberId, World};
use crate::clock::unix_seconds;
use crate::message::{ChatContent, ChatMessage, DeliveryState, Party};
use crate::timeline::{EmulatedUserId, TimelineEventKind};
use crate::webhook::payload;

impl World {
    /// The owner of a number writes to a user in the Business app: the user reads it, and the webhook hears of it by
    /// `smb_message_echoes`. Gives the id of the message; none if there is no such user. cloud-api 3.2.
    pub(crate) fn type_by_hand(&mut self, number: NumberId, user: EmulatedUserId, text: String) -> Option<String> {
        let now = self.now();
        let person = self.sighting(user, now)?;
        let business = self.account.number(number).business.clone();
        let id = self.ids.message("echo");
        let mut item = Map::new();
        item.insert("id".into(), id.as_str().into());
        item.insert("from".into(), business.display_phone_number.as_str().into());
        payload::insert(&mut item, "to", person.visible_phone());
        payload::insert(&mut item, "to_user_id", person.bsuid.as_deref());
        payload::insert(&mut item, "to_parent_user_id", person.parent_bsuid.as_deref());
        item.insert("timestamp".into(), unix_seconds(now).to_string().into());
        item.insert("type".into(), "text".into());
        item.insert("text".into(), json!({ "body": text }));
        let message = ChatMessage {
            id: id.clone(),
            from: Party::Business,
            at: now,
            content: ChatContent::Text(text),
            reply_to: None,
            number: business.phone_number_id.clone(),
            group: None,
            state: DeliveryState::Delivered,
        };
        self.append(user, Entry { by_hand: true, ..Entry::new(message) });
        self.record(TimelineEventKind::BusinessMessage { user, message: id.clone() });
        let value = payload::value(&business, json!({ "message_echoes": [item] }));
        self.notify_in(Lane::User(user), "smb_message_echoes".to_owned(), value);
        Some(id)
    }
}
