//! Quarantined items: received data that could not be used.

use std::fmt;

use bytes::Bytes;
use waxwing_types::PhoneNumberId;

use crate::ids::QuarantineId;
use crate::redact;
use crate::time::Timestamp;

/// A quarantined item without its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineRow {
    /// Key of the item.
    pub id: QuarantineId,
    /// Business number that received the data, if it is known.
    pub number: Option<PhoneNumberId>,
    /// Short description of the data, such as `field:account_update`. It contains nothing of a message.
    pub reason: String,
    /// Size of the data in bytes.
    pub size: usize,
    /// Time at which the data was received.
    pub received_at: Timestamp,
}

/// A quarantined item with its data. `Debug` output contains only the length of the data.
#[derive(Clone, PartialEq, Eq)]
pub struct QuarantineRecord {
    /// The item.
    pub row: QuarantineRow,
    /// Data as received: a webhook body, or the raw JSON of a part of it.
    pub body: Bytes,
}

impl fmt::Debug for QuarantineRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuarantineRecord").field("row", &self.row).field("body", &redact::length(&self.body)).finish()
    }
}
