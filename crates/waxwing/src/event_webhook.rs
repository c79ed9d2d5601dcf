//! Receivers of events over HTTP.

use async_trait::async_trait;
use waxwing_engine::{EventDelivery, EventReceipt, EventReceiver};
use waxwing_event_sender::{EventSender, EventSenderBuilder, EventSenderError, SendResult, WebhookSecret};
use waxwing_store::EventType;

use crate::error::ConfigError;

/// Posts events to the webhook of another system, signed by [Standard Webhooks](https://www.standardwebhooks.com/).
///
/// ```
/// use std::sync::Arc;
///
/// use waxwing::store::EventType;
/// use waxwing::{AgentOs, EventWebhook, event_types};
/// use waxwing::engine::EventSubscription;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let webhook = EventWebhook::new("https://shop.example/hooks/whatsapp", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// let types = event_types(["handoff.*", "message.failed"])?;
/// assert!(types.contains(&EventType::HandoffStarted));
/// let os = AgentOs::new().subscription(EventSubscription::new("shop", Arc::new(webhook), types));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct EventWebhook(EventSender);

impl EventWebhook {
    /// Creates a receiver at this URL. Several secrets are separated by commas, and each of them signs each event.
    ///
    /// # Errors
    ///
    /// If the URL or a secret is wrong; see [`EventSenderError`].
    pub fn new(url: &str, secrets: &str) -> Result<Self, EventSenderError> {
        Self::with(url, secrets, |sender| sender)
    }

    /// Creates a receiver with further settings, such as private addresses or another policy of outgoing connections.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub fn with(
        url: &str,
        secrets: &str,
        change: impl FnOnce(EventSenderBuilder) -> EventSenderBuilder,
    ) -> Result<Self, EventSenderError> {
        let mut sender = EventSender::builder(url);
        for secret in secrets.split(',').filter(|secret| !secret.trim().is_empty()) {
            sender = sender.secret(WebhookSecret::parse(secret)?);
        }
        Ok(Self(change(sender).build()?))
    }
}

#[async_trait]
impl EventReceiver for EventWebhook {
    async fn receive(&self, event: EventDelivery) -> EventReceipt {
        match self.0.send(&event.event_id, event.body).await {
            SendResult::Delivered => EventReceipt::Delivered,
            SendResult::Gone => EventReceipt::Gone,
            SendResult::Failed { reason, retry_after } => EventReceipt::Failed { reason, retry_after },
            _ => EventReceipt::Failed { reason: "unknown result".to_owned(), retry_after: None },
        }
    }
}

/// Returns the types of events with these names. `message.*` names all types that begin with `message.`, and `*` names all types.
///
/// # Errors
///
/// If a name matches no type.
pub fn event_types<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Vec<EventType>, ConfigError> {
    let mut types = Vec::new();
    for name in names {
        let is_match = |kind: &EventType| match name.strip_suffix('*') {
            Some(start) => (start.is_empty() || start.ends_with('.')) && kind.as_str().starts_with(start),
            None => kind.as_str() == name,
        };
        let found: Vec<_> = EventType::ALL.iter().copied().filter(is_match).collect();
        if found.is_empty() {
            let message = format!("there is no event {name:?}; docs/events.md lists the events");
            return Err(ConfigError::new(message));
        }
        types.extend(found);
    }
    types.sort();
    types.dedup();
    Ok(types)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_the_rest_of_a_name() {
        assert_eq!(event_types(["*"]).unwrap().len(), EventType::ALL.len());
        let handoffs = [EventType::HandoffStarted, EventType::HandoffUnanswered, EventType::HandoffEnded];
        assert_eq!(event_types(["handoff.*", "handoff.ended"]).unwrap(), handoffs);
        for wrong in ["", "handoff", "hand*", "handoff.*.x", "telepathy.*"] {
            assert!(event_types([wrong]).is_err(), "{wrong}");
        }
    }
}
