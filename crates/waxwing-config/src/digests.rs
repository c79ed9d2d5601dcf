//! What is different between two readings of a file.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use toml::Spanned;
use toml::de::DeValue;

use crate::document::{Document, below, item};

/// The sections of which a running server takes nothing over.
const FIXED: [&str; 5] = ["whatsapp", "server", "storage", "engine", "numbers"];

/// What it takes over all the same, by the last part of the key.
const LIVE: [&str; 4] = ["access", "agent", "language", "limits"];

/// Digests of all values, by their keys: the values themselves may be secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Digests(BTreeMap<String, Digest>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Digest {
    value: u64,
    is_live: bool,
}

/// The keys that differ between two readings of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigChanges {
    /// What a running server can take over.
    pub live: Vec<String>,
    /// What counts when it starts again, not before.
    pub needs_restart: Vec<String>,
}

impl Digests {
    /// The digests of a document, and of the files that it names as seen from `dir`.
    pub(crate) fn of(document: &Document<'_>, dir: &Path) -> Self {
        let mut digests = Self::default();
        for (section, value) in &document.root {
            let section = section.get_ref();
            digests.enter(&below("", section), section, !FIXED.contains(&section.as_ref()), value, dir);
        }
        digests
    }

    fn enter(&mut self, path: &str, key: &str, is_live: bool, value: &Spanned<DeValue<'_>>, dir: &Path) {
        let mut hasher = DefaultHasher::new();
        match value.get_ref() {
            DeValue::Table(table) => {
                for (key, value) in table {
                    self.enter(&below(path, key.get_ref()), key.get_ref(), is_live, value, dir);
                }
                return;
            }
            DeValue::Array(values) => {
                for (nth, value) in values.iter().enumerate() {
                    self.enter(&item(path, nth), key, is_live, value, dir);
                }
                return;
            }
            DeValue::String(text) => {
                text.hash(&mut hasher);
                if key == "instructions_file" {
                    std::fs::read(dir.join(text.as_ref())).ok().hash(&mut hasher);
                }
            }
            DeValue::Integer(number) => number.to_string().hash(&mut hasher),
            DeValue::Float(number) => number.to_string().hash(&mut hasher),
            DeValue::Boolean(truth) => truth.hash(&mut hasher),
            DeValue::Datetime(date) => date.to_string().hash(&mut hasher),
        }
        let digest = Digest { value: hasher.finish(), is_live: is_live || LIVE.contains(&key) };
        self.0.insert(path.to_owned(), digest);
    }

    /// A digest of everything in the table at `path`.
    pub(crate) fn of_table(&self, path: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        let is_in = |key: &str| key.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        for (key, digest) in self.0.iter().filter(|(key, _)| is_in(key)) {
            (key, digest.value).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// The keys of which the other has another value, or none, or which only the other has.
    pub(crate) fn differences(&self, other: &Self) -> ConfigChanges {
        let all: BTreeMap<_, _> = self.0.iter().chain(&other.0).collect();
        let differ = all.into_iter().filter(|(key, _)| self.0.get(*key) != other.0.get(*key));
        let (live, needs_restart): (Vec<_>, Vec<_>) = differ.partition(|(_, digest)| digest.is_live);
        let keys = |found: Vec<(&String, _)>| found.into_iter().map(|(key, _)| key.clone()).collect();
        ConfigChanges { live: keys(live), needs_restart: keys(needs_restart) }
    }
}
