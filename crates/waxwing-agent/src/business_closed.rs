//! A closed business, as an agent knows it.

use std::time::SystemTime;

/// A turn outside the opening hours of the business.
///
/// ```
/// use waxwing_agent::{BusinessClosed, Turn};
///
/// let turn = Turn::from("Are you there?").with_closed(BusinessClosed::new("Europe/Madrid", None));
/// assert_eq!(turn.closed.map(|closed| closed.time_zone).as_deref(), Some("Europe/Madrid"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BusinessClosed {
    /// Time at which the business opens. `None` if it does not open within 400 days.
    pub opens_at: Option<SystemTime>,
    /// Name of the time zone of the business.
    pub time_zone: String,
}

impl BusinessClosed {
    /// Creates the value for a business in a time zone that opens at a time.
    pub fn new(time_zone: impl Into<String>, opens_at: Option<SystemTime>) -> Self {
        Self { opens_at, time_zone: time_zone.into() }
    }
}
