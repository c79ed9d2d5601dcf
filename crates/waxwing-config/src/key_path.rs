//! Paths of keys in a file.

use std::borrow::Cow;

/// Returns the path of a key in the table at `path`.
pub(crate) fn child(path: &str, key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = if is_bare { Cow::Borrowed(key) } else { Cow::Owned(format!("{key:?}")) };
    if path.is_empty() { key.into_owned() } else { format!("{path}.{key}") }
}

/// Returns the path of an item of the array at `path`.
pub(crate) fn item(path: &str, nth: usize) -> String {
    format!("{path}[{nth}]")
}

/// Returns the last key of a path. `None` for an item of an array.
pub(crate) fn last_key(path: &str) -> Option<&str> {
    if path.ends_with(']') {
        return None;
    }
    // A quoted key may contain dots.
    let start = match path.strip_suffix('"') {
        Some(open) => open.rfind('"')?,
        None => path.rfind('.').map_or(0, |dot| dot + 1),
    };
    path.get(start..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_in_the_file() {
        assert_eq!(child("", "agents"), "agents");
        assert_eq!(child("agents", "a b"), r#"agents."a b""#);
        assert_eq!(item(&child("agents.a", "tools"), 1), "agents.a.tools[1]");
        assert_eq!(last_key("agents.a.tools"), Some("tools"));
        assert_eq!(last_key(r#"models.m.headers."X.Y""#), Some(r#""X.Y""#));
        assert_eq!((last_key("port"), last_key("agents.a.tools[1]")), (Some("port"), None));
    }
}
