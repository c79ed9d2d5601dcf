//! Flags of commands that call Meta about a business number.

use std::path::PathBuf;

use anyhow::{Context as _, anyhow};
use waxwing::Settings;
use waxwing::client::types::WabaId;
use waxwing::client::{self, Client, Number};
use waxwing_config::{Config, ConfigPurpose};

use crate::output::OutputFlags;
use crate::setting_flags::{SettingFlags, file_help};

/// Names the business number, and the form of the output.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct NumberFlags {
    #[command(flatten)]
    pub(crate) output: OutputFlags,

    #[arg(long, value_name = "FILE", env = "WAXWING_CONFIG", help = file_help())]
    config: Option<PathBuf>,

    /// Business number: its name in the settings file, or its id. Required if the file has several numbers.
    #[arg(long, value_name = "NUMBER")]
    number: Option<String>,
}

/// Names the account of a business number.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AccountFlags {
    #[command(flatten)]
    number: NumberFlags,

    /// Id of the WhatsApp Business Account. Required if the access token is for all accounts of its user.
    #[arg(long, value_name = "ID", env = "WHATSAPP_BUSINESS_ACCOUNT_ID")]
    account: Option<String>,
}

/// Business number whose settings are known.
#[derive(Debug)]
pub(crate) struct OpenNumber {
    pub(crate) client: Client,
    pub(crate) settings: Settings,
    /// Settings file that the number belongs to.
    pub(crate) config: Config,
    /// Settings that precede those of the file.
    pub(crate) flags: SettingFlags,
    pub(crate) output: OutputFlags,
}

impl NumberFlags {
    /// Reads the settings of the number, and creates its client. Nothing is sent.
    pub(crate) fn open(self) -> anyhow::Result<OpenNumber> {
        let flags = SettingFlags::with_file(self.config);
        let config = flags.config(ConfigPurpose::Serve)?;
        let mut numbers = config.numbers(&flags, Some("echo"))?;
        let names: Vec<_> = numbers.iter().filter_map(|number| number.name.clone()).collect();
        let found = match &self.number {
            None if numbers.len() == 1 => Some(0),
            None => None,
            Some(name) => numbers.iter().position(|number| {
                number.name.as_ref() == Some(name) || number.settings.phone_number_id.as_str() == name
            }),
        };
        let found = found.with_context(|| match &self.number {
            None => format!("the settings file has several numbers; name one with --number: {}", names.join(", ")),
            Some(name) if names.is_empty() => {
                format!("the settings are those of one number, and not of {name}; leave --number out")
            }
            Some(name) => format!("the settings file has no number {name}; its numbers are {}", names.join(", ")),
        })?;
        let settings = numbers.swap_remove(found).settings;
        let client = settings.client_builder().build()?;
        Ok(OpenNumber { client, settings, config, flags, output: self.output })
    }
}

impl AccountFlags {
    /// Opens the number, and finds the account that it belongs to.
    pub(crate) async fn open(self) -> anyhow::Result<(OpenNumber, WabaId)> {
        let number = self.number.open()?;
        let account = match self.account {
            Some(id) => Some(WabaId::new(id)),
            None => number.client.find_waba().await.map_err(|error| explained(&error))?,
        };
        let account = account.context(
            "the account of the number is unknown, because the access token names no account with it; name the account with --account",
        )?;
        Ok((number, account))
    }
}

impl OpenNumber {
    /// Returns the number for calls about its settings.
    pub(crate) fn number(&self) -> Number<'_> {
        self.client.number(self.client.phone_number_id().clone())
    }
}

/// Returns an error with Meta's words, and the advice for an operator.
pub(crate) fn explained(error: &client::Error) -> anyhow::Error {
    anyhow!("{}", error.explain())
}
