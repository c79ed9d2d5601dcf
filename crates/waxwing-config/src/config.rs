//! Validated configuration file.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use waxwing::ConfigError;
use waxwing::agent::Agent;
use waxwing::engine::EventSubscription;
use waxwing::{NetworkPolicy, SettingsSource};

use crate::build::{Agents, Rehearsal, build, guarded};
use crate::check;
use crate::description::Description;
use crate::document::Document;
use crate::environment::EnvironmentVariables;
use crate::file::ConfigFile;
use crate::fingerprint::{ConfigChanges, ConfigFingerprint};
use crate::numbers::{NumberBuilder, ServedNumber};
use crate::problem::{ConfigProblem, InvalidConfig};
use crate::reader::Reader;
use crate::report::ProblemReport;
use crate::sections::AgentSection;
use crate::subscriptions;
use crate::substitution::Substitutions;
use crate::suggestion::unknown;

/// Purpose for which a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigPurpose {
    /// Serving the numbers of the file.
    Serve,
    /// Serving the numbers of the file at an emulated WhatsApp. The access to the real WhatsApp is ignored, and its variables may be
    /// missing.
    Emulator,
    /// Reading the settings of a server that runs as another process. Settings with missing variables are ignored.
    Settings,
}

/// A validated configuration file. The default is an empty file.
///
/// `Debug` output contains the numbers of entries, and no values.
///
/// ```
/// use waxwing::NetworkPolicy;
/// use waxwing_config::{Config, ConfigPurpose, ProcessEnvironment};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let text = "[agents.parrot]\nkind = 'echo'";
/// let config = Config::parse(text, "waxwing.toml", ".".into(), &ProcessEnvironment, ConfigPurpose::Serve)?;
/// assert_eq!(config.summary(), "1 agent");
/// assert_eq!(config.check_agents(NetworkPolicy::default())?.get("parrot")?.name(), "parrot");
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Config {
    description: Description,
    warnings: Vec<ConfigProblem>,
}

impl Config {
    /// Reads and validates a file. No server is contacted.
    ///
    /// # Errors
    ///
    /// Returns all errors of the file, with their positions.
    pub fn load(
        path: &Path,
        environment: &dyn EnvironmentVariables,
        purpose: ConfigPurpose,
    ) -> Result<Self, InvalidConfig> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let message = format!("cannot read the configuration file: {error}");
            InvalidConfig::new(vec![ConfigProblem { place: name.clone(), path: String::new(), message }])
        })?;
        let dir = path.parent().unwrap_or_else(|| Path::new("")).to_owned();
        Self::parse(&text, &name, dir, environment, purpose)
    }

    /// Validates the text of a file. `name` is the file in messages. `dir` is the directory from which other files are named.
    ///
    /// # Errors
    ///
    /// Returns all errors of the file, with their positions.
    pub fn parse(
        text: &str,
        name: &str,
        dir: PathBuf,
        environment: &dyn EnvironmentVariables,
        purpose: ConfigPurpose,
    ) -> Result<Self, InvalidConfig> {
        let (mut document, positions) = Document::parse(text, name)?;
        if purpose == ConfigPurpose::Emulator {
            document.use_emulator();
        }
        let substitutions = match purpose {
            ConfigPurpose::Serve | ConfigPurpose::Emulator => document.substitute(environment),
            ConfigPurpose::Settings => {
                document.substitute_settings(environment);
                Substitutions::default()
            }
        };
        let fingerprint = ConfigFingerprint::of(&document, &dir);
        let mut report = ProblemReport::new(&positions, &substitutions);
        let reader = Reader::new(text, &positions, &mut report);
        let file = match purpose {
            ConfigPurpose::Settings => reader.read_settings(document),
            ConfigPurpose::Serve | ConfigPurpose::Emulator => reader.read(document),
        };
        // The settings alone have no agents to which they could refer.
        if purpose != ConfigPurpose::Settings {
            check::check(&file, &mut report);
        }
        let warnings = report.finish()?;
        Ok(Self { description: Description::new(file, dir, fingerprint, positions, substitutions), warnings })
    }

    /// Returns the warnings about the file, in the order of the file.
    pub fn warnings(&self) -> &[ConfigProblem] {
        &self.warnings
    }

    /// Returns the JSON of the flow of a form in `[forms]`, as Meta accepts it.
    ///
    /// # Errors
    ///
    /// If there is no such form, or if it has no fields.
    pub fn flow_json(&self, form: &str) -> Result<serde_json::Value, ConfigError> {
        let forms = &self.description.file.forms;
        let Some(section) = forms.get(form) else {
            return Err(ConfigError::new(unknown("form", form, forms.names())));
        };
        let described = section.form(form).ok_or_else(|| ConfigError::new(format!("forms.{form} has no `fields`")))?;
        described.to_flow_json().map_err(|error| ConfigError::new(format!("forms.{form}: {error}")))
    }

    /// Builds the agents and teams of the file, and starts to connect to their MCP servers. Connections of `previous` to servers with the
    /// same definition are kept. `network` is the policy of all connections. Must be called within a Tokio runtime if the file has MCP servers.
    ///
    /// # Errors
    ///
    /// Returns the errors of all invalid agents, with their positions.
    pub fn agents(&self, previous: &Agents, network: NetworkPolicy) -> Result<Agents, InvalidConfig> {
        build(&self.description, Some(previous), network, Rehearsal::default())
    }

    /// Builds the agents and teams of the file without effects: their models are asked, but tools are not called. Starts to connect to the MCP
    /// servers of the file, because requests hold their tools. Must be called within a Tokio runtime if the file has MCP servers.
    ///
    /// # Errors
    ///
    /// Returns the errors of all invalid agents, with their positions.
    pub fn agents_without_tools(&self, network: NetworkPolicy) -> Result<Agents, InvalidConfig> {
        let rehearsal = Rehearsal { base_url: None, skips_tools: true };
        build(&self.description, Some(&Agents::default()), network, rehearsal)
    }

    /// Builds the agents and teams of the file with another base URL for all models, to see the requests to them. Starts to connect to the MCP
    /// servers of the file, because requests hold their tools. Must be called within a Tokio runtime if the file has MCP servers.
    ///
    /// # Errors
    ///
    /// Returns the errors of all invalid agents, with their positions.
    pub fn agents_at(&self, base_url: &str, network: NetworkPolicy) -> Result<Agents, InvalidConfig> {
        let rehearsal = Rehearsal { base_url: Some(base_url), skips_tools: true };
        build(&self.description, Some(&Agents::default()), network, rehearsal)
    }

    /// Builds the agents and teams of the file without their MCP servers, to validate them. No server is contacted.
    ///
    /// # Errors
    ///
    /// Returns the errors of all invalid agents, with their positions.
    pub fn check_agents(&self, network: NetworkPolicy) -> Result<Agents, InvalidConfig> {
        build(&self.description, None, network, Rehearsal::default())
    }

    /// Returns the agent of a number, with the access lists and limits of the number around the agent.
    ///
    /// # Errors
    ///
    /// Returns an error if the file does not define the agent.
    pub fn answerer(&self, number: &ServedNumber, agents: &Agents) -> Result<Arc<dyn Agent>, ConfigError> {
        let agent = agents.get(&number.agent).map_err(|error| self.hide_variables(&error))?;
        Ok(guarded(agent, &number.access, &number.limits, &self.description.file))
    }

    /// Returns the subscriptions of the webhooks in `[webhooks]`. `network` is the policy of all connections.
    ///
    /// # Errors
    ///
    /// If a webhook has a wrong URL, a wrong secret, or unknown events.
    pub fn subscriptions(&self, network: NetworkPolicy) -> Result<Vec<EventSubscription>, ConfigError> {
        subscriptions::build(&self.description.file, network).map_err(|error| self.hide_variables(&error))
    }

    /// Combines the settings of `overrides`, which take precedence, with the settings of the file.
    pub fn with<'a>(&'a self, overrides: &'a impl SettingsSource) -> impl SettingsSource + 'a {
        self.description.settings_under(overrides)
    }

    /// Returns the business numbers with their settings: the numbers of the file, or the single number of the settings. Settings of
    /// `overrides` take precedence over the file. `fallback_agent` answers if the file defines no agent.
    ///
    /// # Errors
    ///
    /// Returns an error that names the missing settings, or the first invalid setting.
    pub fn numbers(
        &self,
        overrides: &impl SettingsSource,
        fallback_agent: Option<&str>,
    ) -> Result<Vec<ServedNumber>, ConfigError> {
        let numbers = NumberBuilder { description: &self.description, overrides, fallback_agent }.all();
        numbers.map_err(|error| self.hide_variables(&self.description.located(&error, overrides)))
    }

    /// Replaces the values of environment variables in an error by the text of the file, such as `${TOKEN}`. The errors of this type's
    /// methods contain no such value.
    pub fn hide_variables(&self, error: &ConfigError) -> ConfigError {
        self.description.hide_variables(error)
    }

    /// Returns the phone number ids of the numbers in the file, in the order of the file.
    pub fn number_ids(&self) -> impl Iterator<Item = &str> {
        self.description.file.numbers.iter().map(|(_, number)| number.phone_number_id.as_str())
    }

    /// Returns the names of the agents and teams with a language model, in the order of the file.
    pub fn model_agents(&self) -> impl Iterator<Item = &str> {
        let file = &self.description.file;
        let agents = file.agents.iter().filter(|(_, section)| section.llm().is_some()).map(|(name, _)| name);
        agents.chain(file.teams.iter().map(|(name, _)| name))
    }

    /// Returns the names and URLs of the agents behind HTTP, in the order of the file. A URL can contain a secret.
    pub fn http_agents(&self) -> impl Iterator<Item = (&str, &str)> {
        self.description.file.agents.iter().filter_map(|(name, section)| match section {
            AgentSection::Http(section) => Some((name, section.url.as_str())),
            _ => None,
        })
    }

    /// Returns the files that this file names, such as instructions, stickers and rates.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.description.fingerprint.files()
    }

    /// Returns the keys whose values differ in `newer`.
    pub fn changes(&self, newer: &Self) -> ConfigChanges {
        self.description.fingerprint.changes(&newer.description.fingerprint)
    }

    /// Returns the numbers of entries, such as `2 numbers, 3 agents`.
    pub fn summary(&self) -> String {
        let ConfigFile { models, agents, teams, numbers, mcp, access, limits, templates, forms, webhooks, .. } =
            &self.description.file;
        let counts = [
            ("number", numbers.len()),
            ("agent", agents.len()),
            ("team", teams.len()),
            ("model", models.len()),
            ("MCP server", mcp.len()),
            ("template", templates.len()),
            ("form", forms.len()),
            ("webhook", webhooks.len()),
            ("access list", access.len()),
            ("limit set", limits.len()),
        ];
        let is_shown = |(kind, count): &&(&str, usize)| *count > 0 || *kind == "agent";
        let counts = counts.iter().filter(is_shown);
        let counts = counts.map(|(kind, count)| format!("{count} {kind}{}", if *count == 1 { "" } else { "s" }));
        counts.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Config").field(&self.summary()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_has_no_values() {
        let variables = |_: &str| Some("hunter2".to_owned());
        let text = "[numbers.a]\nphone_number_id = '1'\naccess_token = '${TOKEN}'\n[agents.a]\nkind = 'echo'";
        let config = Config::parse(text, "w.toml", ".".into(), &variables, ConfigPurpose::Serve).unwrap();
        let numbers = config.numbers(&|_: &waxwing::Setting| None, None).unwrap();
        let shown = format!("{config:?} {numbers:?}");
        assert!(shown.starts_with(r#"Config("1 number, 1 agent")"#) && !shown.contains("hunter2"), "{shown}");
    }
}
