//! Reader of the fields about conversations that several responders share.
//!
//! <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/standby>

use serde_json::value::RawValue;
use waxwing_types::{PhoneNumberId, WaId};

use super::ValueReader;
use crate::json::JsonObject;
use crate::notification::contact_index::ContactIndex;
use crate::notification::{HandoverEvent, WebhookEvent};

/// Webhook field of messages in conversations that another app owns.
pub(super) const STANDBY: &str = "standby";

/// Webhook field of changed owners.
pub(super) const HANDOVERS: &str = "messaging_handovers";

/// Keys of the user's ids in a changed owner.
const HANDOVER_KEYS: [&str; 3] = ["phone_number", "user_id", "parent_user_id"];

impl<'a> ValueReader<'_, 'a> {
    pub(super) fn standby_field(&mut self, value: &JsonObject<'a>, raw: &'a RawValue) {
        // The place of the contacts is not documented.
        let (contacts, nested) = (value.get("contacts"), value.object(STANDBY));
        let contacts = contacts.or_else(|| nested.and_then(|nested| nested.get("contacts")));
        let contacts = ContactIndex::new(contacts);
        self.fields("field:standby", value, raw, |reader, name, part| match (name, JsonObject::parse(part.get())) {
            (STANDBY, Some(nested)) => {
                reader.members(&nested, |reader, name, part| reader.standby_part(&contacts, name, part));
            }
            _ => reader.unknown(name, part),
        });
    }

    fn standby_part(&mut self, contacts: &ContactIndex<'a>, name: &str, part: &'a RawValue) {
        match name {
            "messages" => self.each("standby messages", part, |reader, message| {
                let read = reader.read_message(contacts, message);
                reader.events.events.extend(read.map(|(_, event)| WebhookEvent::StandbyMessage(event)));
            }),
            "message_echoes" => self.each("standby echoes", part, |reader, echo| {
                let read = reader.read_echo(contacts, echo);
                reader.events.events.extend(read.map(WebhookEvent::StandbyEcho));
            }),
            _ => self.unknown(&format!("standby.{name}"), part),
        }
    }

    pub(super) fn handover_field(&mut self, value: &JsonObject<'a>, raw: &'a RawValue) {
        let of_recipient = value.object("recipient").and_then(|recipient| recipient.string("phone_number_id"));
        let number = of_recipient.map(PhoneNumberId::new).or_else(|| self.phone_number_id.clone());
        let user = value.object("sender").map(|sender| ContactIndex::default().user(&sender, HANDOVER_KEYS));
        let user = user.filter(|user| user.wa_id.is_some() || user.bsuid.is_some());
        let (Some(phone_number_id), Some(mut user), Some(change)) = (number, user, value.keyword("type")) else {
            return self.other("handover without a phone number id, a user or a type", raw);
        };
        user.wa_id = user.wa_id.map(|id| WaId::new(id.as_str().trim_start_matches('+')));
        let details = value.object(&change);
        let detail = |name: &str| details.as_ref().and_then(|details| details.string(name));
        let event = HandoverEvent {
            phone_number_id,
            user,
            previous_owner: detail("previous_owner_role"),
            new_owner: detail("new_owner_role"),
            metadata: detail("metadata").or_else(|| value.string("metadata")),
            change,
            timestamp: value.integer("timestamp").unwrap_or(0),
            raw: self.events.slice(raw),
        };
        self.events.push(WebhookEvent::Handover(event));
    }
}
