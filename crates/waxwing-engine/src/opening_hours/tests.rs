use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use proptest::prelude::*;
use waxwing_store::Timestamp;

use super::*;

const MADRID: &str = "Europe/Madrid";

fn hours(zone: &str, open: &[&str], holidays: &[&str]) -> OpeningHours {
    let hours = open.iter().fold(OpeningHours::in_zone(zone).unwrap(), |hours, days| hours.open(days).unwrap());
    holidays.iter().fold(hours, |hours, day| hours.holiday(day).unwrap())
}

/// Returns the time at which the clocks of a time zone show this for the first time.
fn at(zone: &str, time: &str) -> Timestamp {
    let time: DateTime = time.parse().unwrap();
    let zone = TimeZone::get(zone).unwrap();
    Timestamp::from_millis(zone.to_ambiguous_timestamp(time).compatible().unwrap().as_millisecond())
}

/// Checks the state at a time: `open` or `closed`, then the start of the period, then the time of opening.
#[track_caller]
fn check(hours: &OpeningHours, time: &str, expected: (&str, Option<&str>, Option<&str>)) {
    let local = |time: &str| at(hours.time_zone(), time);
    let (state, since, opens_at) = (expected.0, expected.1.map(local), expected.2.map(local));
    let expected = match state {
        "open" => OpeningState::Open { since },
        _ => OpeningState::Closed { since, opens_at },
    };
    assert_eq!(hours.at(local(time)), expected, "{time}");
}

#[test]
fn a_week_has_open_and_closed_periods() {
    let shop = hours(MADRID, &["mon-fri 09:00-13:00 15:00-19:00", "sat 10:00-14:00"], &[]);
    // 2026-11-30 is a Monday.
    check(&shop, "2026-11-30T09:00", ("open", Some("2026-11-30T09:00"), None));
    check(&shop, "2026-11-30T12:59:59", ("open", Some("2026-11-30T09:00"), None));
    check(&shop, "2026-11-30T13:00", ("closed", Some("2026-11-30T13:00"), Some("2026-11-30T15:00")));
    check(&shop, "2026-11-30T08:59:59", ("closed", Some("2026-11-28T14:00"), Some("2026-11-30T09:00")));
    check(&shop, "2026-12-05T12:00", ("open", Some("2026-12-05T10:00"), None));
    check(&shop, "2026-12-06T12:00", ("closed", Some("2026-12-05T14:00"), Some("2026-12-07T09:00")));
}

#[test]
fn a_range_over_midnight_belongs_to_the_day_of_its_start() {
    let bar = hours("UTC", &["fri,sat 20:00-02:00"], &["2026-12-05"]);
    check(&bar, "2026-12-05T01:59", ("open", Some("2026-12-04T20:00"), None));
    // The night of Saturday is closed, also after midnight.
    check(&bar, "2026-12-06T01:00", ("closed", Some("2026-12-05T02:00"), Some("2026-12-11T20:00")));
    check(&bar, "2026-12-13T01:00", ("open", Some("2026-12-12T20:00"), None));
}

#[test]
fn days_that_touch_are_one_period() {
    let always = hours(MADRID, &["daily 00:00-24:00"], &[]);
    check(&always, "2026-11-30T00:00", ("open", None, None));
    let split = hours("UTC", &["mon 08:00-12:00 12:00-16:00"], &[]);
    check(&split, "2026-11-30T12:00", ("open", Some("2026-11-30T08:00"), None));
    let never = hours("UTC", &[], &[]);
    check(&never, "2026-11-30T12:00", ("closed", None, None));
}

#[test]
fn holidays_close_days_or_parts_of_days() {
    let shop = hours(MADRID, &["mon-fri 09:00-17:00"], &["12-25", "2026-12-24 14:00-24:00"]);
    check(&shop, "2026-12-24T13:59", ("open", Some("2026-12-24T09:00"), None));
    check(&shop, "2026-12-24T14:00", ("closed", Some("2026-12-24T14:00"), Some("2026-12-28T09:00")));
    check(&shop, "2026-12-25T12:00", ("closed", Some("2026-12-24T14:00"), Some("2026-12-28T09:00")));
    // The evening before Christmas is closed in 2026 only, and Christmas every year.
    check(&shop, "2027-12-24T16:00", ("open", Some("2027-12-24T09:00"), None));
    let works_at_christmas = hours("UTC", &["daily 09:00-17:00"], &["12-25"]);
    check(&works_at_christmas, "2030-12-25T10:00", ("closed", Some("2030-12-24T17:00"), Some("2030-12-26T09:00")));
    // A holiday range may run over midnight.
    let night = hours("UTC", &["daily 00:00-24:00"], &["2026-12-31 22:00-06:00"]);
    check(&night, "2027-01-01T05:59", ("closed", Some("2026-12-31T22:00"), Some("2027-01-01T06:00")));
    // The night began before the holiday, and ends after its range.
    let long = hours("UTC", &["mon 23:00-22:59"], &["2026-12-01 10:00-12:00"]);
    check(&long, "2026-12-03T23:00", ("closed", Some("2026-12-01T22:59"), Some("2026-12-07T23:00")));
}

#[test]
fn times_follow_the_clocks() {
    let night = hours(MADRID, &["sun 01:00-05:00"], &[]);
    let length = |open: &str, closed: &str| at(MADRID, closed).since(at(MADRID, open));
    // Clocks go forward on 2026-03-29 at 02:00, and back on 2026-10-25 at 03:00.
    assert_eq!(length("2026-03-29T01:00", "2026-03-29T05:00"), Duration::from_hours(3));
    check(&night, "2026-03-29T03:00", ("open", Some("2026-03-29T01:00"), None));
    assert_eq!(length("2026-10-25T01:00", "2026-10-25T05:00"), Duration::from_hours(5));
    let second_half_past_two = at(MADRID, "2026-10-25T02:30").after(Duration::from_hours(1));
    assert!(night.at(second_half_past_two).is_open());
    // A skipped start counts as later, and a range that is skipped as a whole is empty.
    check(&hours(MADRID, &["sun 02:30-04:00"], &[]), "2026-03-29T03:40", ("open", Some("2026-03-29T03:30"), None));
    let skipped = hours(MADRID, &["sun 02:00-03:00"], &[]);
    check(&skipped, "2026-03-29T03:00", ("closed", Some("2026-03-22T03:00"), Some("2026-04-05T02:00")));
    // Chile skips midnight.
    let chile = hours("America/Santiago", &["daily 00:00-08:00"], &[]);
    check(&chile, "2026-09-06T01:00", ("open", Some("2026-09-06T01:00"), None));
}

#[test]
fn errors_name_the_problem_and_the_fix() {
    let zone = OpeningHours::in_zone("Europe/Vigo").unwrap_err().to_string();
    assert!(zone.contains("Europe/Vigo") && zone.contains("Europe/Madrid"), "{zone}");
    for (open, expected) in [
        ("", "is empty"),
        ("someday 09:00-17:00", "does not begin with days"),
        ("09:00-17:00", "does not begin with days"),
        ("mon-", "does not begin with days"),
        ("mon-fri", "has no times"),
        ("mon 9-17", "`9-17` where a time range"),
        ("mon 09:00-24:01", "where a time range"),
        ("mon 09:60-17:00", "where a time range"),
        ("mon +9:00-17:00", "where a time range"),
        ("mon 09:00", "where a time range"),
        ("mon 09:00-09:00", "`00:00-24:00` for a whole day"),
        ("mon 24:00-02:00", "`00:00-24:00` for a whole day"),
    ] {
        let error = OpeningHours::in_zone("UTC").unwrap().open(open).unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains(open), "{open}: {error}");
    }
    for holiday in ["", "christmas", "2026-02-30", "13-01", "02-30", "25.12.2026"] {
        let error = OpeningHours::in_zone("UTC").unwrap().holiday(holiday).unwrap_err().to_string();
        assert!(error.contains("`12-25` for every year"), "{error}");
    }
    assert!(OpeningHours::in_zone("UTC").unwrap().holiday("02-29").is_ok());
}

#[test]
fn days_have_several_forms() {
    for days in ["fri-mon", "Fri,SAT,sun,Monday", "friday-monday"] {
        let found = text::days(&format!("{days} 09:00-17:00")).unwrap().0;
        assert_eq!(found, [4, 5, 6, 0], "{days}");
    }
}

const MINUTE: i64 = 60_000;

prop_compose! {
    /// A schedule with up to two time ranges a day, which the test can also read as minutes of a week in UTC.
    fn week()(ranges in prop::collection::vec((0..7_u16, 0..1440_u16, 1..1440_u16), 0..8)) -> Vec<(u16, u16, u16)> {
        ranges
    }
}

fn clock(minutes: u16) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

proptest! {
    #[test]
    fn the_state_is_that_of_each_minute(ranges in week(), minute in 0..20_160_i64) {
        const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let mut hours = OpeningHours::in_zone("UTC").unwrap();
        let mut is_open = vec![false; 10_080];
        for (day, start, length) in ranges {
            let end = (start + length) % 1440;
            hours = hours.open(&format!("{} {}-{}", NAMES[usize::from(day)], clock(start), clock(end))).unwrap();
            for minute in start..start + length {
                is_open[(usize::from(day) * 1440 + usize::from(minute)) % 10_080] = true;
            }
        }
        // 2026-11-30 is a Monday.
        let monday = at("UTC", "2026-11-30T00:00").as_millis();
        let is_open_at = |minute: i64| is_open[usize::try_from(minute.rem_euclid(10_080)).unwrap()];
        let time = |minute: i64| Timestamp::from_millis(monday + minute * MINUTE);
        let opens = |from: i64| (from..from + 10_080).find(|minute| is_open_at(*minute)).map(time);
        let since = (minute - 10_080..=minute).rev().find(|at| is_open_at(*at) != is_open_at(at - 1)).map(time);
        let expected = if is_open_at(minute) {
            OpeningState::Open { since }
        } else {
            OpeningState::Closed { since, opens_at: opens(minute) }
        };
        prop_assert_eq!(hours.at(time(minute)), expected);
    }
}
