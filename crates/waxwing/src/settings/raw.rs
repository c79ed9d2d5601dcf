//! Parsing of raw values.

use std::time::Duration;

use super::source::SettingsSource;
use super::table::{self, SETTINGS, Setting};
use crate::error::ConfigError;

/// Parses the raw values of a source. Errors name the setting by its variable and its key.
pub(super) struct RawSettings<'a, S>(pub(super) &'a S);

impl<S: SettingsSource> RawSettings<'_, S> {
    fn find(&self, setting: &Setting) -> Option<String> {
        self.0.get(setting).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// Fails if required settings are missing, and names all of them.
    pub(super) fn check_required(&self) -> Result<(), ConfigError> {
        let missing: Vec<_> =
            SETTINGS.iter().filter(|setting| setting.required && self.find(setting).is_none()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let names: Vec<_> = missing.iter().map(|setting| format!("{} ({})", setting.variable, setting.key)).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        Err(ConfigError::new(format!("{} {verb} not set", names.join(" and "))))
    }

    /// Fails if a value was copied from an example, or if it is a phone number and not the id of one.
    pub(super) fn check_mistakes(&self) -> Result<(), ConfigError> {
        for setting in SETTINGS {
            if let Some(problem) = self.find(setting).and_then(|value| setting.mistake(&value)) {
                return Err(ConfigError::of_setting(
                    setting.key,
                    format!("{} ({}) {problem}", setting.variable, setting.key),
                ));
            }
        }
        Ok(())
    }

    /// Returns the value of a setting without white space at both ends. `None` if the setting is not set or blank.
    pub(super) fn text(&self, variable: &str) -> Option<String> {
        self.find(table::setting(variable))
    }

    /// Parses a value. The error shows the value unless it is a secret.
    pub(super) fn parse<T, E: ToString>(
        &self,
        variable: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(value) = self.text(variable) else { return Ok(None) };
        let setting = table::setting(variable);
        parse(&value).map(Some).map_err(|error| {
            let shown = if setting.secret { String::new() } else { format!(" {value:?}") };
            let message = format!("{variable} ({}){shown} is wrong: {}", setting.key, error.to_string());
            ConfigError::of_setting(setting.key, message)
        })
    }

    /// Parses a duration that is not shorter than `min`.
    pub(super) fn duration(&self, variable: &str, min: Duration) -> Result<Option<Duration>, ConfigError> {
        self.parse(variable, |value| duration(value, min, "a time like 400ms, 30s or 5m"))
    }

    /// Parses a retention period; `forever` is `None`.
    pub(super) fn retention(
        &self,
        variable: &str,
        min: Duration,
        default: Option<Duration>,
    ) -> Result<Option<Duration>, ConfigError> {
        let period = self.parse(variable, |value| match value.to_ascii_lowercase().as_str() {
            "forever" => Ok(None),
            _ => duration(value, min, "a time like 12h or 30d, or forever").map(Some),
        })?;
        Ok(period.unwrap_or(default))
    }

    /// Parses a number of bytes that is not smaller than `min`.
    pub(super) fn bytes(&self, variable: &str, min: usize) -> Result<Option<usize>, ConfigError> {
        self.parse(variable, |value| {
            let bytes = value.parse().ok().filter(|bytes| *bytes >= min);
            bytes.ok_or_else(|| format!("write a number of bytes, {min} at least"))
        })
    }

    /// Parses a whole number above 0.
    pub(super) fn count<T: std::str::FromStr + PartialOrd + From<u8>>(
        &self,
        variable: &str,
    ) -> Result<Option<T>, ConfigError> {
        let parse = |value: &str| {
            value.parse::<T>().ok().filter(|count| *count >= T::from(1)).ok_or("write a whole number above 0")
        };
        self.parse(variable, parse)
    }
}

/// Parses a duration that is not shorter than `min`. `example` is part of the error.
pub(super) fn duration(value: &str, min: Duration, example: &str) -> Result<Duration, String> {
    match humantime::parse_duration(value) {
        Ok(duration) if duration >= min => Ok(duration),
        Ok(_) => Err(format!("it must be {} at least", humantime::format_duration(min))),
        Err(_) if value.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(format!("a time needs a unit; write {value}s"))
        }
        Err(_) => Err(format!("write {example}")),
    }
}

/// Parses a list of words: a JSON array, or words separated by spaces. Returns none if a JSON array is malformed.
pub(super) fn words(value: &str) -> Option<Vec<String>> {
    if value.starts_with('[') {
        return serde_json::from_str(value).ok();
    }
    Some(value.split_whitespace().map(str::to_owned).collect())
}
