//! The `value` of one change: messages, echoes, statuses and whatever else stands beside them.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::value::RawValue;

use waxwing_types::{Bsuid, GroupId, MessageId, PhoneNumberId, UserProfile, WaId, WabaId};

use super::Events;
use super::event::{
    DeliveryStatus, IdentityEvent, MessageEchoEvent, MessageEvent, OtherEvent, StatusError, StatusEvent, WebhookEvent,
};
use crate::lenient::{Fields, is_empty, items};

/// The field of changed business-scoped ids.
const UPDATES: &str = "user_id_update";

/// The types of system messages that tell of changed ids.
const CHANGED: [&str; 3] = ["user_changed_number", "customer_changed_number", "user_changed_user_id"];

/// The field of what is written in the Business app.
const ECHOES: &str = "smb_message_echoes";

/// The keys under which a message names its author.
const AUTHOR: [&str; 3] = ["from", "from_user_id", "from_parent_user_id"];

/// The keys under which an echo names its recipient.
const RECIPIENT: [&str; 3] = ["to", "to_user_id", "to_parent_user_id"];

/// Reads the value of a change of `field`.
pub(super) fn read<'a>(events: &mut Events<'a>, waba_id: Option<&WabaId>, field: &str, raw: &'a RawValue) {
    let fields = Fields::parse(raw.get());
    let phone_number_id = fields
        .as_ref()
        .and_then(|fields| fields.object("metadata"))
        .and_then(|metadata| metadata.string("phone_number_id"))
        .map(PhoneNumberId::new);
    let mut value = Value { events, waba_id, phone_number_id };
    match fields {
        Some(fields) if field == "messages" => value.messages_field(&fields, raw),
        Some(fields) if field == ECHOES => value.echoes_field(&fields, raw),
        Some(fields) if field == UPDATES => value.updates_field(&fields, raw),
        None if field == "messages" => value.other("value", raw),
        _ => value.other(&format!("field:{field}"), raw),
    }
}

struct Value<'e, 'a> {
    events: &'e mut Events<'a>,
    waba_id: Option<&'e WabaId>,
    phone_number_id: Option<PhoneNumberId>,
}

impl<'a> Value<'_, 'a> {
    fn messages_field(&mut self, fields: &Fields<'a>, raw: &'a RawValue) {
        let contacts = ContactIndex::index(fields.get("contacts"));
        let before = self.events.list.len();
        for (name, part) in fields.iter() {
            match name {
                "messages" => self.each("messages", part, |value, message| value.message(&contacts, message)),
                "statuses" => self.each("statuses", part, Self::status),
                "errors" => self.each("value.errors", part, |value, error| value.other("value.errors", error)),
                "contacts" => self.each("contacts", part, |_, _| ()),
                "messaging_product" | "metadata" => {}
                unknown if !is_empty(part) => self.other(unknown, part),
                _ => {}
            }
        }
        if self.events.list.len() == before {
            self.other("value without messages", raw);
        }
    }

    fn echoes_field(&mut self, fields: &Fields<'a>, raw: &'a RawValue) {
        let contacts = ContactIndex::index(fields.get("contacts"));
        let before = self.events.list.len();
        if let Some(echoes) = fields.get("message_echoes") {
            self.each("message_echoes", echoes, |value, echo| value.echo(&contacts, echo));
        }
        if self.events.list.len() == before {
            self.other("field:smb_message_echoes", raw);
        }
    }

    fn updates_field(&mut self, fields: &Fields<'a>, raw: &'a RawValue) {
        let before = self.events.list.len();
        if let Some(updates) = fields.get(UPDATES) {
            self.each(UPDATES, updates, Self::update);
        }
        if self.events.list.len() == before {
            self.other("field:user_id_update", raw);
        }
    }

    fn update(&mut self, raw: &'a RawValue) {
        let Some(update) = Fields::parse(raw.get()) else { return self.other("id update of an odd shape", raw) };
        let ids = update.object("user_id");
        let parents = update.object("parent_user_id");
        let side = |name: &str| {
            let read = |ids: &Option<Fields<'a>>| ids.as_ref().and_then(|ids| ids.string(name)).map(Bsuid::new);
            let mut user = UserProfile::new();
            user.bsuid = read(&ids);
            user.parent_bsuid = read(&parents);
            user
        };
        let mut new = side("current");
        new.wa_id = update.string("wa_id").map(WaId::new);
        let is_told = self.identity(update.integer("timestamp"), side("previous"), new, raw);
        if !is_told {
            self.other("id update without ids", raw);
        }
    }

    /// What a system message tells of changed ids.
    fn system(&mut self, message: &Fields<'a>, raw: &'a RawValue) {
        let Some(system) = message.object("system") else { return };
        if !system.word("type").is_some_and(|kind| CHANGED.contains(&kind.as_str())) {
            return;
        }
        let mut old = UserProfile::new();
        old.wa_id = message.string("from").or_else(|| system.string("customer")).map(WaId::new);
        old.bsuid = message.string("from_user_id").or_else(|| system.string("previous_user_id")).map(Bsuid::new);
        let mut new = UserProfile::new();
        new.wa_id = system.string("wa_id").or_else(|| system.string("new_wa_id")).map(WaId::new);
        new.bsuid = system.string("user_id").map(Bsuid::new);
        new.parent_bsuid = system.string("parent_user_id").map(Bsuid::new);
        // The text of the message may name ids as well. So may the name of a user in it: what it says joins nobody.
        self.identity(message.integer("timestamp"), old, new, raw);
    }

    /// Tells of changed ids, if both sides are named.
    fn identity(&mut self, timestamp: Option<i64>, old: UserProfile, new: UserProfile, raw: &'a RawValue) -> bool {
        let is_named = |person: &UserProfile| person.wa_id.is_some() || person.bsuid.is_some();
        let is_told = is_named(&old) && is_named(&new);
        if is_told {
            let (phone_number_id, timestamp) = (self.phone_number_id.clone(), timestamp.unwrap_or(0));
            let event = IdentityEvent { phone_number_id, timestamp, old, new, raw: self.events.slice(raw) };
            self.events.list.push(WebhookEvent::Identity(event));
        }
        is_told
    }

    /// Calls `read` with each item of an array, and keeps what is no array as it is.
    fn each(&mut self, what: &str, part: &'a RawValue, mut read: impl FnMut(&mut Self, &'a RawValue)) {
        match items(part) {
            Some(items) => items.into_iter().for_each(|item| read(self, item)),
            None if is_empty(part) => {}
            None => self.other(what, part),
        }
    }

    fn message(&mut self, contacts: &ContactIndex<'a>, raw: &'a RawValue) {
        let Some(message) = Fields::parse(raw.get()) else { return self.other("message of an odd shape", raw) };
        let Some(id) = message.string("id") else { return self.other("message without an id", raw) };
        let Some(phone_number_id) = self.phone_number_id.clone() else {
            return self.other("message without a phone number id", raw);
        };
        let event = MessageEvent {
            waba_id: self.waba_id.cloned(),
            phone_number_id,
            id: MessageId::new(id),
            timestamp: message.integer("timestamp").unwrap_or(0),
            kind: message.word("type").unwrap_or_default(),
            sender: contacts.person(&message, AUTHOR),
            group_id: message.string("group_id").map(GroupId::new),
            raw: self.events.slice(raw),
        };
        let is_system = event.kind == "system";
        self.events.list.push(WebhookEvent::Message(event));
        if is_system {
            self.system(&message, raw);
        }
    }

    fn echo(&mut self, contacts: &ContactIndex<'a>, raw: &'a RawValue) {
        let Some(echo) = Fields::parse(raw.get()) else { return self.other("echo of an odd shape", raw) };
        let Some(id) = echo.string("id") else { return self.other("echo without an id", raw) };
        let Some(phone_number_id) = self.phone_number_id.clone() else {
            return self.other("echo without a phone number id", raw);
        };
        let event = MessageEchoEvent {
            waba_id: self.waba_id.cloned(),
            phone_number_id,
            id: MessageId::new(id),
            timestamp: echo.integer("timestamp").unwrap_or(0),
            kind: echo.word("type").unwrap_or_default(),
            recipient: contacts.person(&echo, RECIPIENT),
            raw: self.events.slice(raw),
        };
        self.events.list.push(WebhookEvent::MessageEcho(event));
    }

    fn status(&mut self, raw: &'a RawValue) {
        let Some(status) = Fields::parse(raw.get()) else { return self.other("status of an odd shape", raw) };
        let Some(id) = status.string("id") else { return self.other("status without an id", raw) };
        let Some(name) = status.word("status") else { return self.other("status without a name", raw) };
        let Some(phone_number_id) = self.phone_number_id.clone() else {
            return self.other("status without a phone number id", raw);
        };
        let participant =
            ["recipient_participant_user_id", "recipient_participant_id", "recipient_participant_parent_user_id"];
        let event = StatusEvent {
            phone_number_id,
            id: MessageId::new(id),
            status: DeliveryStatus::from(&*name),
            timestamp: status.integer("timestamp").unwrap_or(0),
            participant: participant.into_iter().find_map(|name| status.string(name)),
            callback_data: status.string("biz_opaque_callback_data"),
            errors: status.get("errors").and_then(items).into_iter().flatten().filter_map(error).collect(),
            raw: self.events.slice(raw),
        };
        self.events.list.push(WebhookEvent::Status(event));
    }

    fn other(&mut self, what: &str, raw: &'a RawValue) {
        let raw = self.events.slice(raw);
        let event = OtherEvent::new(self.waba_id.cloned(), self.phone_number_id.clone(), what, raw);
        self.events.list.push(WebhookEvent::Other(event));
    }
}

/// One entry of `errors[]`; `error_data` is an object or a plain string.
fn error(raw: &RawValue) -> Option<StatusError> {
    let error = Fields::parse(raw.get())?;
    let details = match error.object("error_data") {
        Some(data) => data.string("details"),
        None => error.string("error_data"),
    };
    Some(StatusError {
        code: error.integer("code").unwrap_or(0),
        title: error.string("title").or_else(|| error.string("message")).unwrap_or_default(),
        details,
    })
}

/// The contacts of a value, found by either of their ids.
///
/// They need not stand in the order of the messages, and there may be fewer or none. A thousand of each must not take a million
/// comparisons, hence the maps.
#[derive(Default)]
struct ContactIndex<'a> {
    list: Vec<ContactEntry<'a>>,
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
    fn index(raw: Option<&'a RawValue>) -> Self {
        let mut contacts = Self::default();
        for contact in raw.and_then(items).into_iter().flatten().filter_map(ContactEntry::read) {
            let at = contacts.list.len();
            if let Some(id) = &contact.wa_id {
                contacts.by_wa_id.entry(id.clone()).or_insert(at);
            }
            if let Some(id) = &contact.user_id {
                contacts.by_user_id.entry(id.clone()).or_insert(at);
            }
            contacts.list.push(contact);
        }
        contacts
    }

    /// The contact that bears the ids of a message. A phone number that a message and a contact give to different users joins nobody.
    fn find(&self, wa_id: Option<&str>, user_id: Option<&str>) -> Option<&ContactEntry<'a>> {
        if let Some(at) = user_id.and_then(|id| self.by_user_id.get(id)) {
            return self.list.get(*at);
        }
        let contact = &self.list[*self.by_wa_id.get(wa_id?)?];
        (user_id.is_none() || contact.user_id.is_none()).then_some(contact)
    }

    /// The user whom a message names under these keys, by its own fields first.
    fn person(&self, message: &Fields<'a>, [wa_id, user_id, parent_user_id]: [&str; 3]) -> UserProfile {
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
}

fn either(first: Option<Cow<'_, str>>, second: Option<&Cow<'_, str>>) -> Option<String> {
    first.map(Cow::into_owned).or_else(|| second.map(|text| text.clone().into_owned()))
}

impl<'a> ContactEntry<'a> {
    fn read(raw: &'a RawValue) -> Option<Self> {
        let contact = Fields::parse(raw.get())?;
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
