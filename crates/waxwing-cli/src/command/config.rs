//! `waxwing config`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use waxwing::Setting;
use waxwing::{Environment, SettingsSource};
use waxwing_config::{Config as File, ConfigPurpose, ProcessEnvironment, schema};

use super::serving::host;

/// Look at waxwing.toml.
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find out whether a file can be served, without asking anybody.
    Check {
        /// The file.
        #[arg(default_value = "waxwing.toml", env = "WAXWING_CONFIG")]
        file: PathBuf,
    },
    /// Print the JSON schema of the file, for editors.
    Schema,
}

impl Config {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Check { file } => {
                let config = File::load(&file, &ProcessEnvironment, ConfigPurpose::Serve)?;
                for warning in config.warnings() {
                    println!("{warning}");
                }
                check(&config)?;
                println!("{} is right: {}", file.display(), config.summary());
            }
            Command::Schema => println!("{}", serde_json::to_string_pretty(schema())?),
        }
        Ok(())
    }
}

/// Puts everything together that would be served.
fn check(config: &File) -> anyhow::Result<()> {
    let agents = config.check_agents()?;
    // The number's credentials may be set where it is served, and need not be here.
    let common = config.with(&Environment);
    let given = |setting: &Setting| {
        let missing = || (setting.required && common.get(setting).is_none()).then(|| "0".to_owned());
        Environment.get(setting).or_else(missing)
    };
    let numbers = config.numbers(&given, Some("echo"))?;
    host(config, &agents, &numbers)?.check()?;
    Ok(())
}
