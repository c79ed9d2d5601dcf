//! Observed traffic of a bot.

mod user_message;
mod webhook;
mod writer;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::message::comparable;
use crate::recent::Recent;
use crate::recording::Recording;
use crate::stand_ins::{SeenIdentity, StandIns, digits};

/// Maximum number of actions and messages of one recording.
const MAX_EVENTS: usize = 20_000;

/// Maximum size of all actions and messages of one recording, in bytes of JSON.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Observed traffic, with what is needed to leave out repetitions.
#[derive(Default)]
pub(crate) struct Capture {
    content: CapturedContent,
    /// Digests of the latest webhooks. Meta posts a webhook again until it is acknowledged.
    webhooks: Recent<[u8; 32]>,
    messages: Recent<String>,
    bytes: usize,
    pub(crate) summary: CaptureSummary,
}

/// Content of a recording, with the real people. A copy is cheap.
#[derive(Default, Clone)]
pub(crate) struct CapturedContent {
    stand_ins: StandIns,
    events: Vec<Arc<CapturedEvent>>,
    /// Ids of accepted messages of the bot, by their place in `events`. A message without an id was refused, or has no response yet.
    accepted: HashMap<usize, String>,
    /// Senders of each group.
    members: HashMap<String, Vec<usize>>,
}

/// Number of observed things that are not part of a recording.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaptureSummary {
    /// Statuses. The emulator has its own.
    pub statuses: usize,
    /// Webhooks and messages that were posted again.
    pub repeated: usize,
    /// Messages of the bot that Meta refused.
    pub refused: usize,
    /// Messages from and to other business numbers than the first one.
    pub other_numbers: usize,
    /// Requests and webhooks that could not be read.
    pub unreadable: usize,
    /// Actions and messages after the recording was full.
    pub dropped: usize,
}

/// Something that happened, at a time since the start.
struct CapturedEvent {
    at: Duration,
    kind: CapturedKind,
}

enum CapturedKind {
    /// Message of a user.
    UserMessage { person: usize, id: String, group: Option<String>, message: Map<String, Value> },
    /// Another webhook field.
    Field { field: String, value: Value },
    /// Message of the bot.
    Sent { to: String, message: Value },
}

/// Place of a message whose response is not known yet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PendingSend(usize);

impl Capture {
    /// Takes the body of a webhook that is posted to the bot.
    pub(crate) fn webhook(&mut self, at: Duration, body: &[u8]) {
        if !self.webhooks.insert(Sha256::digest(body).into()) {
            self.summary.repeated += 1;
            return;
        }
        match serde_json::from_slice(body) {
            Ok(body) => webhook::read(self, at, &body),
            Err(_) => self.summary.unreadable += 1,
        }
    }

    /// Takes a request to send a message, before it is forwarded: an answer of the user comes after the message. `number` is the id of the
    /// business number.
    pub(crate) fn begin_send(&mut self, at: Duration, number: &str, request: &[u8]) -> Option<PendingSend> {
        let Ok(Value::Object(request)) = serde_json::from_slice(request) else {
            self.summary.unreadable += 1;
            return None;
        };
        if request.contains_key("status") {
            // A read receipt.
            return None;
        }
        if !self.content.stand_ins.is_business(number) {
            self.summary.other_numbers += 1;
            return None;
        }
        let Some(to) = request.get("to").or_else(|| request.get("recipient")).and_then(Value::as_str) else {
            self.summary.unreadable += 1;
            return None;
        };
        let stand_ins = &mut self.content.stand_ins;
        if request.get("recipient_type").and_then(Value::as_str) == Some("group") {
            stand_ins.see_group(to);
        } else if digits(to).is_some() {
            stand_ins.see(SeenIdentity { phone: Some(to), ..SeenIdentity::default() });
        } else {
            stand_ins.see(SeenIdentity { bsuid: Some(to), ..SeenIdentity::default() });
        }
        let message = comparable(&request);
        self.push(at, CapturedKind::Sent { to: to.to_owned(), message })
    }

    /// Takes the response to a request to send a message. `status` is the HTTP status.
    pub(crate) fn finish_send(&mut self, send: PendingSend, status: u16, response: &[u8]) {
        if status != 200 {
            self.summary.refused += 1;
            return;
        }
        let response: Value = serde_json::from_slice(response).unwrap_or_default();
        let Some(id) = response["messages"][0]["id"].as_str() else {
            self.summary.unreadable += 1;
            return;
        };
        // The response links the phone number and the BSUID of a recipient.
        let contact = &response["contacts"][0];
        let (phone, bsuid) = (contact["wa_id"].as_str(), contact["user_id"].as_str());
        self.content.stand_ins.see(SeenIdentity { phone, bsuid, ..SeenIdentity::default() });
        self.content.accepted.insert(send.0, id.to_owned());
    }

    fn push(&mut self, at: Duration, kind: CapturedKind) -> Option<PendingSend> {
        let bytes = match &kind {
            CapturedKind::UserMessage { message, .. } => size(message),
            CapturedKind::Field { value, .. } => size(value),
            CapturedKind::Sent { message, .. } => size(message),
        };
        let events = &mut self.content.events;
        if events.len() >= MAX_EVENTS || self.bytes.saturating_add(bytes) > MAX_BYTES {
            self.summary.dropped += 1;
            return None;
        }
        self.bytes += bytes;
        events.push(Arc::new(CapturedEvent { at, kind }));
        Some(PendingSend(events.len() - 1))
    }

    /// Returns a number that grows with the recording.
    pub(crate) fn progress(&self) -> usize {
        self.content.events.len() + self.content.accepted.len()
    }

    /// Returns a copy of the content.
    pub(crate) fn content(&self) -> CapturedContent {
        self.content.clone()
    }
}

impl CapturedContent {
    /// Returns the recording, without secrets and personal data. The time is linear in the size of the recording.
    pub(crate) fn recording(&self) -> Recording {
        writer::recording(self)
    }
}

fn size(value: &impl serde::Serialize) -> usize {
    serde_json::to_vec(value).map_or(0, |json| json.len())
}
