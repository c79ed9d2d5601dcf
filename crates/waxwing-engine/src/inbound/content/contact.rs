//! Contact cards for agents.

use waxwing_agent::{Contact, ContactAddress, ContactDetails, ContactEntry};
use waxwing_types::WaId;
use waxwing_webhook::{InboundContact, InboundContactAddress, InboundContactEntry, InboundContactPhone};

/// Converts a contact card.
pub(super) fn contact(card: InboundContact) -> Contact {
    let mut contact = Contact::new(card.name.unwrap_or_default());
    contact.phones = card.phones.iter().map(|phone| phone.phone.clone()).collect();
    contact.emails = card.emails.iter().map(|email| email.value.clone()).collect();
    contact.company = card.company;
    let mut details = ContactDetails::default();
    details.phones = card.phones.into_iter().map(phone).collect();
    details.emails = card.emails.into_iter().map(entry).collect();
    details.urls = card.urls.into_iter().map(entry).collect();
    details.addresses = card.addresses.into_iter().map(address).collect();
    details.department = card.department;
    details.title = card.title;
    details.birthday = card.birthday;
    details.vcard = card.vcard;
    details.origin = card.origin;
    contact.details = (details != ContactDetails::default()).then(|| Box::new(details));
    contact
}

fn phone(phone: InboundContactPhone) -> ContactEntry {
    let mut entry = ContactEntry::new(phone.phone);
    entry.kind = phone.kind;
    entry.whatsapp_id = phone.wa_id.map(WaId::into_string);
    entry
}

fn entry(card: InboundContactEntry) -> ContactEntry {
    let mut entry = ContactEntry::new(card.value);
    entry.kind = card.kind;
    entry
}

fn address(card: InboundContactAddress) -> ContactAddress {
    let mut address = ContactAddress::default();
    address.street = card.street;
    address.city = card.city;
    address.state = card.state;
    address.zip = card.zip;
    address.country = card.country;
    address.country_code = card.country_code;
    address.kind = card.kind;
    address
}
