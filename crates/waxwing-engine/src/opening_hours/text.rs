//! Text form of opening hours.

use jiff::civil::Date;

use super::schedule::{DAY, Period};
use super::{Holiday, HolidayDate, InvalidHours};

/// Days in the order of the schedule.
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A year with all days of the calendar.
const LEAP_YEAR: i16 = 2024;

/// Reads days with their time ranges.
pub(super) fn days(text: &str) -> Result<(Vec<usize>, Vec<Period>), InvalidHours> {
    let mut words = text.split_whitespace();
    let days =
        words.next().ok_or_else(|| invalid(text, "is empty; write days and times such as `mon-fri 09:00-17:00`"))?;
    let mut found = Vec::new();
    for part in days.split(',') {
        found.extend(day_range(part).ok_or_else(|| {
            invalid(text, "does not begin with days; write `mon`, `mon-fri`, `sat,sun` or `daily`, then the times")
        })?);
    }
    let periods = periods(text, words)?;
    if periods.is_empty() {
        return Err(invalid(
            text,
            "has no times; add them, such as `09:00-17:00`, or leave the days out if they are closed",
        ));
    }
    Ok((found, periods))
}

/// Reads a holiday.
pub(super) fn holiday(text: &str) -> Result<Holiday, InvalidHours> {
    const EXPECTED: &str = "is no date; write it as `2026-12-25`, or as `12-25` for every year";
    let mut words = text.split_whitespace();
    let date = words.next().ok_or_else(|| invalid(text, EXPECTED))?;
    let date = match date.split_once('-') {
        Some((month, day)) if !day.contains('-') => yearly(month, day),
        _ => date.parse().ok().map(HolidayDate::Once),
    };
    Ok(Holiday { date: date.ok_or_else(|| invalid(text, EXPECTED))?, periods: periods(text, words)? })
}

fn yearly(month: &str, day: &str) -> Option<HolidayDate> {
    let (month, day) = (month.parse().ok()?, day.parse().ok()?);
    Date::new(LEAP_YEAR, month, day).ok().map(|_| HolidayDate::Yearly { month, day })
}

/// Returns the days of a part such as `mon` or `fri-mon`.
fn day_range(part: &str) -> Option<Vec<usize>> {
    if part.eq_ignore_ascii_case("daily") {
        return Some((0..7).collect());
    }
    let (first, last) = part.split_once('-').unwrap_or((part, part));
    let (first, last) = (day(first)?, day(last)?);
    let length = (last + 7 - first) % 7;
    Some((first..=first + length).map(|day| day % 7).collect())
}

/// Returns the day of a name, or of its first three letters.
fn day(name: &str) -> Option<usize> {
    let name = name.to_ascii_lowercase();
    DAYS.iter().position(|day| name == *day || name == day[..3])
}

fn periods<'a>(text: &str, words: impl Iterator<Item = &'a str>) -> Result<Vec<Period>, InvalidHours> {
    let ranges = words.flat_map(|word| word.split(',')).filter(|range| !range.is_empty());
    ranges.map(|range| period(text, range)).collect()
}

fn period(text: &str, range: &str) -> Result<Period, InvalidHours> {
    let times = range.split_once('-').and_then(|(start, end)| Some((minutes(start)?, minutes(end)?)));
    match times {
        Some((start, end)) if start == end || start == DAY => {
            let message = format!("has the empty time range `{range}`; write `00:00-24:00` for a whole day");
            Err(invalid(text, &message))
        }
        Some((start, end)) => Ok(Period { start, end: if end > start { end } else { end + DAY } }),
        None => Err(invalid(text, &format!("has `{range}` where a time range such as `09:00-17:00` belongs"))),
    }
}

/// Returns the minutes since midnight of a time between `00:00` and `24:00`.
fn minutes(time: &str) -> Option<u16> {
    let (hours, minutes) = time.split_once(':')?;
    let number = |digits: &str| digits.parse::<u16>().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()));
    let (hours, minutes) = (number(hours)?, number(minutes).filter(|_| minutes.len() == 2)?);
    let time = hours.checked_mul(60)?.checked_add(minutes)?;
    (minutes < 60 && time <= DAY).then_some(time)
}

fn invalid(text: &str, message: &str) -> InvalidHours {
    InvalidHours(format!("`{text}` {message}"))
}
