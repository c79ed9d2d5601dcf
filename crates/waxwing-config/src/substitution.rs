//! Values of environment variables that were substituted in a file.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// Shortest value that is masked, in bytes. A shorter value is no secret, and would occur in most messages by chance.
const SHORTEST_MASKED: usize = 4;

/// The substituted values, and the keys whose variables are missing.
#[derive(Default)]
pub(crate) struct Substitutions {
    /// Values, with the text of the file that they replaced.
    values: Vec<(SecretString, String)>,
    /// Paths of keys that could not be substituted, with the reason.
    failures: Vec<(String, String)>,
}

impl Substitutions {
    /// Records that `value` replaced `written`.
    pub(crate) fn add(&mut self, value: &str, written: &str) {
        self.values.push((SecretString::from(value), written.to_owned()));
    }

    /// Records that the value of a key could not be substituted.
    pub(crate) fn add_failure(&mut self, path: &str, reason: String) {
        self.failures.push((path.to_owned(), reason));
    }

    pub(crate) fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.failures.iter().map(|(path, reason)| (path.as_str(), reason.as_str()))
    }

    /// Replaces values of variables in a message by the text of the file.
    pub(crate) fn masked(&self, message: String) -> String {
        let values = self.values.iter().filter(|(value, _)| value.expose_secret().len() >= SHORTEST_MASKED);
        values.fold(message, |message, (value, written)| message.replace(value.expose_secret(), written))
    }
}

impl fmt::Debug for Substitutions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Substitutions").field("values", &self.values.len()).finish_non_exhaustive()
    }
}
