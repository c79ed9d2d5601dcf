//! Webhooks that flag a business number because of its quality.

use serde_json::Value;
use waxwing_webhook::WebhookEvent;

/// Reason of a webhook about the quality of a number.
const QUALITY_UPDATE: &str = "field:phone_number_quality_update";

/// Event of such a webhook that flags the number.
const FLAGGED: &str = "FLAGGED";

/// A number that a webhook flags because of its quality.
pub(crate) struct FlaggedNumber {
    /// Phone number in digits.
    pub(crate) phone: String,
}

/// Returns the numbers that webhooks flag because of their quality.
pub(crate) fn flagged(events: &[WebhookEvent]) -> Vec<FlaggedNumber> {
    let flagged = events.iter().filter_map(|event| match event {
        WebhookEvent::Other(other) if other.reason == QUALITY_UPDATE => flagged_phone(&other.raw),
        _ => None,
    });
    flagged.collect()
}

fn flagged_phone(raw: &[u8]) -> Option<FlaggedNumber> {
    let value: Value = serde_json::from_slice(raw).ok()?;
    let value = value.get("value").unwrap_or(&value);
    let is_flagged = value.get("event").and_then(Value::as_str) == Some(FLAGGED);
    let phone = value.get("display_phone_number").and_then(Value::as_str).unwrap_or_default();
    is_flagged.then(|| FlaggedNumber { phone: digits(phone) })
}

/// Returns the digits of a phone number.
pub(crate) fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_can_flag_a_number() {
        let phone = |raw: &str| flagged_phone(raw.as_bytes()).map(|flagged| flagged.phone);
        let flags = r#"{"display_phone_number":"+34 600 000","event":"FLAGGED","current_limit":"TIER_1K"}"#;
        assert_eq!(phone(flags).as_deref(), Some("34600000"));
        assert_eq!(phone(&format!(r#"{{"field":"x","value":{flags}}}"#)).as_deref(), Some("34600000"));
        assert_eq!(phone(r#"{"display_phone_number":"34600000","event":"UNFLAGGED"}"#), None);
        assert_eq!(phone("[]"), None);
    }
}
