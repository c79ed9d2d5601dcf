//! What users share and tap: places, cards of people, answers to buttons and lists.

use std::fmt;

use serde_json::value::RawValue;

use waxwing_types::{Degrees, WaId};

use crate::lenient::{self, Fields};

/// Something that the user tapped.
///
/// The id comes from the user's phone, and what was sent once can be tapped for ever: check it before acting on it. `Debug` hides both.
#[derive(Clone, PartialEq, Eq)]
pub struct InteractiveReply {
    /// The id of the button or the row, or the payload of a template's quick reply; its title where Meta tells no id.
    pub id: String,
    /// What the user read on it.
    pub title: String,
    /// The second line of a row.
    pub description: Option<String>,
}

/// A place. `Debug` hides where it is.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundLocation {
    /// North is positive.
    pub latitude: Degrees,
    /// East is positive.
    pub longitude: Degrees,
    /// What the place is called.
    pub name: Option<String>,
    /// Where it is, in words.
    pub address: Option<String>,
}

/// A card of a person or a business. Everything in it is what its sender wrote. `Debug` hides all of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct InboundContact {
    /// The whole name, as it is shown.
    pub name: Option<String>,
    /// Telephone numbers.
    pub phones: Vec<InboundContactPhone>,
    /// E-mail addresses.
    pub emails: Vec<String>,
    /// Where the person works.
    pub company: Option<String>,
}

/// A telephone number on a card.
#[derive(Clone, PartialEq, Eq)]
pub struct InboundContactPhone {
    /// The number as it is shown; the id where Meta tells no number.
    pub phone: String,
    /// The WhatsApp id behind it.
    pub wa_id: Option<WaId>,
}

impl InteractiveReply {
    /// Reads a reply to a button or a list.
    pub(super) fn read(reply: &Fields<'_>) -> Option<Self> {
        Self::of(reply.string("id"), reply.string("title"), reply.string("description"))
    }

    /// Reads the quick reply of a template.
    pub(super) fn read_quick_reply(button: &Fields<'_>) -> Option<Self> {
        Self::of(button.string("payload"), button.string("text"), None)
    }

    fn of(id: Option<String>, title: Option<String>, description: Option<String>) -> Option<Self> {
        let either = id.clone().or_else(|| title.clone())?;
        Some(Self { id: id.unwrap_or_else(|| either.clone()), title: title.unwrap_or(either), description })
    }
}

impl InboundLocation {
    pub(super) fn read(location: &Fields<'_>) -> Option<Self> {
        let degrees = |name, most: f64| location.number(name).filter(|degrees| degrees.abs() <= most).map(Degrees::new);
        Some(Self {
            latitude: degrees("latitude", 90.0)?,
            longitude: degrees("longitude", 180.0)?,
            name: location.string("name"),
            address: location.string("address"),
        })
    }
}

impl InboundContact {
    /// Reads a list of cards; `None` if there is nothing in it that could be one.
    pub(super) fn read_all(contacts: &RawValue) -> Option<Vec<Self>> {
        let contacts = lenient::items(contacts)?.into_iter().filter_map(|contact| Fields::parse(contact.get()));
        let contacts: Vec<_> = contacts.map(|contact| Self::read(&contact)).collect();
        (!contacts.is_empty()).then_some(contacts)
    }

    fn read(contact: &Fields<'_>) -> Self {
        let list = |name| {
            let items = contact.get(name).and_then(lenient::items).unwrap_or_default();
            items.into_iter().filter_map(|item| Fields::parse(item.get()))
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
    fn read(phone: &Fields<'_>) -> Option<Self> {
        let wa_id = phone.string("wa_id");
        Some(Self { phone: phone.string("phone").or_else(|| wa_id.clone())?, wa_id: wa_id.map(WaId::new) })
    }
}

impl fmt::Debug for InteractiveReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InteractiveReply").finish_non_exhaustive()
    }
}

impl fmt::Debug for InboundLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundLocation")
            .field("name", &self.name.is_some())
            .field("address", &self.address.is_some())
            .finish_non_exhaustive()
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
