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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_written_as_in_the_file() {
        assert_eq!(child("", "agents"), "agents");
        assert_eq!(child("agents", "a b"), r#"agents."a b""#);
        assert_eq!(item(&child("agents.a", "tools"), 1), "agents.a.tools[1]");
    }
}
