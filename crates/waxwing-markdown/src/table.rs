//! Table as text with aligned columns.

use pulldown_cmark::Alignment;
use unicode_segmentation::UnicodeSegmentation;

/// Widest padding of a column. A longer cell exceeds its column, so the output stays linear in the length of the table.
const WIDEST: usize = 40;

/// Width of a phone's screen in monospaced characters. WhatsApp wraps longer lines, and the columns get lost.
const SCREEN: usize = 30;

/// Space between two columns.
const GAP: usize = 2;

/// Table under construction.
#[derive(Debug)]
pub(crate) struct Table {
    alignments: Vec<Alignment>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(alignments: Vec<Alignment>) -> Self {
        Self { alignments, rows: Vec::new() }
    }

    pub(crate) fn start_row(&mut self) {
        self.rows.push(Vec::new());
    }

    /// Adds a cell to the last row.
    pub(crate) fn cell(&mut self, text: &str) {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some(row) = self.rows.last_mut() {
            row.push(text);
        }
    }

    /// Returns true if the lines of the text fit on the screen of a phone. A table without a body is narrow: it has no row for a list.
    pub(crate) fn is_narrow(&self) -> bool {
        let columns = self.alignments.len();
        let widest = |column: usize| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
        let line = (0..columns).filter_map(widest).sum::<usize>() + GAP * columns.saturating_sub(1);
        self.rows.len() < 2 || line <= SCREEN
    }

    /// Returns the names of the columns, cut to [`WIDEST`]: a list repeats them in each row.
    pub(crate) fn names(&self) -> Vec<String> {
        self.rows.first().into_iter().flatten().map(|name| cut(name)).collect()
    }

    /// Returns the other rows.
    pub(crate) fn body(&self) -> impl Iterator<Item = &[String]> {
        self.rows.iter().skip(1).map(Vec::as_slice)
    }

    /// Returns the table as text: head, a line of `─`, body.
    pub(crate) fn to_text(&self) -> String {
        let widths: Vec<usize> = (0..self.alignments.len())
            .map(|column| self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0))
            .map(|widest| widest.min(WIDEST))
            .collect();
        let rule: Vec<_> = widths.iter().map(|&width| "─".repeat(width)).collect();
        let mut rows = self.rows.iter();
        let head = rows.next();
        head.into_iter()
            .chain(std::iter::once(&rule))
            .chain(rows)
            .map(|row| self.line(row, &widths))
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for (i, ((cell, alignment), &column)) in row.iter().zip(&self.alignments).zip(widths).enumerate() {
            let space = column.saturating_sub(width(cell));
            let left = match alignment {
                Alignment::None | Alignment::Left => 0,
                Alignment::Center => space / 2,
                Alignment::Right => space,
            };
            let gap = if i == 0 { 0 } else { GAP };
            line.extend(std::iter::repeat_n(' ', gap + left));
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', space - left));
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// Returns a text cut to [`WIDEST`] graphemes.
fn cut(text: &str) -> String {
    match text.grapheme_indices(true).nth(WIDEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Returns the width of `text` in columns of a monospaced font. Most East Asian characters and emoji take two columns.
fn width(text: &str) -> usize {
    text.graphemes(true).map(|grapheme| if grapheme.chars().any(is_wide) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115F}' | '\u{231A}'..='\u{231B}' | '\u{23E9}'..='\u{23F3}' | '\u{2614}'..='\u{2615}'
        | '\u{26A1}' | '\u{2705}' | '\u{2728}' | '\u{274C}' | '\u{2753}'..='\u{2757}' | '\u{2795}'..='\u{2797}'
        | '\u{2B1B}'..='\u{2B1C}' | '\u{2B50}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FE0F}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF01}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}' | '\u{1F1E6}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(alignments: &[Alignment], rows: &[&[&str]], expected: &str) {
        let mut table = Table::new(alignments.to_vec());
        for row in rows {
            table.start_row();
            row.iter().for_each(|cell| table.cell(cell));
        }
        assert_eq!(table.to_text(), expected);
    }

    #[test]
    fn columns_are_aligned() {
        use Alignment::{Center, Left, None, Right};
        check(&[None, Right], &[&["Fruit", "Qty"], &["Apple", "3"]], "Fruit  Qty\n─────  ───\nApple    3");
        check(&[Left, Center], &[&["a", "wide"], &["b", "x"]], "a  wide\n─  ────\nb   x");
        check(&[None, None], &[&["名前", "x"], &["abc", "y"]], "名前  x\n────  ─\nabc   y");
        check(&[None, None], &[&["👩‍👩‍👧", "x"], &["ab", "y"]], "👩‍👩‍👧  x\n──  ─\nab  y");
        check(&[None, None], &[&["a", "b"], &["1"]], "a  b\n─  ─\n1");
    }

    #[test]
    fn a_long_name_is_cut_because_a_list_repeats_it() {
        let mut table = Table::new(vec![Alignment::None]);
        table.start_row();
        table.cell(&"x".repeat(1000));
        assert_eq!(table.names(), ["x".repeat(40) + "…"]);
    }

    #[test]
    fn a_long_cell_does_not_widen_other_rows() {
        let long = "x".repeat(1000);
        let mut table = Table::new(vec![Alignment::Right]);
        for cell in [&*long, "a"] {
            table.start_row();
            table.cell(cell);
        }
        assert_eq!(table.to_text(), format!("{long}\n{}\n{:>40}", "─".repeat(40), "a"));
    }
}
