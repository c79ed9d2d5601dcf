//! Opening hours of a business number.

mod schedule;
#[cfg(test)]
mod tests;
mod text;

use std::time::Duration;

use waxwing_store::Timestamp;

use schedule::{Holiday, HolidayDate, Schedule};

/// Opening hours of a business number, with holidays, in a time zone.
///
/// - A time range such as `20:00-02:00` runs over midnight, and belongs to the day on which it begins. `00:00-24:00` is a whole day.
/// - A holiday without time ranges removes the time ranges that begin on its date. A holiday with time ranges closes the business in them.
/// - Times follow the clocks of the time zone. A time that a change of the clocks skips counts as later by the length of the change, and a time that
///   occurs twice counts as the first one.
/// - A day without a time range is closed. Hours without any time range are never open.
///
/// ```
/// use waxwing_engine::OpeningHours;
/// use waxwing_store::Timestamp;
///
/// # fn main() -> Result<(), waxwing_engine::InvalidHours> {
/// let hours = OpeningHours::in_zone("Europe/Madrid")?
///     .open("mon-fri 09:00-13:00 15:00-19:00")?
///     .open("sat 10:00-14:00")?
///     .holiday("12-25")? // every year
///     .holiday("2026-12-24 14:00-24:00")?;
/// let thursday_noon = Timestamp::from_millis(1_767_265_200_000); // 2026-01-01 12:00 in Madrid
/// assert!(hours.at(thursday_noon).is_open());
/// assert!(hours.open("sometimes").is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct OpeningHours {
    schedule: Schedule,
    outside: OutsideHours,
}

/// Handling of messages of users outside the opening hours. Commands, operators and human handoffs work at all times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OutsideHours {
    /// The agent does not run. The user gets the away text, once in each closed period. The messages are recorded without an answer, and the agent
    /// sees them in the history of the next turn.
    #[default]
    Away,
    /// The user gets the away text, once in each closed period, and the agent answers when the business opens. Messages whose customer service
    /// window ends before are handled as by [`Away`](Self::Away).
    Wait,
    /// The agent answers, and is told that the business is closed.
    Answer,
}

/// The error of opening hours that cannot be read. The message names the problem and the fix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidHours(String);

/// Whether a business is open at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpeningState {
    /// The business is open.
    Open {
        /// Start of the open period. `None` if it is more than 400 days ago.
        since: Option<Timestamp>,
    },
    /// The business is closed.
    Closed {
        /// Start of the closed period. `None` if it is more than 400 days ago.
        since: Option<Timestamp>,
        /// Time at which the business opens. `None` if it does not open within 400 days.
        opens_at: Option<Timestamp>,
    },
}

impl OpeningHours {
    /// Creates hours in a time zone, such as `Europe/Madrid` or `UTC`, that are never open.
    ///
    /// # Errors
    ///
    /// If there is no such time zone.
    pub fn in_zone(time_zone: &str) -> Result<Self, InvalidHours> {
        let zone = jiff::tz::TimeZone::get(time_zone.trim()).map_err(|_| {
            InvalidHours(format!("there is no time zone `{time_zone}`; write a name such as `Europe/Madrid` or `UTC`"))
        })?;
        Ok(Self { schedule: Schedule::new(zone), outside: OutsideHours::default() })
    }

    /// Adds open time ranges of days: the days, then the time ranges, such as `mon-fri 09:00-13:00 15:00-19:00`, `sat,sun 10:00-14:00` or
    /// `daily 00:00-24:00`.
    ///
    /// # Errors
    ///
    /// If the text has another form.
    pub fn open(mut self, days: &str) -> Result<Self, InvalidHours> {
        let (days, periods) = text::days(days)?;
        for day in days {
            self.schedule.weekly[day].extend_from_slice(&periods);
        }
        Ok(self)
    }

    /// Adds a holiday: a date such as `2026-12-25`, or a date of every year such as `12-25`. Time ranges after it close a part of the day, such as
    /// `2026-12-24 14:00-24:00`.
    ///
    /// # Errors
    ///
    /// If the text has another form, or if there is no such date.
    pub fn holiday(mut self, holiday: &str) -> Result<Self, InvalidHours> {
        self.schedule.holidays.push(text::holiday(holiday)?);
        Ok(self)
    }

    /// Sets the handling of messages outside the hours. Default: [`OutsideHours::Away`].
    pub fn outside(mut self, outside: OutsideHours) -> Self {
        self.outside = outside;
        self
    }

    /// Returns the handling of messages outside the hours.
    pub fn when_closed(&self) -> OutsideHours {
        self.outside
    }

    /// Returns the name of the time zone.
    pub fn time_zone(&self) -> &str {
        self.schedule.zone_name()
    }

    /// Returns whether the business is open at a time, and since when.
    pub fn at(&self, time: Timestamp) -> OpeningState {
        self.schedule.at(time)
    }
}

impl OpeningState {
    /// Returns whether the business is open.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// Returns the time from `now` until the business opens: zero if it is open, and `None` if it does not open within 400 days.
    pub fn opens_in(self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::Open { .. } => Some(Duration::ZERO),
            Self::Closed { opens_at, .. } => opens_at.map(|at| at.since(now)),
        }
    }
}
