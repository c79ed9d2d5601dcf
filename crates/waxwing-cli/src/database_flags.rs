//! Flags of commands that need only the database.

use std::path::PathBuf;

use waxwing::{ConfigError, Database, SETTINGS, Setting, Settings, SettingsSource};
use waxwing_admin::{AdminClient, AdminError};
use waxwing_config::ConfigPurpose;

use crate::dev_database::or_dev_database;
use crate::setting_flags::{SettingFlags, file_help};

/// Names the database.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct DatabaseFlags {
    #[arg(long, value_name = "FILE", env = "WAXWING_CONFIG", help = file_help())]
    config: Option<PathBuf>,

    #[arg(long, value_name = "URL", help = database_help())]
    database_url: Option<String>,
}

impl DatabaseFlags {
    /// Returns the settings file of the flag, if it was given.
    pub(crate) fn config(&self) -> Option<PathBuf> {
        self.config.clone()
    }

    /// Opens the database with Meta's rates from the settings, or connects to the server that uses it.
    pub(crate) async fn client_with_rates(self) -> anyhow::Result<AdminClient> {
        let flags = self.flags();
        let config = flags.config(ConfigPurpose::Settings)?;
        let source = config.with(&flags);
        let (budget, database) = (Settings::budget(&source)?, database(&source)?);
        let client = open(&database).await?;
        Ok(budget.rates.into_iter().fold(client, AdminClient::rates))
    }

    /// Opens the database, or connects to the server that uses it.
    pub(crate) async fn client(self) -> anyhow::Result<AdminClient> {
        open(&self.database()?).await
    }

    /// Returns the database.
    pub(crate) fn database(self) -> anyhow::Result<Database> {
        let flags = self.flags();
        Ok(database(&flags.config(ConfigPurpose::Settings)?.with(&flags))?)
    }

    /// Returns the flags for the settings, with the database of its flag.
    fn flags(self) -> SettingFlags {
        let flags = SettingFlags::with_file(self.config);
        self.database_url.into_iter().fold(flags, |flags, url| flags.force("DATABASE_URL", url))
    }
}

/// Returns the database of the settings. Without a setting, it is the one of `waxwing dev` if only that one exists.
fn database(source: &impl SettingsSource) -> Result<Database, ConfigError> {
    let setting = SETTINGS.iter().find(|setting| setting.variable == "DATABASE_URL");
    let is_set = setting.and_then(|setting| source.get(setting)).is_some_and(|url| !url.trim().is_empty());
    let database = Settings::database(source)?;
    if is_set { Ok(database) } else { or_dev_database(database) }
}

async fn open(database: &Database) -> anyhow::Result<AdminClient> {
    AdminClient::open(database).await.map_err(|error| match error {
        AdminError::Open(error) => error.into(),
        error => error.into(),
    })
}

fn database_help() -> String {
    SETTINGS.iter().find(|setting| setting.variable == "DATABASE_URL").map(Setting::help).unwrap_or_default()
}
