//! The path prefix of a webhook.

use std::fmt;
use std::str::FromStr;

/// The path prefix of a webhook: empty, or segments of letters, digits and `-._~`, each after a slash. `/whatsapp` by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix(String);

/// The text is not a path prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the prefix {0:?} is not a path: write it like /whatsapp, with letters, digits and -._~ between the slashes")]
pub struct InvalidPrefix(String);

impl Prefix {
    /// Parses a prefix. Outer slashes are optional; `/` and the empty string are the root.
    ///
    /// # Errors
    ///
    /// [`InvalidPrefix`] if a segment is empty, consists of dots, or contains another character.
    pub fn new(prefix: &str) -> Result<Self, InvalidPrefix> {
        let path = prefix.trim().trim_matches('/');
        let plain = |segment: &str| {
            !segment.is_empty()
                && !segment.chars().all(|c| c == '.')
                && segment.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
        };
        match path {
            "" => Ok(Self(String::new())),
            path if path.split('/').all(plain) => Ok(Self(format!("/{path}"))),
            _ => Err(InvalidPrefix(prefix.to_owned())),
        }
    }

    /// Returns the prefix with a leading slash and without a trailing slash. The root is an empty string.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self("/whatsapp".into())
    }
}

impl FromStr for Prefix {
    type Err = InvalidPrefix;

    fn from_str(prefix: &str) -> Result<Self, InvalidPrefix> {
        Self::new(prefix)
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prefix: &str, expected: Option<&str>) {
        assert_eq!(Prefix::new(prefix).ok().as_ref().map(Prefix::as_str), expected);
    }

    #[test]
    fn a_prefix_is_a_plain_path() {
        check("/whatsapp", Some("/whatsapp"));
        check("bots/one/", Some("/bots/one"));
        check("/", Some(""));
        check("", Some(""));
        check("/a//b", None);
        check("/{id}", None);
        check("/a/../b", None);
        check("/*", None);
    }
}
