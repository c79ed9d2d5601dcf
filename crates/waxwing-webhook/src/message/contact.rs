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
    pub emails: Vec<InboundContactEntry>,
    /// Web pages.
    pub urls: Vec<InboundContactEntry>,
    /// Postal addresses.
    pub addresses: Vec<InboundContactAddress>,
    /// Company of the person.
    pub company: Option<String>,
    /// Department of the person.
    pub department: Option<String>,
    /// Job title of the person.
    pub title: Option<String>,
    /// Birthday, usually as `YYYY-MM-DD`.
    pub birthday: Option<String>,
    /// Card in the format vCard.
    pub vcard: Option<String>,
    /// Origin of the card. `contact_request` means that the sender shared their own number, because the business
    /// asked for it.
    pub origin: Option<String>,
}

/// Phone number on a contact card. `Debug` hides the number.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundContactPhone {
    /// Phone number, as WhatsApp shows it. The WhatsApp id if Meta states no number.
    pub phone: String,
    /// WhatsApp id of the number.
    pub wa_id: Option<WaId>,
    /// Type of the number, such as `WORK`.
    pub kind: Option<String>,
}

/// Email address or web page on a contact card. `Debug` hides the value.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundContactEntry {
    /// Email address, or address of the web page.
    pub value: String,
    /// Type of the entry, such as `WORK`.
    pub kind: Option<String>,
}

/// Postal address on a contact card. `Debug` hides all of it.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundContactAddress {
    /// Street and house number.
    pub street: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or region.
    pub state: Option<String>,
    /// Postal code.
    pub zip: Option<String>,
    /// Country.
    pub country: Option<String>,
    /// Country as a code of two letters.
    pub country_code: Option<String>,
    /// Type of the address, such as `HOME`.
    pub kind: Option<String>,
}

impl InboundContact {
    /// Reads a list of cards. `None` if no item of the list is a JSON object. `origin` stands in the card or in the message.
    pub(super) fn read_all(contacts: &RawValue, origin: Option<&str>) -> Option<Vec<Self>> {
        let contacts = json::items(contacts)?.into_iter().filter_map(|contact| JsonObject::parse(contact.get()));
        let contacts = contacts.map(|contact| Self::read(&contact));
        let contacts: Vec<_> = contacts
            .map(|contact| Self { origin: contact.origin.or_else(|| origin.map(str::to_owned)), ..contact })
            .collect();
        (!contacts.is_empty()).then_some(contacts)
    }

    fn read(contact: &JsonObject<'_>) -> Self {
        let list = |name| {
            let items = contact.get(name).and_then(json::items).unwrap_or_default();
            items.into_iter().filter_map(|item| JsonObject::parse(item.get()))
        };
        let org = contact.object("org");
        let org = |name| org.as_ref().and_then(|org| org.string(name));
        Self {
            name: contact.object("name").and_then(|name| name.string("formatted_name")),
            phones: list("phones").filter_map(|phone| InboundContactPhone::read(&phone)).collect(),
            emails: list("emails").filter_map(|email| InboundContactEntry::read(&email, "email")).collect(),
            urls: list("urls").filter_map(|url| InboundContactEntry::read(&url, "url")).collect(),
            addresses: list("addresses").map(|address| InboundContactAddress::read(&address)).collect(),
            company: org("company"),
            department: org("department"),
            title: org("title"),
            birthday: contact.string("birthday"),
            vcard: contact.string("vcard"),
            origin: contact.keyword("origin"),
        }
    }
}

impl InboundContactPhone {
    fn read(phone: &JsonObject<'_>) -> Option<Self> {
        let wa_id = phone.string("wa_id");
        let number = phone.string("phone").or_else(|| wa_id.clone())?;
        Some(Self { phone: number, wa_id: wa_id.map(WaId::new), kind: phone.keyword("type") })
    }
}

impl InboundContactEntry {
    fn read(entry: &JsonObject<'_>, name: &str) -> Option<Self> {
        Some(Self { value: entry.string(name)?, kind: entry.keyword("type") })
    }
}

impl InboundContactAddress {
    fn read(address: &JsonObject<'_>) -> Self {
        Self {
            street: address.string("street"),
            city: address.string("city"),
            state: address.string("state"),
            zip: address.string("zip"),
            country: address.string("country"),
            country_code: address.string("country_code"),
            kind: address.keyword("type"),
        }
    }
}

/// Implements `Debug` without any field.
macro_rules! debug_without_fields {
    ($($name:ident),*) => {
        $(
            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.debug_struct(stringify!($name)).finish_non_exhaustive()
                }
            }
        )*
    };
}

debug_without_fields!(InboundContactPhone, InboundContactEntry, InboundContactAddress);

impl fmt::Debug for InboundContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundContact").field("phones", &self.phones.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_names_and_numbers() {
        let raw = r#"[{"name":{"formatted_name":"secret"},"phones":[{"phone":"+34 secret","wa_id":"34600000000"}],
            "emails":[{"email":"secret"}],"addresses":[{"street":"secret"}],"vcard":"secret"}]"#;
        let raw: &RawValue = serde_json::from_str(raw).unwrap();
        let contacts = InboundContact::read_all(raw, None).unwrap();
        let InboundContact { phones, emails, addresses, .. } = &contacts[0];
        let shown = format!("{contacts:?} {phones:?} {emails:?} {addresses:?}");
        assert!(!shown.contains("secret") && !shown.contains("346"), "{shown}");
    }
}
