//! Day of a report of usage.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

/// The first day of the Unix epoch.
const EPOCH: Date = Date::constant(1970, 1, 1);

/// A day in UTC, in days since the Unix epoch. Its text is like `2026-11-30`.
///
/// ```
/// use waxwing_admin::UsageDate;
///
/// let day: UsageDate = "2026-01-01".parse()?;
/// assert_eq!((day.0, day.to_string().as_str()), (20_454, "2026-01-01"));
/// # Ok::<(), waxwing_admin::InvalidUsageDate>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct UsageDate(pub i64);

/// The text is not a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a day like 2026-11-30")]
pub struct InvalidUsageDate;

impl FromStr for UsageDate {
    type Err = InvalidUsageDate;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let date: Date = text.parse().map_err(|_| InvalidUsageDate)?;
        let span = EPOCH.until(date).map_err(|_| InvalidUsageDate)?;
        Ok(Self(span.get_days().into()))
    }
}

impl fmt::Display for UsageDate {
    /// Writes the day. A day beyond the calendar is written as its number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = i32::try_from(self.0).ok().and_then(|days| {
            let span = jiff::Span::new().try_days(days).ok()?;
            EPOCH.checked_add(span).ok()
        });
        match date {
            Some(date) => date.fmt(f),
            None => self.0.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for (text, day) in [("1970-01-01", 0), ("1969-12-31", -1), ("2026-11-30", 20_787), ("9999-12-31", 2_932_896)] {
            assert_eq!(text.parse(), Ok(UsageDate(day)), "{text}");
            assert_eq!(UsageDate(day).to_string(), text);
        }
        for wrong in ["", "30.11.2026", "2026-02-30", "tomorrow"] {
            assert_eq!(wrong.parse::<UsageDate>(), Err(InvalidUsageDate), "{wrong}");
        }
        assert_eq!(UsageDate(i64::MAX).to_string(), i64::MAX.to_string());
    }
}
