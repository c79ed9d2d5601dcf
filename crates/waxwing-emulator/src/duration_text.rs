//! Durations as text, such as `"150ms"`, `"2s"` or `"1h 30m"`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
        humantime::parse_duration(&form).map_err(|error| E::custom(format!("{form:?}: {error}")))
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
