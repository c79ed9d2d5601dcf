//! Webhook notification as a list of events.

mod account_change;
mod account_event;
mod call_event;
mod contact_index;
mod echo_event;
mod event;
mod handover_event;
mod identity_event;
mod message_event;
mod other_event;
mod preference_event;
mod status_event;
mod status_pricing;
mod template_event;
mod value;

use std::fmt;

use bytes::Bytes;
use serde_json::value::RawValue;
use waxwing_types::{PhoneNumberId, WabaId};

use crate::VerifiedBody;
use crate::json::{JsonObject, items, text};

pub use account_event::{AccountChange, AccountEvent};
pub use call_event::{CallEvent, CallSession};
pub use echo_event::MessageEchoEvent;
pub use event::WebhookEvent;
pub use handover_event::HandoverEvent;
pub use identity_event::IdentityEvent;
pub use message_event::MessageEvent;
pub use other_event::OtherEvent;
pub use preference_event::PreferenceEvent;
pub use status_event::{DeliveryStatus, StatusError, StatusEvent};
pub use status_pricing::{PricingModel, PricingType, StatusPricing};
pub use template_event::{TemplateChange, TemplateEvent};

/// One webhook notification.
///
/// A notification can hold up to 1,000 updates of several accounts and business numbers. Parsing reads what is needed to store
/// and route each update, and keeps the rest as raw JSON. Use [`InboundMessage::parse`](crate::InboundMessage::parse) to read
/// the content of a message later. An item of an unexpected form becomes an [`OtherEvent`] and does not affect the other items.
///
/// Events are owned, and their raw JSON is a slice of the body: nothing is copied. `Debug` hides message texts and users.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>
#[derive(Clone, PartialEq, Eq)]
pub enum Notification {
    /// Updates of WhatsApp accounts, in the order of the body.
    WhatsApp(Vec<WebhookEvent>),
    /// Webhook of another Meta product. The string is the value of `object`.
    OtherObject(String),
    /// JSON without a string `object`. The bytes are the whole body.
    Unrecognized(Bytes),
}

/// The body is not JSON in UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("webhook body is not JSON; answer with status 400")]
pub struct NotificationParseError;

impl Notification {
    /// Parses a verified webhook body.
    ///
    /// # Errors
    ///
    /// Returns an error if the body is not JSON in UTF-8. Every JSON value is a notification.
    pub fn parse(body: &VerifiedBody) -> Result<Self, NotificationParseError> {
        let body = body.bytes();
        let json = std::str::from_utf8(body).map_err(|_| NotificationParseError)?;
        let Some(root) = JsonObject::parse(json) else {
            serde_json::from_str::<&RawValue>(json).map_err(|_| NotificationParseError)?;
            return Ok(Self::Unrecognized(body.clone()));
        };
        let object = root.get("object").filter(|object| object.get().starts_with('"'));
        let Some(object) = object.and_then(text) else { return Ok(Self::Unrecognized(body.clone())) };
        if object != "whatsapp_business_account" {
            return Ok(Self::OtherObject(object.into_owned()));
        }

        let mut events = EventCollector { body, events: Vec::new(), time: None };
        match root.get("entry") {
            Some(entries) => match items(entries) {
                Some(entries) => entries.into_iter().for_each(|entry| events.entry(entry)),
                None => events.other(None, "entry", entries),
            },
            None => events.push(WebhookEvent::Other(OtherEvent::new(None, None, "no entry", body.clone()))),
        }
        Ok(Self::WhatsApp(events.events))
    }
}

impl fmt::Debug for Notification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WhatsApp(events) => f.debug_tuple("WhatsApp").field(events).finish(),
            Self::OtherObject(object) => f.debug_tuple("OtherObject").field(object).finish(),
            Self::Unrecognized(body) => write!(f, "Unrecognized([{} bytes])", body.len()),
        }
    }
}

/// Events read so far, with the body that they are slices of.
struct EventCollector<'a> {
    body: &'a Bytes,
    events: Vec<WebhookEvent>,
    /// Time of the entry that is being read, in seconds since the Unix epoch.
    time: Option<i64>,
}

impl<'a> EventCollector<'a> {
    fn entry(&mut self, raw: &'a RawValue) {
        let Some(entry) = JsonObject::parse(raw.get()) else { return self.other(None, "entry", raw) };
        let waba_id = entry.string("id").map(WabaId::new);
        let Some(changes) = entry.get("changes") else { return self.other(waba_id, "entry without changes", raw) };
        let Some(changes) = items(changes) else { return self.other(waba_id, "changes", changes) };
        self.time = entry.integer("time");
        for change in changes {
            self.change(waba_id.as_ref(), change);
        }
    }

    fn change(&mut self, waba_id: Option<&WabaId>, raw: &'a RawValue) {
        let Some(change) = JsonObject::parse(raw.get()) else { return self.other(waba_id.cloned(), "change", raw) };
        let Some(field) = change.text("field") else {
            return self.other(waba_id.cloned(), "change without a field", raw);
        };
        let Some(value) = change.get("value") else {
            return self.other(waba_id.cloned(), &format!("field:{field} without a value"), raw);
        };
        value::read(self, waba_id, &field, value);
    }

    fn push(&mut self, event: WebhookEvent) {
        self.events.push(event);
    }

    fn len(&self) -> usize {
        self.events.len()
    }

    /// Adds `raw` as an event that concerns no business number.
    fn other(&mut self, waba_id: Option<WabaId>, reason: &str, raw: &RawValue) {
        self.other_of_number(waba_id, None, reason, raw);
    }

    /// Adds `raw` as an event that concerns a business number.
    fn other_of_number(
        &mut self,
        waba_id: Option<WabaId>,
        phone_number_id: Option<PhoneNumberId>,
        reason: &str,
        raw: &RawValue,
    ) {
        let raw = self.slice(raw);
        self.push(WebhookEvent::Other(OtherEvent::new(waba_id, phone_number_id, reason, raw)));
    }

    /// Returns the part of the body that `raw` borrows.
    fn slice(&self, raw: &RawValue) -> Bytes {
        self.body.slice_ref(raw.get().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_text_names_and_ids_of_users() {
        let body = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{
            "metadata":{"phone_number_id":"1000001"},
            "contacts":[{"wa_id":"34600000000","user_id":"ES.1234","profile":{"name":"Ana","username":"ana.b"}}],
            "messages":[{"id":"wamid.A","from":"34600000000","type":"text","text":{"body":"secret"}}],
            "statuses":[{"id":"wamid.B","status":"failed","recipient_id":"34600000000","biz_opaque_callback_data":"n.1.1",
                "errors":[{"code":131026,"title":"to 34600000000"}]}]}}]}]}"#;
        let shown = format!("{:?}", Notification::parse(&VerifiedBody::unsigned(body)).unwrap());
        for value in ["346", "ES.1", "Ana", "ana.b", "secret", "n.1.1"] {
            assert!(!shown.contains(value), "{value} in {shown}");
        }
        assert!(shown.contains("wamid.A") && shown.contains("131026"), "{shown}");
    }
}
