//! Files with the recipients of a campaign.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context as _, bail};
use serde_json::Value;
use waxwing_admin::RecipientRequest;

/// Names of the columns that are no values of the template.
const COLUMNS: [&str; 3] = ["phone", "bsuid", "time_zone"];

/// Largest number of wrong rows that an error names.
const MAX_NAMED: usize = 20;

/// A recipient with its place in the file.
#[derive(Debug)]
pub(super) struct Listed {
    /// Line of a CSV file, or number of an entry of a JSON file, from 1.
    pub(super) line: u64,
    pub(super) recipient: RecipientRequest,
}

/// The recipients of a file.
#[derive(Debug)]
pub(super) struct RecipientFile {
    pub(super) recipients: Vec<Listed>,
    /// Lines of rows whose address stands in an earlier row, with the line of that row.
    pub(super) duplicates: Vec<(u64, u64)>,
    /// `line` for CSV, `entry` for JSON.
    pub(super) unit: &'static str,
}

/// Reads a file with recipients: JSON if it begins with a bracket, else CSV.
///
/// # Errors
///
/// Names all wrong rows, up to a limit.
pub(super) fn read(text: &str) -> anyhow::Result<RecipientFile> {
    let text = text.trim_start_matches('\u{feff}');
    let (rows, unit) =
        if text.trim_start().starts_with('[') { (json_rows(text)?, "entry") } else { (csv_rows(text)?, "line") };
    let (mut wrong, mut recipients, mut duplicates) = (Vec::new(), Vec::new(), Vec::new());
    let mut known: HashMap<String, u64> = HashMap::new();
    for (line, row) in rows {
        let checked = row.and_then(|recipient| recipient.check().map(|()| recipient));
        match checked {
            Ok(recipient) => {
                if let Some(first) = known.get(&address(&recipient)) {
                    duplicates.push((line, *first));
                } else {
                    known.insert(address(&recipient), line);
                    recipients.push(Listed { line, recipient });
                }
            }
            Err(error) => wrong.push(format!("{unit} {line}: {error}")),
        }
    }
    if !wrong.is_empty() {
        let more = wrong.len().saturating_sub(MAX_NAMED);
        wrong.truncate(MAX_NAMED);
        let more = if more > 0 { format!("\nand {more} more") } else { String::new() };
        bail!("the file has wrong recipients:\n{}{more}", wrong.join("\n"));
    }
    if recipients.is_empty() {
        bail!("the file has no recipients");
    }
    Ok(RecipientFile { recipients, duplicates, unit })
}

type Rows = Vec<(u64, Result<RecipientRequest, String>)>;

/// Returns the address in a form in which equal addresses are equal.
fn address(recipient: &RecipientRequest) -> String {
    match (&recipient.bsuid, &recipient.phone) {
        (Some(bsuid), _) => bsuid.trim().to_owned(),
        (None, Some(phone)) => phone.chars().filter(char::is_ascii_digit).collect(),
        (None, None) => String::new(),
    }
}

fn json_rows(text: &str) -> anyhow::Result<Rows> {
    let entries: Vec<Value> = serde_json::from_str(text).context("the file is not a JSON array")?;
    let parse = |entry| serde_json::from_value(entry).map_err(|error: serde_json::Error| error.to_string());
    Ok((1..).zip(entries).map(|(number, entry)| (number, parse(entry))).collect())
}

fn csv_rows(text: &str) -> anyhow::Result<Rows> {
    // The reader counts a line end of two characters at the start of the next row.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let header = text.lines().find(|line| !line.is_empty()).unwrap_or_default();
    // Spreadsheets of many countries write semicolons.
    let delimiter = if header.contains(';') && !header.contains(',') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).flexible(true).from_reader(text.as_bytes());
    let columns: Vec<String> =
        reader.headers().context("the header row cannot be read")?.iter().map(str::to_owned).collect();
    if !columns.iter().any(|name| name == "phone" || name == "bsuid") {
        bail!("the header row has no column `phone` or `bsuid`");
    }
    let is_named = |(_, name): &(usize, &String)| !name.is_empty();
    if let Some((_, twice)) =
        columns.iter().enumerate().filter(is_named).find(|(position, name)| columns[..*position].contains(*name))
    {
        bail!("the header row has the column `{twice}` twice");
    }
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.context("the file is not CSV")?;
        rows.push((row.position().map_or(0, |position| line(&text, position)), csv_row(&columns, &row)));
    }
    Ok(rows)
}

/// Returns the line of a row. The position of the reader precedes the blank lines before the row.
fn line(text: &str, position: &csv::Position) -> u64 {
    let rest = usize::try_from(position.byte()).ok().and_then(|byte| text.as_bytes().get(byte..)).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| **byte == b'\n').count();
    position.line() + blank as u64
}

fn csv_row(columns: &[String], row: &csv::StringRecord) -> Result<RecipientRequest, String> {
    if row.len() != columns.len() {
        return Err(format!("{} columns instead of {}", row.len(), columns.len()));
    }
    if columns.iter().zip(row.iter()).any(|(name, cell)| name.is_empty() && !cell.is_empty()) {
        return Err("a value stands in a column without a name".to_owned());
    }
    let cells = || columns.iter().zip(row.iter()).filter(|(_, cell)| !cell.is_empty());
    let cell = |name: &str| cells().find(|(column, _)| *column == name).map(|(_, cell)| cell.to_owned());
    let is_value = |(column, _): &(&String, &str)| !COLUMNS.contains(&column.as_str());
    let values: BTreeMap<_, _> = cells().filter(is_value).map(|(name, cell)| (name.clone(), cell.to_owned())).collect();
    let mut recipient = RecipientRequest::default();
    (recipient.phone, recipient.bsuid, recipient.time_zone) = (cell("phone"), cell("bsuid"), cell("time_zone"));
    recipient.values = values;
    Ok(recipient)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = (u64, String, Vec<(String, String)>);

    fn rows(text: &str) -> Vec<Row> {
        let read = read(text).unwrap();
        let row =
            |Listed { line, recipient }: Listed| (line, address(&recipient), recipient.values.into_iter().collect());
        read.recipients.into_iter().map(row).collect()
    }

    #[test]
    fn a_table_has_a_recipient_in_each_row() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let ana = (2, "34600000001".to_owned(), vec![pair("1", "Ana, the first"), pair("2", "10")]);
        let ben = (3, "34600000002".to_owned(), vec![pair("1", "Ben")]);
        let csv = "phone,1,2,time_zone\n+34 600 000 001,\"Ana, the first\",10,Europe/Madrid\n34600000002,Ben,,\n";
        assert_eq!(rows(csv), [ana.clone(), ben.clone()]);
        assert_eq!(rows("\u{feff}phone;1;2\r\n34600000001;Ana, the first;10\r\n34600000002;Ben;\r\n"), [ana, ben]);
        assert_eq!(read(csv).unwrap().recipients[0].recipient.time_zone.as_deref(), Some("Europe/Madrid"));
        let json = r#"[{"phone": "34600000001", "values": {"1": "Ana"}}, {"bsuid": "ES.1"}]"#;
        let ana = (1, "34600000001".to_owned(), vec![pair("1", "Ana")]);
        assert_eq!(rows(json), [ana, (2, "ES.1".to_owned(), Vec::new())]);
    }

    #[test]
    fn wrong_rows_are_named_with_their_lines() {
        let error = |text: &str| read(text).unwrap_err().to_string();
        let csv = error("phone,1\n34600000001,Ana\nBen,Ben\n,Eva\n34600000004\n");
        for expected in
            ["line 3: `phone` is not a phone number", "line 4: write either", "line 5: 1 columns instead of 2"]
        {
            assert!(csv.contains(expected), "{csv}");
        }
        assert!(!csv.contains("line 2"), "{csv}");
        let blank = error("\n\nphone;1\n\n34600000001;Ana\r\n\r\n\r\nBen;\"B\ne\nn\"\n\rEva;Eva\n");
        assert!(blank.contains("line 8: `phone`") && blank.contains("line 12: `phone`"), "{blank}");
        assert!(!blank.contains("line 5"), "{blank}");
        assert!(error("name\nAna\n").contains("no column `phone` or `bsuid`"));
        assert!(error("phone\n").contains("no recipients"));
        assert!(error(r#"[{"phone": 7}]"#).contains("entry 1: invalid type"));
        let many = error(&format!("phone\n{}", "x\n".repeat(30)));
        assert!(many.ends_with("and 10 more"), "{many}");
    }

    #[test]
    fn each_value_has_one_column_with_a_name() {
        let error = |text: &str| read(text).unwrap_err().to_string();
        assert_eq!(error("phone,1,1\n34600000001,Ana,Ben\n"), "the header row has the column `1` twice");
        assert_eq!(error("phone,phone\n34600000001,34600000002\n"), "the header row has the column `phone` twice");
        assert!(error("phone,,\n34600000001,Ana,\n").contains("line 2: a value stands in a column without a name"));
        assert_eq!(rows("phone,,\n34600000001,,\n").len(), 1);
    }

    #[test]
    fn a_repeated_address_is_named() {
        let read = read("phone\n34600000001\n+34 600 000 001\n34600000002\n").unwrap();
        assert_eq!((read.recipients.len(), read.duplicates), (2, vec![(3, 2)]));
    }
}
