//! The settings file, `waxwing.toml`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use toml::de::{DeTable, DeValue};
use waxwing::config::SETTINGS;
use waxwing::{ConfigError, Setting};

/// The file that is read if it is there and no other is named.
const DEFAULT: &str = "waxwing.toml";

/// The raw values of a settings file, by key.
#[derive(Debug, Default)]
pub(crate) struct SettingsFile(HashMap<&'static str, String>);

impl SettingsFile {
    /// Reads the file that was named, or the default one if it exists.
    pub(crate) fn load(named: Option<&Path>) -> anyhow::Result<Self> {
        let path = match named {
            Some(path) => path.to_owned(),
            None if Path::new(DEFAULT).exists() => PathBuf::from(DEFAULT),
            None => return Ok(Self::default()),
        };
        let text = std::fs::read_to_string(&path).map_err(|error| {
            ConfigError::new(format!("the settings file {} cannot be read: {error}", path.display()))
        })?;
        Self::parse(&text, &path.display().to_string()).context(ConfigError::new("the settings file is wrong"))
    }

    /// Reads a file's text. Every key must be one of the table's, so that a mistyped one is not passed over.
    fn parse(text: &str, name: &str) -> Result<Self, ConfigError> {
        let place = |at: usize| format!("{name}:{}", 1 + text[..at].matches('\n').count());
        let document = DeTable::parse(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            ConfigError::new(format!("{}: {}", place(at), error.message()))
        })?;
        let mut values = HashMap::new();
        for (section, table) in document.get_ref() {
            let DeValue::Table(table) = table.get_ref() else {
                return Err(ConfigError::new(format!(
                    "{}: {:?} must stand in a section, such as [server]",
                    place(section.span().start),
                    section.get_ref()
                )));
            };
            for (key, value) in table {
                let place = place(key.span().start);
                let full = format!("{}.{}", section.get_ref(), key.get_ref());
                let setting = SETTINGS.iter().find(|setting| setting.key == full);
                let setting =
                    setting.ok_or_else(|| ConfigError::new(format!("{place}: there is no setting {full}")))?;
                let raw = raw(value.get_ref());
                let raw = raw.ok_or_else(|| ConfigError::new(format!("{place}: {full} must be a text or a number")))?;
                values.insert(setting.key, raw);
            }
        }
        Ok(Self(values))
    }

    /// The raw value of a setting.
    pub(crate) fn get(&self, setting: &Setting) -> Option<String> {
        self.0.get(setting.key).cloned()
    }
}

fn raw(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&[(&str, &str)], &str>) {
        match (SettingsFile::parse(text, "w.toml"), expected) {
            (Ok(file), Ok(expected)) => {
                let expected = expected.iter().map(|(key, value)| (*key, (*value).to_owned()));
                assert_eq!(file.0, expected.collect::<HashMap<_, _>>());
            }
            (Err(error), Err(expected)) => assert_eq!(error.to_string(), expected),
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn values_of_each_kind() {
        check(
            "[server]\nport = 8080\nallow_unsigned = true\n[engine]\nsettle = \"0s\"\n",
            Ok(&[("server.port", "8080"), ("server.allow_unsigned", "true"), ("engine.settle", "0s")]),
        );
        check("", Ok(&[]));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        check("[server]\n\nprot = 1\n", Err("w.toml:3: there is no setting server.prot"));
        check("port = 1\n", Err("w.toml:1: \"port\" must stand in a section, such as [server]"));
        check("[server]\nport = [1]\n", Err("w.toml:2: server.port must be a text or a number"));
        assert!(SettingsFile::parse("[server\n", "w.toml").unwrap_err().to_string().starts_with("w.toml:1: "));
    }
}
