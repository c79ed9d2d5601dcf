//! What is neither words nor media nor to be tapped: places, cards, templates and reactions. None where WhatsApp would refuse it.

use waxwing_agent::{Contact, Location, Template};
use waxwing_types::message::Parameter;
use waxwing_types::{Contact as Card, Content, MessageId, Reaction};

pub(super) fn location(location: &Location) -> Option<Content> {
    let mut content = waxwing_types::Location::new(location.latitude, location.longitude);
    content.name.clone_from(&location.name);
    content.address.clone_from(&location.address);
    valid(content)
}

pub(super) fn contact(contact: &Contact) -> Option<Content> {
    let card = Card::new(&contact.name);
    let card = contact.phones.iter().fold(card, Card::phone);
    let card = contact.emails.iter().fold(card, Card::email);
    valid(match &contact.company {
        Some(company) => card.company(company),
        None => card,
    })
}

pub(super) fn template(template: &Template) -> Option<Content> {
    let content = waxwing_types::Template::new(&template.name, &template.language);
    let values = template.values.iter().map(Parameter::text);
    valid(if template.values.is_empty() { content } else { content.body(values) })
}

pub(super) fn reaction(message: String, emoji: String) -> Option<Content> {
    valid(Reaction::new(MessageId::new(message), emoji))
}

fn valid(content: impl Into<Content>) -> Option<Content> {
    let content = content.into();
    content.validate().is_ok().then_some(content)
}
