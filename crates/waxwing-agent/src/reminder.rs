//! Messages that an agent schedules for its conversation.

use std::fmt;
use std::time::SystemTime;

/// A message for later. `Debug` output hides the text.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use waxwing_agent::Reminder;
///
/// let reminder = Reminder::new(SystemTime::now() + Duration::from_secs(3600), "Your table is reserved for 20:00.");
/// assert!(!format!("{reminder:?}").contains("table"));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reminder {
    /// Time at which the message is sent.
    pub at: SystemTime,
    /// Text of the message.
    pub text: String,
}

impl Reminder {
    /// Creates a message for a time.
    pub fn new(at: SystemTime, text: impl Into<String>) -> Self {
        Self { at, text: text.into() }
    }
}

impl fmt::Debug for Reminder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reminder").field("at", &self.at).finish_non_exhaustive()
    }
}
