//! Counts of attempts to send a message.

use std::time::Duration;

use waxwing_client::ErrorCode;
use waxwing_metrics::{Metric, Metrics};
use waxwing_store::{SendAttempt, SendOutcome};
use waxwing_types::OutboundContent;

use super::window::WINDOW_CLOSED;
use crate::events::outcome_name;

/// Label of an attempt without a code of Meta.
const NO_CODE: &str = "none";

/// Label of a code that is not documented.
const OTHER: &str = "other";

/// Counts an attempt to send a message.
pub(super) fn attempt(metrics: &Metrics, send: &SendAttempt, outcome: &SendOutcome) {
    let (name, error) = outcome_name(outcome);
    let code = error.and_then(|error| error.code);
    let number = send.number.as_str();
    metrics.increment(Metric::Sends, [number, name, &code_label(code)]);
    let is_final = matches!(outcome, SendOutcome::Refused { .. } | SendOutcome::Park { .. });
    if is_final && code == Some(WINDOW_CLOSED) {
        metrics.increment(Metric::WindowRefusals, [number, name]);
    } else if is_final && matches!(send.content, OutboundContent::Template(_)) {
        let by = if code.is_none() { "definition" } else { "meta" };
        metrics.increment(Metric::TemplateRefusals, [number, by]);
    }
}

/// Counts the wait of an attempt for the rate limits.
pub(super) fn rate_limit_wait(metrics: &Metrics, send: &SendAttempt, wait: Duration) {
    metrics.observe(Metric::RateLimitWait, [send.number.as_str()], wait.as_secs_f64());
}

/// Counts the time of a request that sends a message.
pub(super) fn request(metrics: &Metrics, send: &SendAttempt, duration: Duration) {
    metrics.observe(Metric::SendSeconds, [send.number.as_str()], duration.as_secs_f64());
}

/// Returns the label of a code. Meta can use any number, so a code that is not documented is no label.
fn code_label(code: Option<i64>) -> String {
    match code {
        None => NO_CODE.to_owned(),
        Some(code) if ErrorCode::find(code).is_some() => code.to_string(),
        Some(_) => OTHER.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_documented_codes_are_labels() {
        assert_eq!(code_label(Some(131_026)), "131026");
        assert_eq!(code_label(Some(4_711_815)), "other");
        assert_eq!(code_label(None), "none");
    }
}
