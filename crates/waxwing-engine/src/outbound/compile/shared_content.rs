//! Compiles the parts of a reply that WhatsApp shows as cards. A function returns none if WhatsApp would refuse the content.

use waxwing_agent::{Contact, Location};
use waxwing_types::{ContactCard, MessageId, OutboundContent, Reaction};

pub(super) fn location(location: &Location) -> Option<OutboundContent> {
    let mut content = waxwing_types::LocationMessage::new(location.latitude, location.longitude);
    content.name.clone_from(&location.name);
    content.address.clone_from(&location.address);
    valid(content)
}

pub(super) fn contact(contact: &Contact) -> Option<OutboundContent> {
    let card = ContactCard::new(&contact.name);
    let card = contact.phones.iter().fold(card, ContactCard::phone);
    let card = contact.emails.iter().fold(card, ContactCard::email);
    valid(match &contact.company {
        Some(company) => card.company(company),
        None => card,
    })
}

pub(super) fn reaction(message: String, emoji: String) -> Option<OutboundContent> {
    valid(Reaction::new(MessageId::new(message), emoji))
}

fn valid(content: impl Into<OutboundContent>) -> Option<OutboundContent> {
    let content = content.into();
    content.validate().is_ok().then_some(content)
}
