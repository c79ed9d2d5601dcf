//! Table of Meta's rules.

mod rows;

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use rows::ROWS;
pub use rows::Rule;

/// Certainty of a rule, with its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    /// Certain, without a limit.
    Always,
    /// Certain, with this limit.
    Limit(usize),
    /// Sources disagree about the limit.
    Disputed { strict: usize, lenient: usize },
    /// Not confirmed by a source. Applies in the strict reading only.
    Unverified,
    /// Applies only on request, because a test rarely has real files.
    Optional,
}

/// Row of the table.
#[derive(Debug)]
struct Row {
    name: &'static str,
    bound: Bound,
    code: u32,
    http: u16,
    source: &'static str,
    description: &'static str,
}

/// Error for a rule name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown rule; Rule::ALL lists all rules")]
pub struct UnknownRule;

impl Rule {
    /// Returns the name of the rule on the command line, such as `text-body`.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Returns the rule as one sentence without a full stop.
    pub fn description(self) -> &'static str {
        self.row().description
    }

    /// Returns Meta's error code for a violation.
    pub fn code(self) -> u32 {
        self.row().code
    }

    /// Returns the HTTP status of the response to a violation.
    pub fn http(self) -> u16 {
        self.row().http
    }

    /// Returns the source of the rule: the section of `docs/cloud-api-facts.md` (`cloud-api 4.2`), and the page of Meta's
    /// documentation.
    pub fn source(self) -> &'static str {
        self.row().source
    }

    /// Returns the limit in the strict reading, in the unit that [`description`](Self::description) states. `None` for a rule without
    /// a limit.
    pub fn limit(self) -> Option<usize> {
        match self.bound() {
            Bound::Limit(limit) | Bound::Disputed { strict: limit, .. } => Some(limit),
            Bound::Always | Bound::Unverified | Bound::Optional => None,
        }
    }

    /// Returns whether [`Rules`](crate::Rules) can read the rule leniently.
    pub fn has_lenient_reading(self) -> bool {
        matches!(self.bound(), Bound::Disputed { .. } | Bound::Unverified)
    }

    /// Returns whether the rule applies only after [`Rules::with_strict`](crate::Rules::with_strict).
    pub fn is_optional(self) -> bool {
        self.bound() == Bound::Optional
    }

    pub(crate) fn bound(self) -> Bound {
        self.row().bound
    }

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse()
            .map_err(|_| D::Error::custom(format!("there is no rule {name:?}; GET /control/rules lists all rules")))
    }
}

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        Self::ALL.iter().copied().find(|rule| rule.name() == name).ok_or(UnknownRule)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_consistent() {
        for rule in Rule::ALL {
            assert_eq!(rule.name().parse(), Ok(*rule), "names are unique");
            assert!(rule.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{rule}");
            assert!((400..500).contains(&rule.http()) && !rule.description().ends_with('.'), "{rule}");
            let section =
                rule.source().strip_prefix("cloud-api ").and_then(|rest| rest.split(' ').next()).unwrap_or("");
            assert!(section.starts_with(|char: char| char.is_ascii_digit()), "{rule}");
            let doubtful = ["unverified", "conflict"].iter().any(|word| rule.source().contains(word));
            assert_eq!(
                doubtful && rule.has_lenient_reading(),
                rule.has_lenient_reading(),
                "the source of {rule} states why the rule is open"
            );
            if let Bound::Disputed { strict, lenient } = rule.bound() {
                assert!(strict < lenient, "{rule}: the strict limit is the lower one");
            }
        }
        assert_eq!("no-such-rule".parse::<Rule>(), Err(UnknownRule));
    }
}
