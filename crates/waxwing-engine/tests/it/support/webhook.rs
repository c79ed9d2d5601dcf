//! Webhooks in the form that Meta posts them.

use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use serde_json::{Value, json};
use waxwing_engine::{Engine, Receipt};
use waxwing_webhook::{Notification, VerifiedBody};

use super::NUMBER;

/// Message to a business number.
#[derive(Debug, Clone)]
pub(crate) struct Mail {
    number: String,
    contact: Value,
    message: Value,
}

/// Returns a text message.
pub(crate) fn text(from: &str, body: &str) -> Mail {
    mail(from, "text", json!({ "body": body }))
}

/// Returns a message of any type.
pub(crate) fn mail(from: &str, kind: &str, content: Value) -> Mail {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let id = format!("wamid.{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let mut message = json!({ "from": from, "id": id, "timestamp": "1767225600", "type": kind });
    message[kind] = content;
    let contact = json!({ "wa_id": from, "profile": { "name": format!("Name of {from}") } });
    Mail { number: NUMBER.into(), contact, message }
}

impl Mail {
    pub(crate) fn id(&self) -> &str {
        self.message["id"].as_str().unwrap()
    }

    /// Sets the time of the message, in seconds since 1970.
    pub(crate) fn at(mut self, seconds: i64) -> Self {
        self.message["timestamp"] = seconds.to_string().into();
        self
    }

    /// Sets the business number of the message.
    pub(crate) fn to(mut self, number: &str) -> Self {
        self.number = number.into();
        self
    }

    /// Makes the message quote another one, or a tap answer another one.
    pub(crate) fn quoting(mut self, target: &str) -> Self {
        self.message["context"] = json!({ "id": target });
        self
    }

    /// Sets the group of the message.
    pub(crate) fn in_group(mut self, group: &str) -> Self {
        self.message["group_id"] = group.into();
        self
    }

    /// Replaces the phone number with a business-scoped user id.
    pub(crate) fn hidden_as(mut self, bsuid: &str) -> Self {
        self.message.as_object_mut().unwrap().remove("from");
        self.message["from_user_id"] = bsuid.into();
        self.contact = json!({ "user_id": bsuid });
        self
    }

    /// Adds a business-scoped user id to the phone number.
    pub(crate) fn known_as(mut self, bsuid: &str) -> Self {
        self.message["from_user_id"] = bsuid.into();
        self.contact["user_id"] = bsuid.into();
        self
    }

    /// Removes the sender.
    pub(crate) fn without_a_sender(mut self) -> Self {
        self.message.as_object_mut().unwrap().remove("from");
        self.contact = json!({});
        self
    }

    /// Posts the message in its own webhook, and returns its id.
    pub(crate) async fn post(self, engine: &Engine) -> String {
        post(engine, std::slice::from_ref(&self)).await;
        self.id().to_owned()
    }
}

/// Posts one webhook with the value of a field.
pub(crate) async fn post_field(engine: &Engine, field: &str, value: Value) {
    let changes = json!([{ "field": field, "value": value }]);
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] });
    let notification = Notification::parse(&VerifiedBody::unsigned(body.to_string())).unwrap();
    assert_eq!(engine.accept(notification).await.unwrap(), Receipt::Stored);
}

/// Posts one webhook with all messages.
pub(crate) async fn post(engine: &Engine, mails: &[Mail]) {
    assert_eq!(engine.accept(messages(mails)).await.unwrap(), Receipt::Stored);
}

/// Returns one webhook with all messages.
pub(crate) fn messages(mails: &[Mail]) -> Notification {
    let value = |mail: &Mail| {
        json!({
            "messaging_product": "whatsapp",
            "metadata": { "phone_number_id": mail.number, "display_phone_number": "15550001111" },
            "contacts": [mail.contact],
            "messages": [mail.message],
        })
    };
    webhook("messages", mails.iter().map(value).collect())
}

/// Posts a message echo: a message that the business typed in the WhatsApp Business app.
pub(crate) async fn typed(engine: &Engine, to: &str, body: &str) -> String {
    echo(engine, text(to, body)).await
}

/// Posts a message as a message echo to its sender.
pub(crate) async fn echo(engine: &Engine, mail: Mail) -> String {
    let Mail { number, mut message, .. } = mail;
    let id = message["id"].as_str().unwrap().to_owned();
    message["to"] = message["from"].take();
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "phone_number_id": number },
        "message_echoes": [message],
    });
    let echo = webhook("smb_message_echoes", vec![value]);
    assert_eq!(engine.accept(echo).await.unwrap(), Receipt::Stored);
    id
}

/// Posts a change of a user's business-scoped id at a time in seconds.
pub(crate) async fn id_update(engine: &Engine, previous: &str, current: &str, at: i64) {
    let update = json!({ "user_id": { "previous": previous, "current": current }, "timestamp": at.to_string() });
    let value = json!({ "metadata": { "phone_number_id": NUMBER }, "user_id_update": [update] });
    assert_eq!(engine.accept(webhook("user_id_update", vec![value])).await.unwrap(), Receipt::Stored);
}

/// Returns a webhook with a status of a sent message.
pub(crate) fn status(kind: &str, message: &str, callback_data: &str) -> Notification {
    statuses(&status_of(kind, message, callback_data))
}

/// Returns a webhook with the delivery of a message that costs something.
pub(crate) fn charged(message: &str, category: &str) -> Notification {
    let mut status = status_of("delivered", message, "");
    status["pricing"] = json!({ "billable": true, "pricing_model": "PMP", "category": category, "type": "regular" });
    statuses(&status)
}

fn status_of(kind: &str, message: &str, callback_data: &str) -> Value {
    let mut status = json!({
        "id": message,
        "status": kind,
        "timestamp": "1767225700",
        "biz_opaque_callback_data": callback_data,
    });
    if kind == "failed" {
        status["errors"] = json!([{ "code": 131_026, "title": "Message undeliverable" }]);
    }
    status
}

fn statuses(status: &Value) -> Notification {
    let metadata = json!({ "phone_number_id": NUMBER });
    let value = json!({ "messaging_product": "whatsapp", "metadata": metadata, "statuses": [status] });
    webhook("messages", vec![value])
}

fn webhook(field: &str, values: Vec<Value>) -> Notification {
    let changes: Vec<_> = values.into_iter().map(|value| json!({ "field": field, "value": value })).collect();
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "1", "changes": changes }] });
    Notification::parse(&VerifiedBody::unsigned(Bytes::from(body.to_string()))).unwrap()
}
