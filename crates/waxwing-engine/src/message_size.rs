//! Limit of the size of one received message.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use waxwing_types::{PhoneNumberId, UserProfile};
use waxwing_webhook::WebhookEvent;

/// Reason of quarantined messages that are larger than the limit.
pub(crate) const TOO_LARGE: &str = "too_large";

/// Detects messages that are too large for a turn: a turn, its run and the history of the conversation have several copies of a message.
#[derive(Debug)]
pub(crate) struct MessageSizeLimit {
    max_bytes: usize,
    count: AtomicU64,
}

impl MessageSizeLimit {
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, count: AtomicU64::new(0) }
    }

    /// Returns the limit in bytes.
    pub(crate) fn max_bytes(&self) -> usize {
        self.max_bytes
    }

    /// Returns the size in bytes of the message in an event, if it exceeds the limit.
    pub(crate) fn exceeded_by(&self, event: &WebhookEvent) -> Option<usize> {
        let Subject { sender, body, .. } = Subject::of(event)?;
        let names = [&sender.name, &sender.username].into_iter().flatten().map(String::len);
        Some(names.sum::<usize>() + body.len()).filter(|size| *size > self.max_bytes)
    }

    /// Counts a message in an event that exceeds the limit, and returns its business number with its data. Messages in standby have no number: an
    /// operator who requeues one with a number would make it a message to this business.
    pub(crate) fn refuse(&self, event: &WebhookEvent) -> Option<(Option<PhoneNumberId>, Bytes)> {
        let size = self.exceeded_by(event)?;
        let count = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        // Each doubling is logged, because a user may send any number of messages.
        if count.is_power_of_two() {
            let limit = self.max_bytes;
            tracing::warn!(count, size, limit, "messages above the size limit quarantined");
        }
        Subject::of(event).map(|subject| (subject.number.cloned(), subject.body.clone()))
    }

    /// Returns the number of messages that exceeded the limit.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

/// The parts of an event that a turn reads.
struct Subject<'a> {
    number: Option<&'a PhoneNumberId>,
    sender: &'a UserProfile,
    body: &'a Bytes,
}

impl<'a> Subject<'a> {
    /// Statuses and identity changes have no subject, since no turn reads them.
    fn of(event: &'a WebhookEvent) -> Option<Self> {
        match event {
            WebhookEvent::Message(event) => {
                Some(Self { number: Some(&event.phone_number_id), sender: &event.sender, body: &event.raw })
            }
            WebhookEvent::MessageEcho(event) => {
                Some(Self { number: Some(&event.phone_number_id), sender: &event.recipient, body: &event.raw })
            }
            WebhookEvent::StandbyMessage(event) => Some(Self { number: None, sender: &event.sender, body: &event.raw }),
            WebhookEvent::StandbyEcho(event) => Some(Self { number: None, sender: &event.recipient, body: &event.raw }),
            WebhookEvent::Status(_)
            | WebhookEvent::Identity(_)
            | WebhookEvent::Preference(_)
            | WebhookEvent::Template(_)
            | WebhookEvent::Call(_)
            | WebhookEvent::Handover(_)
            | WebhookEvent::Account(_)
            | WebhookEvent::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use waxwing_webhook::{Notification, VerifiedBody};

    #[track_caller]
    fn check(text: usize, name: usize, expected: bool) {
        let message = json!({ "id": "wamid.A", "from": "1", "type": "text", "text": { "body": "x".repeat(text) } });
        let value = json!({
            "metadata": { "phone_number_id": "2" },
            "contacts": [{ "wa_id": "1", "profile": { "name": "n".repeat(name) } }],
            "messages": [message],
        });
        let changes = json!([{ "field": "messages", "value": value }]);
        let body = json!({ "object": "whatsapp_business_account", "entry": [{ "changes": changes }] }).to_string();
        let Ok(Notification::WhatsApp(events)) = Notification::parse(&VerifiedBody::unsigned(body)) else { panic!() };
        let limit = MessageSizeLimit::new(1000 + message.to_string().len() - text);
        assert_eq!(limit.refuse(&events[0]).is_some(), expected, "{text} {name}");
        assert_eq!(limit.count(), u64::from(expected));
    }

    #[test]
    fn the_size_of_a_message_includes_the_name_of_its_sender() {
        check(1000, 0, false);
        check(1001, 0, true);
        check(900, 100, false);
        check(900, 101, true);
    }
}
