//! From a document to its sections.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeValue, Error, ValueDeserializer};
use waxwing::config::SETTINGS;

use crate::document::{At, Document, Places, below, retain};
use crate::problem::Report;
use crate::schema::schema;
use crate::sections::{Agent, LanguageAgent, Model, Number};
use crate::shape::Shape;

/// What a file says, each part in its shape. Whether the parts fit together is another question.
#[derive(Debug, Default)]
pub(crate) struct File {
    pub(crate) settings: HashMap<&'static str, String>,
    pub(crate) models: Entries<Model>,
    pub(crate) agents: Entries<Agent>,
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
    /// The one agent that answers where nobody says which: the only one that there is.
    pub(crate) fn sole_agent(&self) -> Option<&str> {
        let mut names = self.agents.names();
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
                "numbers" => file.numbers = self.entries(&section, shape, value, decode),
                _ => self.settings(&section, shape, &value, &mut file),
            }
        }
        file
    }

    fn settings(&mut self, section: &str, shape: Shape<'_>, value: &Spanned<DeValue<'_>>, file: &mut File) {
        shape.check(value, section, self.report);
        let DeValue::Table(table) = value.get_ref() else { return };
        for setting in SETTINGS {
            let key = setting.key.strip_prefix(section).and_then(|key| key.strip_prefix('.'));
            let raw = key.and_then(|key| table.get(key)).and_then(|value| raw(value.get_ref()));
            file.settings.extend(raw.map(|raw| (setting.key, raw)));
        }
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
            let before = self.report.errors();
            if let Some(shape) = shape.key(&name) {
                shape.check(&value, &path, self.report);
            }
            // What is wrong with the shape has been said, more clearly than it would be here.
            if self.report.errors() > before {
                continue;
            }
            match decode(value) {
                Ok(entry) => entries.entries.push((name, entry)),
                Err(error) => self.undecodable(&path, &error),
            }
        }
        entries
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

/// An agent of whatever kind: the shape of its table has been checked, so its kind is known.
fn agent(value: Spanned<DeValue<'_>>) -> Result<Agent, Error> {
    match kind(value.get_ref()) {
        Some("echo") => decode(value).map(Agent::Echo),
        Some("demo") => decode(value).map(Agent::Demo),
        _ => decode::<LanguageAgent>(value).map(Box::new).map(Agent::Language),
    }
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
