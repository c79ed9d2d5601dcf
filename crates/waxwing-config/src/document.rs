//! Parsed file.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::environment::{EnvironmentVariables, substitute, substitute_argument};
use crate::key_path::{child, item};
use crate::position::KeyPositions;
use crate::problem::InvalidConfig;
use crate::substitution::Substitutions;
use crate::syntax_error;
use crate::written_value::mistake;

/// First id of the emulated numbers.
const FIRST_EMULATED_ID: usize = 1_000_001;

/// A parsed file. It has no `Debug` implementation, because it contains secrets of the environment.
pub(crate) struct Document<'a> {
    pub(crate) root: DeTable<'a>,
}

impl<'a> Document<'a> {
    /// Parses the text of a file.
    ///
    /// # Errors
    ///
    /// Returns all syntax errors.
    pub(crate) fn parse(text: &'a str, file: &str) -> Result<(Self, KeyPositions), InvalidConfig> {
        let (root, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(InvalidConfig::new(syntax_error::problems(text, file, &errors)));
        }
        let root = root.into_inner();
        let positions = KeyPositions::of(file, text, &root);
        Ok((Self { root }, positions))
    }

    /// Removes the access to the real WhatsApp, and gives each number the id of an emulated number.
    pub(crate) fn use_emulator(&mut self) {
        // Events about emulated users must not reach a real system.
        self.root.remove("webhooks");
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
                *id = Cow::Owned((FIRST_EMULATED_ID + nth).to_string());
            }
        }
    }

    /// Substitutes environment variables in all values.
    pub(crate) fn substitute(&mut self, environment: &dyn EnvironmentVariables) -> Substitutions {
        let mut substitutions = Substitutions::default();
        for (key, value) in &mut self.root {
            substitute_value(value, key.get_ref(), environment, &mut substitutions);
        }
        substitutions
    }

    /// Substitutes environment variables in the settings only, and removes settings with missing variables.
    pub(crate) fn substitute_settings(&mut self, environment: &dyn EnvironmentVariables) {
        for (_, value) in &mut self.root {
            let DeValue::Table(settings) = value.get_mut() else { continue };
            retain(settings, |_, value| {
                let DeValue::String(text) = value.get_mut() else { return true };
                match substitute(text, environment) {
                    Ok(Some(substituted)) => *text = Cow::Owned(substituted),
                    Ok(None) => {}
                    Err(_) => return false,
                }
                true
            });
        }
    }
}

/// Removes the entries for which `keep` returns false. `DeTable::retain` does not accept keys with spans.
pub(crate) fn retain(table: &mut DeTable<'_>, mut keep: impl FnMut(&str, &mut Spanned<DeValue<'_>>) -> bool) {
    let entries = std::mem::take(table).into_iter();
    *table = entries.filter_map(|(key, mut value)| keep(key.get_ref(), &mut value).then_some((key, value))).collect();
}

/// Returns the substitution for a path. Arguments of tools can name facts about the user.
fn substitution(path: &str) -> fn(&str, &dyn EnvironmentVariables) -> Result<Option<String>, String> {
    if path.starts_with("mcp.") && path.contains(".arguments.") { substitute_argument } else { substitute }
}

fn substitute_value(
    value: &mut Spanned<DeValue<'_>>,
    path: &str,
    environment: &dyn EnvironmentVariables,
    substitutions: &mut Substitutions,
) {
    match value.get_mut() {
        DeValue::String(text) => match substitution(path)(text, environment) {
            Ok(substituted) => {
                if let Some(mistake) = mistake(path, text, substituted.as_deref().unwrap_or(text)) {
                    substitutions.add_mistake(path, mistake);
                }
                if let Some(substituted) = substituted {
                    substitutions.add(&substituted, text);
                    *text = Cow::Owned(substituted);
                }
            }
            Err(reason) => substitutions.add_failure(path, reason),
        },
        DeValue::Array(values) => {
            for (nth, value) in values.iter_mut().enumerate() {
                substitute_value(value, &item(path, nth), environment, substitutions);
            }
        }
        DeValue::Table(table) => {
            for (key, value) in table {
                substitute_value(value, &child(path, key.get_ref()), environment, substitutions);
            }
        }
        _ => {}
    }
}
