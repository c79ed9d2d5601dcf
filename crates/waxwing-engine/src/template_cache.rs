//! Definitions of message templates, as far as they are needed.

mod entry;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};
use waxwing_types::{TemplateMessage, TemplateMismatch, WabaId};
use waxwing_webhook::{TemplateChange, TemplateEvent};

use crate::graph::{FailureKind, Graph, GraphError};
use crate::log_once::LogOnce;
use entry::Entry;

/// Age up to which a definition lets messages pass.
const FRESH: Duration = Duration::from_hours(1);

/// Age up to which a definition refuses messages. Templates change without a webhook if the app does not subscribe to the webhook fields.
const CERTAIN: Duration = Duration::from_mins(1);

/// Time after which a definition is asked for again if Meta did not answer.
const RETRY: Duration = Duration::from_mins(1);

/// Longest time for which a message waits for a definition.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Largest number of remembered templates. The least recently used one makes way.
const MAX_TEMPLATES: usize = 500;

/// Meta's code of the refusal of a paused template.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
const PAUSED: i64 = 132_015;

/// Meta's code of the refusal of a disabled template.
const DISABLED: i64 = 132_016;

/// Meta's codes of refusals that a correct definition would have prevented.
const MISMATCHES: [i64; 5] = [132_000, 132_001, 132_005, 132_012, 132_018];

/// Remembers the definitions of templates, and asks Meta for those that are unknown or old.
#[derive(Debug, Default)]
pub(crate) struct TemplateCache {
    entries: Mutex<HashMap<Key, Entry>>,
    log_once: LogOnce,
}

/// Account and name of a template.
type Key = (WabaId, String);

impl TemplateCache {
    /// Checks a message against the definition of its template. A message whose definition is not available passes.
    pub(crate) async fn check(
        &self,
        account: &WabaId,
        message: &TemplateMessage,
        graph: &dyn Graph,
    ) -> Result<(), TemplateMismatch> {
        let key = (account.clone(), message.name.clone());
        self.refresh(&key, graph, FRESH).await;
        if self.judge(&key, message).is_ok() {
            return Ok(());
        }
        self.refresh(&key, graph, CERTAIN).await;
        self.judge(&key, message)
    }

    /// Applies a change that a webhook reports. The definition is asked for again when it is needed.
    pub(crate) fn apply(&self, account: &WabaId, event: &TemplateEvent) {
        let mut entries = self.entries();
        let entry = entry_of(&mut entries, &(account.clone(), event.name.clone()));
        match &event.change {
            TemplateChange::Status { event: status, .. } => entry.set_status(&event.language, status),
            // The quality changes nothing in a message.
            TemplateChange::Quality { .. } => return,
            _ => {}
        }
        entry.invalidate();
    }

    /// Records that Meta refused a message.
    pub(crate) fn refused(&self, account: &WabaId, message: &TemplateMessage, code: Option<i64>) {
        let mut entries = self.entries();
        let entry = entry_of(&mut entries, &(account.clone(), message.name.clone()));
        match code {
            Some(PAUSED) => entry.set_status(&message.language.code, "PAUSED"),
            Some(DISABLED) => entry.set_status(&message.language.code, "DISABLED"),
            Some(code) if MISMATCHES.contains(&code) => entry.invalidate(),
            _ => {}
        }
    }

    /// Returns Meta's name of the category of a template, if its definition is known.
    pub(crate) fn category(&self, account: &WabaId, message: &TemplateMessage) -> Option<String> {
        let key = (account.clone(), message.name.clone());
        self.entries().get(&key)?.category(&message.language.code)
    }

    fn judge(&self, key: &Key, message: &TemplateMessage) -> Result<(), TemplateMismatch> {
        self.entries().get(key).map_or(Ok(()), |entry| entry.check(message))
    }

    /// Asks Meta for a definition that is older than `max_age`, unless Meta did not answer a short time ago.
    async fn refresh(&self, key: &Key, graph: &dyn Graph, max_age: Duration) {
        let Some(fetching) = self.needs_fetch(key, max_age) else { return };
        let _one_at_a_time = fetching.lock().await;
        if self.needs_fetch(key, max_age).is_none() {
            return;
        }
        let (account, name) = key;
        let generation = entry_of(&mut self.entries(), key).generation();
        let fetched = timeout(TIMEOUT, graph.template(account, name)).await;
        let mut entries = self.entries();
        let entry = entry_of(&mut entries, key);
        match fetched {
            Ok(Ok(Some(versions))) => entry.set_versions(versions, generation),
            Ok(Ok(None)) => entry.retry_after(FRESH),
            Ok(Err(error)) => {
                let is_refused = matches!(error.kind, FailureKind::Blocked | FailureKind::Permanent);
                entry.retry_after(if is_refused { FRESH } else { RETRY });
                drop(entries);
                self.log(account, is_refused, &error);
            }
            Err(_) => {
                entry.retry_after(RETRY);
                tracing::debug!("template definition not known in time");
            }
        }
    }

    /// Returns the lock of a fetch if a definition has to be fetched.
    fn needs_fetch(&self, key: &Key, max_age: Duration) -> Option<Arc<tokio::sync::Mutex<()>>> {
        let mut entries = self.entries();
        let entry = entry_of(&mut entries, key);
        entry.needs_fetch(max_age).then(|| entry.fetching.clone())
    }

    fn log(&self, account: &WabaId, is_refused: bool, error: &GraphError) {
        let error = error as &dyn std::error::Error;
        if is_refused {
            self.log_once.once("templates", account.as_str(), || {
                tracing::warn!(
                    error,
                    account = account.as_str(),
                    "meta does not return template definitions; templates are sent unchecked until the access token has the permission \
                     whatsapp_business_management"
                );
            });
        } else {
            tracing::debug!(error, "template definition not known; template sent unchecked");
        }
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the entry of a template, which it creates if necessary.
fn entry_of<'a>(entries: &'a mut HashMap<Key, Entry>, key: &Key) -> &'a mut Entry {
    if entries.len() >= MAX_TEMPLATES && !entries.contains_key(key) {
        let oldest = entries.iter().min_by_key(|(_, entry)| entry.used_at).map(|(key, _)| key.clone());
        oldest.and_then(|oldest| entries.remove(&oldest));
    }
    let entry = entries.entry(key.clone()).or_default();
    entry.used_at = Instant::now();
    entry
}

#[cfg(test)]
mod tests;
