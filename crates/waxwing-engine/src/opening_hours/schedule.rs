//! Weekly schedule with holidays.

use std::iter;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};
use waxwing_store::Timestamp;

use super::OpeningState;

/// Number of days that are searched for a change, in each direction.
const HORIZON: i32 = 400;

/// Minutes of a day.
pub(super) const DAY: u16 = 24 * 60;

/// A time range of a day, in minutes since midnight on the clock. The end can be on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) start: u16,
    pub(super) end: u16,
}

/// Date of a holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HolidayDate {
    /// One date.
    Once(Date),
    /// The same month and day of every year.
    Yearly { month: i8, day: i8 },
}

/// A holiday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holiday {
    pub(super) date: HolidayDate,
    /// Closed time ranges. Empty: the whole day.
    pub(super) periods: Vec<Period>,
}

/// Weekly schedule with holidays.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Schedule {
    zone: TimeZone,
    /// Open time ranges of each day, from Monday on.
    pub(super) weekly: [Vec<Period>; 7],
    pub(super) holidays: Vec<Holiday>,
}

impl Holiday {
    fn is_on(&self, date: Date) -> bool {
        match self.date {
            HolidayDate::Once(once) => once == date,
            HolidayDate::Yearly { month, day } => (month, day) == (date.month(), date.day()),
        }
    }
}

impl Schedule {
    /// Creates a schedule that is never open.
    pub(super) fn new(zone: TimeZone) -> Self {
        Self { zone, weekly: Default::default(), holidays: Vec::new() }
    }

    pub(super) fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// Returns whether the schedule is open at a time, with the borders of the period.
    pub(super) fn at(&self, time: Timestamp) -> OpeningState {
        let now = time.as_millis();
        let is_open = self.is_open(now);
        // A change is a border at which the state differs from the state just before it.
        let is_change = |border: &i64| self.is_open(*border) != self.is_open(*border - 1);
        let before = self.borders(now, -1).find(|borders| borders.iter().any(|at| *at <= now && is_change(at)));
        let since = before.and_then(|borders| borders.into_iter().filter(|at| *at <= now && is_change(at)).max());
        let since = since.map(Timestamp::from_millis);
        if is_open {
            return OpeningState::Open { since };
        }
        let after = self.borders(now, 1).find(|borders| borders.iter().any(|at| *at > now && is_change(at)));
        let opens_at = after.and_then(|borders| borders.into_iter().filter(|at| *at > now && is_change(at)).min());
        OpeningState::Closed { since, opens_at: opens_at.map(Timestamp::from_millis) }
    }

    /// Iterates over the days from the one of a time on, into the past or the future. Each item has all borders of that day, of the day before and of
    /// the day after, so that the first item with a fitting border has the nearest one.
    fn borders(&self, now: i64, direction: i32) -> impl Iterator<Item = Vec<i64>> + '_ {
        let today = self.date(now);
        let near = |day: Date, days: i32| (-days..=days).filter_map(move |days| day.checked_add(days.days()).ok());
        let days = (0..=HORIZON).map_while(move |days| today?.checked_add((direction * days).days()).ok());
        days.map(move |day| {
            // The range of a day can end on the next day, and clocks can change.
            let borders = near(day, 3).flat_map(|day| self.periods_on(day)).flat_map(|(start, end)| [start, end]);
            borders.filter(|at| self.date(*at).is_some_and(|date| near(day, 1).any(|near| near == date))).collect()
        })
    }

    /// Returns whether the schedule is open at a time in milliseconds.
    fn is_open(&self, now: i64) -> bool {
        let Some(today) = self.date(now) else { return false };
        let yesterday = today.yesterday().ok();
        let days = || iter::once(today).chain(yesterday);
        let contains = |(start, end): (i64, i64)| (start..end).contains(&now);
        days().flat_map(|day| self.open_on(day)).any(contains)
            && !days().flat_map(|day| self.closed_on(day)).any(contains)
    }

    fn date(&self, now: i64) -> Option<Date> {
        let time = jiff::Timestamp::from_millisecond(now).ok()?;
        Some(self.zone.to_datetime(time).date())
    }

    /// Returns all time ranges that begin on a date, in milliseconds.
    fn periods_on(&self, date: Date) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.open_on(date).chain(self.closed_on(date))
    }

    /// Returns the open time ranges that begin on a date.
    fn open_on(&self, date: Date) -> impl Iterator<Item = (i64, i64)> + '_ {
        let is_holiday = self.holidays.iter().any(|holiday| holiday.periods.is_empty() && holiday.is_on(date));
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
        let periods = self.weekly.get(weekday).filter(|_| !is_holiday).into_iter().flatten();
        periods.filter_map(move |period| self.instants(date, *period))
    }

    /// Returns the time ranges that begin on a date and are closed because of a holiday.
    fn closed_on(&self, date: Date) -> impl Iterator<Item = (i64, i64)> + '_ {
        let periods =
            self.holidays.iter().filter(move |holiday| holiday.is_on(date)).flat_map(|holiday| &holiday.periods);
        periods.filter_map(move |period| self.instants(date, *period))
    }

    /// Returns the start and the end of a time range on a date. Returns none if it is empty, because a change of the clocks skips it.
    fn instants(&self, date: Date, Period { start, end }: Period) -> Option<(i64, i64)> {
        let instant = |minutes: u16| {
            let span: Span = i32::from(minutes).minutes();
            let time = date.to_datetime(jiff::civil::Time::midnight()).checked_add(span).ok()?;
            Some(self.zone.to_ambiguous_timestamp(time).compatible().ok()?.as_millisecond())
        };
        let range = (instant(start)?, instant(end)?);
        (range.0 < range.1).then_some(range)
    }
}
