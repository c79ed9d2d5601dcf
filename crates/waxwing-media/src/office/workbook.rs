//! Parts of a workbook that its sheets refer to.

use super::archive::Archive;
use super::number_format::{NumberFormats, is_date};
use super::xml::{Token, Xml, attribute};
use crate::MediaError;

/// Largest numbers of sheets, styles and shared texts that are read.
const MAX_SHEETS: usize = 256;
const MAX_STYLES: usize = 65_536;
const MAX_TEXTS: usize = 200_000;

/// A workbook without its cells.
#[derive(Debug, Default)]
pub(super) struct Workbook {
    /// Name and part of each sheet.
    pub(super) sheets: Vec<(String, String)>,
    pub(super) texts: Vec<String>,
    pub(super) formats: NumberFormats,
    /// Whether a limit left something out.
    pub(super) is_cut: bool,
}

impl Workbook {
    pub(super) fn read(archive: &mut Archive<'_>) -> Result<Self, MediaError> {
        let mut workbook = Self::default();
        let relations = workbook.relations(archive)?;
        workbook.sheets(archive, &relations)?;
        workbook.texts(archive)?;
        workbook.styles(archive)?;
        Ok(workbook)
    }

    fn part(&mut self, archive: &mut Archive<'_>, name: &str) -> Result<Option<String>, MediaError> {
        let part = archive.part(name)?;
        Ok(part.map(|part| {
            self.is_cut |= part.is_cut;
            part.text
        }))
    }

    /// Returns the ids of parts with their names.
    fn relations(&mut self, archive: &mut Archive<'_>) -> Result<Vec<(String, String)>, MediaError> {
        let Some(text) = self.part(archive, "xl/_rels/workbook.xml.rels")? else { return Ok(Vec::new()) };
        let mut relations = Vec::new();
        let mut xml = Xml::new(&text, archive.deadline);
        while let Some(token) = xml.next()?
            && relations.len() < 4 * MAX_SHEETS
        {
            if let Token::Start(tag) = token
                && let (Some(id), Some(target)) = (attribute(&tag, "Id"), attribute(&tag, "Target"))
            {
                let part = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
                relations.push((id, part));
            }
        }
        Ok(relations)
    }

    fn sheets(&mut self, archive: &mut Archive<'_>, relations: &[(String, String)]) -> Result<(), MediaError> {
        let text = self.part(archive, "xl/workbook.xml")?.ok_or(MediaError::Unsupported)?;
        let mut xml = Xml::new(&text, archive.deadline);
        while let Some(token) = xml.next()? {
            let Token::Start(tag) = token else { continue };
            match tag.local_name().as_ref() {
                "workbookPr" => {
                    let is_1904 = attribute(&tag, "date1904");
                    self.formats.is_1904 = is_1904.is_some_and(|value| value == "1" || value == "true");
                }
                "sheet" if self.sheets.len() == MAX_SHEETS => self.is_cut = true,
                "sheet" => {
                    let id = attribute(&tag, "id").unwrap_or_default();
                    let name = attribute(&tag, "name").unwrap_or_default();
                    let part = relations.iter().find(|(of, _)| *of == id).map(|(_, part)| part.clone());
                    let nth = self.sheets.len() + 1;
                    self.sheets.push((name, part.unwrap_or_else(|| format!("xl/worksheets/sheet{nth}.xml"))));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads the texts that cells refer to by number. The reading of a Japanese text is left out.
    fn texts(&mut self, archive: &mut Archive<'_>) -> Result<(), MediaError> {
        let Some(part) = self.part(archive, "xl/sharedStrings.xml")? else { return Ok(()) };
        let mut xml = Xml::new(&part, archive.deadline);
        let (mut text, mut is_text, mut is_reading) = (String::new(), false, false);
        while let Some(token) = xml.next()? {
            match token {
                Token::Start(tag) => match tag.local_name().as_ref() {
                    "t" => is_text = true,
                    "rPh" => is_reading = true,
                    _ => {}
                },
                Token::Text(piece) if is_text && !is_reading => text.push_str(&piece),
                Token::Text(_) => {}
                Token::End(name) => match name.as_str() {
                    "t" => is_text = false,
                    "rPh" => is_reading = false,
                    "si" if self.texts.len() == MAX_TEXTS => {
                        self.is_cut = true;
                        return Ok(());
                    }
                    "si" => self.texts.push(std::mem::take(&mut text)),
                    _ => {}
                },
            }
        }
        Ok(())
    }

    fn styles(&mut self, archive: &mut Archive<'_>) -> Result<(), MediaError> {
        let Some(text) = self.part(archive, "xl/styles.xml")? else { return Ok(()) };
        let mut xml = Xml::new(&text, archive.deadline);
        let mut is_of_cells = false;
        let id = |tag: &_| attribute(tag, "numFmtId").and_then(|id| id.parse().ok()).unwrap_or_default();
        while let Some(token) = xml.next()? {
            match token {
                Token::Start(tag) => match tag.local_name().as_ref() {
                    "numFmt"
                        if self.formats.dates.len() < MAX_STYLES
                            && attribute(&tag, "formatCode").is_some_and(|code| is_date(&code)) =>
                    {
                        self.formats.dates.push(id(&tag));
                    }
                    "cellXfs" => is_of_cells = true,
                    "xf" if is_of_cells && self.formats.styles.len() < MAX_STYLES => {
                        self.formats.styles.push(id(&tag));
                    }
                    _ => {}
                },
                Token::End(name) if name == "cellXfs" => is_of_cells = false,
                _ => {}
            }
        }
        Ok(())
    }
}
