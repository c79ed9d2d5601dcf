//! Lookup of the `contacts` of a webhook value by user id.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;
use waxwing_types::{Bsuid, UserProfile, WaId};

use crate::json::{JsonObject, items};

/// Contacts of a webhook value, indexed by WhatsApp id and by BSUID.
///
/// Contacts can be in another order than the messages, and some can be missing. The maps keep a notification with 1,000 messages
/// and 1,000 contacts at linear cost.
#[derive(Default)]
pub(super) struct ContactIndex<'a> {
    contacts: Vec<ContactEntry<'a>>,
    by_wa_id: HashMap<Cow<'a, str>, usize>,
    by_user_id: HashMap<Cow<'a, str>, usize>,
}

struct ContactEntry<'a> {
    wa_id: Option<Cow<'a, str>>,
    user_id: Option<Cow<'a, str>>,
    parent_user_id: Option<Cow<'a, str>>,
    name: Option<Cow<'a, str>>,
    username: Option<Cow<'a, str>>,
}

impl<'a> ContactIndex<'a> {
    /// Reads and indexes the value of `contacts`.
    pub(super) fn new(raw: Option<&'a RawValue>) -> Self {
        let mut index = Self::default();
        for contact in raw.and_then(items).into_iter().flatten().filter_map(ContactEntry::read) {
            let at = index.contacts.len();
            if let Some(id) = &contact.wa_id {
                index.by_wa_id.entry(id.clone()).or_insert(at);
            }
            if let Some(id) = &contact.user_id {
                index.by_user_id.entry(id.clone()).or_insert(at);
            }
            index.contacts.push(contact);
        }
        index
    }

    /// Returns the user whom a message names under these keys. Fields of the message win over fields of the contact.
    pub(super) fn user(&self, message: &JsonObject<'a>, [wa_id, user_id, parent_user_id]: [&str; 3]) -> UserProfile {
        let wa_id = message.text(wa_id);
        let user_id = message.text(user_id);
        let parent_user_id = message.text(parent_user_id);
        let contact = self.find(wa_id.as_deref(), user_id.as_deref());
        let mut user = UserProfile::new();
        user.wa_id = either(wa_id, contact.and_then(|contact| contact.wa_id.as_ref())).map(WaId::new);
        user.bsuid = either(user_id, contact.and_then(|contact| contact.user_id.as_ref())).map(Bsuid::new);
        user.parent_bsuid =
            either(parent_user_id, contact.and_then(|contact| contact.parent_user_id.as_ref())).map(Bsuid::new);
        user.name = either(None, contact.and_then(|contact| contact.name.as_ref()));
        user.username = either(None, contact.and_then(|contact| contact.username.as_ref()));
        user
    }

    /// Finds a contact by BSUID, else by WhatsApp id.
    ///
    /// A contact with the same WhatsApp id but another BSUID is another user, for example after a change of the number's owner.
    fn find(&self, wa_id: Option<&str>, user_id: Option<&str>) -> Option<&ContactEntry<'a>> {
        if let Some(at) = user_id.and_then(|id| self.by_user_id.get(id)) {
            return self.contacts.get(*at);
        }
        let contact = self.contacts.get(*self.by_wa_id.get(wa_id?)?)?;
        (user_id.is_none() || contact.user_id.is_none()).then_some(contact)
    }
}

impl<'a> ContactEntry<'a> {
    fn read(raw: &'a RawValue) -> Option<Self> {
        let contact = JsonObject::parse(raw.get())?;
        let profile = contact.object("profile");
        Some(Self {
            wa_id: contact.text("wa_id"),
            user_id: contact.text("user_id"),
            parent_user_id: contact.text("parent_user_id"),
            name: profile.as_ref().and_then(|profile| profile.text("name")),
            username: profile.as_ref().and_then(|profile| profile.text("username")),
        })
    }
}

fn either(first: Option<Cow<'_, str>>, second: Option<&Cow<'_, str>>) -> Option<String> {
    first.map(Cow::into_owned).or_else(|| second.map(|text| text.clone().into_owned()))
}
