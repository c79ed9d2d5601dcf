//! Where raw settings come from: flags, then the environment, then the file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use waxwing::{Database, Setting, Settings};
use waxwing::{Environment, SETTINGS, SettingsSource};
use waxwing_config::{Config, ConfigPurpose, InvalidConfig, ProcessEnvironment};

/// The flags for settings: one for each that is not a secret, made from the table.
#[derive(Debug, Clone, Default)]
pub(crate) struct SettingFlags {
    values: HashMap<&'static str, String>,
    file: Option<PathBuf>,
}

/// The file that is read if it is there and no other is named.
const FILE: &str = "waxwing.toml";

impl SettingFlags {
    /// The settings file, if there is one.
    pub(crate) fn config(&self, scope: ConfigPurpose) -> Result<Config, InvalidConfig> {
        match &self.file {
            Some(file) => Config::load(file, &ProcessEnvironment, scope),
            None if Path::new(FILE).exists() => Config::load(Path::new(FILE), &ProcessEnvironment, scope),
            None => Ok(Config::default()),
        }
    }

    /// Sets a value as its flag would, unless the flag was given.
    pub(crate) fn preset(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.values.entry(variable).or_insert_with(|| value.into());
        self
    }

    /// Sets a value, whatever was given.
    pub(crate) fn force(mut self, variable: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(variable, value.into());
        self
    }
}

/// What goes before the file.
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
            .help("Settings file [default: waxwing.toml, if it exists]");
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
    let flag =
        Arg::new(setting.variable).long(setting.flag()).help(format!("{} [{}]", setting.help(), setting.variable));
    if setting.default_value().as_deref() == Some("false") {
        return flag.action(ArgAction::Set).num_args(0..=1).default_missing_value("true").value_name("true|false");
    }
    flag.value_name("VALUE")
}

/// What stands below the flags in the help.
fn secrets() -> String {
    let secrets = SETTINGS.iter().filter(|setting| setting.secret);
    let lines: Vec<_> = secrets.map(|setting| format!("  {:<24} {}", setting.variable, setting.help())).collect();
    format!(
        "Secrets come from the environment, or from the settings file:\n{}\n\nIn the file, --port is the key `port`, in a section: see docs/settings.md. A flag goes before the environment, and that before the file.",
        lines.join("\n")
    )
}

/// The flags of a command that needs to know the database alone.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DatabaseFlags {
    /// Settings file [default: waxwing.toml, if it exists].
    #[arg(long, value_name = "FILE", env = "WAXWING_CONFIG")]
    config: Option<PathBuf>,

    /// Database [default: sqlite://waxwing.db].
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
}

impl DatabaseFlags {
    /// The database that flag, environment and file name.
    pub(crate) fn database(self) -> anyhow::Result<Database> {
        let mut flags = SettingFlags { file: self.config, ..SettingFlags::default() };
        if let Some(url) = self.database_url {
            flags = flags.force("DATABASE_URL", url);
        }
        Ok(Settings::database(&flags.config(ConfigPurpose::Settings)?.with(&flags))?)
    }
}
