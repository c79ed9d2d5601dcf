//! JSON as Meta writes it into webhooks.
//!
//! Non-ASCII characters are escaped as `\uXXXX` with lower-case digits and `/` as `\/`; the signature is over these bytes. A server
//! that parses and re-serialises before it checks the signature fails on the first accent.
//!
//! <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads>

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// Stands for half of an emoji: this character, which no text contains, goes into webhooks as the escape of a lone surrogate, such as
/// a cut emoji leaves behind. JSON parsers differ in what they make of it. cloud-api 3.5.
pub const LONE_SURROGATE: char = '\u{10FFFE}';

/// Serialises `value` in Meta's escaped form: ASCII only, no white space.
pub(crate) fn to_bytes(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut bytes, Escaped);
    value.serialize(&mut serializer).expect("a JSON value serialises, and a vector takes every write");
    bytes
}

struct Escaped;

impl Formatter for Escaped {
    /// Gets what JSON itself does not need to escape; quotes, backslashes and controls never come here.
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
        assert_eq!(&serde_json::from_slice::<Value>(&bytes).unwrap(), value, "another spelling of the same value");
    }

    #[test]
    fn escapes_as_meta_does() {
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
