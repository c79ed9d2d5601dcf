//! Reader of JSON that accepts any form.
//!
//! Derived `Deserialize` types reject a whole document for one unexpected member. This reader takes one level of an object apart
//! into raw values, and converts each value on request, so an unexpected value affects only its own field. Nothing recurses on the
//! input.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Members of one JSON object in their order, each as raw JSON.
pub(crate) struct JsonObject<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> JsonObject<'a> {
    /// Parses an object. `None` if `json` is another value.
    pub(crate) fn parse(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Returns the value of `name`, the last one if the name is repeated. `null` counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|&(_, value)| value).filter(|value| !is_null(value))
    }

    /// Returns the value of `name` if it is an object.
    pub(crate) fn object(&self, name: &str) -> Option<Self> {
        Self::parse(self.get(name)?.get())
    }

    /// Returns the value of `name` as [`text`] reads it.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        text(self.get(name)?)
    }

    /// Returns the value of `name` as an owned text.
    pub(crate) fn string(&self, name: &str) -> Option<String> {
        self.text(name).map(Cow::into_owned)
    }

    /// Returns the value of `name` as a keyword of Meta, such as a message type, cut at [`KEYWORD_MAX`] characters. Keywords are
    /// logged and stored as reasons, so their length has a limit.
    pub(crate) fn keyword(&self, name: &str) -> Option<String> {
        self.text(name).map(|text| text.chars().take(KEYWORD_MAX).collect())
    }

    /// Returns the value of `name` as an integer, written as a number or as a string.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.parse().ok()
    }

    /// Returns the value of `name` as a finite number, written as a number or as a string.
    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Returns whether the value of `name` is `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| value.get() == "true")
    }

    /// Returns all members, repeated names included.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, value)| (&**key, *value))
    }
}

/// Longest keyword, in characters. Meta's keywords are much shorter.
pub(crate) const KEYWORD_MAX: usize = 64;

/// Returns the items of an array. `None` if `json` is another value.
pub(crate) fn items(json: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(json.get()).ok()
}

/// Returns the text of a string or the digits of a number.
///
/// An empty string counts as absent: Meta writes an absent id as a missing key, as `null` or as `""`. A lone surrogate, which JSON
/// can contain and Rust strings cannot, becomes U+FFFD.
pub(crate) fn text(json: &RawValue) -> Option<Cow<'_, str>> {
    match json.get().as_bytes().first()? {
        b'"' => serde_json::from_str::<LossyString<'_>>(json.get())
            .ok()
            .map(|LossyString(text)| text)
            .filter(|text| !text.is_empty()),
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(json.get())),
        _ => None,
    }
}

/// Returns whether `json` is `null`, `""`, `[]` or `{}`.
pub(crate) fn is_empty(json: &RawValue) -> bool {
    let json = json.get();
    matches!(json, "null" | "\"\"")
        || json.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(|inner| inner.trim().is_empty())
        || json.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).is_some_and(|inner| inner.trim().is_empty())
}

fn is_null(json: &RawValue) -> bool {
    json.get() == "null"
}

impl<'de: 'a, 'a> Deserialize<'de> for JsonObject<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = JsonObject<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Vec::with_capacity(8);
                while let Some((LossyString(key), value)) = map.next_entry()? {
                    fields.push((key, value));
                }
                Ok(JsonObject(fields))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

/// JSON string that can contain lone surrogates.
struct LossyString<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for LossyString<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = LossyString<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(LossyString(match std::str::from_utf8(bytes) {
                    Ok(text) => Cow::Borrowed(text),
                    Err(_) => Cow::Owned(replace_surrogates(bytes.to_vec())),
                }))
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(LossyString(Cow::Owned(replace_surrogates(bytes.to_vec()))))
            }
        }

        // serde_json passes lone surrogates to a visitor of bytes in the three-byte form of WTF-8. It rejects them for a visitor of
        // strings.
        deserializer.deserialize_bytes(Text)
    }
}

/// Replaces every surrogate by U+FFFD. Both have three bytes, so the replacement is in place.
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
    fn texts_are_non_empty_strings_or_numbers() {
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
        // U+D7FF, the last character before the surrogates, begins with the same byte as a surrogate.
        check(r#""퟿\ud83d""#, Some("퟿\u{FFFD}"));
    }

    #[test]
    fn members_are_found_next_to_unexpected_members() {
        let fields = JsonObject::parse(r#" {"\ud83d":1, "a":null, "b":"1", "b":2, "\u0063":true} "#).unwrap();
        assert_eq!(fields.iter().count(), 5);
        assert_eq!(fields.string("a"), None);
        assert_eq!(fields.integer("b"), Some(2));
        assert_eq!(fields.number("b"), Some(2.0));
        assert!(fields.is_true("c"));
        assert!(fields.get("d").is_none());
        assert!(JsonObject::parse("[]").is_none());
    }

    #[test]
    fn deep_nesting_does_not_recurse() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(JsonObject::parse(&deep).unwrap().get("a").unwrap().get().len(), 200_000);
    }
}
