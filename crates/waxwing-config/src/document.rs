//! The text of a file, with the places of its keys and the values of the environment in it.

use std::borrow::Cow;
use std::collections::HashMap;

use secrecy::{ExposeSecret, SecretString};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{ConfigProblem, InvalidConfig};
use crate::variables::{Environment, filled_in};

/// A file that was parsed.
///
/// Not to be shown: secrets of the environment stand in it.
pub(crate) struct Document<'a> {
    pub(crate) root: DeTable<'a>,
}

/// What came from the environment into a file.
#[derive(Debug, Default)]
pub(crate) struct Filled {
    /// The values with what stands in the file for them.
    values: Vec<(SecretString, String)>,
    /// The keys whose values are not to be had, and why.
    pub(crate) wrong: Vec<(String, String)>,
}

/// A place in a file, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    line: usize,
    column: usize,
}

/// Where the keys of a file stand.
#[derive(Debug, Default)]
pub(crate) struct Places {
    file: String,
    /// What must not be shown when something is said of a place.
    pub(crate) filled: Filled,
    /// Of each key, where it and its value begin.
    keys: HashMap<String, (At, At)>,
}

impl At {
    const START: Self = Self { line: 1, column: 1 };

    /// The place of a byte of a text.
    pub(crate) fn of(text: &str, offset: usize) -> Self {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self { line: before.matches('\n').count() + 1, column: line.chars().count() + 1 }
    }
}

impl<'a> Document<'a> {
    /// Parses a file.
    pub(crate) fn parse(text: &'a str, file: &str) -> Result<(Self, Places), InvalidConfig> {
        let mut places = Places { file: file.to_owned(), ..Places::default() };
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let problem = |error: &toml::de::Error| ConfigProblem {
                place: places.name(At::of(text, error.span().map_or(0, |span| span.start))),
                path: String::new(),
                message: error.message().trim_end_matches('.').replace('\n', ", "),
            };
            return Err(InvalidConfig(errors.iter().map(problem).collect()));
        }
        let root = root.into_inner();
        places.enter_table(text, &root, "");
        Ok((Self { root }, places))
    }

    /// Leaves out what would lead to the real WhatsApp, and gives each number an id of an emulated one.
    pub(crate) fn use_emulator(&mut self) {
        if let Some(DeValue::Table(whatsapp)) = self.root.get_mut("whatsapp").map(Spanned::get_mut) {
            retain(whatsapp, |key, _| key == "agent");
        }
        let Some(DeValue::Table(numbers)) = self.root.get_mut("numbers").map(Spanned::get_mut) else { return };
        let mut numbers: Vec<_> = numbers.iter_mut().collect();
        numbers.sort_by_key(|(name, _)| name.span().start);
        for (nth, (_, number)) in numbers.into_iter().enumerate() {
            let DeValue::Table(number) = number.get_mut() else { continue };
            for key in ["access_token", "app_secret", "verify_token"] {
                number.remove(key);
            }
            if let Some(DeValue::String(id)) = number.get_mut("phone_number_id").map(Spanned::get_mut) {
                *id = Cow::Owned((1_000_001 + nth).to_string());
            }
        }
    }

    /// Puts variables of the environment in the place of their names.
    pub(crate) fn fill_in(&mut self, variables: &dyn Environment) -> Filled {
        let mut filled = Filled::default();
        for (key, value) in &mut self.root {
            fill_in(value, key.get_ref(), variables, &mut filled);
        }
        filled
    }

    /// Does so in the settings alone, and leaves those out of which a variable is missing.
    pub(crate) fn fill_in_settings(&mut self, variables: &dyn Environment) {
        for (_, value) in &mut self.root {
            let DeValue::Table(settings) = value.get_mut() else { continue };
            retain(settings, |_, value| {
                let DeValue::String(text) = value.get_mut() else { return true };
                match filled_in(text, variables) {
                    Ok(Some(filled)) => *text = Cow::Owned(filled),
                    Ok(None) => {}
                    Err(_) => return false,
                }
                true
            });
        }
    }
}

/// Leaves out the keys that are not to be kept. (The table's own way to do so wants keys without places.)
pub(crate) fn retain(table: &mut DeTable<'_>, mut keep: impl FnMut(&str, &mut Spanned<DeValue<'_>>) -> bool) {
    let entries = std::mem::take(table).into_iter();
    *table = entries.filter_map(|(key, mut value)| keep(key.get_ref(), &mut value).then_some((key, value))).collect();
}

fn fill_in(value: &mut Spanned<DeValue<'_>>, path: &str, variables: &dyn Environment, filled: &mut Filled) {
    match value.get_mut() {
        DeValue::String(text) => match filled_in(text, variables) {
            Ok(Some(value)) => {
                filled.values.push((SecretString::from(value.clone()), text.to_string()));
                *text = Cow::Owned(value);
            }
            Ok(None) => {}
            Err(wrong) => filled.wrong.push((path.to_owned(), wrong)),
        },
        DeValue::Array(values) => {
            for (nth, value) in values.iter_mut().enumerate() {
                fill_in(value, &item(path, nth), variables, filled);
            }
        }
        DeValue::Table(table) => {
            for (key, value) in table {
                fill_in(value, &below(path, key.get_ref()), variables, filled);
            }
        }
        _ => {}
    }
}

impl Filled {
    /// The message as it may be shown: with what stands in the file in the place of what came from the environment.
    pub(crate) fn masked(&self, message: String) -> String {
        // What is shorter than this is no secret, and would be found in any message.
        let values = self.values.iter().filter(|(value, _)| value.expose_secret().len() >= 4);
        values.fold(message, |message, (value, written)| message.replace(value.expose_secret(), written))
    }
}

impl Places {
    fn enter_table(&mut self, text: &str, table: &DeTable<'_>, path: &str) {
        for (key, value) in table {
            let path = below(path, key.get_ref());
            self.enter(text, value, &path, key.span().start);
        }
    }

    fn enter(&mut self, text: &str, value: &Spanned<DeValue<'_>>, path: &str, key: usize) {
        self.keys.insert(path.to_owned(), (At::of(text, key), At::of(text, value.span().start)));
        match value.get_ref() {
            DeValue::Table(table) => self.enter_table(text, table, path),
            DeValue::Array(values) => {
                for (nth, value) in values.iter().enumerate() {
                    self.enter(text, value, &item(path, nth), value.span().start);
                }
            }
            _ => {}
        }
    }

    /// Where a key stands; or, where there is none, what it would stand in.
    pub(crate) fn key(&self, path: &str) -> At {
        self.find(path, |(key, _)| key)
    }

    /// Where the value of a key begins; or, where there is none, what it would stand in.
    pub(crate) fn value(&self, path: &str) -> At {
        self.find(path, |(_, value)| value)
    }

    fn find(&self, path: &str, pick: impl Fn((At, At)) -> At) -> At {
        if let Some(place) = self.keys.get(path) {
            return pick(*place);
        }
        path.rfind(['.', '[']).map_or(At::START, |end| self.key(&path[..end]))
    }

    /// The key in the table at `path` whose value begins there.
    pub(crate) fn path_at(&self, path: &str, at: At) -> Option<&str> {
        let is_there = |(found, (_, value)): &(&String, &(At, At))| *value == at && found.starts_with(path);
        self.keys.iter().filter(is_there).map(|(found, _)| found.as_str()).max_by_key(|found| found.len())
    }

    /// File, line and column.
    pub(crate) fn name(&self, at: At) -> String {
        format!("{}:{}:{}", self.file, at.line, at.column)
    }
}

/// The path of a key in the table at `path`.
pub(crate) fn below(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = if plain { Cow::Borrowed(key) } else { Cow::Owned(format!("{key:?}")) };
    if path.is_empty() { key.into_owned() } else { format!("{path}.{key}") }
}

/// The path of an item of the array at `path`.
pub(crate) fn item(path: &str, nth: usize) -> String {
    format!("{path}[{nth}]")
}
