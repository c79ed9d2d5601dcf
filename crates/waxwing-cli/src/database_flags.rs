//! Flags of commands that need only the database.

use std::path::PathBuf;

use waxwing::{Database, SETTINGS, Setting, Settings};
use waxwing_admin::{AdminClient, AdminError};
use waxwing_config::ConfigPurpose;

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
        let flags = SettingFlags::with_file(self.config());
        let budget = Settings::budget(&flags.config(ConfigPurpose::Settings)?.with(&flags))?;
        let client = self.client().await?;
        Ok(budget.rates.into_iter().fold(client, AdminClient::rates))
    }

    /// Opens the database, or connects to the server that uses it.
    pub(crate) async fn client(self) -> anyhow::Result<AdminClient> {
        let database = self.database()?;
        AdminClient::open(&database).await.map_err(|error| match error {
            AdminError::Open(error) => error.into(),
            error => error.into(),
        })
    }

    /// Returns the database that the flag, the environment or the file names.
    fn database(self) -> anyhow::Result<Database> {
        let mut flags = SettingFlags::with_file(self.config);
        if let Some(url) = self.database_url {
            flags = flags.force("DATABASE_URL", url);
        }
        Ok(Settings::database(&flags.config(ConfigPurpose::Settings)?.with(&flags))?)
    }
}

fn database_help() -> String {
    SETTINGS.iter().find(|setting| setting.variable == "DATABASE_URL").map(Setting::help).unwrap_or_default()
}
