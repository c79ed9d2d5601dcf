//! Compiles the parts of a reply that WhatsApp shows as cards. A function returns none if WhatsApp would refuse the content.

use waxwing_agent::{Contact, Location, Template};
use waxwing_types::{ContactCard, MessageId, OutboundContent, Reaction, TemplateParameter};

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

pub(super) fn template(template: &Template) -> Option<OutboundContent> {
    let content = waxwing_types::TemplateMessage::new(&template.name, &template.language);
    // Meta refuses values with line breaks, which models write at times.
    let values = template.values.iter().map(|value| TemplateParameter::text(one_line(value)));
    valid(if template.values.is_empty() { content } else { content.body(values) })
}

pub(super) fn reaction(message: String, emoji: String) -> Option<OutboundContent> {
    valid(Reaction::new(MessageId::new(message), emoji))
}

/// Returns a text with one space in place of each line break and each run of spaces.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn valid(content: impl Into<OutboundContent>) -> Option<OutboundContent> {
    let content = content.into();
    content.validate().is_ok().then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_a_template_are_one_line() {
        let written = Template::new("order", "en").with_value("one\n\ttwo      three");
        let Some(OutboundContent::Template(content)) = template(&written) else { panic!("a template") };
        let expected =
            waxwing_types::TemplateMessage::new("order", "en").body([TemplateParameter::text("one two three")]);
        assert_eq!(content, expected);
    }
}
