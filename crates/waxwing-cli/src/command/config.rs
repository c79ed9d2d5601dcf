//! `waxwing config`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use waxwing::{AgentOs, Environment, MemoryCeiling, NetworkPolicy, Setting, SettingsSource};
use waxwing_config::{Config as File, ConfigPurpose, ProcessEnvironment, schema};

use super::deployment::host;
use crate::output::{OutputFlags, print_line, print_text};

/// Check waxwing.toml, and print its JSON schema or a form.
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a settings file without connecting to anything. The exit code is 2 if the file is wrong.
    Check {
        /// Settings file.
        #[arg(default_value = "waxwing.toml", env = "WAXWING_CONFIG")]
        file: PathBuf,

        #[command(flatten)]
        output: OutputFlags,
    },
    /// Print the JSON schema of the settings file, for editors.
    Schema,
    /// Print the Flow JSON of a form in [forms], for the asset flow.json of a WhatsApp Flow.
    Form {
        /// Name of the form.
        name: String,

        /// Settings file.
        #[arg(default_value = "waxwing.toml", env = "WAXWING_CONFIG")]
        file: PathBuf,
    },
}

impl Config {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Check { file, output } => {
                let config = File::load(&file, &ProcessEnvironment, ConfigPurpose::Serve)?;
                let warnings: Vec<_> = config.warnings().iter().map(ToString::to_string).collect();
                if !output.json {
                    for warning in &warnings {
                        print_line!("{warning}");
                    }
                }
                let memory = check(&config)?;
                let (file, summary) = (file.display().to_string(), config.summary());
                let report = json!({
                    "file": file, "summary": summary, "warnings": warnings, "memory_ceiling_bytes": memory.total(),
                });
                output.print(&report, |_| {
                    print_line!("{file} is valid: {summary}");
                    print_line!("worst case of memory, without that of agents: {} MiB", memory.total() >> 20);
                })
            }
            Command::Form { name, file } => {
                let config = File::load(&file, &ProcessEnvironment, ConfigPurpose::Serve)?;
                let json = config.flow_json(&name).map_err(|error| config.hide_variables(&error))?;
                print_text!("{}", serde_json::to_string_pretty(&json)?);
                Ok(())
            }
            Command::Schema => {
                print_text!("{}", serde_json::to_string_pretty(schema())?);
                Ok(())
            }
        }
    }
}

/// Builds the host that would be served. Returns the most memory that it may take.
fn check(config: &File) -> anyhow::Result<MemoryCeiling> {
    // The environment of the server may set the credentials; this one need not.
    let common = config.with(&Environment);
    let given = |setting: &Setting| {
        let missing = || (setting.required && common.get(setting).is_none()).then(|| "0".to_owned());
        Environment.get(setting).or_else(missing)
    };
    let numbers = config.numbers(&given, Some("echo"))?;
    let network = numbers.first().map_or_else(NetworkPolicy::default, |number| number.settings.network);
    let agents = config.check_agents(network)?;
    let host = host(config, &agents, &numbers)?;
    let host = config.subscriptions(network)?.into_iter().fold(host, AgentOs::subscription);
    host.check().map_err(|error| config.hide_variables(&error))?;
    Ok(host.memory_ceiling())
}
