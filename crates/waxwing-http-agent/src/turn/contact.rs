//! Conversion of a contact card.

use waxwing_agent::{Contact, ContactAddress, ContactDetails, ContactEntry};

use crate::wire::{WireContact, WireContactAddress, WireContactDetails, WireContactEntry};

/// Converts a contact card.
pub(super) fn contact(contact: &Contact) -> WireContact {
    let Contact { name, phones, emails, company, details, .. } = contact.clone();
    WireContact { name, phones, emails, company, details: details.map(|details| Box::new(convert(*details))) }
}

fn convert(card: ContactDetails) -> WireContactDetails {
    let entries = |entries: Vec<ContactEntry>| entries.into_iter().map(entry).collect();
    WireContactDetails {
        phones: entries(card.phones),
        emails: entries(card.emails),
        urls: entries(card.urls),
        addresses: card.addresses.into_iter().map(address).collect(),
        department: card.department,
        title: card.title,
        birthday: card.birthday,
        vcard: card.vcard,
        origin: card.origin,
    }
}

fn entry(entry: ContactEntry) -> WireContactEntry {
    WireContactEntry { value: entry.value, kind: entry.kind, whatsapp_id: entry.whatsapp_id }
}

fn address(address: ContactAddress) -> WireContactAddress {
    let ContactAddress { street, city, state, zip, country, country_code, kind, .. } = address;
    WireContactAddress { street, city, state, zip, country, country_code, kind }
}
