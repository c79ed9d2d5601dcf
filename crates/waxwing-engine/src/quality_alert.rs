//! Webhooks that flag a business number because of its quality.

use serde::Deserialize;
use waxwing_webhook::{AccountChange, AccountEvent, WebhookEvent};

/// Event of a webhook about quality that flags the number.
const FLAGGED: &str = "FLAGGED";

/// A number that a webhook flags because of its quality.
pub(crate) struct FlaggedNumber {
    /// Phone number in digits.
    pub(crate) phone: String,
}

/// The value of the webhook, which names the number by its phone number only.
#[derive(Deserialize)]
struct QualityUpdate {
    display_phone_number: String,
}

/// Returns the numbers that webhooks flag because of their quality.
pub(crate) fn flagged(events: &[WebhookEvent]) -> Vec<FlaggedNumber> {
    let flagged = events.iter().filter_map(|event| match event {
        WebhookEvent::Account(account) => flagged_number(account),
        _ => None,
    });
    flagged.collect()
}

fn flagged_number(account: &AccountEvent) -> Option<FlaggedNumber> {
    match &account.change {
        AccountChange::NumberQuality { event, .. } if event == FLAGGED => {
            let update: QualityUpdate = serde_json::from_slice(&account.raw).ok()?;
            Some(FlaggedNumber { phone: digits(&update.display_phone_number) })
        }
        _ => None,
    }
}

/// Returns the digits of a phone number.
pub(crate) fn digits(phone: &str) -> String {
    phone.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_webhook::{Notification, VerifiedBody};

    #[test]
    fn a_webhook_can_flag_a_number() {
        let phones = |value: &str| {
            let change = format!(r#"{{"field":"phone_number_quality_update","value":{value}}}"#);
            let body =
                format!(r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{change}]}}]}}"#);
            let body = VerifiedBody::unsigned(body.into_bytes());
            let Ok(Notification::WhatsApp(events)) = Notification::parse(&body) else { panic!("{value}") };
            flagged(&events).into_iter().map(|flagged| flagged.phone).collect::<Vec<_>>()
        };
        let update = |event: &str| format!(r#"{{"display_phone_number":"+34 600 000","event":"{event}"}}"#);
        assert_eq!(phones(&update("FLAGGED")), ["34600000"]);
        assert_eq!(phones(&update("UNFLAGGED")), Vec::<String>::new());
        assert_eq!(phones(r#"{"event":"FLAGGED"}"#), Vec::<String>::new());
    }
}
