//! Text of `.xlsx` files.
//!
//! Office Open XML, part 1, SpreadsheetML: <https://ecma-international.org/publications-and-standards/standards/ecma-376/>

use super::archive::Archive;
use super::output::Output;
use super::workbook::Workbook;
use super::xml::{Token, Xml, attribute};
use crate::{Limits, MediaError, Text};

/// Largest number of empty cells before a cell that are shown.
const MAX_GAP: usize = 64;

/// Returns the cells of a workbook: a line with the name of each sheet, then its rows with tabs between cells. Formulas are shown by their
/// results, dates by year, month and day.
pub(crate) fn xlsx(bytes: &[u8], limits: &Limits) -> Result<Text, MediaError> {
    let mut archive = Archive::open(bytes, limits)?;
    let workbook = Workbook::read(&mut archive)?;
    let mut output = Output::new(limits.text_bytes);
    for (name, part) in &workbook.sheets {
        let Some(part) = archive.part(part)? else { continue };
        output.push(&format!("# {name}\n"));
        let mut xml = Xml::new(&part.text, archive.deadline);
        let mut sheet =
            Sheet { workbook: &workbook, output: &mut output, cell: Cell::default(), column: 0, is_value: false };
        while let Some(token) = xml.next()? {
            sheet.read(token);
            if sheet.output.is_cut() {
                return Ok(output.finish());
            }
        }
        output.push("\n");
        if part.is_cut {
            output.cut();
            break;
        }
    }
    if workbook.is_cut {
        output.cut();
    }
    Ok(output.finish())
}

struct Sheet<'a> {
    workbook: &'a Workbook,
    output: &'a mut Output,
    cell: Cell,
    /// Number of cells that the row has so far.
    column: usize,
    is_value: bool,
}

#[derive(Default)]
struct Cell {
    column: Option<usize>,
    kind: String,
    style: Option<usize>,
    value: String,
}

impl Sheet<'_> {
    fn read(&mut self, token: Token<'_>) {
        match token {
            Token::Start(tag) => match tag.local_name().as_ref() {
                "row" => self.column = 0,
                "c" => {
                    self.cell = Cell {
                        column: attribute(&tag, "r").and_then(|name| column(&name)),
                        kind: attribute(&tag, "t").unwrap_or_default(),
                        style: attribute(&tag, "s").and_then(|style| style.parse().ok()),
                        value: String::new(),
                    };
                }
                "v" | "t" => self.is_value = true,
                _ => {}
            },
            Token::Text(text) if self.is_value => self.cell.value.push_str(&text),
            Token::Text(_) => {}
            Token::End(name) => match name.as_str() {
                "v" | "t" => self.is_value = false,
                "c" => self.write(),
                "row" => {
                    self.output.trim_end(&['\t']);
                    self.output.push("\n");
                }
                _ => {}
            },
        }
    }

    fn write(&mut self) {
        let Cell { column, kind, style, value } = std::mem::take(&mut self.cell);
        let gap = column.unwrap_or(self.column).saturating_sub(self.column);
        self.output.push(&"\t".repeat(gap.min(MAX_GAP)));
        let text = match kind.as_str() {
            "s" => value
                .trim()
                .parse()
                .ok()
                .and_then(|nth: usize| self.workbook.texts.get(nth))
                .cloned()
                .unwrap_or_default(),
            "b" if value.trim() == "1" => "TRUE".to_owned(),
            "b" => "FALSE".to_owned(),
            "" | "n" => self.workbook.formats.text(&value, style),
            _ => value,
        };
        self.output.push(&text.replace(['\t', '\n', '\r'], " "));
        self.output.push("\t");
        self.column += gap + 1;
    }
}

/// Returns the number of a column, from 0, by the name of a cell such as `AB7`.
fn column(name: &str) -> Option<usize> {
    let letters = name.bytes().take_while(u8::is_ascii_uppercase).take(4);
    let number = letters.fold(0, |number, letter| number * 26 + usize::from(letter - b'A') + 1);
    number.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::super::test_zip::zip;
    use super::*;

    const WORKBOOK: &str = r#"<workbook xmlns:r="r"><sheets><sheet name="Prices" sheetId="1" r:id="rId7"/><sheet name="Empty &amp; last" sheetId="2" r:id="rId8"/></sheets></workbook>"#;
    const RELATIONS: &str = r#"<Relationships><Relationship Id="rId7" Target="worksheets/sheet1.xml"/><Relationship Id="rId8" Target="/xl/worksheets/sheet2.xml"/></Relationships>"#;
    const TEXTS: &str =
        r"<sst><si><t>Pizza</t></si><si><r><t>Dia</t></r><r><t>vola</t></r><rPh><t>reading</t></rPh></si></sst>";
    const STYLES: &str = r#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>"#;

    fn workbook(rows: &str) -> Vec<u8> {
        let sheet = format!("<worksheet><sheetData>{rows}</sheetData></worksheet>");
        zip(&[
            ("xl/workbook.xml", WORKBOOK),
            ("xl/_rels/workbook.xml.rels", RELATIONS),
            ("xl/sharedStrings.xml", TEXTS),
            ("xl/styles.xml", STYLES),
            ("xl/worksheets/sheet1.xml", &sheet),
            ("xl/worksheets/sheet2.xml", "<worksheet/>"),
        ])
    }

    #[test]
    fn cells_are_rows_with_tabs() {
        let rows = r#"
            <row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Since</t></is></c></row>
            <row r="2"><c r="A2" t="s"><v>1</v></c><c r="B2"><f>1+10</f><v>11</v></c><c r="C2" s="1"><v>46355</v></c></row>
            <row r="3"><c r="A3" t="b"><v>1</v></c><c r="B3" t="e"><v>#N/A</v></c><c r="C3" t="s"><v>99</v></c></row>"#;
        let text = xlsx(&workbook(rows), &Limits::default()).unwrap();
        let expected = "# Prices\nPizza\t\tSince\nDiavola\t11\t2026-11-29\nTRUE\t#N/A\n\n# Empty & last";
        assert_eq!((text.text.as_str(), text.is_cut), (expected, false));
    }

    #[test]
    fn a_far_cell_and_a_bomb_cost_no_more_than_the_limit() {
        let far = r#"<row><c r="XFD1"><v>1</v></c><c r="ZZZZZZZZZ1"><v>2</v></c></row>"#;
        let text = xlsx(&workbook(far), &Limits::default()).unwrap().text;
        assert!(text.len() < 1000 && text.contains("1\t"), "{text}");
        let limits = Limits { unpacked_bytes: 100_000, ..Limits::default() };
        let bomb = "<row><c><v>1</v></c></row>".repeat(100_000);
        let text = xlsx(&workbook(&bomb), &limits).unwrap();
        assert!(text.is_cut && text.text.len() < 100_000);
    }

    #[test]
    fn columns_have_numbers() {
        assert_eq!(["A1", "Z1", "AA1", "7", ""].map(column), [Some(0), Some(25), Some(26), None, None]);
    }
}
