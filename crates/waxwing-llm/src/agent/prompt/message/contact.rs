//! Contact cards in the prompt.

use waxwing_agent::{Contact, ContactDetails, ContactEntry};

use crate::tag::Tag;

/// Returns a contact card as the model reads it.
pub(super) fn contact(contact: &Contact) -> Tag {
    let tag = Tag::new("contact").attr("name", &contact.name).attr_if_some("company", contact.company.as_ref());
    match &contact.details {
        Some(details) => with_details(tag, details),
        None => tag
            .children(contact.phones.iter().map(|phone| Tag::new("phone").text(phone)))
            .children(contact.emails.iter().map(|email| Tag::new("email").text(email))),
    }
}

fn with_details(tag: Tag, details: &ContactDetails) -> Tag {
    let entries = |name: &'static str, entries: &[ContactEntry]| entries.iter().map(|it| entry(name, it)).collect();
    let (phones, emails): (Vec<_>, Vec<_>) = (entries("phone", &details.phones), entries("email", &details.emails));
    let urls: Vec<_> = entries("url", &details.urls);
    let addresses = details
        .addresses
        .iter()
        .map(|address| Tag::new("address").attr_if_some("type", address.kind.as_ref()).text(&address.to_string()));
    tag.attr_if_some("department", details.department.as_ref())
        .attr_if_some("title", details.title.as_ref())
        .attr_if_some("birthday", details.birthday.as_ref())
        .attr_if_some("origin", details.origin.as_ref())
        .children(phones)
        .children(emails)
        .children(urls)
        .children(addresses)
}

fn entry(name: &'static str, entry: &ContactEntry) -> Tag {
    let tag = Tag::new(name).attr_if_some("type", entry.kind.as_ref());
    tag.attr_if_some("whatsapp_id", entry.whatsapp_id.as_ref()).text(&entry.value)
}
