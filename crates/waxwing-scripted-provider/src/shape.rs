//! Access to the JSON of a request.

use serde_json::{Map, Value};

/// Returns the items of an array, or nothing.
pub(crate) fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns the items of an array with their positions.
pub(crate) fn indexed<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = (usize, &'a Value)> {
    items(value, key).iter().enumerate()
}

/// Returns a text, or an empty one.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the first key of an object that is not allowed.
pub(crate) fn unknown_key<'a>(value: &'a Value, allowed: &[&str]) -> Option<&'a str> {
    value.as_object().into_iter().flat_map(Map::keys).map(String::as_str).find(|key| !allowed.contains(key))
}

/// Returns true if a value is set: present and not null.
pub(crate) fn is_set(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(|value| !value.is_null())
}

/// Returns true for 1 to `max` characters out of ASCII letters, digits, `_` and `-`.
pub(crate) fn is_name(name: &str, max: usize) -> bool {
    is_identifier(name) && name.len() <= max
}

/// Returns true for at least one character, all out of ASCII letters, digits, `_` and `-`.
pub(crate) fn is_identifier(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

/// Returns the numbers at the end of a model family, such as `(4, 5)` for `claude-sonnet-4-5` and `claude-sonnet-`. A number of more than two
/// digits is a date.
pub(crate) fn version(model: &str, family: &str) -> Option<(u32, u32)> {
    let rest = model.split_once(family)?.1;
    let mut numbers = rest.split(['-', '.']).map_while(|part| part.parse().ok().filter(|_| part.len() <= 2));
    Some((numbers.next()?, numbers.next().unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_model_names() {
        assert_eq!(version("claude-sonnet-4-5", "claude-sonnet-"), Some((4, 5)));
        assert_eq!(version("claude-opus-4-20250514", "claude-opus-"), Some((4, 0)));
        assert_eq!(version("gpt-5.4-mini", "gpt-"), Some((5, 4)));
        assert_eq!(version("gpt-5-mini", "gpt-"), Some((5, 0)));
        assert_eq!(version("gpt-4o", "gpt-"), None);
        assert_eq!(version("claude-3-haiku", "claude-haiku-"), None);
    }
}
