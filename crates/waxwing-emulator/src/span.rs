//! Durations in scenario files and in the control API: `"150ms"`, `"2s"`, `"1h 30m"`.

use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// Reads a duration.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    Span::deserialize(deserializer).map(|span| span.0)
}

/// Reads a duration that may be missing.
pub(crate) fn read_option<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    Option::<Span>::deserialize(deserializer).map(|span| span.map(|span| span.0))
}

/// A duration that is written as a text.
struct Span(Duration);

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map(Self).map_err(|error| D::Error::custom(format!("{text:?}: {error}")))
    }
}
