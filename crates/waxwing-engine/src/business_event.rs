//! Events that other systems of the business report about a conversation.

use std::fmt;

use bytes::Bytes;
use serde_json::Value;
use waxwing_store::{ConversationTarget, NewEvent, RecordedEvent, Store};

use crate::operator::Operator;
use crate::proactive::{SendMessageError, idempotency_key};
use crate::shared::Shared;
use crate::stored_event::StoredEvent;

/// Longest name in bytes.
const MAX_NAME: usize = 64;

/// Largest data in bytes of JSON.
const MAX_DATA: usize = 64 * 1024;

/// An event to report, such as a payment or the answer to a ticket. It starts a turn of the agent. `Debug` output contains no data.
///
/// ```
/// use serde_json::json;
/// use waxwing_engine::ReportedEvent;
/// use waxwing_store::ConversationTarget;
///
/// let target = ConversationTarget::Key("5f1d2c3b4a596877".into());
/// let paid = ReportedEvent::new(target, "payment_received", json!({ "order": 17 })).idempotency_key("shop", "payment-99");
/// assert_eq!(paid.name, "payment_received");
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct ReportedEvent {
    /// The conversation.
    pub target: ConversationTarget,
    /// Name: lower-case letters, digits, `_`, `-` and `.`, at most 64.
    pub name: String,
    /// Data for the agent, at most 64 KiB of JSON.
    pub data: Value,
    /// Caller and key under which the event can be reported again without a second turn, for 24 hours.
    pub idempotency: Option<(String, String)>,
}

impl ReportedEvent {
    /// Creates an event.
    pub fn new(target: ConversationTarget, name: impl Into<String>, data: Value) -> Self {
        Self { target, name: name.into(), data, idempotency: None }
    }

    /// Makes the call repeatable: the same caller with the same key and the same event gets the earlier result for 24 hours.
    pub fn idempotency_key(mut self, caller: impl Into<String>, key: impl Into<String>) -> Self {
        self.idempotency = Some((caller.into(), key.into()));
        self
    }

    fn body(&self) -> Result<Bytes, SendMessageError> {
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.".contains(&byte);
        if !(1..=MAX_NAME).contains(&self.name.len()) || !self.name.bytes().all(is_name) {
            let rule =
                "the name of an event has 1 to 64 lower-case letters, digits, and the characters `_`, `-` and `.`";
            return Err(SendMessageError::InvalidContent(rule.to_owned()));
        }
        let stored = StoredEvent { name: self.name.clone(), data: self.data.clone() };
        let body = serde_json::to_vec(&stored).map_err(|error| SendMessageError::InvalidContent(error.to_string()))?;
        if body.len() > MAX_DATA {
            let rule = format!("the data of an event have at most {MAX_DATA} bytes of JSON");
            return Err(SendMessageError::InvalidContent(rule));
        }
        Ok(body.into())
    }
}

impl Shared {
    /// Records an event, and wakes the dispatcher.
    pub(crate) async fn report_event(&self, event: ReportedEvent) -> Result<RecordedEvent, SendMessageError> {
        let number = self.store.number_of(&event.target).await?;
        self.routes.get(&number).ok_or(SendMessageError::UnknownNumber)?;
        let recorded = record(&*self.store, event).await?;
        self.turn_signals.wake(&[recorded.conversation]);
        self.due.turns.notify_one();
        Ok(recorded)
    }
}

impl Operator {
    /// Records an event of another system. Without an engine, the next engine on the store runs the agent.
    ///
    /// # Errors
    ///
    /// Those of [`Engine::report_event`](crate::Engine::report_event).
    pub async fn report_event(&self, event: ReportedEvent) -> Result<RecordedEvent, SendMessageError> {
        match &self.engine {
            Some(engine) => engine.report_event(event).await,
            None => record(&*self.store, event).await,
        }
    }
}

/// Records an event in a store. An engine on the store runs the agent.
async fn record(store: &dyn Store, event: ReportedEvent) -> Result<RecordedEvent, SendMessageError> {
    let body = event.body()?;
    let idempotency = idempotency_key(event.idempotency.as_ref(), &event.target, &[b"event", &body])?;
    let id = format!("event-{}", uuid::Uuid::now_v7().simple());
    Ok(store.record_event(NewEvent { target: event.target, id, body, idempotency }).await?)
}

impl fmt::Debug for ReportedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportedEvent")
            .field("target", &self.target)
            .field("name", &self.name)
            .field("has_key", &self.idempotency.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stored_event::read_event;
    use serde_json::json;
    use waxwing_agent::{BusinessEvent, MessageContent};

    #[test]
    fn an_event_has_a_name_and_bounded_data() {
        let target = || ConversationTarget::Key("5f1d2c3b4a596877".into());
        let refused = |name: &str, data: Value| ReportedEvent::new(target(), name, data).body().is_err();
        assert!(!refused("payment_received", json!({ "order": 17 })));
        for name in ["", "Payment", "a b", "</event>", &"a".repeat(65)] {
            assert!(refused(name, json!(null)), "{name}");
        }
        assert!(refused("ticket", json!("x".repeat(MAX_DATA))));
    }

    #[test]
    fn an_event_is_read_as_it_was_stored() {
        let event = ReportedEvent::new(ConversationTarget::Key(String::new()), "paid", json!({ "order": 17 }));
        let read = read_event(&event.body().unwrap());
        assert_eq!(read, Some(MessageContent::Event(BusinessEvent::new("paid", json!({ "order": 17 })))));
        assert_eq!(read_event(b"{}"), None);
    }
}
