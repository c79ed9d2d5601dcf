//! Times in the output of commands.

use std::time::{Duration, SystemTime};

/// The last millisecond of the year 9999, the latest time that can be printed.
const LATEST: u64 = 253_402_300_799_999;

/// Formats milliseconds since the Unix epoch as RFC 3339. Times of Meta can be any number, so others are clamped.
pub(crate) fn time(millis: i64) -> String {
    let millis = u64::try_from(millis).unwrap_or(0).min(LATEST);
    humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)).to_string()
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn every_number_is_a_printable_time() {
        assert_eq!(time(1_767_225_600_123), "2026-01-01T00:00:00.123Z");
        assert_eq!(time(i64::MIN), "1970-01-01T00:00:00.000Z");
        assert_eq!(time(i64::MAX), "9999-12-31T23:59:59.999Z");
    }
}
