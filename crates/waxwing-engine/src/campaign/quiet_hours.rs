//! Hours of the day in which a campaign sends nothing.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp as Instant, ToSpan};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use waxwing_store::Timestamp;

/// Hours of the day in which a campaign sends nothing, such as `21:00-09:00`. They may cross midnight.
///
/// ```
/// use waxwing_engine::QuietHours;
///
/// let night: QuietHours = "21:00-09:00".parse()?;
/// assert_eq!(night.to_string(), "21:00-09:00");
/// assert!("9-21".parse::<QuietHours>().is_err());
/// # Ok::<(), waxwing_engine::InvalidQuietHours>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    until: Time,
}

/// A text is not a pair of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("quiet hours are two different times of the day, such as 21:00-09:00")]
pub struct InvalidQuietHours;

impl QuietHours {
    /// Returns the time until the quiet hours end. `None` outside of them.
    pub(crate) fn rest(self, now: Timestamp, zone: &TimeZone) -> Option<Duration> {
        let now = Instant::from_millisecond(now.as_millis()).ok()?.to_zoned(zone.clone());
        let time = now.time();
        let is_quiet = if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            time >= self.from || time < self.until
        };
        if !is_quiet {
            return None;
        }
        let date = if time < self.until { now.date() } else { now.date().checked_add(1.day()).ok()? };
        let end = date.to_datetime(self.until).to_zoned(zone.clone()).ok()?;
        let millis = end.timestamp().as_millisecond() - now.timestamp().as_millisecond();
        // A change of the clock may end the quiet hours in between.
        Some(Duration::from_millis(u64::try_from(millis).unwrap_or(0)).max(Duration::from_secs(1)))
    }
}

impl FromStr for QuietHours {
    type Err = InvalidQuietHours;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time = |text: &str| {
            let (hour, minute) = text.trim().split_once(':').ok_or(InvalidQuietHours)?;
            let number = |text: &str| text.parse().ok().filter(|_| text.len() == 2).ok_or(InvalidQuietHours);
            Time::new(number(hour)?, number(minute)?, 0, 0).map_err(|_| InvalidQuietHours)
        };
        let (from, until) = text.split_once('-').ok_or(InvalidQuietHours)?;
        let hours = Self { from: time(from)?, until: time(until)? };
        if hours.from == hours.until { Err(InvalidQuietHours) } else { Ok(hours) }
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, until } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from.hour(), from.minute(), until.hour(), until.minute())
    }
}

impl Serialize for QuietHours {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for QuietHours {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hours: &str, zone: &str, now: &str, expected: Option<u64>) {
        let now = Timestamp::from_millis(now.parse::<Instant>().unwrap().as_millisecond());
        let rest = hours.parse::<QuietHours>().unwrap().rest(now, &TimeZone::get(zone).unwrap());
        assert_eq!(rest.map(|rest| rest.as_secs() / 60), expected, "{hours} {zone} {now:?}");
    }

    #[test]
    fn quiet_hours_follow_the_clock_of_the_time_zone() {
        check("21:00-09:00", "UTC", "2026-06-01T20:59:00Z", None);
        check("21:00-09:00", "UTC", "2026-06-01T21:00:00Z", Some(720));
        check("21:00-09:00", "UTC", "2026-06-01T08:59:00Z", Some(1));
        check("21:00-09:00", "UTC", "2026-06-01T09:00:00Z", None);
        check("12:00-14:00", "Europe/Madrid", "2026-06-01T10:30:00Z", Some(90));
        check("12:00-14:00", "Europe/Madrid", "2026-12-01T10:30:00Z", None);
        check("21:00-09:00", "America/New_York", "2026-12-01T02:30:00Z", Some(690));
        // The clocks change in this night, so it is an hour shorter.
        check("21:00-09:00", "Europe/Madrid", "2026-03-28T20:00:00Z", Some(660));
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "21:00", "21:00-21:00", "25:00-09:00", "9:00-10:00", "21:60-09:00", "21.00-09.00"] {
            assert_eq!(text.parse::<QuietHours>(), Err(InvalidQuietHours), "{text}");
        }
    }
}
