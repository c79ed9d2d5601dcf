//! Sources of raw settings.

use super::table::Setting;

/// A source of raw values of settings.
///
/// A closure `Fn(&Setting) -> Option<String>` is a source too.
pub trait SettingsSource {
    /// Returns the raw value of a setting. `None` and blank text mean that the setting is not set.
    fn get(&self, setting: &Setting) -> Option<String>;
}

/// The environment of the process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Environment;

impl SettingsSource for Environment {
    fn get(&self, setting: &Setting) -> Option<String> {
        std::env::var(setting.variable).ok()
    }
}

impl<F: Fn(&Setting) -> Option<String>> SettingsSource for F {
    fn get(&self, setting: &Setting) -> Option<String> {
        self(setting)
    }
}
