//! Sections of a file.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::key_path::child;
use crate::sections::{
    AccessSection, AgentSection, CommandSection, FormSection, LimitsSection, LlmAgentSection, McpServerSection,
    ModelSection, NumberSection, TeamSection, TemplateSection, WebhookSection,
};

/// The sections of a file. It has no `Debug` implementation, because settings can be secrets.
#[derive(Default)]
pub(crate) struct ConfigFile {
    /// Values of settings, by the full name of the key.
    pub(crate) settings: HashMap<&'static str, String>,
    /// System messages in other languages, by language and by the full name of the key.
    pub(crate) messages: BTreeMap<String, HashMap<&'static str, String>>,
    /// Languages, by the first characters of user ids.
    pub(crate) languages: BTreeMap<String, String>,
    pub(crate) commands: NamedEntries<CommandSection>,
    pub(crate) access: NamedEntries<AccessSection>,
    pub(crate) limits: NamedEntries<LimitsSection>,
    pub(crate) templates: NamedEntries<TemplateSection>,
    pub(crate) forms: NamedEntries<FormSection>,
    pub(crate) mcp: NamedEntries<McpServerSection>,
    pub(crate) models: NamedEntries<ModelSection>,
    pub(crate) agents: NamedEntries<AgentSection>,
    pub(crate) teams: NamedEntries<TeamSection>,
    pub(crate) numbers: NamedEntries<NumberSection>,
    pub(crate) webhooks: NamedEntries<WebhookSection>,
}

/// The entries of a section by name, in the order of the file.
#[derive(Debug)]
pub(crate) struct NamedEntries<T> {
    /// All names, also of invalid entries.
    names: Vec<String>,
    entries: Vec<(String, T)>,
}

impl<T> Default for NamedEntries<T> {
    fn default() -> Self {
        Self { names: Vec::new(), entries: Vec::new() }
    }
}

impl<T> NamedEntries<T> {
    /// Adds a name, with its entry if the entry is valid.
    pub(crate) fn add(&mut self, name: String, entry: Option<T>) {
        self.names.push(name.clone());
        self.entries.extend(entry.map(|entry| (name, entry)));
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|found| found == name)
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns a valid entry.
    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.iter().find(|(found, _)| *found == name).map(|(_, entry)| entry)
    }

    /// Iterates over the valid entries.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }
}

impl ConfigFile {
    /// Returns the names of agents and teams.
    pub(crate) fn agent_names(&self) -> impl Iterator<Item = &str> {
        self.agents.names().chain(self.teams.names())
    }

    /// Returns true if a valid agent or team has this name.
    pub(crate) fn has_agent(&self, name: &str) -> bool {
        self.agents.get(name).is_some() || self.teams.get(name).is_some()
    }

    /// Returns the path of an agent or team.
    pub(crate) fn agent_path(&self, name: &str) -> String {
        child(if self.teams.contains(name) { "teams" } else { "agents" }, name)
    }

    /// Returns the description of an agent or team.
    pub(crate) fn agent_description(&self, name: &str) -> Option<&str> {
        let of_team = || self.teams.get(name).and_then(|team| team.leader.description.as_deref());
        self.agents.get(name).and_then(AgentSection::description).or_else(of_team)
    }

    /// Returns all agents with a language model, leaders of teams included, with their paths.
    pub(crate) fn llm_agents(&self) -> impl Iterator<Item = (String, &LlmAgentSection)> {
        let agents = self.agents.iter().filter_map(|(name, agent)| Some((child("agents", name), agent.llm()?)));
        agents.chain(self.teams.iter().map(|(name, team)| (child("teams", name), &*team.leader)))
    }

    /// Returns the pairs of agents of which the first passes turns to the second.
    pub(crate) fn handoffs(&self) -> impl Iterator<Item = (&str, &str)> {
        let routers = self.agents.iter().flat_map(|(from, agent)| agent.handoffs().map(move |to| (from, to)));
        let teams = self.teams.iter().flat_map(|(from, team)| team.members.members.iter().map(move |to| (from, &**to)));
        routers.chain(teams)
    }

    /// Returns the languages of system messages, commands and texts of numbers.
    pub(crate) fn known_languages(&self) -> BTreeSet<&str> {
        let of_commands = self.commands.iter().flat_map(|(_, command)| command.languages.keys());
        let of_numbers = self.numbers.iter().filter_map(|(_, number)| number.messages.as_ref());
        let of_numbers = of_numbers.flat_map(|messages| messages.languages.keys());
        self.messages.keys().chain(of_commands).chain(of_numbers).map(String::as_str).collect()
    }

    /// Returns the only agent or team to which no other agent passes turns.
    pub(crate) fn sole_agent(&self) -> Option<&str> {
        let targets: HashSet<_> = self.handoffs().map(|(_, to)| to).collect();
        let mut names = self.agent_names().filter(|name| !targets.contains(name));
        names.next().filter(|_| names.next().is_none())
    }
}
