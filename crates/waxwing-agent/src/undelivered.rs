//! Message of the agent that did not reach the user.

use std::fmt;

use crate::redacted::Redacted;

/// A message of the agent that did not reach the user.
///
/// `Debug` output does not contain the text of the message.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undelivered {
    /// Plain text of the message. Empty for media without a caption.
    pub text: String,
    /// Reason, in the terms of the channel.
    pub reason: String,
    /// Error code of the channel.
    pub code: Option<i64>,
    /// Whether the message is parked: it waited until the user wrote, and [`Reply::with_parked_messages`](crate::Reply::with_parked_messages)
    /// sends it now.
    pub is_parked: bool,
}

impl Undelivered {
    /// Creates an undelivered message with its plain text, the reason, and the error code of the channel.
    pub fn new(text: impl Into<String>, reason: impl Into<String>, code: Option<i64>) -> Self {
        Self { text: text.into(), reason: reason.into(), code, is_parked: false }
    }

    /// Marks the message as parked.
    pub fn parked(mut self) -> Self {
        self.is_parked = true;
        self
    }
}

impl fmt::Debug for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { text, reason, code, is_parked } = self;
        f.debug_struct("Undelivered")
            .field("text", &Redacted(text))
            .field("reason", reason)
            .field("code", code)
            .field("is_parked", is_parked)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_the_reason_without_the_text() {
        let shown = format!("{:?}", Undelivered::new("my secret", "the window is closed", Some(131_047)));
        assert!(shown.contains("the window is closed") && !shown.contains("secret"), "{shown}");
    }
}
