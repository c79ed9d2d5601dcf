//! Content of a validated file.

use std::path::PathBuf;

use waxwing::ConfigError;
use waxwing::{SETTINGS, Setting, SettingsSource};

use crate::file::ConfigFile;
use crate::fingerprint::ConfigFingerprint;
use crate::position::KeyPositions;
use crate::report::ProblemReport;
use crate::substitution::Substitutions;

/// A validated file: its sections, and the data for messages about them. The default is an empty file.
#[derive(Default)]
pub(crate) struct Description {
    pub(crate) file: ConfigFile,
    /// Directory of the file, from which other files are named.
    pub(crate) dir: PathBuf,
    pub(crate) fingerprint: ConfigFingerprint,
    positions: KeyPositions,
    substitutions: Substitutions,
}

impl Description {
    pub(crate) fn new(
        file: ConfigFile,
        dir: PathBuf,
        fingerprint: ConfigFingerprint,
        positions: KeyPositions,
        substitutions: Substitutions,
    ) -> Self {
        Self { file, dir, fingerprint, positions, substitutions }
    }

    /// Starts a report about the file.
    pub(crate) fn report(&self) -> ProblemReport<'_> {
        ProblemReport::new(&self.positions, &self.substitutions)
    }

    /// Hides the values of environment variables that the file refers to.
    pub(crate) fn hide_variables(&self, error: &ConfigError) -> ConfigError {
        error.with_message(self.substitutions.masked(error.to_string()))
    }

    /// Adds the position in the file to the error of a setting that the file sets, and `overrides` does not.
    pub(crate) fn located(&self, error: &ConfigError, overrides: &impl SettingsSource) -> ConfigError {
        let setting = SETTINGS.iter().find(|setting| Some(setting.key) == error.setting());
        let is_overridden = |setting: &&Setting| overrides.get(setting).is_some_and(|value| !value.trim().is_empty());
        let of_file = setting.filter(|setting| self.file.settings.contains_key(setting.key) && !is_overridden(setting));
        match of_file {
            Some(setting) => self.at(setting.key, error),
            None => error.clone(),
        }
    }

    /// Adds the position of the value at a path to an error.
    pub(crate) fn at(&self, path: &str, error: &ConfigError) -> ConfigError {
        ConfigError::new(format!("{}: {error}", self.positions.place(self.positions.value(path))))
    }

    /// Returns the value of a setting in the file.
    pub(crate) fn setting(&self, setting: &Setting) -> Option<String> {
        let value = self.file.settings.get(setting.key)?;
        // A file names other files relative to its own directory.
        let is_file = setting.file && !value.trim().is_empty();
        if is_file { Some(self.dir.join(value.trim()).to_string_lossy().into_owned()) } else { Some(value.clone()) }
    }

    /// Combines the settings of `overrides`, which take precedence, with the settings of the file.
    pub(crate) fn settings_under<'a>(&'a self, overrides: &'a impl SettingsSource) -> impl SettingsSource + 'a {
        move |setting: &Setting| {
            overrides.get(setting).filter(|value| !value.trim().is_empty()).or_else(|| self.setting(setting))
        }
    }
}
