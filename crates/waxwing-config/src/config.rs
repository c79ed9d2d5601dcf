//! A file that was read and checked.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use waxwing::SettingsSource;
use waxwing::agent::Agent;
use waxwing::{ConfigError, Setting};

use crate::build::{Agents, build, guarded};
use crate::check;
use crate::digests::{ConfigChanges, Digests};
use crate::document::{Document, Places};
use crate::file::{File, Reader};
use crate::numbers::{Numbers, ServedNumber};
use crate::problem::{ConfigProblem, InvalidConfig, Report};
use crate::variables::Environment;

/// What a file is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigPurpose {
    /// To serve what it describes.
    Serve,
    /// To serve it to an emulated WhatsApp: whatever leads to the real one is passed over, so it need not be there.
    Emulator,
    /// To know the settings of a server that runs elsewhere. Variables that are not there are passed over.
    Settings,
}

/// A file that was read and checked, or none.
#[derive(Default)]
pub struct Config {
    pub(crate) file: File,
    pub(crate) places: Places,
    pub(crate) dir: PathBuf,
    digests: Digests,
    warnings: Vec<ConfigProblem>,
}

impl Config {
    /// Reads a file and checks everything that can be checked without asking anybody else.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, with places.
    pub fn load(path: &Path, variables: &dyn Environment, scope: ConfigPurpose) -> Result<Self, InvalidConfig> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let message = format!("the settings file cannot be read: {error}");
            InvalidConfig(vec![ConfigProblem { place: name.clone(), path: String::new(), message }])
        })?;
        let dir = path.parent().unwrap_or_else(|| Path::new("")).to_owned();
        Self::parse(&text, &name, dir, variables, scope)
    }

    /// Reads the text of a file called `name`, in which other files are named as seen from `dir`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, with places.
    pub fn parse(
        text: &str,
        name: &str,
        dir: PathBuf,
        variables: &dyn Environment,
        scope: ConfigPurpose,
    ) -> Result<Self, InvalidConfig> {
        let (mut document, mut places) = Document::parse(text, name)?;
        if scope == ConfigPurpose::Emulator {
            document.use_emulator();
        }
        match scope {
            ConfigPurpose::Serve | ConfigPurpose::Emulator => places.filled = document.fill_in(variables),
            ConfigPurpose::Settings => document.fill_in_settings(variables),
        }
        let mut report = Report::new(&places);
        let digests = Digests::of(&document, &dir);
        let reader = Reader::new(text, &places, &mut report);
        let file =
            if scope == ConfigPurpose::Settings { reader.read_settings(document) } else { reader.read(document) };
        check::check(&file, &mut report);
        let warnings = report.finish()?;
        Ok(Self { file, places, dir, digests, warnings })
    }

    /// What the author of the file may not have meant.
    pub fn warnings(&self) -> &[ConfigProblem] {
        &self.warnings
    }

    /// Makes the agents and teams that the file describes, and begins to connect to the servers of their tools; connections of `before` that are described as
    /// they were are kept. Must be called within a Tokio runtime if there are such servers.
    ///
    /// # Errors
    ///
    /// What is wrong with one of them, with places.
    pub fn agents(&self, before: &Agents) -> Result<Agents, InvalidConfig> {
        build(self, Some(before))
    }

    /// Finds out whether the agents and teams that the file describes could be made. Nobody is called.
    ///
    /// # Errors
    ///
    /// What is wrong with one of them, with places.
    pub fn check_agents(&self) -> Result<Agents, InvalidConfig> {
        build(self, None)
    }

    pub(crate) fn digest_of(&self, path: &str) -> u64 {
        self.digests.of_table(path)
    }

    /// Returns the agent of a number, with the access lists and limits of the number around the agent.
    ///
    /// # Errors
    ///
    /// If no such agent is described.
    pub fn answerer(&self, number: &ServedNumber, agents: &Agents) -> Result<Arc<dyn Agent>, ConfigError> {
        Ok(guarded(agents.get(&number.agent)?, &number.access, &number.limits, &self.file))
    }

    /// The settings that `given`, which goes before the file, and the file make together.
    pub fn with<'a>(&'a self, given: &'a impl SettingsSource) -> impl SettingsSource + 'a {
        move |setting: &Setting| {
            given.get(setting).filter(|value| !value.trim().is_empty()).or_else(|| self.setting(setting))
        }
    }

    /// The raw value of a setting in the file.
    pub(crate) fn setting(&self, setting: &Setting) -> Option<String> {
        self.file.settings.get(setting.key).cloned()
    }

    /// Each business number, with everything that it is served with: those that the file describes, or the single one of the settings. `given` goes before the
    /// file, and `otherwise` answers where no agent is described.
    ///
    /// # Errors
    ///
    /// Names the settings that are missing, or the first that is wrong.
    pub fn numbers(
        &self,
        given: &impl SettingsSource,
        otherwise: Option<&str>,
    ) -> Result<Vec<ServedNumber>, ConfigError> {
        Numbers { config: self, given, otherwise }.all()
    }

    /// The ids of the described numbers, in the order of the file.
    pub fn number_ids(&self) -> impl Iterator<Item = &str> {
        self.file.numbers.iter().map(|(_, number)| number.phone_number_id.as_str())
    }

    /// What is different in `newer`.
    pub fn differences(&self, newer: &Self) -> ConfigChanges {
        self.digests.differences(&newer.digests)
    }

    /// What the file describes, in a few words: `2 numbers, 3 agents`.
    pub fn summary(&self) -> String {
        let File { models, agents, teams, numbers, mcp, access, limits, .. } = &self.file;
        let counts = [
            ("number", numbers.len()),
            ("agent", agents.len()),
            ("team", teams.len()),
            ("model", models.len()),
            ("MCP server", mcp.len()),
            ("access list", access.len()),
            ("limit set", limits.len()),
        ];
        let there = |(what, count): &&(&str, usize)| *count > 0 || *what == "agent";
        let told = counts
            .iter()
            .filter(there)
            .map(|(what, count)| format!("{count} {what}{}", if *count == 1 { "" } else { "s" }));
        told.collect::<Vec<_>>().join(", ")
    }
}

/// Shows how much there is, and no values.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Config").field(&self.summary()).finish()
    }
}
