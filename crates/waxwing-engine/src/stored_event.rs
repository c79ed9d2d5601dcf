//! Stored form of the events of other systems.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use waxwing_agent::{BusinessEvent, MessageContent};

/// A stored event.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredEvent {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) data: Value,
}

impl StoredEvent {
    pub(crate) fn to_bytes(&self) -> Bytes {
        serde_json::to_vec(self).expect("strings and JSON are JSON").into()
    }
}

/// Reads an event.
pub(crate) fn read_event(body: &[u8]) -> Option<MessageContent> {
    let StoredEvent { name, data } = serde_json::from_slice(body).ok()?;
    Some(MessageContent::Event(BusinessEvent::new(name, data)))
}
