//! Durations as text, such as `"150ms"`, `"2s"` or `"1h 30m"`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Longest duration, in years. Clocks cannot express the times of far longer ones.
const MAX_YEARS: u64 = 10_000;

/// Parses a duration.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let duration = humantime::parse_duration(text).map_err(|error| format!("{text:?}: {error}"))?;
    let max = Duration::from_hours(24 * 365 * MAX_YEARS);
    if duration > max { Err(format!("{text:?}: longer than {MAX_YEARS} years")) } else { Ok(duration) }
}

/// Serializes a duration, or an optional one.
pub(crate) fn serialize<T: DurationText, S: Serializer>(duration: &T, serializer: S) -> Result<S::Ok, S::Error> {
    duration.to_form().serialize(serializer)
}

/// Deserializes a duration, or an optional one.
pub(crate) fn deserialize<'de, T: DurationText, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::from_form(T::Form::deserialize(deserializer)?)
}

/// Value that is written as the text of a duration.
pub(crate) trait DurationText: Sized {
    type Form: Serialize + for<'de> Deserialize<'de>;

    fn to_form(&self) -> Self::Form;

    fn from_form<E: serde::de::Error>(form: Self::Form) -> Result<Self, E>;
}

impl DurationText for Duration {
    type Form = String;

    fn to_form(&self) -> String {
        humantime::format_duration(*self).to_string()
    }

    fn from_form<E: serde::de::Error>(form: String) -> Result<Self, E> {
        parse(&form).map_err(E::custom)
    }
}

impl<T: DurationText> DurationText for Option<T> {
    type Form = Option<T::Form>;

    fn to_form(&self) -> Self::Form {
        self.as_ref().map(T::to_form)
    }

    fn from_form<E: serde::de::Error>(form: Self::Form) -> Result<Self, E> {
        form.map(T::from_form).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_beyond_all_clocks_is_refused() {
        assert_eq!(parse("1h 30m"), Ok(Duration::from_mins(90)));
        assert!(parse("500000000000years").unwrap_err().contains("longer than 10000 years"));
        assert!(parse("soon").is_err());
    }
}
