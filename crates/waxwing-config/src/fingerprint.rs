//! Fingerprints of the values of a file.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;
use waxwing::SETTINGS;

use crate::document::Document;
use crate::key_path::{child, item};

/// Sections whose changes need a restart.
const NOT_RELOADABLE: [&str; 10] =
    ["whatsapp", "budget", "hours", "server", "traces", "storage", "engine", "media", "numbers", "webhooks"];

/// Keys of these sections that a running server reloads.
const RELOADABLE: [&str; 7] = ["access", "agent", "away", "call_rejected", "first_contact", "language", "limits"];

/// Keys of sections whose values are paths of files.
const FILES: [&str; 2] = ["header_file", "instructions_file"];

/// Hashes of all values, by the path of the key. The values themselves may be secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ConfigFingerprint {
    values: BTreeMap<String, ValueFingerprint>,
    /// Files that the values name.
    files: BTreeSet<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ValueFingerprint {
    hash: u64,
    is_reloadable: bool,
}

/// The keys that differ between two versions of a file. See [`Config::changes`](crate::Config::changes).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigChanges {
    /// Keys that a running server reloads.
    pub reloadable: Vec<String>,
    /// Keys whose changes need a restart.
    pub needs_restart: Vec<String>,
}

/// Returns whether the value of a key is the path of a file, whose content counts as well.
fn names_file(path: &str, key: &str) -> bool {
    let is_setting = || SETTINGS.iter().any(|setting| setting.file && setting.key == path);
    FILES.contains(&key) || path.rsplit('.').nth(1) == Some("stickers") || is_setting()
}

impl ConfigFingerprint {
    /// Returns the fingerprint of a document and of the files that it names, relative to `dir`.
    pub(crate) fn of(document: &Document<'_>, dir: &Path) -> Self {
        let mut fingerprint = Self::default();
        for (section, value) in &document.root {
            let section = section.get_ref();
            let is_reloadable = !NOT_RELOADABLE.contains(&section.as_ref());
            fingerprint.add(&child("", section), section, is_reloadable, value, dir);
        }
        fingerprint
    }

    fn add(&mut self, path: &str, key: &str, is_reloadable: bool, value: &Spanned<DeValue<'_>>, dir: &Path) {
        let mut hasher = DefaultHasher::new();
        match value.get_ref() {
            DeValue::Table(table) => {
                for (key, value) in table {
                    self.add(&child(path, key.get_ref()), key.get_ref(), is_reloadable, value, dir);
                }
                return;
            }
            DeValue::Array(values) => {
                for (nth, value) in values.iter().enumerate() {
                    self.add(&item(path, nth), key, is_reloadable, value, dir);
                }
                return;
            }
            DeValue::String(text) => {
                text.hash(&mut hasher);
                if names_file(path, key) {
                    let file = dir.join(text.as_ref());
                    std::fs::read(&file).ok().hash(&mut hasher);
                    self.files.insert(file);
                }
            }
            DeValue::Integer(number) => number.to_string().hash(&mut hasher),
            DeValue::Float(number) => number.to_string().hash(&mut hasher),
            DeValue::Boolean(value) => value.hash(&mut hasher),
            DeValue::Datetime(date) => date.to_string().hash(&mut hasher),
        }
        // The limits of the whole server belong to the engine.
        let is_of_engine = SETTINGS.iter().any(|setting| setting.section() == "limits" && setting.key == path);
        let is_reloadable = (is_reloadable || RELOADABLE.contains(&key)) && !is_of_engine;
        self.values.insert(path.to_owned(), ValueFingerprint { hash: hasher.finish(), is_reloadable });
    }

    /// Returns the files that the values name, such as instructions, stickers and rates.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(PathBuf::as_path)
    }

    /// Returns the hash of all values in the table at `path`.
    pub(crate) fn of_table(&self, path: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        let is_inside = |key: &str| key.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'));
        for (key, value) in self.values.iter().filter(|(key, _)| is_inside(key)) {
            (key, value.hash).hash(&mut hasher);
        }
        hasher.finish()
    }

    /// Returns the keys whose values differ, or which only one of the two has.
    pub(crate) fn changes(&self, newer: &Self) -> ConfigChanges {
        let all: BTreeMap<_, _> = self.values.iter().chain(&newer.values).collect();
        let changed = all.into_iter().filter(|(key, _)| self.values.get(*key) != newer.values.get(*key));
        let (reloadable, needs_restart): (Vec<_>, Vec<_>) = changed.partition(|(_, value)| value.is_reloadable);
        let keys = |found: Vec<(&String, _)>| found.into_iter().map(|(key, _)| key.clone()).collect();
        ConfigChanges { reloadable: keys(reloadable), needs_restart: keys(needs_restart) }
    }
}
