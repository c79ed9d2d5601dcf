//! History of the messages of a number.

use std::collections::BTreeMap;

use crate::clock::unix_seconds;
use crate::ids;
use crate::timeline::{TimelineEventKind, WebhookSubject};
use crate::world::World;
use crate::world::account::NumberIndex;

/// Message with its events.
#[derive(Debug)]
pub(crate) struct HistoryEntry {
    /// Id of the entry: digits.
    pub(crate) id: String,
    /// Id of the message.
    pub(crate) message: String,
    pub(crate) events: Vec<HistoryEvent>,
}

/// Delivery state that a message has reached.
#[derive(Debug)]
pub(crate) struct HistoryEvent {
    pub(crate) id: String,
    /// Delivery state in capital letters.
    pub(crate) status: String,
    /// Delivery of the webhook about the state: `PENDING`, `DELIVERED`, `RETRYING` or `FAILED`.
    pub(crate) webhook: &'static str,
    /// Unix time in seconds.
    pub(crate) at: u64,
}

/// Returns the messages of a number that the timeline still covers, oldest first: all, or the one with an id.
pub(crate) fn entries(world: &World, number: NumberIndex, message: Option<&str>) -> Vec<HistoryEntry> {
    let is_of_number =
        |id: &str| world.users.message(id).is_some_and(|(_, entry)| world.number_of(&entry.message) == number);
    let wanted = |id: &str| message.is_none_or(|wanted| wanted == id) && is_of_number(id);
    collect(world).into_iter().filter(|entry| wanted(&entry.message)).collect()
}

/// Returns the entry with an id.
pub(crate) fn find(world: &World, id: &str) -> Option<HistoryEntry> {
    collect(world).into_iter().find(|entry| entry.id == id)
}

fn collect(world: &World) -> Vec<HistoryEntry> {
    let mut entries: Vec<HistoryEntry> = Vec::new();
    let mut positions: BTreeMap<&str, usize> = BTreeMap::new();
    for event in world.runtime.timeline.after(0) {
        match &event.kind {
            TimelineEventKind::BusinessMessage { message, .. } if !positions.contains_key(message.as_str()) => {
                positions.insert(message, entries.len());
                entries.push(HistoryEntry { id: number_of(message), message: message.clone(), events: Vec::new() });
            }
            TimelineEventKind::Status { message, state, .. } => {
                let Some(entry) = positions.get(message.as_str()).and_then(|at| entries.get_mut(*at)) else { continue };
                let (status, at) = (state.name().to_ascii_uppercase(), unix_seconds(event.at));
                let id = number_of(&format!("{message} {status} {}", entry.events.len()));
                entry.events.push(HistoryEvent { id, status, webhook: "PENDING", at });
            }
            TimelineEventKind::WebhookAttempt { subject, status, .. } => {
                let state = if *status == Some(200) { "DELIVERED" } else { "RETRYING" };
                set_webhook(&mut entries, &positions, subject, state);
            }
            TimelineEventKind::WebhookAbandoned { subject } => {
                set_webhook(&mut entries, &positions, subject, "FAILED");
            }
            _ => {}
        }
    }
    entries
}

fn set_webhook(
    entries: &mut [HistoryEntry],
    positions: &BTreeMap<&str, usize>,
    subject: &WebhookSubject,
    webhook: &'static str,
) {
    let WebhookSubject::Status { message, state, .. } = subject else { return };
    let Some(entry) = positions.get(message.as_str()).and_then(|at| entries.get_mut(*at)) else { return };
    let status = state.name().to_ascii_uppercase();
    for event in entry.events.iter_mut().filter(|event| event.status == status) {
        event.webhook = webhook;
    }
}

/// Returns a number of 16 digits for a text.
fn number_of(text: &str) -> String {
    let digest = ids::digest(&[b"history", text.as_bytes()]);
    let digits = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    format!("1{:015}", digits % 10_u64.pow(15))
}
