//! Recognition of files by their first bytes.

/// Returns whether the first bytes of a file fit its MIME type. Files of other types always fit.
pub(crate) fn fit(essence: &str, bytes: &[u8]) -> bool {
    let starts = |magics: &[&[u8]]| magics.iter().any(|magic| bytes.starts_with(magic));
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    match essence {
        "image/jpeg" => starts(&[b"\xff\xd8\xff"]),
        "image/png" => starts(&[b"\x89PNG\r\n\x1a\n"]),
        "image/webp" => starts(&[b"RIFF"]) && at(8, b"WEBP"),
        "video/mp4" | "video/3gpp" | "audio/mp4" => at(4, b"ftyp"),
        "audio/ogg" => starts(&[b"OggS"]),
        "audio/amr" => starts(&[b"#!AMR"]),
        // ADTS frames, or a file with an ADIF header.
        "audio/aac" => starts(&[b"ADIF", b"\xff\xf1", b"\xff\xf9"]),
        "audio/mpeg" => starts(&[b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"\xff\xfa"]),
        "application/pdf" => starts(&[b"%PDF-"]),
        "text/plain" => std::str::from_utf8(bytes).is_ok(),
        _ if essence.starts_with("application/vnd.openxmlformats") => starts(&[b"PK\x03\x04"]),
        "application/msword" | "application/vnd.ms-excel" | "application/vnd.ms-powerpoint" => {
            starts(&[b"\xd0\xcf\x11\xe0"])
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::fit;

    #[test]
    fn files_are_recognized() {
        let samples: [(&str, &[u8]); 12] = [
            ("image/jpeg", b"\xff\xd8\xff\xe0"),
            ("image/png", b"\x89PNG\r\n\x1a\n"),
            ("image/webp", b"RIFF\0\0\0\0WEBPVP8 "),
            ("video/mp4", b"\0\0\0\x18ftypmp42"),
            ("audio/ogg", b"OggS\0"),
            ("audio/amr", b"#!AMR\n"),
            ("audio/aac", b"\xff\xf1\x50"),
            ("audio/mpeg", b"ID3\x04"),
            ("application/pdf", b"%PDF-1.7"),
            ("text/plain", "é".as_bytes()),
            ("application/msword", b"\xd0\xcf\x11\xe0"),
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
        ];
        for (essence, bytes) in samples {
            assert!(fit(essence, bytes), "{essence}");
            assert!(!fit(essence, b"\x00\xfe\xfe"), "{essence}");
        }
        assert!(fit("application/zip", b""));
    }
}
