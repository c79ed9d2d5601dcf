//! Queue of the alarms for operators that the engine itself raises.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;
use tokio::sync::mpsc;
use waxwing_store::{EventType, NewOutgoingEvent};
use waxwing_types::PhoneNumberId;

/// Number of alarms that wait for the store at most. Each is in the log as well.
const MAX_WAITING: usize = 256;

/// Alarms on their way to the store. Clones share the queue.
#[derive(Debug, Clone)]
pub(crate) struct AlarmQueue {
    queue: mpsc::Sender<NewOutgoingEvent>,
    /// The other end of the queue, until the worker takes it.
    receiver: Arc<Mutex<Option<mpsc::Receiver<NewOutgoingEvent>>>>,
}

impl Default for AlarmQueue {
    fn default() -> Self {
        let (queue, receiver) = mpsc::channel(MAX_WAITING);
        Self { queue, receiver: Arc::new(Mutex::new(Some(receiver))) }
    }
}

impl AlarmQueue {
    /// Raises an alarm about a business number. The caller logs it. An alarm that finds the queue full is left out.
    pub(crate) fn raise(&self, number: &PhoneNumberId, alarm: &str, reason: &str, code: Option<i64>) {
        let mut data = json!({ "alarm": alarm, "reason": reason });
        if let Some(code) = code {
            data["code"] = code.into();
        }
        let number = Some(number.clone());
        let event = NewOutgoingEvent { kind: EventType::AlarmRaised, conversation: None, number, data };
        let _ = self.queue.try_send(event);
    }

    /// Returns the other end of the queue, once.
    pub(crate) fn take(&self) -> Option<mpsc::Receiver<NewOutgoingEvent>> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
