//! What counts when the server starts, and stays as it is until it starts again.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use toml::Spanned;
use toml::de::DeValue;

use crate::document::{Document, below, item};

/// The sections of which a running server takes nothing over.
const SECTIONS: [&str; 5] = ["whatsapp", "server", "storage", "engine", "numbers"];

/// What is taken over all the same, by the last part of the key.
const LIVE: [&str; 1] = ["agent"];

/// Digests of the values that need a restart, by their keys: the values themselves may be secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fixed(BTreeMap<String, u64>);

impl Fixed {
    pub(crate) fn of(document: &Document<'_>) -> Self {
        let mut fixed = Self::default();
        for section in SECTIONS {
            if let Some(value) = document.root.get(section) {
                fixed.enter(section, section, value);
            }
        }
        fixed
    }

    fn enter(&mut self, path: &str, key: &str, value: &Spanned<DeValue<'_>>) {
        let shown = match value.get_ref() {
            DeValue::Table(table) => {
                for (key, value) in table {
                    self.enter(&below(path, key.get_ref()), key.get_ref(), value);
                }
                return;
            }
            DeValue::Array(values) => {
                for (nth, value) in values.iter().enumerate() {
                    self.enter(&item(path, nth), key, value);
                }
                return;
            }
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.to_string(),
            DeValue::Float(number) => number.to_string(),
            DeValue::Boolean(truth) => truth.to_string(),
            DeValue::Datetime(date) => date.to_string(),
        };
        if !LIVE.contains(&key) {
            let mut hasher = DefaultHasher::new();
            shown.hash(&mut hasher);
            self.0.insert(path.to_owned(), hasher.finish());
        }
    }

    /// The keys of which the other has another value, or none, or which only the other has.
    pub(crate) fn differences(&self, other: &Self) -> Vec<String> {
        let keys = self.0.keys().chain(other.0.keys().filter(|key| !self.0.contains_key(*key)));
        let mut keys: Vec<_> = keys.filter(|key| self.0.get(*key) != other.0.get(*key)).cloned().collect();
        keys.sort();
        keys
    }
}
