//! Decoding of text files.

use std::fmt;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::{Limits, MediaError};

/// Text of a file. `Debug` output hides the text.
///
/// ```
/// use waxwing_media::{Limits, document_text};
///
/// let text = document_text(b"caf\xe9 con leche", &Limits::default())?;
/// assert_eq!((text.text.as_str(), text.is_cut), ("café con leche", false));
/// # Ok::<(), waxwing_media::MediaError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Text {
    /// The text.
    pub text: String,
    /// Whether the file has more text than the limits allow.
    pub is_cut: bool,
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Text").field("len", &self.text.len()).field("is_cut", &self.is_cut).finish_non_exhaustive()
    }
}

/// Returns the text of a text file in any common encoding.
pub(crate) fn text_file(bytes: &[u8], limits: &Limits) -> Result<Text, MediaError> {
    // No encoding has more than four bytes per byte of UTF-8.
    let start = &bytes[..bytes.len().min(limits.text_bytes.saturating_mul(4))];
    let mut text = decode(start).ok_or(MediaError::Unsupported)?;
    let end = text.floor_char_boundary(limits.text_bytes);
    let is_cut = start.len() < bytes.len() || end < text.len();
    text.truncate(end);
    Ok(Text { text, is_cut })
}

/// Returns the text of bytes in any common encoding, or none if the bytes are no text. The last character may be cut.
pub(crate) fn decode(bytes: &[u8]) -> Option<String> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return checked(&encoding.decode_without_bom_handling(&bytes[mark..]).0);
    }
    if let Some(encoding) = utf16(bytes) {
        return checked(&encoding.decode_without_bom_handling(bytes).0);
    }
    // ISO-2022-JP is ASCII with escape sequences, so it is valid UTF-8, too.
    if bytes.windows(2).any(|two| two == b"\x1b$") {
        return checked(&detected(bytes).decode_without_bom_handling(bytes).0);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => return checked(text),
        // The end of the bytes cuts a character.
        Err(error) if error.error_len().is_none() => {
            return checked(&UTF_8.decode_without_bom_handling(&bytes[..error.valid_up_to()]).0);
        }
        Err(_) => {}
    }
    checked(&detected(bytes).decode_without_bom_handling(bytes).0)
}

/// Guesses the encoding of a text that is not Unicode.
fn detected(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// Recognizes UTF-16 without a byte order mark: in texts of western scripts, every second byte is zero.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let pairs = bytes.len() / 2;
    let zeros = |offset: usize| bytes.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    match pairs {
        0 => None,
        _ if odd * 10 >= pairs * 6 && even * 20 <= pairs => Some(UTF_16LE),
        _ if even * 10 >= pairs * 6 && odd * 20 <= pairs => Some(UTF_16BE),
        _ => None,
    }
}

/// Returns a text unless it has the control characters, or the undecodable characters, of a binary file.
fn checked(text: &str) -> Option<String> {
    let is_odd =
        |c: char| c == char::REPLACEMENT_CHARACTER || (c.is_control() && !"\t\n\r\u{b}\u{c}\u{1b}\u{85}".contains(c));
    let odd = text.chars().filter(|c| is_odd(*c)).count();
    (odd * 50 <= text.chars().count()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        assert_eq!(decode(bytes).as_deref(), Some(expected));
    }

    fn encoded(name: &str, text: &str) -> Vec<u8> {
        Encoding::for_label(name.as_bytes()).unwrap().encode(text).0.into_owned()
    }

    #[test]
    fn common_encodings_are_read() {
        let german = "Größe: 5 €, für Jürgen und Zoë. Schöne Grüße aus Köln!";
        check(german.as_bytes(), german);
        check(&[b"\xef\xbb\xbf", german.as_bytes()].concat(), german);
        check(&encoded("windows-1252", german), german);
        let russian = "Здравствуйте! Сколько стоит доставка в Новосибирск?";
        for name in ["windows-1251", "koi8-r"] {
            check(&encoded(name, russian), russian);
        }
        let japanese = "お問い合わせありがとうございます。配送料はいくらですか。";
        for name in ["shift_jis", "euc-jp", "iso-2022-jp"] {
            check(&encoded(name, japanese), japanese);
        }
        let chinese = "请问送货到上海需要多少钱?谢谢您的帮助。";
        check(&encoded("gbk", chinese), chinese);
        let hebrew = "שלום, כמה עולה המשלוח לתל אביב?";
        check(&encoded("windows-1255", hebrew), hebrew);
    }

    #[test]
    fn utf_16_is_read_with_and_without_a_mark() {
        let text = "name;price\nMargherita;9";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        check(&little, text);
        check(&big, text);
        check(&[b"\xff\xfe", &little[..]].concat(), text);
        check(&[b"\xfe\xff", &big[..]].concat(), text);
    }

    #[test]
    fn binary_files_are_no_texts() {
        let counted: Vec<u8> = (0..=255).cycle().take(4096).collect();
        assert_eq!(decode(&counted), None);
        assert_eq!(decode(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0"), None);
        assert_eq!(decode(b"\0\0\0\0\0\0\0\0"), None);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let limits = Limits { text_bytes: 5, ..Limits::default() };
        let text = text_file("ññññ".as_bytes(), &limits).unwrap();
        assert_eq!((text.text.as_str(), text.is_cut), ("ññ", true));
        let huge = "ñ".repeat(100);
        assert!(text_file(huge.as_bytes(), &limits).unwrap().is_cut);
    }
}
