//! Recognition of files by their first bytes.

use crate::OGG_OPUS;
use crate::zip_names;

/// Returns the MIME type of a file by its first bytes, as WhatsApp spells it, or none for a text or an unknown file. The first 4 KiB
/// are enough.
///
/// An Ogg file with Opus audio is [`OGG_OPUS`]. Some programs write audio in an MP4 file that looks like a video: such a file is `video/mp4`.
///
/// ```
/// assert_eq!(waxwing_media::sniff(b"\x89PNG\r\n\x1a\n"), Some("image/png"));
/// assert_eq!(waxwing_media::sniff(b"Dear all,"), None);
/// ```
pub fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    let at = |offset: usize, magic: &[u8]| bytes.get(offset..).is_some_and(|rest| rest.starts_with(magic));
    Some(match bytes {
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        _ if starts(b"\x89PNG\r\n\x1a\n") => "image/png",
        _ if starts(b"GIF87a") || starts(b"GIF89a") => "image/gif",
        _ if starts(b"RIFF") && at(8, b"WEBP") => "image/webp",
        _ if (starts(b"RIFF") || starts(b"RF64")) && at(8, b"WAVE") => "audio/wav",
        _ if starts(b"RIFF") && at(8, b"AVI ") => "video/x-msvideo",
        _ if starts(b"FORM") && (at(8, b"AIFF") || at(8, b"AIFC")) => "audio/aiff",
        _ if starts(b"II*\0") || starts(b"MM\0*") => "image/tiff",
        _ if is_bmp(bytes) => "image/bmp",
        _ if at(4, b"ftyp") => iso_media(bytes),
        _ if starts(b"OggS") => ogg(bytes),
        _ if starts(b"fLaC") => "audio/flac",
        _ if starts(b"#!AMR") => "audio/amr",
        // ADTS frames, or a file with an ADIF header.
        _ if starts(b"ADIF") || starts(b"\xff\xf1") || starts(b"\xff\xf9") => "audio/aac",
        // Frames of layer 3. The bytes FF FE are the byte order mark of a text in UTF-16.
        _ if starts(b"ID3") => "audio/mpeg",
        [0xff, 0xfa | 0xfb | 0xf2 | 0xf3 | 0xe2 | 0xe3, ..] => "audio/mpeg",
        _ if starts(b"\x1a\x45\xdf\xa3") => "video/webm",
        _ if starts(b"%PDF-") => "application/pdf",
        _ if starts(b"PK\x03\x04") => zip_names::office_type(bytes).unwrap_or("application/zip"),
        _ => return None,
    })
}

/// Returns whether a WebP file is an animation: WhatsApp takes larger animated stickers.
///
/// ```
/// assert!(!waxwing_media::is_animated_webp(b"RIFF\0\0\0\0WEBPVP8 "));
/// ```
pub fn is_animated_webp(bytes: &[u8]) -> bool {
    // Bit 1 of the flags of an extended file: https://developers.google.com/speed/webp/docs/riff_container#extended_file_format
    sniff(bytes) == Some("image/webp")
        && bytes.get(12..16) == Some(b"VP8X")
        && bytes.get(20).is_some_and(|flags| flags & 2 != 0)
}

/// Returns whether a file has the header of a bitmap: `BM` alone also starts texts.
fn is_bmp(bytes: &[u8]) -> bool {
    let info_size = |bytes: &[u8]| Some(u32::from_le_bytes(bytes.get(14..18)?.try_into().ok()?));
    let is_known = |size| matches!(size, 12 | 16 | 40 | 52 | 56 | 64 | 108 | 124);
    bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]) && info_size(bytes).is_some_and(is_known)
}

fn iso_media(bytes: &[u8]) -> &'static str {
    match bytes.get(8..12).unwrap_or_default() {
        b"M4A " | b"M4B " | b"M4P " => "audio/mp4",
        [b'3', b'g', b'p' | b'2' | b'r' | b's' | b'e', ..] => "video/3gpp",
        b"heic" | b"heix" | b"hevc" | b"heim" | b"heis" | b"mif1" | b"msf1" => "image/heic",
        b"avif" | b"avis" => "image/avif",
        b"qt  " => "video/quicktime",
        _ => "video/mp4",
    }
}

/// The first packet of an Ogg file follows the header of the first page: 27 bytes and a table of segments.
fn ogg(bytes: &[u8]) -> &'static str {
    let segments = bytes.get(26).copied().unwrap_or_default();
    let packet = bytes.get(27 + usize::from(segments)..).unwrap_or_default();
    match packet {
        _ if packet.starts_with(b"OpusHead") => OGG_OPUS,
        _ if packet.starts_with(b"\x80theora") => "video/ogg",
        _ => "audio/ogg",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_recognized() {
        let samples: [(&[u8], &str); 21] = [
            (b"\xff\xd8\xff\xe0", "image/jpeg"),
            (b"\x89PNG\r\n\x1a\n", "image/png"),
            (b"GIF89a", "image/gif"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
            (b"FORM\0\0\0\0AIFF", "audio/aiff"),
            (b"II*\0", "image/tiff"),
            (b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp"),
            (b"\0\0\0\x18ftypmp42", "video/mp4"),
            (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
            (b"\0\0\0\x18ftyp3gp4", "video/3gpp"),
            (b"\0\0\0\x18ftypheic", "image/heic"),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead", OGG_OPUS),
            (b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x1e\x01vorbis", "audio/ogg"),
            (b"fLaC", "audio/flac"),
            (b"#!AMR\n", "audio/amr"),
            (b"\xff\xf1\x50", "audio/aac"),
            (b"ID3\x04", "audio/mpeg"),
            (b"\xff\xfb\x90", "audio/mpeg"),
            (b"%PDF-1.7", "application/pdf"),
            (b"PK\x03\x04\x14\0", "application/zip"),
        ];
        for (bytes, expected) in samples {
            assert_eq!(sniff(bytes), Some(expected));
        }
    }

    #[test]
    fn animations_are_told_from_stickers() {
        let extended = |flags: u8| [b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0", &[flags][..]].concat();
        assert!(is_animated_webp(&extended(2)) && is_animated_webp(&extended(0x12)));
        assert!(!is_animated_webp(&extended(0x10)));
    }

    #[test]
    fn texts_are_not_recognized() {
        let texts: [&[u8]; 5] =
            [b"", b"BMW is a car, and a bitmap starts with BM", b"\xff\xfeh\0i\0", b"RIFF", b"OggSet"];
        for text in texts {
            let found = sniff(text);
            assert!(found.is_none() || text.starts_with(b"OggS"), "{found:?}");
        }
    }
}
