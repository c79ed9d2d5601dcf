//! Text of `.docx` files.
//!
//! Office Open XML, part 1, WordprocessingML: <https://ecma-international.org/publications-and-standards/standards/ecma-376/>

use quick_xml::events::BytesStart;

use super::archive::Archive;
use super::output::Output;
use super::xml::{Token, Xml, attribute};
use crate::{Limits, MediaError, Text};

/// Returns the text of a document: paragraphs as lines, cells of tables between tabs, headings after `#`, items of lists after `-`.
pub(crate) fn docx(bytes: &[u8], limits: &Limits) -> Result<Text, MediaError> {
    let mut archive = Archive::open(bytes, limits)?;
    let part = archive.part("word/document.xml")?.ok_or(MediaError::Unsupported)?;
    let mut document = Document { output: Output::new(limits.text_bytes), is_text: false, cells: 0, skipped: 0 };
    let mut xml = Xml::new(&part.text, archive.deadline);
    while let Some(token) = xml.next()? {
        document.read(token);
        if document.output.is_cut() {
            break;
        }
    }
    if part.is_cut {
        document.output.cut();
    }
    Ok(document.output.finish())
}

struct Document {
    output: Output,
    /// Whether the reader is in an element with text.
    is_text: bool,
    /// Number of open cells.
    cells: usize,
    /// Number of open elements that repeat the text before them for old programs.
    skipped: usize,
}

impl Document {
    fn read(&mut self, token: Token<'_>) {
        match token {
            Token::Start(tag) if tag.local_name().as_ref() == "Fallback" => self.skipped += 1,
            Token::End(name) if name == "Fallback" => self.skipped = self.skipped.saturating_sub(1),
            _ if self.skipped > 0 => {}
            Token::Start(tag) => self.start(&tag),
            Token::End(name) => self.end(&name),
            Token::Text(text) if self.is_text => self.output.push(&text),
            Token::Text(_) => {}
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) {
        match tag.local_name().as_ref() {
            "t" => self.is_text = true,
            "tab" => self.output.push("\t"),
            "br" | "cr" => self.output.push("\n"),
            "tc" => self.cells += 1,
            "numPr" => self.output.push("- "),
            "pStyle" => {
                let style = attribute(tag, "val").unwrap_or_default();
                let level = style.strip_prefix("Heading").and_then(|level| level.parse().ok());
                if let Some(level @ 1..=6) = level {
                    self.output.push(&format!("{} ", "#".repeat(level)));
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "t" => self.is_text = false,
            "p" if self.cells == 0 => self.output.push("\n"),
            "p" if !self.output.ends_with_white_space() => self.output.push(" "),
            "tc" => {
                self.cells = self.cells.saturating_sub(1);
                self.output.trim_end(&[' ']);
                self.output.push("\t");
            }
            "tr" => {
                self.output.trim_end(&[' ', '\t']);
                self.output.push("\n");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_zip::zip;
    use super::*;

    fn read(body: &str, limits: &Limits) -> Result<Text, MediaError> {
        let xml = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="w"><w:body>{body}</w:body></w:document>"#
        );
        docx(&zip(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", &xml)]), limits)
    }

    #[track_caller]
    fn check(body: &str, expected: &str) {
        let text = read(body, &Limits::default()).unwrap();
        assert_eq!((text.text.as_str(), text.is_cut), (expected, false));
    }

    #[test]
    fn paragraphs_are_lines() {
        check(
            r#"<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Menu</w:t></w:r></w:p>
               <w:p><w:r><w:t xml:space="preserve">Pizza &amp; </w:t></w:r><w:r><w:t>pasta&#8364;</w:t><w:tab/><w:t>9</w:t></w:r></w:p>
               <w:p><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>one</w:t></w:r></w:p>"#,
            "# Menu\nPizza & pasta€\t9\n- one",
        );
    }

    #[test]
    fn tables_are_rows_of_cells() {
        let cell = |text: &str| format!("<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>");
        let row = |a, b| format!("<w:tr>{}{}</w:tr>", cell(a), cell(b));
        check(
            &format!("<w:tbl>{}{}</w:tbl>", row("Pizza", "Price"), row("Diavola", "11")),
            "Pizza\tPrice\nDiavola\t11",
        );
    }

    #[test]
    fn deleted_and_repeated_text_is_left_out() {
        check(
            "<w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del><w:r><w:instrText>PAGE</w:instrText><w:t>new</w:t></w:r>
             <mc:AlternateContent><mc:Choice><w:r><w:t>!</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>!</w:t></w:r></mc:Fallback></mc:AlternateContent></w:p>",
            "new!",
        );
    }

    #[test]
    fn a_bomb_costs_no_more_than_the_limit() {
        let mut limits = Limits { unpacked_bytes: 100_000, ..Limits::default() };
        let bomb = format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", "0".repeat(5_000_000));
        let text = read(&bomb, &limits).unwrap();
        assert!(text.is_cut && text.text.len() <= limits.text_bytes, "{text:?}");
        limits.text_bytes = 10;
        let text = read("<w:p><w:r><w:t>ñandú y otras aves</w:t></w:r></w:p>", &limits).unwrap();
        assert_eq!((text.text.as_str(), text.is_cut), ("ñandú y", true));
    }

    #[test]
    fn a_damaged_file_is_an_error() {
        let whole = zip(&[("word/document.xml", "<w:p><w:t>a</w:t></w:p>")]);
        assert_eq!(docx(&whole[..whole.len() / 2], &Limits::default()), Err(MediaError::Damaged));
        assert_eq!(docx(b"PK\x03\x04", &Limits::default()), Err(MediaError::Damaged));
        assert_eq!(docx(&zip(&[("a.txt", "a")]), &Limits::default()), Err(MediaError::Unsupported));
    }
}
