//! Quarantined items.

use std::fmt;

use serde::{Deserialize, Serialize};
use waxwing::store::{QuarantineRecord, QuarantineRow};
use waxwing::types::PhoneNumberId;

/// A quarantined item without its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuarantineView {
    /// Id of the item.
    pub id: i64,
    /// Id of the business number that received the data, if it is known.
    pub number: Option<String>,
    /// Short description of the data, such as `field:account_update`.
    pub reason: String,
    /// Size of the data in bytes.
    pub size: usize,
    /// Time at which the data was received, in milliseconds since the Unix epoch.
    pub received_at: i64,
}

impl From<QuarantineRow> for QuarantineView {
    fn from(row: QuarantineRow) -> Self {
        Self {
            id: row.id.0,
            number: row.number.map(PhoneNumberId::into_string),
            reason: row.reason,
            size: row.size,
            received_at: row.received_at.as_millis(),
        }
    }
}

/// A quarantined item with its data. `Debug` output hides the data.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct QuarantineDetailView {
    /// The item.
    #[serde(flatten)]
    pub row: QuarantineView,
    /// Data as received. Bytes that are not UTF-8 are replaced.
    pub body: String,
}

impl From<QuarantineRecord> for QuarantineDetailView {
    fn from(record: QuarantineRecord) -> Self {
        Self { row: record.row.into(), body: String::from_utf8_lossy(&record.body).into_owned() }
    }
}

impl fmt::Debug for QuarantineDetailView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuarantineDetailView").field("row", &self.row).finish_non_exhaustive()
    }
}
