//! From a document to its sections.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};
use waxwing::SETTINGS;

use crate::document::{At, Document, Places, below, retain};
use crate::problem::Report;
use crate::schema::schema;
use crate::sections::{
    AccessSection, Agent, Command, LanguageAgent, LimitsSection, McpServer, Members, Model, Number, Team,
};
use crate::shape::Shape;

/// What a file says, each part in its shape. Whether the parts fit together is another question. Not to be shown: some settings are secrets.
#[derive(Default)]
pub(crate) struct File {
    pub(crate) settings: HashMap<&'static str, String>,
    /// SystemMessages in other languages, by language and key.
    pub(crate) texts: BTreeMap<String, HashMap<&'static str, String>>,
    /// Languages by prefixes of what users are known by.
    pub(crate) languages: BTreeMap<String, String>,
    pub(crate) commands: Entries<Command>,
    pub(crate) access: Entries<AccessSection>,
    pub(crate) limits: Entries<LimitsSection>,
    pub(crate) mcp: Entries<McpServer>,
    pub(crate) models: Entries<Model>,
    pub(crate) agents: Entries<Agent>,
    pub(crate) teams: Entries<Team>,
    pub(crate) numbers: Entries<Number>,
}

/// What a section describes by names, in the order of the file.
#[derive(Debug)]
pub(crate) struct Entries<T> {
    /// All names, those of entries that could not be read included.
    names: Vec<String>,
    entries: Vec<(String, T)>,
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self { names: Vec::new(), entries: Vec::new() }
    }
}

impl<T> Entries<T> {
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|found| found == name)
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.iter().find(|(found, _)| *found == name).map(|(_, entry)| entry)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }
}

impl File {
    /// The names of those who can answer.
    pub(crate) fn answerers(&self) -> impl Iterator<Item = &str> {
        self.agents.names().chain(self.teams.names())
    }

    /// Whether somebody of this name can answer, as far as could be read.
    pub(crate) fn can_answer(&self, name: &str) -> bool {
        self.agents.get(name).is_some() || self.teams.get(name).is_some()
    }

    /// The path of somebody who can answer.
    pub(crate) fn path_of(&self, name: &str) -> String {
        below(if self.teams.contains(name) { "teams" } else { "agents" }, name)
    }

    /// What somebody is for who can answer.
    pub(crate) fn description_of(&self, name: &str) -> Option<&str> {
        let of_team = || self.teams.get(name).and_then(|team| team.leader.description.as_deref());
        self.agents.get(name).and_then(Agent::description).or_else(of_team)
    }

    /// All language models that answer or lead, with their paths.
    pub(crate) fn language_agents(&self) -> impl Iterator<Item = (String, &LanguageAgent)> {
        let agents = self.agents.iter().filter_map(|(name, agent)| Some((below("agents", name), agent.language()?)));
        agents.chain(self.teams.iter().map(|(name, team)| (below("teams", name), &*team.leader)))
    }

    /// Who gives turns to whom, by their names.
    pub(crate) fn given_turns(&self) -> impl Iterator<Item = (&str, &str)> {
        let routers = self.agents.iter().flat_map(|(giver, it)| it.gives_turns_to().map(move |name| (giver, name)));
        let teams =
            self.teams.iter().flat_map(|(giver, team)| team.members.members.iter().map(move |name| (giver, &**name)));
        routers.chain(teams)
    }

    /// The languages that there are texts in.
    pub(crate) fn languages_known(&self) -> BTreeSet<&str> {
        let of_commands = self.commands.iter().flat_map(|(_, command)| command.languages.keys());
        self.texts.keys().chain(of_commands).map(String::as_str).collect()
    }

    /// The one who answers where nobody says who: the only one who gets no turns from others.
    pub(crate) fn sole_agent(&self) -> Option<&str> {
        let given: HashSet<_> = self.given_turns().map(|(_, name)| name).collect();
        let mut names = self.answerers().filter(|name| !given.contains(name));
        names.next().filter(|_| names.next().is_none())
    }
}

/// Reads the sections of a document.
pub(crate) struct Reader<'a, 'r> {
    text: &'a str,
    places: &'a Places,
    report: &'r mut Report<'a>,
}

impl<'a, 'r> Reader<'a, 'r> {
    pub(crate) fn new(text: &'a str, places: &'a Places, report: &'r mut Report<'a>) -> Self {
        Self { text, places, report }
    }

    /// The settings alone.
    pub(crate) fn read_settings(self, mut document: Document<'_>) -> File {
        let is_setting = |section: &str| SETTINGS.iter().any(|setting| setting.section() == section);
        retain(&mut document.root, |section, _| is_setting(section));
        self.read(document)
    }

    /// The sections, as far as they can be read.
    pub(crate) fn read(mut self, document: Document<'_>) -> File {
        let root = Shape::new(schema());
        let mut file = File::default();
        for (section, value) in document.root {
            let section = section.into_inner();
            if !matches!(value.get_ref(), DeValue::Table(_)) {
                self.report.key_error(&below("", &section), "must stand in a section, such as `[server]`");
                continue;
            }
            let Some(shape) = root.key(&section) else {
                self.report.key_error(&below("", &section), root.unknown("section", &section));
                continue;
            };
            match section.as_ref() {
                "models" => file.models = self.entries(&section, shape, value, decode),
                "agents" => file.agents = self.entries(&section, shape, value, agent),
                "teams" => file.teams = self.entries(&section, shape, value, team),
                "numbers" => file.numbers = self.entries(&section, shape, value, decode),
                "access" => file.access = self.entries(&section, shape, value, decode),
                "limits" => file.limits = self.entries(&section, shape, value, decode),
                "mcp" => file.mcp = self.entries(&section, shape, value, decode),
                "commands" => file.commands = self.entries(&section, shape, value, decode),
                "languages" => file.languages = self.whole(&section, shape, value),
                _ => self.settings(&section, shape, &value, &mut file),
            }
        }
        file
    }

    fn settings(&mut self, section: &str, shape: Shape<'_>, value: &Spanned<DeValue<'_>>, file: &mut File) {
        shape.check(value, section, self.report);
        let DeValue::Table(table) = value.get_ref() else { return };
        file.settings.extend(settings(section, table));
        for (language, value) in table {
            if let DeValue::Table(table) = value.get_ref() {
                file.texts.insert(language.get_ref().to_string(), settings(section, table).collect());
            }
        }
    }

    /// A section that is one thing.
    fn whole<T: DeserializeOwned + Default>(
        &mut self,
        section: &str,
        shape: Shape<'_>,
        value: Spanned<DeValue<'_>>,
    ) -> T {
        self.checked(section, shape, value, decode).unwrap_or_default()
    }

    fn entries<T>(
        &mut self,
        section: &str,
        shape: Shape<'_>,
        value: Spanned<DeValue<'_>>,
        decode: impl Fn(Spanned<DeValue<'_>>) -> Result<T, Error>,
    ) -> Entries<T> {
        let DeValue::Table(table) = value.into_inner() else { return Entries::default() };
        let mut table: Vec<_> = table.into_iter().collect();
        table.sort_by_key(|(key, _)| key.span().start);
        let mut entries = Entries::default();
        for (key, value) in table {
            let (name, path) = (key.get_ref().to_string(), below(section, key.get_ref()));
            if !is_name(&name) {
                self.report.key_error(&path, "a name has 1 to 64 letters, digits, `-` and `_`");
                continue;
            }
            entries.names.push(name.clone());
            let entry = shape.key(&name).and_then(|shape| self.checked(&path, shape, value, &decode));
            entries.entries.extend(entry.map(|entry| (name, entry)));
        }
        entries
    }

    fn checked<T>(
        &mut self,
        path: &str,
        shape: Shape<'_>,
        value: Spanned<DeValue<'_>>,
        decode: impl Fn(Spanned<DeValue<'_>>) -> Result<T, Error>,
    ) -> Option<T> {
        let before = self.report.errors();
        shape.check(&value, path, self.report);
        // What is wrong with the shape has been said, more clearly than it would be here.
        if self.report.errors() > before {
            return None;
        }
        decode(value).map_err(|error| self.undecodable(path, &error)).ok()
    }

    fn undecodable(&mut self, path: &str, error: &Error) {
        let at = error.span().map(|span| At::of(self.text, span.start));
        let found = at.and_then(|at| self.places.path_at(path, at)).unwrap_or(path);
        self.report.error(found, error.message());
    }
}

fn decode<T: DeserializeOwned>(value: Spanned<DeValue<'_>>) -> Result<T, Error> {
    T::deserialize(ValueDeserializer::from(value))
}

/// The settings in a table, by the full names of their keys.
fn settings(section: &str, table: &DeTable<'_>) -> impl Iterator<Item = (&'static str, String)> {
    SETTINGS.iter().filter_map(move |setting| {
        let key = setting.key.strip_prefix(section)?.strip_prefix('.')?;
        Some((setting.key, raw(table.get(key)?.get_ref())?))
    })
}

/// An agent of whatever kind: the shape of its table has been checked, so its kind is known.
fn agent(value: Spanned<DeValue<'_>>) -> Result<Agent, Error> {
    match kind(value.get_ref()) {
        Some("echo") => decode(value).map(Agent::Echo),
        Some("demo") => decode(value).map(Agent::Demo),
        Some("http") => decode(value).map(Agent::Http),
        Some("router") => decode(value).map(Agent::Router),
        _ => decode::<LanguageAgent>(value).map(Box::new).map(Agent::Language),
    }
}

/// A team: what is said of the members, and what of the leader.
fn team(value: Spanned<DeValue<'_>>) -> Result<Team, Error> {
    let span = value.span();
    let (members, leader) = match value.into_inner() {
        DeValue::Table(table) => table.into_iter().partition(|(key, _)| Members::KEYS.contains(&&**key.get_ref())),
        _ => (DeTable::new(), DeTable::new()),
    };
    let leader = decode(Spanned::new(span.clone(), DeValue::Table(leader)))?;
    Ok(Team { members: decode(Spanned::new(span, DeValue::Table(members)))?, leader: Box::new(leader) })
}

fn kind<'t>(value: &'t DeValue<'_>) -> Option<&'t str> {
    let DeValue::Table(table) = value else { return None };
    match table.get("kind")?.get_ref() {
        DeValue::String(kind) => Some(kind),
        _ => None,
    }
}

/// The raw value of a setting.
fn raw(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
