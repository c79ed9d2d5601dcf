//! Fuzz target of webhook notifications.

use waxwing_webhook::{InboundMessage, Notification, VerifiedBody, WebhookEvent};

/// Reads the body of a webhook.
///
/// # Panics
///
/// If a raw part of an event is no slice of the body, or the message of an event cannot be read.
pub fn run(input: &[u8]) {
    let body = VerifiedBody::unsigned(input.to_vec());
    let whole = body.bytes().as_ptr_range();
    let Ok(Notification::WhatsApp(events)) = Notification::parse(&body) else { return };
    for event in &events {
        let raw = event.raw();
        let id = match event {
            WebhookEvent::Message(message) | WebhookEvent::StandbyMessage(message) => Some(&message.id),
            WebhookEvent::MessageEcho(echo) | WebhookEvent::StandbyEcho(echo) => Some(&echo.id),
            _ => None,
        };
        let part = raw.as_ptr_range();
        assert!(whole.start <= part.start && part.end <= whole.end, "a raw part was copied");
        if let Some(id) = id {
            assert!(InboundMessage::parse(raw).is_ok_and(|message| message.id == *id), "a message cannot be read");
        }
        assert!(!format!("{event:?}").is_empty());
    }
}
