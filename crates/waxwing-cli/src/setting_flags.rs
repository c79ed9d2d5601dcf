//! Command-line flags for settings.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use waxwing::{Environment, SETTINGS, Setting, SettingsSource};
use waxwing_config::{Config, ConfigPurpose, InvalidConfig, ProcessEnvironment};

/// The settings file that is read if it exists and no other is named.
const DEFAULT_FILE: &str = "waxwing.toml";

/// The flags of all settings that are not secrets, generated from the table of settings.
#[derive(Debug, Clone, Default)]
pub(crate) struct SettingFlags {
    values: HashMap<&'static str, String>,
    file: Option<PathBuf>,
}

impl SettingFlags {
    /// Creates flags that set the settings file only.
    pub(crate) fn with_file(file: Option<PathBuf>) -> Self {
        Self { file, ..Self::default() }
    }

    /// Returns the path of the settings file, which need not exist if none was named.
    pub(crate) fn file(&self) -> &Path {
        self.file.as_deref().unwrap_or(Path::new(DEFAULT_FILE))
    }

    /// Returns true if the flag of a setting was given.
    pub(crate) fn has_flag(&self, variable: &str) -> bool {
        self.values.contains_key(variable)
    }

    /// Reads the settings file, if there is one.
    pub(crate) fn config(&self, purpose: ConfigPurpose) -> Result<Config, InvalidConfig> {
        match &self.file {
            Some(file) => Config::load(file, &ProcessEnvironment, purpose),
            None if Path::new(DEFAULT_FILE).exists() => {
                Config::load(Path::new(DEFAULT_FILE), &ProcessEnvironment, purpose)
            }
            None => Ok(Config::default()),
        }
    }

    /// Sets a value unless its flag was given.
    pub(crate) fn preset(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.values.entry(variable).or_insert_with(|| value.into());
        self
    }

    /// Sets a value, also if its flag was given.
    pub(crate) fn force(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(variable, value.into());
        self
    }
}

/// Returns the help text of `--config`.
pub(crate) fn file_help() -> String {
    format!("Settings file [default: {DEFAULT_FILE}, if it exists]")
}

/// Flags override the environment. The file comes after both.
impl SettingsSource for SettingFlags {
    fn get(&self, setting: &Setting) -> Option<String> {
        let environment = || Environment.get(setting).filter(|value| !value.trim().is_empty());
        self.values.get(setting.variable).cloned().or_else(environment)
    }
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        let file = Arg::new("config")
            .long("config")
            .value_name("FILE")
            .value_parser(value_parser!(PathBuf))
            .env("WAXWING_CONFIG")
            .help(file_help());
        let flags = SETTINGS.iter().filter(|setting| !setting.secret).map(flag);
        command.arg(file).next_help_heading("Settings").args(flags).next_help_heading(None).after_help(secrets())
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |setting: &Setting| {
            let value = matches.try_get_one::<String>(setting.variable).ok().flatten();
            value.map(|value| (setting.variable, value.clone()))
        };
        let values = SETTINGS.iter().filter_map(given).collect();
        Ok(Self { values, file: matches.get_one("config").cloned() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn flag(setting: &'static Setting) -> Arg {
    let help = format!("{} [{}]", setting.help(), setting.variable);
    let flag = Arg::new(setting.variable).long(setting.flag()).help(help);
    if setting.default_value().as_deref() == Some("false") {
        return flag.action(ArgAction::Set).num_args(0..=1).default_missing_value("true").value_name("true|false");
    }
    flag.value_name("VALUE")
}

/// Returns the part of the help below the flags.
fn secrets() -> String {
    let secrets = SETTINGS.iter().filter(|setting| setting.secret);
    let lines: Vec<_> = secrets.map(|setting| format!("  {:<24} {}", setting.variable, setting.help())).collect();
    format!(
        "Secrets come from the environment or from the settings file:\n{}\n\n\
         In the settings file, --port is the key `port` of its section; docs/settings.md lists all keys. Flags override the environment, \
         and the environment overrides the file.",
        lines.join("\n")
    )
}
