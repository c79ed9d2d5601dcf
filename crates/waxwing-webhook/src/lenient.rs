//! Reading JSON one level at a time, without ever failing on what Meta did not promise.
//!
//! Derived `Deserialize` types answer an unexpected member with an error for the whole document. Here a level is taken apart into raw
//! values first, and each of them is then asked for what it may be, so that something odd stays where it is. Nothing recurses on the input.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of one JSON object, in their order, each as raw text.
pub(crate) struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// Takes an object apart; `None` if `json` is something else.
    pub(crate) fn parse(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// The value of `name`, the last one if the name is repeated; `null` counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|&(_, value)| value).filter(|value| !is_null(value))
    }

    /// The value of `name` if it is an object.
    pub(crate) fn object(&self, name: &str) -> Option<Self> {
        Self::parse(self.get(name)?.get())
    }

    /// The value of `name` as [`text`] reads it.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        text(self.get(name)?)
    }

    /// The value of `name` as an owned text.
    pub(crate) fn string(&self, name: &str) -> Option<String> {
        self.text(name).map(Cow::into_owned)
    }

    /// The value of `name` as one of Meta's own words, such as a type: cut at [`WORD`] characters, since it goes into logs and reasons.
    pub(crate) fn word(&self, name: &str) -> Option<String> {
        self.text(name).map(|text| text.chars().take(WORD).collect())
    }

    /// The value of `name` as an integer, written as a number or as a string.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// The value of `name` as a number, written as one or as a string; never one without an end.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// True if the value of `name` is `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.get() == "true")
    }

    /// All members, repeated names included.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, value)| (&**key, *value))
    }
}

/// No word of Meta's comes near to this length, in characters.
pub(crate) const WORD: usize = 64;

/// The items of an array; `None` if `json` is something else.
pub(crate) fn items(json: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json.get()).ok()
}

/// The text of a string, or the digits of a number.
///
/// An empty string is no text: Meta writes absent ids as a missing key, `null` or `""`. Half of a surrogate pair, which JSON can
/// spell and Rust's strings cannot hold, becomes U+FFFD.
pub(crate) fn text(json: &RawValue) -> Option<Cow<'_, str>> {
    match json.get().as_bytes().first()? {
        b'"' => {
            serde_json::from_str::<Lossy<'_>>(json.get()).ok().map(|Lossy(text)| text).filter(|text| !text.is_empty())
        }
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(json.get())),
        _ => None,
    }
}

/// True if there is nothing to report in `json`: `null`, `""`, `[]` or `{}`.
pub(crate) fn is_empty(json: &RawValue) -> bool {
    let json = json.get();
    matches!(json, "null" | "\"\"")
        || json.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(|inner| inner.trim().is_empty())
        || json.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).is_some_and(|inner| inner.trim().is_empty())
}

fn is_null(json: &RawValue) -> bool {
    json.get() == "null"
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(8);
                while let Some((Lossy(key), value)) = map.next_entry()? {
                    fields.push((key, value));
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// A JSON string that may hold lone surrogates.
struct Lossy<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Lossy<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Lossy<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Lossy(match std::str::from_utf8(bytes) {
                    Ok(text) => Cow::Borrowed(text),
                    Err(_) => Cow::Owned(replace_surrogates(bytes.to_vec())),
                }))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Lossy(Cow::Owned(replace_surrogates(bytes.to_vec()))))
            }
        }

        // Asked for bytes, serde_json passes lone surrogates through in the three-byte form of WTF-8; asked for a string, it fails.
        deserializer.deserialize_bytes(Text)
    }
}

/// Puts U+FFFD, which is three bytes long as well, in the place of every surrogate.
fn replace_surrogates(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut bytes = error.into_bytes();
        for at in 0..bytes.len().saturating_sub(2) {
            if bytes[at] == 0xED && bytes[at + 1] >= 0xA0 {
                bytes[at..at + 3].copy_from_slice("\u{FFFD}".as_bytes());
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: Option<&str>) {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        assert_eq!(text(raw).as_deref(), expected);
    }

    #[test]
    fn texts_are_strings_or_numbers_and_never_empty() {
        check(r#""hi""#, Some("hi"));
        check(r#""\u00e9 \ud83d\ude00 \/""#, Some("é 😀 /"));
        check("42", Some("42"));
        check("-7", Some("-7"));
        check(r#""""#, None);
        check("null", None);
        check("true", None);
        check(r#"["hi"]"#, None);
        check(r#"{"a":"hi"}"#, None);
    }

    #[test]
    fn each_lone_surrogate_becomes_one_replacement_character() {
        check(r#""a\ud83d""#, Some("a\u{FFFD}"));
        check(r#""\ude00b""#, Some("\u{FFFD}b"));
        check(r#""\ud83dx\ud83d\ude00é""#, Some("\u{FFFD}x😀é"));
        check(r#""\ud83d\ud83d\ude00""#, Some("\u{FFFD}😀"));
        check(r#""\ude00\ud83d""#, Some("\u{FFFD}\u{FFFD}"));
        // The last character before the surrogates begins with the same byte as they do.
        check(r#""퟿\ud83d""#, Some("퟿\u{FFFD}"));
    }

    #[test]
    fn members_are_found_whatever_stands_beside_them() {
        let fields = Fields::parse(r#" {"\ud83d":1, "a":null, "b":"1", "b":2, "\u0063":true} "#).unwrap();
        assert_eq!(fields.iter().count(), 5);
        assert_eq!(fields.string("a"), None);
        assert_eq!(fields.integer("b"), Some(2));
        assert_eq!(fields.number("b"), Some(2.0));
        assert!(fields.is_true("c"));
        assert!(fields.get("d").is_none());
        assert!(Fields::parse("[]").is_none());
    }

    #[test]
    fn deep_nesting_is_raw_text_like_any_other() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(Fields::parse(&deep).unwrap().get("a").unwrap().get().len(), 200_000);
    }
}
