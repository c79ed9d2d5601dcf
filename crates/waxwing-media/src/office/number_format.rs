//! Numbers of spreadsheets as people see them.

/// Number formats of the cells of a workbook: which styles show dates.
#[derive(Debug, Default)]
pub(super) struct NumberFormats {
    /// Ids of own formats that show dates.
    pub(super) dates: Vec<u32>,
    /// Number format of each style, in order.
    pub(super) styles: Vec<u32>,
    /// Whether day 0 is in 1904 instead of 1899.
    pub(super) is_1904: bool,
}

impl NumberFormats {
    /// Returns the text of a number in a cell with this style.
    pub(super) fn text(&self, value: &str, style: Option<usize>) -> String {
        let Ok(number) = value.trim().parse::<f64>() else { return value.to_owned() };
        let format = style.and_then(|style| self.styles.get(style)).copied().unwrap_or_default();
        let is_date = matches!(format, 14..=22 | 45..=47) || self.dates.contains(&format);
        match is_date.then(|| self.date(number)).flatten() {
            Some(date) => date,
            // A file has all digits of the machine: 9.9000000000000004.
            None => format!("{number}"),
        }
    }

    /// Returns the date or the time of a number of days.
    fn date(&self, days: f64) -> Option<String> {
        // Dates up to the year 9999.
        if !(0.0..2_958_466.0).contains(&days) {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, reason = "the range is checked above")]
        let (day, minute) = (days.floor() as i64, ((days - days.floor()) * 1440.0).round() as i64);
        let (day, minute) = if minute == 1440 { (day + 1, 0) } else { (day, minute) };
        let time = format!("{:02}:{:02}", minute / 60, minute % 60);
        if day == 0 {
            return Some(time);
        }
        let date = civil(day + if self.is_1904 { 1462 } else { 0 });
        Some(if minute == 0 { date } else { format!("{date} {time}") })
    }
}

/// Returns the date of a number of days after 30 December 1899. Days before March 1900 are off by one, as in the programs that write them.
fn civil(days: i64) -> String {
    // Days since 1 March of the year 0, then eras of 400 years: http://howardhinnant.github.io/date_algorithms.html
    let days = days - 25_569 + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Returns whether a format shows a date or a time.
pub(super) fn is_date(code: &str) -> bool {
    let mut rest = code.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => drop(rest.by_ref().find(|c| *c == '"')),
            '[' => drop(rest.by_ref().find(|c| *c == ']')),
            '\\' | '_' | '*' => drop(rest.next()),
            'y' | 'Y' | 'm' | 'M' | 'd' | 'D' | 'h' | 'H' | 's' | 'S' => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_dates_where_the_style_says_so() {
        let formats = NumberFormats { dates: vec![164], styles: vec![0, 14, 164], is_1904: false };
        for (value, style, expected) in [
            ("9.9000000000000004", None, "9.9"),
            ("46355", Some(0), "46355"),
            ("46355", Some(1), "2026-11-29"),
            ("46355.604166666664", Some(2), "2026-11-29 14:30"),
            ("0.5", Some(1), "12:00"),
            ("61", Some(1), "1900-03-01"),
            ("-1", Some(1), "-1"),
            ("1e300", Some(1), &format!("{}", 1e300)),
            ("n/a", Some(1), "n/a"),
            ("7", Some(99), "7"),
        ] {
            assert_eq!(formats.text(value, style), expected, "{value}");
        }
        let formats = NumberFormats { is_1904: true, ..formats };
        assert_eq!(formats.text("44893", Some(1)), "2026-11-29");
    }

    #[test]
    fn formats_of_dates_are_told_from_others() {
        for code in ["yyyy\\-mm\\-dd", "[$-409]d/m/yy", "hh:mm", "MMM"] {
            assert!(is_date(code), "{code}");
        }
        for code in ["General", "0.00", "#,##0.00 \"days\"", "[Red]0", "0\\d", "0.00E+00", "\"", "["] {
            assert!(!is_date(code), "{code}");
        }
    }
}
