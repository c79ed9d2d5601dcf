//! Import of a webhook log.

use std::io::BufRead;
use std::time::Duration;

use serde_json::Value;

use crate::capture::{Capture, CaptureSummary};
use crate::recording::Recording;

/// Longest line that is read, in bytes: the largest webhook of Meta, escaped once more.
const MAX_LINE: usize = 8 * 1024 * 1024;

/// Why a webhook log cannot be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookLogError {
    /// The log cannot be read.
    #[error("the webhook log cannot be read")]
    Read(#[from] std::io::Error),
    /// A line is too long.
    #[error("line {0} is longer than 8 MiB")]
    LineTooLong(usize),
    /// A line is not the body of a webhook.
    #[error("line {line} is not the body of a webhook: {reason}")]
    Line {
        /// Line, counted from 1.
        line: usize,
        /// Reason.
        reason: String,
    },
}

/// Imports a log with one webhook body per line, as JSON. Returns the recording, which has no messages of the bot, and what it leaves out.
///
/// Empty lines are skipped. The time between two steps is the difference of the `timestamp` of their messages.
///
/// ```
/// let log = r#"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{
///     "contacts":[{"wa_id":"34600123456","profile":{"name":"Ana"}}],
///     "messages":[{"id":"wamid.1","from":"34600123456","timestamp":"1790000000","type":"text","text":{"body":"hi"}}]
/// }}]}]}"#.replace('\n', "");
/// let (recording, _) = waxwing_recorder::import_webhook_log(log.as_bytes())?;
/// assert!(recording.to_toml().unwrap().contains("Person1"));
/// # Ok::<(), waxwing_recorder::WebhookLogError>(())
/// ```
///
/// # Errors
///
/// If a line cannot be read, is longer than 8 MiB, or is not the body of a webhook.
pub fn import_webhook_log(mut log: impl BufRead) -> Result<(Recording, CaptureSummary), WebhookLogError> {
    let mut capture = Capture::default();
    let (mut first, mut now) = (None, Duration::ZERO);
    for line in 1.. {
        let mut bytes = Vec::new();
        let read = std::io::Read::take(&mut log, MAX_LINE as u64 + 1).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            break;
        }
        if read > MAX_LINE {
            return Err(WebhookLogError::LineTooLong(line));
        }
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let body: Value = serde_json::from_slice(&bytes)
            .map_err(|error| WebhookLogError::Line { line, reason: error.to_string() })?;
        if !body["entry"].is_array() {
            return Err(WebhookLogError::Line { line, reason: "it has no array `entry`".into() });
        }
        if let Some(sent_at) = timestamp(&body) {
            let start: u64 = *first.get_or_insert(sent_at);
            now = now.max(Duration::from_secs(sent_at.saturating_sub(start)));
        }
        capture.webhook(now, bytes.trim_ascii());
    }
    Ok((capture.content().recording(), capture.summary))
}

/// Returns the time of the first message or status of a webhook, in seconds since the Unix epoch.
fn timestamp(body: &Value) -> Option<u64> {
    let changes = body["entry"].as_array()?.iter().filter_map(|entry| entry["changes"].as_array()).flatten();
    let items = changes.flat_map(|change| ["messages", "statuses"].map(|key| change["value"][key].as_array()));
    let items = items.flatten().flatten();
    items.filter_map(|message| message["timestamp"].as_str()).find_map(|seconds| seconds.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(log: &str, expected: &str) {
        let error = import_webhook_log(log.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn errors_state_the_line() {
        check("\n{\"entry\":[]}\nno", "line 3");
        check("{\"object\":\"x\"}", "line 1 is not the body of a webhook: it has no array `entry`");
    }

    #[test]
    fn times_count_from_the_first_item_that_has_one() {
        let change = |value: &str| format!(r#"{{"entry":[{{"changes":[{{"field":"messages","value":{value}}}]}}]}}"#);
        let message = |id: u8, time: u64| {
            let message =
                format!(r#"{{"id":"{id}","from":"34600123456","timestamp":"{time}","text":{{"body":"{id}"}}}}"#);
            change(&format!(r#"{{"messages":[{message}]}}"#))
        };
        let status = change(r#"{"statuses":[{"id":"0","status":"sent"}]}"#);
        let log = [status, message(1, 1_790_000_000), message(2, 1_790_000_007)].join("\n");
        let (recording, summary) = import_webhook_log(log.as_bytes()).unwrap();
        let times: Vec<_> = recording.steps.iter().map(|step| step.after.as_secs()).collect();
        assert_eq!((times, summary.statuses), (vec![0, 0, 7], 1));
    }
}
