//! JSON in the escaped form of Meta's webhooks.
//!
//! Meta escapes non-ASCII characters as `\uXXXX` with lower-case digits, and `/` as `\/`. The signature covers these bytes. A server
//! that parses the body and serializes it again before the check fails on the first accented character.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads>

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// Placeholder for half of an emoji.
///
/// Webhooks carry this character, which no real text contains, as the escape `\ud83d`: a lone surrogate, which a truncated emoji
/// leaves behind. JSON parsers treat lone surrogates differently.
pub const LONE_SURROGATE: char = '\u{10FFFE}';

/// Serializes `value` in Meta's escaped form: ASCII only, without white space.
pub(crate) fn to_bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, EscapedFormatter);
    value.serialize(&mut serializer).expect("a JSON value serializes, and a vector takes every write");
    bytes
}

struct EscapedFormatter;

impl Formatter for EscapedFormatter {
    /// Writes the part of a string that JSON itself does not escape: `serde_json` handles quotes, backslashes and controls.
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        for char in fragment.chars() {
            match char {
                '/' => writer.write_all(br"\/")?,
                LONE_SURROGATE => writer.write_all(br"\ud83d")?,
                char if char.is_ascii() => writer.write_all(&[char as u8])?,
                char => {
                    for unit in char.encode_utf16(&mut [0; 2]) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: &Value, expected: &str) {
        let bytes = to_bytes(value);
        assert_eq!(String::from_utf8(bytes.clone()).unwrap(), expected);
        assert_eq!(&serde_json::from_slice::<Value>(&bytes).unwrap(), value, "the same value in another spelling");
    }

    #[test]
    fn strings_are_escaped_as_meta_escapes_them() {
        check(&json!({}), "{}");
        check(&json!("plain ~ASCII~ <>&%@"), r#""plain ~ASCII~ <>&%@""#);
        check(&json!("https://x/"), r#""https:\/\/x\/""#);
        check(&json!("é"), r#""\u00e9""#);
        check(&json!("😀"), r#""\ud83d\ude00""#);
        check(&json!("日本"), r#""\u65e5\u672c""#);
        check(&json!("\"\\\n\u{1}"), r#""\"\\\n\u0001""#);
        assert_eq!(to_bytes(&json!("cut \u{10FFFE}")), br#""cut \ud83d""#);
        check(&json!({"é/": [1, 2.5, null, true]}), r#"{"\u00e9\/":[1,2.5,null,true]}"#);
    }
}
