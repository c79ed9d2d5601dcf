//! Logs account problems that an operator has to fix.

use std::time::Duration;

use tokio::time::Instant;
use waxwing_types::PhoneNumberId;

use crate::alarm_queue::AlarmQueue;

/// The same problem is not logged again within this time.
const REPEAT_AFTER: Duration = Duration::from_mins(5);

/// The problems of one business number that were logged, by Meta's error code. Meta has few codes of this kind.
#[derive(Debug, Default)]
pub(super) struct AccountAlert(Vec<(Option<i64>, Instant)>);

impl AccountAlert {
    /// Logs a problem and raises an alarm, unless the same problem was logged in the last minutes.
    pub(super) fn raise(&mut self, number: &PhoneNumberId, code: Option<i64>, now: Instant, alarms: &AlarmQueue) {
        if self.is_due(code, now) {
            let alarm = if matches!(code, Some(0 | 190)) { "token_refused" } else { "sends_blocked" };
            alarms.raise(number, alarm, advice(code), code);
            tracing::error!(
                number = number.as_str(),
                code,
                advice = advice(code),
                "sends blocked by an account problem; probing until it is fixed"
            );
        }
    }

    fn is_due(&mut self, code: Option<i64>, now: Instant) -> bool {
        self.0.retain(|(_, logged_at)| now < *logged_at + REPEAT_AFTER);
        let is_due = self.0.iter().all(|(logged, _)| *logged != code);
        if is_due {
            self.0.push((code, now));
        }
        is_due
    }
}

/// Describes a problem and its solution.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
fn advice(code: Option<i64>) -> &'static str {
    match code {
        Some(0 | 190) => "the access token is not valid; create a new token and restart with it",
        Some(3 | 10 | 200..=299 | 131_005) => {
            "a permission is missing; grant the whatsapp permissions on the account to the app and to the owner of the token"
        }
        Some(33 | 803) => "meta or the owner of the token does not know the number; check the phone number id",
        Some(368) => "the account is blocked for a policy violation; see its support page in the business manager",
        Some(131_031) => "the account is locked; see the business manager",
        Some(131_037) => "the display name is not approved; request approval in the business manager",
        Some(131_042) => "there is a payment problem; check the billing settings of the account",
        Some(131_045 | 133_006 | 133_010) => "the number is not registered; verify and register it",
        Some(131_048 | 131_064) => "the number reached a spam limit or a template limit; check its quality rating",
        _ => "unknown error code; look it up in meta's list of error codes",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_problem_is_logged_once_in_five_minutes() {
        let (mut alert, start) = (AccountAlert::default(), Instant::now());
        let mut is_due = |code, seconds| alert.is_due(Some(code), start + Duration::from_secs(seconds));
        assert_eq!(
            [is_due(190, 0), is_due(190, 1), is_due(368, 1), is_due(190, 299), is_due(190, 300)],
            [true, false, true, false, true]
        );
    }
}
