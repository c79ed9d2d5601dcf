//! Values of environment variables that were substituted in a file.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

use crate::written_value::Mistake;

/// Shortest value that is masked wherever it occurs, in bytes. A shorter value would occur in most messages by chance, so it is masked in
/// quotes only.
const SHORTEST_MASKED: usize = 4;

/// The substituted values, and the keys whose variables are missing.
#[derive(Default)]
pub(crate) struct Substitutions {
    /// Values, with the text of the file that they replaced.
    values: Vec<(SecretString, String)>,
    /// Paths of keys that could not be substituted, with the reason.
    failures: Vec<(String, String)>,
    /// Paths of keys whose text may not be meant, with the reason.
    warnings: Vec<(String, String)>,
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

    /// Records the mistake in the text of a key.
    pub(crate) fn add_mistake(&mut self, path: &str, mistake: Mistake) {
        match mistake {
            Mistake::Error(reason) => self.failures.push((path.to_owned(), reason)),
            Mistake::Warning(reason) => self.warnings.push((path.to_owned(), reason)),
        }
    }

    pub(crate) fn warnings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.warnings.iter().map(|(path, reason)| (path.as_str(), reason.as_str()))
    }

    pub(crate) fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.failures.iter().map(|(path, reason)| (path.as_str(), reason.as_str()))
    }

    /// Replaces values of variables in a message by the text of the file.
    pub(crate) fn masked(&self, message: String) -> String {
        let mut values: Vec<_> = self.values.iter().map(|(value, written)| (value.expose_secret(), written)).collect();
        // A value may contain another one.
        values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        values.into_iter().fold(message, |message, (value, written)| mask(message, value.trim(), written))
    }
}

/// Replaces `value` in a message, also if the message shows it with escapes.
fn mask(mut message: String, value: &str, written: &str) -> String {
    let debug = format!("{value:?}");
    for shown in [value, &debug[1..debug.len() - 1]] {
        if shown.len() >= SHORTEST_MASKED {
            message = message.replace(shown, written);
        } else if !shown.is_empty() {
            for quote in ['"', '`', '\''] {
                message = message.replace(&format!("{quote}{shown}{quote}"), &format!("{quote}{written}{quote}"));
            }
        }
    }
    message
}

impl fmt::Debug for Substitutions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Substitutions").field("values", &self.values.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(values: &[&str], message: &str, expected: &str) {
        let mut substitutions = Substitutions::default();
        for value in values {
            substitutions.add(value, "${X}");
        }
        assert_eq!(substitutions.masked(message.to_owned()), expected);
    }

    #[test]
    fn values_are_masked_in_every_form() {
        check(&["hunter2"], "PORT \"hunter2\" is wrong: hunter2", "PORT \"${X}\" is wrong: ${X}");
        check(&[" hunter2\n"], "PORT \"hunter2\" is wrong", "PORT \"${X}\" is wrong");
        check(&["hun\"ter\n2"], "PORT \"hun\\\"ter\\n2\" is wrong", "PORT \"${X}\" is wrong");
        check(&["hunter", "hunter2"], "`hunter2` is unknown", "`${X}` is unknown");
        // A short value is masked in quotes only.
        check(&["a"], "a port \"a\" and an agent `a`", "a port \"${X}\" and an agent `${X}`");
        check(&["", " "], "PORT \"\" is wrong", "PORT \"\" is wrong");
    }
}
