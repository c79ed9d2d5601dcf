//! Reader that converts a document to sections.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};
use waxwing::SETTINGS;

use crate::document::{Document, retain};
use crate::file::{ConfigFile, NamedEntries};
use crate::key_path::child;
use crate::misplaced_key::misplaced_key;
use crate::position::{KeyPositions, Position};
use crate::report::ProblemReport;
use crate::schema::schema;
use crate::sections::{AgentSection, LlmAgentSection, MembersSection, TeamSection};
use crate::validation::SchemaNode;

/// Longest name of an entry, in bytes.
const MAX_NAME: usize = 64;

/// Reads the sections of a document, and reports invalid keys and values.
pub(crate) struct Reader<'a, 'r> {
    text: &'a str,
    positions: &'a KeyPositions,
    report: &'r mut ProblemReport<'a>,
}

impl<'a, 'r> Reader<'a, 'r> {
    pub(crate) fn new(text: &'a str, positions: &'a KeyPositions, report: &'r mut ProblemReport<'a>) -> Self {
        Self { text, positions, report }
    }

    /// Reads the settings only.
    pub(crate) fn read_settings(self, mut document: Document<'_>) -> ConfigFile {
        let is_setting = |section: &str| SETTINGS.iter().any(|setting| setting.section() == section);
        retain(&mut document.root, |section, _| is_setting(section));
        self.read(document)
    }

    /// Reads all valid sections.
    pub(crate) fn read(mut self, document: Document<'_>) -> ConfigFile {
        let root = SchemaNode::new(schema());
        let mut file = ConfigFile::default();
        for (section, value) in document.root {
            let section = section.into_inner();
            if !matches!(value.get_ref(), DeValue::Table(_)) {
                self.report.key_error(&child("", &section), "must be in a section such as `[server]`");
                continue;
            }
            let Some(node) = root.key(&section) else {
                self.report.key_error(&child("", &section), root.unknown_key("section", &section));
                continue;
            };
            match section.as_ref() {
                "models" => file.models = self.entries(&section, node, value, decode),
                "agents" => file.agents = self.entries(&section, node, value, agent),
                "teams" => file.teams = self.entries(&section, node, value, team),
                "numbers" => file.numbers = self.entries(&section, node, value, decode),
                "templates" => file.templates = self.entries(&section, node, value, decode),
                "access" => file.access = self.entries(&section, node, value, decode),
                "limits" => {
                    let named = self.limit_settings(&section, node, value, &mut file);
                    file.limits = self.entries(&section, node, named, decode);
                }
                "forms" => file.forms = self.entries(&section, node, value, decode),
                "webhooks" => file.webhooks = self.entries(&section, node, value, decode),
                "mcp" => file.mcp = self.entries(&section, node, value, decode),
                "commands" => file.commands = self.entries(&section, node, value, decode),
                "languages" => file.languages = self.valid(&section, node, value, decode).unwrap_or_default(),
                _ => self.settings(&section, node, &value, &mut file),
            }
        }
        file
    }

    fn settings(&mut self, section: &str, node: SchemaNode<'_>, value: &Spanned<DeValue<'_>>, file: &mut ConfigFile) {
        node.validate(value, section, self.report);
        let DeValue::Table(table) = value.get_ref() else { return };
        file.settings.extend(settings(section, table));
        for (language, value) in table {
            if let DeValue::Table(table) = value.get_ref() {
                let messages: HashMap<_, _> = settings(section, table).collect();
                file.messages.insert(language.get_ref().to_string(), messages);
            }
        }
    }

    /// Reads the settings of `[limits]`. Returns the section without them.
    fn limit_settings<'v>(
        &mut self,
        section: &str,
        node: SchemaNode<'_>,
        value: Spanned<DeValue<'v>>,
        file: &mut ConfigFile,
    ) -> Spanned<DeValue<'v>> {
        let span = value.span();
        let DeValue::Table(mut table) = value.into_inner() else {
            return Spanned::new(span, DeValue::Table(DeTable::new()));
        };
        file.settings.extend(settings(section, &table));
        retain(&mut table, |key, value| {
            let path = child(section, key);
            if !SETTINGS.iter().any(|setting| setting.key == path) {
                return true;
            }
            if let Some(node) = node.key(key) {
                node.validate(value, &path, self.report);
            }
            false
        });
        Spanned::new(span, DeValue::Table(table))
    }

    fn entries<T>(
        &mut self,
        section: &str,
        node: SchemaNode<'_>,
        value: Spanned<DeValue<'_>>,
        decode: impl Fn(Spanned<DeValue<'_>>) -> Result<T, Error>,
    ) -> NamedEntries<T> {
        let DeValue::Table(table) = value.into_inner() else { return NamedEntries::default() };
        let mut table: Vec<_> = table.into_iter().collect();
        table.sort_by_key(|(key, _)| key.span().start);
        let mut entries = NamedEntries::default();
        for (key, value) in table {
            let (name, path) = (key.get_ref().to_string(), child(section, key.get_ref()));
            if !is_name(&name) {
                let message = format!("a name must have 1 to {MAX_NAME} characters: letters, digits, `-` and `_`");
                self.report.key_error(&path, message);
                continue;
            }
            let misplaced = || misplaced_key(&path, &DeTable::new(), &schema()["$defs"]);
            if !matches!(value.get_ref(), DeValue::Table(_))
                && let Some(message) = misplaced()
            {
                self.report.key_error(&path, message);
                continue;
            }
            let entry = node.key(&name).and_then(|node| self.valid(&path, node, value, &decode));
            entries.add(name, entry);
        }
        entries
    }

    /// Validates and decodes a value. Returns `None` for an invalid value, after reporting the errors.
    fn valid<T>(
        &mut self,
        path: &str,
        node: SchemaNode<'_>,
        value: Spanned<DeValue<'_>>,
        decode: impl Fn(Spanned<DeValue<'_>>) -> Result<T, Error>,
    ) -> Option<T> {
        let before = self.report.errors();
        node.validate(&value, path, self.report);
        // The messages of the validation are clearer than those of the deserializer.
        if self.report.errors() > before {
            return None;
        }
        decode(value).map_err(|error| self.decoding_error(path, &error)).ok()
    }

    fn decoding_error(&mut self, path: &str, error: &Error) {
        let position = error.span().map(|span| Position::of(self.text, span.start));
        let found = position.and_then(|position| self.positions.path_at(path, position)).unwrap_or(path);
        self.report.error(found, error.message());
    }
}

fn decode<T: DeserializeOwned>(value: Spanned<DeValue<'_>>) -> Result<T, Error> {
    T::deserialize(ValueDeserializer::from(value))
}

/// Returns the settings of a table, by the full names of their keys.
fn settings(section: &str, table: &DeTable<'_>) -> impl Iterator<Item = (&'static str, String)> {
    SETTINGS.iter().filter_map(move |setting| {
        let key = setting.key.strip_prefix(section)?.strip_prefix('.')?;
        Some((setting.key, raw(table.get(key)?.get_ref())?))
    })
}

/// Decodes an agent by its kind. The kind is valid: the table has been validated.
fn agent(value: Spanned<DeValue<'_>>) -> Result<AgentSection, Error> {
    match kind(value.get_ref()) {
        Some("echo") => decode(value).map(AgentSection::Echo),
        Some("demo") => decode(value).map(AgentSection::Demo),
        Some("http") => decode(value).map(AgentSection::Http),
        Some("router") => decode(value).map(AgentSection::Router),
        _ => decode::<LlmAgentSection>(value).map(Box::new).map(AgentSection::Llm),
    }
}

/// Decodes a team: the keys about the members, then the keys about the leader.
fn team(value: Spanned<DeValue<'_>>) -> Result<TeamSection, Error> {
    let span = value.span();
    let (members, leader) = match value.into_inner() {
        DeValue::Table(table) => {
            table.into_iter().partition(|(key, _)| MembersSection::KEYS.contains(&&**key.get_ref()))
        }
        _ => (DeTable::new(), DeTable::new()),
    };
    let leader = decode(Spanned::new(span.clone(), DeValue::Table(leader)))?;
    Ok(TeamSection { members: decode(Spanned::new(span, DeValue::Table(members)))?, leader: Box::new(leader) })
}

fn kind<'t>(value: &'t DeValue<'_>) -> Option<&'t str> {
    let DeValue::Table(table) = value else { return None };
    match table.get("kind")?.get_ref() {
        DeValue::String(kind) => Some(kind),
        _ => None,
    }
}

/// Returns the raw value of a setting.
fn raw(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.to_string()),
        DeValue::Float(number) => Some(number.to_string()),
        DeValue::Boolean(value) => Some(value.to_string()),
        DeValue::Array(words) => {
            let words: Option<Vec<_>> = words.iter().map(|word| word.get_ref().as_str()).collect();
            Some(serde_json::Value::from(words?).to_string())
        }
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
