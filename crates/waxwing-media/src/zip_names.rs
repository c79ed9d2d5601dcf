//! Recognition of office files by the names in a zip file.

/// MIME type of a document.
pub(crate) const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// MIME type of a workbook.
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Folders of the formats in a zip file.
const FOLDERS: [(&[u8], &str); 3] = [
    (b"word/", DOCX),
    (b"xl/", XLSX),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
];

/// Returns the type of an office file. Its names stand in the local headers at the start, and again in the directory at the end.
pub(crate) fn office_type(bytes: &[u8]) -> Option<&'static str> {
    const WINDOW: usize = 4096;
    let start = &bytes[..bytes.len().min(WINDOW)];
    let end = &bytes[bytes.len().saturating_sub(WINDOW)..];
    [start, end].into_iter().find_map(by_names)
}

/// A name follows a header of 30 bytes (local) or 46 bytes (directory), both with the length of the name at a fixed place.
fn by_names(bytes: &[u8]) -> Option<&'static str> {
    (0..bytes.len()).filter(|at| bytes[*at..].starts_with(b"PK")).find_map(|at| {
        let name_at = match bytes.get(at + 2..at + 4)? {
            [3, 4] => at + 30,
            [1, 2] => at + 46,
            _ => return None,
        };
        let name = bytes.get(name_at..)?;
        FOLDERS.iter().find(|(folder, _)| name.starts_with(folder)).map(|(_, mime_type)| *mime_type)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_part_tells_the_format() {
        let zip = |name: &[u8]| [b"PK\x03\x04", &[0; 26][..], name].concat();
        assert_eq!(office_type(&zip(b"word/document.xml")), Some(FOLDERS[0].1));
        assert_eq!(office_type(&zip(b"xl/workbook.xml")), Some(FOLDERS[1].1));
        assert_eq!(office_type(&zip(b"ppt/presentation.xml")), Some(FOLDERS[2].1));
        assert_eq!(office_type(&zip(b"photos/word/a.png")), None);
        assert_eq!(office_type(b"PK\x03\x04 word/"), None);
    }
}
