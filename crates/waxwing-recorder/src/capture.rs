//! Conversion of observed traffic to a recording.

mod user_message;
mod webhook;

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::message::{comparable, rename};
use crate::recording::{Recording, SentMessage, Step};
use crate::samples;
use crate::stand_ins::{Replacements, SeenIdentity, StandIns};

/// Maximum number of actions and messages of one recording.
const MAX_EVENTS: usize = 20_000;

/// Maximum size of all actions and messages of one recording, in bytes of JSON.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Observed traffic, in order.
///
/// People and secrets are replaced when the recording is made: a name that appears late is replaced in earlier texts, too.
#[derive(Default)]
pub(crate) struct Capture {
    stand_ins: StandIns,
    events: Vec<CapturedEvent>,
    /// Senders of each group.
    members: HashMap<String, Vec<usize>>,
    /// Digests of the webhooks so far. Meta posts a webhook again until it is acknowledged.
    webhooks: HashSet<[u8; 32]>,
    messages: HashSet<String>,
    bytes: usize,
    pub(crate) summary: CaptureSummary,
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
    Sent { to: String, id: String, message: Value },
}

impl Capture {
    /// Takes the body of a webhook that was posted to the bot.
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

    /// Takes a request to send a message, with its response. `status` is the HTTP status of the response.
    pub(crate) fn send(&mut self, at: Duration, request: &[u8], status: u16, response: &[u8]) {
        let Ok(Value::Object(request)) = serde_json::from_slice(request) else {
            self.summary.unreadable += 1;
            return;
        };
        if request.contains_key("status") {
            // A read receipt.
            return;
        }
        if status != 200 {
            self.summary.refused += 1;
            return;
        }
        let response: Value = serde_json::from_slice(response).unwrap_or_default();
        let to = request.get("to").or_else(|| request.get("recipient")).and_then(Value::as_str);
        let (Some(to), Some(id)) = (to, response["messages"][0]["id"].as_str()) else {
            self.summary.unreadable += 1;
            return;
        };
        let to = to.trim_start_matches('+').to_owned();
        let phone = to.bytes().all(|byte| byte.is_ascii_digit());
        if request.get("recipient_type").and_then(Value::as_str) == Some("group") {
            self.stand_ins.see_group(&to);
        } else if phone {
            self.stand_ins.see(SeenIdentity { phone: Some(&to), ..SeenIdentity::default() });
        } else {
            self.stand_ins.see(SeenIdentity { bsuid: Some(&to), ..SeenIdentity::default() });
        }
        let sent = CapturedKind::Sent { to, id: id.to_owned(), message: comparable(&request) };
        self.push(at, sent);
    }

    fn push(&mut self, at: Duration, kind: CapturedKind) {
        let bytes = match &kind {
            CapturedKind::UserMessage { message, .. } => size(message),
            CapturedKind::Field { value, .. } => size(value),
            CapturedKind::Sent { message, .. } => size(message),
        };
        if self.events.len() >= MAX_EVENTS || self.bytes.saturating_add(bytes) > MAX_BYTES {
            self.summary.dropped += 1;
            return;
        }
        self.bytes += bytes;
        self.events.push(CapturedEvent { at, kind });
    }

    /// Returns the recording of everything so far, without secrets and personal data.
    pub(crate) fn recording(&self) -> Recording {
        let mut writer = Writer::new(self);
        for event in &self.events {
            writer.write(event);
        }
        writer.recording
    }
}

fn size(value: &impl serde::Serialize) -> usize {
    serde_json::to_vec(value).map_or(0, |json| json.len())
}

/// Writes the events of a capture to a recording.
struct Writer<'a> {
    capture: &'a Capture,
    replacements: Replacements,
    recording: Recording,
    /// Time of the last step.
    now: Duration,
    joined: HashSet<usize>,
    created_groups: HashSet<&'a str>,
    /// Names of messages, by their ids.
    names: HashMap<&'a str, String>,
    /// Number of files.
    files: usize,
}

impl<'a> Writer<'a> {
    fn new(capture: &'a Capture) -> Self {
        Self {
            capture,
            replacements: capture.stand_ins.replacements(),
            recording: Recording::default(),
            now: Duration::ZERO,
            joined: HashSet::new(),
            created_groups: HashSet::new(),
            names: HashMap::new(),
            files: 0,
        }
    }

    fn write(&mut self, event: &'a CapturedEvent) {
        match &event.kind {
            CapturedKind::UserMessage { person, id, group, message } => {
                self.join(*person);
                self.create_group(group.as_deref());
                let mut message = message.clone();
                self.replace_file(&mut message);
                let user = self.capture.stand_ins.address(*person);
                let group = group.as_deref().and_then(|group| self.capture.stand_ins.group(group));
                let mut action = user_message::action(&user, group, message);
                self.hide(&mut action);
                self.step(event.at, action);
                self.names.insert(id, format!("step-{}", self.recording.steps.len()));
            }
            CapturedKind::Field { field, value } => {
                let mut action = json!({ "notify": { "field": field, "value": value } });
                self.hide(&mut action);
                self.step(event.at, action);
            }
            CapturedKind::Sent { to, id, message } => {
                let stand_ins = &self.capture.stand_ins;
                let person = stand_ins.person(to);
                let address = person.map(|person| stand_ins.address(person));
                let to = address.or_else(|| stand_ins.group(to).map(str::to_owned)).unwrap_or_default();
                if let Some(person) = person {
                    self.join(person);
                }
                let mut message = message.clone();
                self.hide(&mut message);
                let after_step = self.recording.steps.len();
                self.recording.sent.push(SentMessage { to, after_step, message });
                self.names.insert(id, format!("sent-{}", self.recording.sent.len()));
            }
        }
    }

    /// Replaces ids of messages by their names, and personal data by stand-ins.
    fn hide(&self, value: &mut Value) {
        rename(value, &|text| self.names.get(text).cloned());
        self.replacements.apply(value);
    }

    fn step(&mut self, at: Duration, action: Value) {
        let after = Duration::from_millis(at.saturating_sub(self.now).as_millis().try_into().unwrap_or(u64::MAX));
        self.now = at.max(self.now);
        self.recording.steps.push(Step { after, action });
    }

    /// Adds the step that creates a user, unless it exists.
    fn join(&mut self, person: usize) {
        if self.joined.insert(person) {
            self.step(self.now, self.capture.stand_ins.join(person));
        }
    }

    /// Adds the step that creates a group with all its senders, unless it exists.
    fn create_group(&mut self, group: Option<&'a str>) {
        let Some(group) = group else { return };
        if !self.created_groups.insert(group) {
            return;
        }
        let members = self.capture.members.get(group).cloned().unwrap_or_default();
        for member in &members {
            self.join(*member);
        }
        let stand_ins = &self.capture.stand_ins;
        let participants: Vec<_> = members.iter().map(|member| stand_ins.address(*member)).collect();
        let id = stand_ins.group(group);
        let create = json!({ "create_group": { "id": id, "subject": "Group", "participants": participants } });
        self.step(self.now, create);
    }

    /// Replaces the file of a message by a sample of the same type, and adds the step that provides the sample.
    fn replace_file(&mut self, message: &mut Map<String, Value>) {
        let Some(kind) = message.get("type").and_then(Value::as_str).map(str::to_owned) else { return };
        let Some(file) = message.get_mut(&kind).filter(|file| file.get("mime_type").is_some()) else { return };
        let Some(sample) = samples::for_mime_type(file["mime_type"].as_str().unwrap_or_default()) else { return };
        self.files += 1;
        let id = format!("media-{}", self.files);
        file["id"] = id.as_str().into();
        file["sha256"] = samples::digest(sample.bytes).into();
        file["mime_type"] = sample.mime_type.into();
        if let Some(object) = file.as_object_mut() {
            object.remove("url");
            if object.contains_key("filename") {
                object.insert("filename".into(), format!("file-{}.{}", self.files, sample.extension).into());
            }
        }
        let base64 = samples::base64(sample.bytes);
        let add = json!({ "add_media": { "id": id, "mime_type": sample.mime_type, "base64": base64 } });
        self.step(self.now, add);
    }
}
