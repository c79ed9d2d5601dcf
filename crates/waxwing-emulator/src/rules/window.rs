//! Customer service window.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages#customer-service-windows>

use std::time::{Duration, SystemTime};

use super::{GraphError, Rule};

/// Length of the customer service window, which each message of the user opens again.
pub(crate) const LENGTH: Duration = Duration::from_hours(24);

/// Checks that the customer service window is open for a message of this type. Templates need no open window.
pub(crate) fn check(kind: &str, last_message: Option<SystemTime>, now: SystemTime) -> Result<(), GraphError> {
    let open = last_message.is_some_and(|at| now.duration_since(at).unwrap_or_default() < LENGTH);
    if open || kind == "template" {
        return Ok(());
    }
    let why = "more than 24 hours have passed since the customer last replied to this number; send a template";
    Err(GraphError::with_details(Rule::Window, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meta: customer service windows.
    #[test]
    fn the_window_is_open_for_24_hours() {
        let wrote = SystemTime::UNIX_EPOCH;
        let check = |kind, last, hours| super::check(kind, last, wrote + Duration::from_hours(hours)).is_ok();
        assert!(check("text", Some(wrote), 0));
        assert!(check("text", Some(wrote), 23));
        assert!(!check("text", Some(wrote), 24));
        assert!(!check("text", None, 0));
        assert!(check("template", None, 0));
        assert!(check("template", Some(wrote), 25));
    }
}
