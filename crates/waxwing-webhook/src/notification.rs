//! What one webhook says, as a list of events.
//!
//! A webhook may bear up to a thousand updates of several accounts and numbers. All that is needed to store and route them is read
//! here; what a message says is left as the bytes that came and read later, by [`InboundMessage::parse`](crate::InboundMessage::parse). One odd item
//! never costs the others: whatever has not the expected shape becomes an [`OtherEvent`] at the level where it stands.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/components>

mod event;
mod value;

use std::fmt;

use bytes::Bytes;
use serde_json::value::RawValue;

use waxwing_types::WabaId;

pub use event::{
    DeliveryStatus, IdentityEvent, MessageEchoEvent, MessageEvent, OtherEvent, StatusError, StatusEvent, WebhookEvent,
};

use crate::VerifiedBody;
use crate::lenient::{Fields, items, text};

/// One webhook.
///
/// Events are owned and share the memory of the body: their raw parts are slices of it, so nothing is copied. `Debug` hides what
/// people wrote and who they are.
#[derive(Clone, PartialEq, Eq)]
pub enum Notification {
    /// Updates of WhatsApp accounts, in the order in which they stand.
    WhatsApp(Vec<WebhookEvent>),
    /// A webhook of another Meta product, by the name that stands in `object`.
    OtherObject(String),
    /// JSON, but no object with a string `object`: the whole body.
    Unrecognized(Bytes),
}

/// The body is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is not JSON")]
pub struct NotificationParseError;

impl Notification {
    /// Reads a webhook.
    ///
    /// # Errors
    ///
    /// Fails only on a body that is not JSON in UTF-8. Any JSON is some notification.
    pub fn parse(body: &VerifiedBody) -> Result<Self, NotificationParseError> {
        let body = body.bytes();
        let json = std::str::from_utf8(body).map_err(|_| NotificationParseError)?;
        let Some(root) = Fields::parse(json) else {
            serde_json::from_str::<&RawValue>(json).map_err(|_| NotificationParseError)?;
            return Ok(Self::Unrecognized(body.clone()));
        };
        let object = root.get("object").filter(|object| object.get().starts_with('"'));
        let Some(object) = object.and_then(text) else { return Ok(Self::Unrecognized(body.clone())) };
        if object != "whatsapp_business_account" {
            return Ok(Self::OtherObject(object.into_owned()));
        }

        let mut events = Events { body, list: Vec::new() };
        match root.get("entry") {
            Some(entries) => match items(entries) {
                Some(entries) => entries.into_iter().for_each(|entry| events.entry(entry)),
                None => events.other(None, "entry", entries),
            },
            None => events.list.push(WebhookEvent::Other(OtherEvent::new(None, None, "no entry", body.clone()))),
        }
        Ok(Self::WhatsApp(events.list))
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

/// The events found so far.
struct Events<'a> {
    body: &'a Bytes,
    list: Vec<WebhookEvent>,
}

impl<'a> Events<'a> {
    fn entry(&mut self, raw: &'a RawValue) {
        let Some(entry) = Fields::parse(raw.get()) else { return self.other(None, "entry", raw) };
        let waba_id = entry.string("id").map(WabaId::new);
        let Some(changes) = entry.get("changes") else { return self.other(waba_id, "entry without changes", raw) };
        let Some(changes) = items(changes) else { return self.other(waba_id, "changes", changes) };
        for change in changes {
            self.change(waba_id.as_ref(), change);
        }
    }

    fn change(&mut self, waba_id: Option<&WabaId>, raw: &'a RawValue) {
        let Some(change) = Fields::parse(raw.get()) else { return self.other(waba_id.cloned(), "change", raw) };
        let Some(field) = change.text("field") else {
            return self.other(waba_id.cloned(), "change without a field", raw);
        };
        let Some(value) = change.get("value") else {
            return self.other(waba_id.cloned(), &format!("field:{field} without a value"), raw);
        };
        value::read(self, waba_id, &field, value);
    }

    /// Keeps `raw`, which says nothing of a number.
    fn other(&mut self, waba_id: Option<WabaId>, what: &str, raw: &RawValue) {
        let raw = self.slice(raw);
        self.list.push(WebhookEvent::Other(OtherEvent::new(waba_id, None, what, raw)));
    }

    /// The part of the body that `raw` borrows.
    fn slice(&self, raw: &RawValue) -> Bytes {
        self.body.slice_ref(raw.get().as_bytes())
    }
}
