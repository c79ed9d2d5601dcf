//! Reader of the `value` of one webhook change.

mod calls;
mod standby;

use serde_json::value::RawValue;
use waxwing_types::{Bsuid, GroupId, MessageId, PhoneNumberId, UserProfile, WaId, WabaId};

use super::EventCollector;
use super::account_change::{self, Changes};
use super::contact_index::ContactIndex;
use super::{
    AccountChange, AccountEvent, DeliveryStatus, IdentityEvent, MessageEchoEvent, MessageEvent, StatusError,
    StatusEvent, StatusPricing, TemplateChange, TemplateEvent, WebhookEvent,
};
use crate::json::{JsonObject, is_empty, items};
use calls::CALLS;
use standby::{HANDOVERS, STANDBY};

/// Webhook field of changed business-scoped ids.
const USER_ID_UPDATE: &str = "user_id_update";

/// Types of system messages that report changed ids.
const ID_CHANGES: [&str; 3] = ["user_changed_number", "customer_changed_number", "user_changed_user_id"];

/// Webhook field of message echoes.
const MESSAGE_ECHOES: &str = "smb_message_echoes";

/// Webhook fields of changed message templates.
const TEMPLATE_STATUS: &str = "message_template_status_update";
const TEMPLATE_QUALITY: &str = "message_template_quality_update";
const TEMPLATE_CATEGORY: &str = "template_category_update";
const TEMPLATE_COMPONENTS: &str = "message_template_components_update";
const TEMPLATE_FIELDS: [&str; 4] = [TEMPLATE_STATUS, TEMPLATE_QUALITY, TEMPLATE_CATEGORY, TEMPLATE_COMPONENTS];

/// Webhook field of preferences of users.
const USER_PREFERENCES: &str = "user_preferences";

/// Keys of the user's ids in a preference.
const PREFERENCE_KEYS: [&str; 3] = ["wa_id", "user_id", "parent_user_id"];

/// Keys of the sender's ids in a message.
const SENDER_KEYS: [&str; 3] = ["from", "from_user_id", "from_parent_user_id"];

/// Keys of the recipient's ids in a message echo.
const RECIPIENT_KEYS: [&str; 3] = ["to", "to_user_id", "to_parent_user_id"];

/// Keys of the participant's ids in a status of a group message, in order of preference.
const PARTICIPANT_KEYS: [&str; 3] =
    ["recipient_participant_user_id", "recipient_participant_id", "recipient_participant_parent_user_id"];

/// Keys of the recipient's ids in a status.
const STATUS_RECIPIENT_KEYS: [&str; 2] = ["recipient_id", "recipient_user_id"];

/// Keys of the recipient's ids in a status of a group message, whose `recipient_id` is the group.
const GROUP_RECIPIENT_KEYS: [&str; 2] = ["recipient_participant_id", "recipient_participant_user_id"];

/// Reads the value of a change of the webhook field `field`, and adds its events to the collector.
pub(super) fn read<'a>(events: &mut EventCollector<'a>, waba_id: Option<&WabaId>, field: &str, raw: &'a RawValue) {
    let object = JsonObject::parse(raw.get());
    let metadata = object.as_ref().and_then(|object| object.object("metadata"));
    let metadata = |name| metadata.as_ref().and_then(|metadata| metadata.string(name));
    let phone_number_id = metadata("phone_number_id").map(PhoneNumberId::new);
    let display_phone_number = metadata("display_phone_number");
    let mut reader = ValueReader { events, waba_id, phone_number_id, display_phone_number };
    match object {
        Some(object) if field == "messages" => reader.messages_field(&object, raw),
        Some(object) if field == MESSAGE_ECHOES => reader.echoes_field(&object, raw),
        Some(object) if field == CALLS => reader.calls_field(&object, raw),
        Some(object) if field == STANDBY => reader.standby_field(&object, raw),
        Some(object) if field == HANDOVERS => reader.handover_field(&object, raw),
        Some(object) if field == USER_PREFERENCES => reader.preferences_field(&object, raw),
        Some(object) if field == USER_ID_UPDATE => reader.id_updates_field(&object, raw),
        Some(object) if TEMPLATE_FIELDS.contains(&field) => reader.template_field(field, &object, raw),
        Some(object) if field != "messages" => match account_change::read(field, &object, raw) {
            Some(changes) if !changes.is_empty() => reader.account_field(field, changes),
            _ => reader.other(&format!("field:{field}"), raw),
        },
        None if field == "messages" => reader.other("value", raw),
        _ => reader.other(&format!("field:{field}"), raw),
    }
}

/// Returns the change of a template that a webhook field reports, if the field is about templates and states the change.
fn template_change(field: &str, value: &JsonObject<'_>) -> Option<TemplateChange> {
    match field {
        TEMPLATE_STATUS => Some(TemplateChange::Status {
            event: value.keyword("event")?,
            reason: value.keyword("reason").filter(|reason| reason != "NONE"),
        }),
        TEMPLATE_QUALITY => Some(TemplateChange::Quality { score: value.keyword("new_quality_score")? }),
        TEMPLATE_CATEGORY => Some(TemplateChange::Category { category: value.keyword("new_category")? }),
        TEMPLATE_COMPONENTS => Some(TemplateChange::Components),
        _ => None,
    }
}

struct ValueReader<'e, 'a> {
    events: &'e mut EventCollector<'a>,
    waba_id: Option<&'e WabaId>,
    phone_number_id: Option<PhoneNumberId>,
    display_phone_number: Option<String>,
}

impl<'a> ValueReader<'_, 'a> {
    fn messages_field(&mut self, value: &JsonObject<'a>, raw: &'a RawValue) {
        let contacts = ContactIndex::new(value.get("contacts"));
        self.fields("value without messages", value, raw, |reader, name, part| match name {
            "messages" => reader.each("messages", part, |reader, message| reader.message(&contacts, message)),
            "statuses" => reader.each("statuses", part, Self::status),
            _ => reader.unknown(name, part),
        });
    }

    fn echoes_field(&mut self, value: &JsonObject<'a>, raw: &'a RawValue) {
        let contacts = ContactIndex::new(value.get("contacts"));
        self.fields("field:smb_message_echoes", value, raw, |reader, name, part| match name {
            "message_echoes" => reader.each(name, part, |reader, echo| reader.echo(&contacts, echo)),
            _ => reader.unknown(name, part),
        });
    }

    /// Reads the members of a value. Adds a value without an event as another event with this reason.
    fn fields(
        &mut self,
        reason: &str,
        value: &JsonObject<'a>,
        raw: &'a RawValue,
        read: impl FnMut(&mut Self, &str, &'a RawValue),
    ) {
        let before = self.events.len();
        self.members(value, read);
        if self.events.len() == before {
            self.other(reason, raw);
        }
    }

    /// Calls `read` with each member, except for those that have the same meaning in all fields.
    fn members(&mut self, value: &JsonObject<'a>, mut read: impl FnMut(&mut Self, &str, &'a RawValue)) {
        for (name, part) in value.iter() {
            match name {
                "errors" => self.each("value.errors", part, |reader, error| reader.other("value.errors", error)),
                "contacts" => self.each("contacts", part, |_, _| ()),
                "messaging_product" | "metadata" => {}
                _ => read(self, name, part),
            }
        }
    }

    /// Adds a member that is not known as another event, unless it is empty.
    fn unknown(&mut self, name: &str, part: &'a RawValue) {
        if !is_empty(part) {
            self.other(name, part);
        }
    }

    fn account_field(&mut self, field: &str, changes: Changes<'a>) {
        for (change, raw) in changes {
            self.account(field, change, raw);
        }
    }

    fn account(&mut self, field: &str, change: AccountChange, raw: &'a RawValue) {
        self.events.push(WebhookEvent::Account(AccountEvent {
            waba_id: self.waba_id.cloned(),
            phone_number_id: self.phone_number_id.clone(),
            field: field.to_owned(),
            time: self.events.time,
            change,
            raw: self.events.slice(raw),
        }));
    }

    fn template_field(&mut self, field: &str, value: &JsonObject<'a>, raw: &'a RawValue) {
        let of = |key: &str| value.string(&format!("message_template_{key}"));
        let (Some(name), Some(language), Some(change)) = (of("name"), of("language"), template_change(field, value))
        else {
            return self.other(&format!("field:{field}"), raw);
        };
        let (waba_id, template_id) = (self.waba_id.cloned(), of("id"));
        let raw = self.events.slice(raw);
        self.events.push(WebhookEvent::Template(TemplateEvent { waba_id, template_id, name, language, change, raw }));
    }

    fn preferences_field(&mut self, value: &JsonObject<'a>, raw: &'a RawValue) {
        let contacts = ContactIndex::new(value.get("contacts"));
        self.fields("field:user_preferences", value, raw, |reader, name, part| match name {
            USER_PREFERENCES => reader.each(name, part, |reader, preference| reader.preference(&contacts, preference)),
            _ => reader.unknown(name, part),
        });
    }

    fn preference(&mut self, contacts: &ContactIndex<'a>, raw: &'a RawValue) {
        let Some(preference) = JsonObject::parse(raw.get()) else {
            return self.other("preference of an odd shape", raw);
        };
        let user = contacts.user(&preference, PREFERENCE_KEYS);
        let has_id = user.wa_id.is_some() || user.bsuid.is_some();
        let (Some(phone_number_id), Some(category), Some(value), true) =
            (self.phone_number_id.clone(), preference.keyword("category"), preference.keyword("value"), has_id)
        else {
            return self.other("preference without a user, a category or a value", raw);
        };
        let timestamp = preference.integer("timestamp").unwrap_or(0);
        let raw = self.events.slice(raw);
        let event = super::PreferenceEvent { phone_number_id, user, category, value, timestamp, raw };
        self.events.push(WebhookEvent::Preference(event));
    }

    fn id_updates_field(&mut self, value: &JsonObject<'a>, raw: &'a RawValue) {
        self.fields("field:user_id_update", value, raw, |reader, name, part| match name {
            USER_ID_UPDATE => reader.each(name, part, Self::id_update),
            _ => reader.unknown(name, part),
        });
    }

    fn id_update(&mut self, raw: &'a RawValue) {
        let Some(update) = JsonObject::parse(raw.get()) else { return self.other("id update of an odd shape", raw) };
        let ids = update.object("user_id");
        let parents = update.object("parent_user_id");
        let side = |name: &str| {
            let read = |ids: &Option<JsonObject<'a>>| ids.as_ref().and_then(|ids| ids.string(name)).map(Bsuid::new);
            let mut user = UserProfile::new();
            user.bsuid = read(&ids);
            user.parent_bsuid = read(&parents);
            user
        };
        let mut new = side("current");
        new.wa_id = update.string("wa_id").map(WaId::new);
        let is_complete = self.identity(update.integer("timestamp"), side("previous"), new, raw);
        if !is_complete {
            self.other("id update without ids", raw);
        }
    }

    /// Reads the changed ids that a system message reports.
    fn system(&mut self, message: &JsonObject<'a>, raw: &'a RawValue) {
        let Some(system) = message.object("system") else { return };
        if !system.keyword("type").is_some_and(|kind| ID_CHANGES.contains(&kind.as_str())) {
            return;
        }
        let mut old = UserProfile::new();
        old.wa_id = message.string("from").or_else(|| system.string("customer")).map(WaId::new);
        old.bsuid = system.string("previous_user_id").or_else(|| message.string("from_user_id")).map(Bsuid::new);
        old.parent_bsuid = system.string("previous_parent_user_id").map(Bsuid::new);
        let mut new = UserProfile::new();
        new.wa_id = system.string("wa_id").or_else(|| system.string("new_wa_id")).map(WaId::new);
        new.bsuid = system.string("user_id").map(Bsuid::new);
        new.parent_bsuid = system.string("parent_user_id").map(Bsuid::new);
        // Ids in the text of the message are ignored: the user chooses the name in that text, and could put ids into it.
        self.identity(message.integer("timestamp"), old, new, raw);
    }

    /// Adds a change of ids if both sides have an id. Returns whether they have.
    fn identity(&mut self, timestamp: Option<i64>, old: UserProfile, new: UserProfile, raw: &'a RawValue) -> bool {
        let has_id = |user: &UserProfile| user.wa_id.is_some() || user.bsuid.is_some();
        let is_complete = has_id(&old) && has_id(&new);
        if is_complete {
            let (phone_number_id, timestamp) = (self.phone_number_id.clone(), timestamp.unwrap_or(0));
            let raw = self.events.slice(raw);
            self.events.push(WebhookEvent::Identity(IdentityEvent { phone_number_id, timestamp, old, new, raw }));
        }
        is_complete
    }

    /// Calls `read` with each item of an array. Adds a value that is not an array as another event.
    fn each(&mut self, reason: &str, part: &'a RawValue, mut read: impl FnMut(&mut Self, &'a RawValue)) {
        match items(part) {
            Some(items) => items.into_iter().for_each(|item| read(self, item)),
            None if is_empty(part) => {}
            None => self.other(reason, part),
        }
    }

    fn message(&mut self, contacts: &ContactIndex<'a>, raw: &'a RawValue) {
        let Some((message, event)) = self.read_message(contacts, raw) else { return };
        let is_system = event.kind == "system";
        self.events.push(WebhookEvent::Message(event));
        if is_system {
            self.system(&message, raw);
        }
    }

    /// Reads a message. Adds one that cannot be used as another event.
    fn read_message(
        &mut self,
        contacts: &ContactIndex<'a>,
        raw: &'a RawValue,
    ) -> Option<(JsonObject<'a>, MessageEvent)> {
        let Some(message) = JsonObject::parse(raw.get()) else { return self.unusable("message of an odd shape", raw) };
        let Some(id) = message.string("id") else { return self.unusable("message without an id", raw) };
        let Some(phone_number_id) = self.phone_number_id.clone() else {
            return self.unusable("message without a phone number id", raw);
        };
        let event = MessageEvent {
            waba_id: self.waba_id.cloned(),
            phone_number_id,
            display_phone_number: self.display_phone_number.clone(),
            id: MessageId::new(id),
            timestamp: message.integer("timestamp").unwrap_or(0),
            kind: message.keyword("type").unwrap_or_default(),
            sender: contacts.user(&message, SENDER_KEYS),
            group_id: message.string("group_id").map(GroupId::new),
            raw: self.events.slice(raw),
        };
        Some((message, event))
    }

    fn echo(&mut self, contacts: &ContactIndex<'a>, raw: &'a RawValue) {
        if let Some(event) = self.read_echo(contacts, raw) {
            self.events.push(WebhookEvent::MessageEcho(event));
        }
    }

    /// Reads a message echo. Adds one that cannot be used as another event.
    fn read_echo(&mut self, contacts: &ContactIndex<'a>, raw: &'a RawValue) -> Option<MessageEchoEvent> {
        let Some(echo) = JsonObject::parse(raw.get()) else { return self.unusable("echo of an odd shape", raw) };
        let Some(id) = echo.string("id") else { return self.unusable("echo without an id", raw) };
        let Some(phone_number_id) = self.phone_number_id.clone() else {
            return self.unusable("echo without a phone number id", raw);
        };
        Some(MessageEchoEvent {
            waba_id: self.waba_id.cloned(),
            phone_number_id,
            id: MessageId::new(id),
            timestamp: echo.integer("timestamp").unwrap_or(0),
            kind: echo.keyword("type").unwrap_or_default(),
            recipient: contacts.user(&echo, RECIPIENT_KEYS),
            raw: self.events.slice(raw),
        })
    }

    fn status(&mut self, raw: &'a RawValue) {
        let Some(status) = JsonObject::parse(raw.get()) else { return self.other("status of an odd shape", raw) };
        // A payment has statuses of its own, such as `failed`, which say nothing about the message.
        let is_payment = status.keyword("type").is_some_and(|kind| kind == "payment");
        if let Some(payment) = is_payment.then(|| account_change::payment(&status)).flatten() {
            return self.account("messages", payment, raw);
        }
        let Some(id) = status.string("id") else { return self.other("status without an id", raw) };
        let Some(name) = status.keyword("status") else { return self.other("status without a name", raw) };
        let Some(phone_number_id) = self.phone_number_id.clone() else {
            return self.other("status without a phone number id", raw);
        };
        let is_of_group = status.keyword("recipient_type").is_some_and(|kind| kind == "group");
        let [phone, bsuid] = if is_of_group { GROUP_RECIPIENT_KEYS } else { STATUS_RECIPIENT_KEYS };
        let event = StatusEvent {
            waba_id: self.waba_id.cloned(),
            phone_number_id,
            id: MessageId::new(id),
            status: DeliveryStatus::from(&*name),
            timestamp: status.integer("timestamp").unwrap_or(0),
            participant: PARTICIPANT_KEYS.into_iter().find_map(|name| status.string(name)),
            recipient: status.string(phone).map(WaId::new),
            recipient_bsuid: status.string(bsuid).map(Bsuid::new),
            pricing: status.object("pricing").map(|pricing| StatusPricing::read(&pricing)),
            callback_data: status.string("biz_opaque_callback_data"),
            errors: status.get("errors").map(StatusError::read_all).unwrap_or_default(),
            raw: self.events.slice(raw),
        };
        self.events.push(WebhookEvent::Status(event));
    }

    /// Adds a part that cannot be used as another event.
    fn unusable<T>(&mut self, reason: &str, raw: &'a RawValue) -> Option<T> {
        self.other(reason, raw);
        None
    }

    fn other(&mut self, reason: &str, raw: &'a RawValue) {
        self.events.other_of_number(self.waba_id.cloned(), self.phone_number_id.clone(), reason, raw);
    }
}
