//! Contact card of an inbound message.

use std::fmt;

use serde_json::value::RawValue;
use waxwing_types::WaId;

use crate::json::{self, JsonObject};

/// Contact card that a user sent. The sender wrote all of it, so none of it is verified. `Debug` hides all of it.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundContact {
    /// Full name, as WhatsApp shows it.
    pub name: Option<String>,
    /// Phone numbers.
    pub phones: Vec<InboundContactPhone>,
    /// Email addresses.
    pub emails: Vec<String>,
    /// Company of the person.
    pub company: Option<String>,
}

/// Phone number on a contact card. `Debug` hides the number.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundContactPhone {
    /// Phone number, as WhatsApp shows it. The WhatsApp id if Meta states no number.
    pub phone: String,
    /// WhatsApp id of the number.
    pub wa_id: Option<WaId>,
}

impl InboundContact {
    /// Reads a list of cards. `None` if no item of the list is a JSON object.
    pub(super) fn read_all(contacts: &RawValue) -> Option<Vec<Self>> {
        let contacts = json::items(contacts)?.into_iter().filter_map(|contact| JsonObject::parse(contact.get()));
        let contacts: Vec<_> = contacts.map(|contact| Self::read(&contact)).collect();
        (!contacts.is_empty()).then_some(contacts)
    }

    fn read(contact: &JsonObject<'_>) -> Self {
        let list = |name| {
            let items = contact.get(name).and_then(json::items).unwrap_or_default();
            items.into_iter().filter_map(|item| JsonObject::parse(item.get()))
        };
        Self {
            name: contact.object("name").and_then(|name| name.string("formatted_name")),
            phones: list("phones").filter_map(|phone| InboundContactPhone::read(&phone)).collect(),
            emails: list("emails").filter_map(|email| email.string("email")).collect(),
            company: contact.object("org").and_then(|org| org.string("company")),
        }
    }
}

impl InboundContactPhone {
    fn read(phone: &JsonObject<'_>) -> Option<Self> {
        let wa_id = phone.string("wa_id");
        Some(Self { phone: phone.string("phone").or_else(|| wa_id.clone())?, wa_id: wa_id.map(WaId::new) })
    }
}

impl fmt::Debug for InboundContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundContact").field("phones", &self.phones.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for InboundContactPhone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundContactPhone").field("wa_id", &self.wa_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_names_and_numbers() {
        let raw = r#"[{"name":{"formatted_name":"secret"},"phones":[{"phone":"+34 secret","wa_id":"34600000000"}]}]"#;
        let raw: &RawValue = serde_json::from_str(raw).unwrap();
        let contacts = InboundContact::read_all(raw).unwrap();
        let shown = format!("{contacts:?} {:?}", contacts[0].phones);
        assert!(!shown.contains("secret") && !shown.contains("346"), "{shown}");
    }
}
