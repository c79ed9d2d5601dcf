//! Tells the operator what only a person can mend.

use std::time::Duration;

use tokio::time::Instant;
use waxwing_types::PhoneNumberId;

/// The same cause is not told again within this time.
const SILENCE: Duration = Duration::from_mins(5);

/// What one business number has told, and when. There are only so many codes that call for somebody.
#[derive(Debug, Default)]
pub(super) struct AccountAlert(Vec<(Option<i64>, Instant)>);

impl AccountAlert {
    /// Raises an alert about a number, unless it was raised lately.
    pub(super) fn raise(&mut self, number: &PhoneNumberId, code: Option<i64>, now: Instant) {
        if self.is_news(code, now) {
            tracing::error!(
                number = number.as_str(),
                code,
                "meta takes no messages from this number: {}; what is to be sent waits, and one message is tried from time to time",
                advice(code)
            );
        }
    }

    fn is_news(&mut self, code: Option<i64>, now: Instant) -> bool {
        self.0.retain(|(_, told)| now < *told + SILENCE);
        let news = self.0.iter().all(|(told, _)| *told != code);
        if news {
            self.0.push((code, now));
        }
        news
    }
}

/// What is wrong, and what to do about it.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
fn advice(code: Option<i64>) -> &'static str {
    match code {
        Some(0 | 190) => "the access token is not valid; renew it and restart with the new one",
        Some(3 | 10 | 200..=299 | 131_005) => {
            "a permission is missing; grant the app and the owner of the token the whatsapp permissions on the account"
        }
        Some(33 | 803) => "the number is not known to meta, or not to the owner of the token; check its id",
        Some(368) => "the account is blocked for a breach of policy; see its support page in the business manager",
        Some(131_031) => "the account is locked; see the business manager",
        Some(131_037) => "its display name is not approved; have it approved",
        Some(131_042) => "there is a problem with the payment; check the billing of the account",
        Some(131_045 | 133_006 | 133_010) => "it is not registered; verify and register it",
        Some(131_048 | 131_064) => {
            "it has reached a limit for spam or breaches of the rules of templates; check its quality"
        }
        _ => "meta gives a reason that is not known here; look its code up",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_is_told_once_in_a_while() {
        let (mut alert, start) = (AccountAlert::default(), Instant::now());
        let mut news = |code, seconds| alert.is_news(Some(code), start + Duration::from_secs(seconds));
        assert_eq!(
            [news(190, 0), news(190, 1), news(368, 1), news(190, 299), news(190, 300)],
            [true, false, true, false, true]
        );
    }
}
