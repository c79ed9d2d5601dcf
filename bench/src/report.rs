//! Tables of results for a Markdown file.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;

/// Start and end of the part of the file that the benchmark writes.
const MARKS: (&str, &str) = ("<!-- measured: begin -->", "<!-- measured: end -->");

/// Prefix of a table's title.
const HEADING: &str = "### ";

/// Results of all measurements.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) machine: String,
    tables: Vec<Table>,
}

/// Table of results.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) title: &'static str,
    /// Column headings of the values.
    pub(crate) columns: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: String,
    target: &'static str,
    values: Vec<String>,
}

impl Table {
    pub(crate) fn new(title: &'static str, columns: Vec<String>) -> Self {
        Self { title, columns, rows: Vec::new() }
    }

    /// Creates a table with a column for each additional time of a flush.
    pub(crate) fn by_flush(title: &'static str, delays: &[Duration]) -> Self {
        let name = |delay: &Duration| match delay.as_millis() {
            0 => "this disk".to_owned(),
            delay => format!("{delay} ms slower"),
        };
        Self::new(title, delays.iter().map(name).collect())
    }

    /// Adds a value to the row with this name.
    pub(crate) fn add(&mut self, name: &str, target: &'static str, value: String) {
        eprintln!("  {name}: {value}");
        match self.rows.iter_mut().find(|row| row.name == name) {
            Some(row) => row.values.push(value),
            None => self.rows.push(Row { name: name.to_owned(), target, values: vec![value] }),
        }
    }
}

impl Report {
    pub(crate) fn add(&mut self, table: Table) {
        self.tables.push(table);
    }

    pub(crate) fn to_markdown(&self) -> String {
        let mut text = String::new();
        for Table { title, columns, rows } in &self.tables {
            let _ = write!(text, "\n{HEADING}{title}\n\n{}\n\n| | {} | target |\n", self.machine, columns.join(" | "));
            let _ = writeln!(text, "|---|{}---|", "--:|".repeat(columns.len()));
            for Row { name, target, values } in rows {
                let _ = writeln!(text, "| {name} | {} | {target} |", values.join(" | "));
            }
        }
        text
    }
}

/// Replaces each table of the file that has the same title. A table with a new title is appended.
pub(crate) fn write(file: &Path, tables: &str) -> anyhow::Result<()> {
    let page = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let page = replaced(&page, tables).with_context(|| format!("{} has no marks around its tables", file.display()))?;
    Ok(std::fs::write(file, page)?)
}

fn replaced(page: &str, tables: &str) -> Option<String> {
    let (before, rest) = page.split_once(MARKS.0)?;
    let (old, after) = rest.split_once(MARKS.1)?;
    let mut sections: Vec<(&str, &str)> = Vec::new();
    for (title, table) in [old, tables].into_iter().flat_map(sections_of) {
        match sections.iter_mut().find(|section| section.0 == title) {
            Some(section) => section.1 = table,
            None => sections.push((title, table)),
        }
    }
    let mut page = format!("{before}{}", MARKS.0);
    for (title, table) in sections {
        let _ = write!(page, "\n\n{HEADING}{title}\n\n{table}");
    }
    Some(page + "\n\n" + MARKS.1 + after)
}

/// Returns the titles with the text below each title.
fn sections_of(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let sections = text.split(HEADING).skip(1).filter_map(|section| section.split_once('\n'));
    sections.map(|(title, table)| (title.trim(), table.trim()))
}

/// Formats a duration in the unit that gives at most three digits before the point.
pub(crate) fn time(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        ..1_000.0 => format!("{micros:.0} µs"),
        ..10_000.0 => format!("{:.1} ms", micros / 1e3),
        ..1_000_000.0 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

/// Formats bytes in MB, which are 1,000,000 bytes.
pub(crate) fn memory(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

/// Returns the median.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_measured_is_replaced() {
        let page = format!("a\n{}\n\n### Speed\n\nold\n\n### Size\n\nkept\n\n{}\nb\n", MARKS.0, MARKS.1);
        let mut speed = Table::by_flush("Speed", &[Duration::ZERO, Duration::from_millis(2)]);
        speed.add("row", "fast", "1".into());
        speed.add("row", "fast", "2".into());
        let mut weight = Table::new("Weight", vec!["kg".into()]);
        weight.add("row", "", "3".into());
        let report = Report { machine: "a machine".into(), tables: vec![speed, weight] };
        let speed = "a machine\n\n| | this disk | 2 ms slower | target |\n|---|--:|--:|---|\n| row | 1 | 2 | fast |";
        let weight = "a machine\n\n| | kg | target |\n|---|--:|---|\n| row | 3 |  |";
        let page = replaced(&page, &report.to_markdown()).unwrap();
        let tables = format!("### Speed\n\n{speed}\n\n### Size\n\nkept\n\n### Weight\n\n{weight}");
        assert_eq!(page, format!("a\n{}\n\n{tables}\n\n{}\nb\n", MARKS.0, MARKS.1));
        assert_eq!(replaced(&page, &report.to_markdown()).unwrap(), page);
        assert!(replaced("a page", "").is_none());
    }

    #[test]
    fn figures() {
        assert_eq!(time(Duration::from_micros(999)), "999 µs");
        assert_eq!(time(Duration::from_micros(1_500)), "1.5 ms");
        assert_eq!(time(Duration::from_millis(15)), "15 ms");
        assert_eq!(time(Duration::from_millis(1_500)), "1.50 s");
        assert_eq!(memory(15_000_000), "15.0 MB");
        assert_eq!(median(vec![3.0, 1.0, 2.0]).to_string(), "2");
    }
}
