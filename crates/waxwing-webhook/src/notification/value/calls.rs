//! Reader of the field `calls`.

use serde_json::value::RawValue;
use waxwing_types::CallId;

use super::{RECIPIENT_KEYS, SENDER_KEYS, ValueReader};
use crate::json::JsonObject;
use crate::notification::account_change;
use crate::notification::contact_index::ContactIndex;
use crate::notification::{CallEvent, CallSession, WebhookEvent};

/// Webhook field of calls.
pub(super) const CALLS: &str = "calls";

/// Direction of a call by the business.
const BY_BUSINESS: &str = "BUSINESS_INITIATED";

impl<'a> ValueReader<'_, 'a> {
    /// Reads the events of calls, and the statuses of calls by the business.
    pub(super) fn calls_field(&mut self, value: &JsonObject<'a>, raw: &'a RawValue) {
        let contacts = ContactIndex::new(value.get("contacts"));
        self.fields("field:calls", value, raw, |reader, name, part| match name {
            CALLS => reader.each(name, part, |reader, call| reader.call(&contacts, call)),
            "statuses" => reader.each(name, part, Self::call_status),
            _ => reader.unknown(name, part),
        });
    }

    fn call_status(&mut self, raw: &'a RawValue) {
        match JsonObject::parse(raw.get()).as_ref().and_then(account_change::call_status) {
            Some(change) => self.account(CALLS, change, raw),
            None => self.other("status of a call without an id or a name", raw),
        }
    }

    fn call(&mut self, contacts: &ContactIndex<'a>, raw: &'a RawValue) {
        let Some(call) = JsonObject::parse(raw.get()) else { return self.other("call of an odd shape", raw) };
        let (Some(phone_number_id), Some(id), Some(event)) =
            (self.phone_number_id.clone(), call.string("id"), call.keyword("event"))
        else {
            return self.other("call without a phone number id, an id or an event", raw);
        };
        let is_by_user = call.keyword("direction").is_none_or(|direction| direction != BY_BUSINESS);
        let user = contacts.user(&call, if is_by_user { SENDER_KEYS } else { RECIPIENT_KEYS });
        if user.wa_id.is_none() && user.bsuid.is_none() {
            return self.other("call without a user", raw);
        }
        let session = call.object("session").and_then(|session| {
            Some(CallSession { sdp_type: session.keyword("sdp_type")?, sdp: session.string("sdp")? })
        });
        let event = CallEvent {
            phone_number_id,
            id: CallId::new(id),
            event,
            is_by_user,
            user,
            timestamp: call.integer("timestamp").unwrap_or(0),
            session,
            status: call.keyword("status"),
            callback_data: call.string("biz_opaque_callback_data"),
            raw: self.events.slice(raw),
        };
        self.events.push(WebhookEvent::Call(event));
    }
}
