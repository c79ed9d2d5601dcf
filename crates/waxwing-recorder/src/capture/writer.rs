//! Recording of observed traffic.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{CapturedContent, CapturedEvent, CapturedKind, user_message};
use crate::message::{make_expressible, rename};
use crate::recording::{Recording, SentMessage, Step};
use crate::samples;
use crate::stand_ins::Replacements;

/// Maximum number of participants of an emulated group.
const MAX_PARTICIPANTS: usize = 8;

/// Returns the recording of a content.
pub(super) fn recording(content: &CapturedContent) -> Recording {
    // The first pass finds the places of all messages: a reaction may be observed before the response to the message.
    let names = write(content, HashMap::new()).places;
    write(content, names).recording
}

fn write<'a>(content: &'a CapturedContent, names: HashMap<&'a str, String>) -> Written<'a> {
    let mut writer = Writer {
        content,
        replacements: content.stand_ins.replacements(),
        names,
        written: Written::default(),
        now: Duration::ZERO,
        joined: HashSet::new(),
        groups: HashSet::new(),
        files: 0,
    };
    for (index, event) in content.events.iter().enumerate() {
        writer.event(index, event);
    }
    writer.written
}

/// Result of one pass.
#[derive(Default)]
struct Written<'a> {
    recording: Recording,
    /// Places of messages, such as `step-3`, by their ids.
    places: HashMap<&'a str, String>,
}

/// Writes the events of a content to a recording.
struct Writer<'a> {
    content: &'a CapturedContent,
    replacements: Replacements,
    /// Names of messages, by their ids.
    names: HashMap<&'a str, String>,
    written: Written<'a>,
    /// Time of the last step.
    now: Duration,
    joined: HashSet<usize>,
    groups: HashSet<&'a str>,
    /// Number of files.
    files: usize,
}

impl<'a> Writer<'a> {
    fn event(&mut self, index: usize, event: &'a CapturedEvent) {
        match &event.kind {
            CapturedKind::UserMessage { person, id, group, message } => {
                self.user_message(event.at, *person, id, group.as_deref(), message.clone());
            }
            CapturedKind::Field { field, value } => {
                self.step(event.at, json!({ "notify": { "field": field, "value": value } }));
            }
            CapturedKind::Sent { to, message } => {
                if let Some(id) = self.content.accepted.get(&index) {
                    self.sent(to, id, message.clone());
                }
            }
        }
    }

    fn user_message(
        &mut self,
        at: Duration,
        person: usize,
        id: &'a str,
        group: Option<&'a str>,
        mut message: Map<String, Value>,
    ) {
        if group.is_some_and(|group| !self.participants(group).contains(&person)) {
            return;
        }
        self.join(person);
        if let Some(group) = group {
            self.create_group(group);
        }
        self.replace_file(&mut message);
        let stand_ins = &self.content.stand_ins;
        let group = group.and_then(|group| stand_ins.group(group));
        self.step(at, user_message::action(&stand_ins.address(person), group, message));
        self.written.places.insert(id, format!("step-{}", self.written.recording.steps.len()));
    }

    fn sent(&mut self, to: &str, id: &'a str, mut message: Value) {
        let stand_ins = &self.content.stand_ins;
        let person = stand_ins.person(to);
        let address = person.map(|person| stand_ins.address(person));
        let to = address.or_else(|| stand_ins.group(to).map(str::to_owned)).unwrap_or_default();
        if let Some(person) = person {
            self.join(person);
        }
        self.hide(&mut message);
        let recording = &mut self.written.recording;
        recording.sent.push(SentMessage { to, after_step: recording.steps.len(), message });
        self.written.places.insert(id, format!("sent-{}", recording.sent.len()));
    }

    /// Replaces ids of messages by their names, and personal data by stand-ins.
    fn hide(&self, value: &mut Value) {
        rename(value, &|id| self.names.get(id).cloned());
        self.replacements.apply(value);
        make_expressible(value);
    }

    fn step(&mut self, at: Duration, mut action: Value) {
        self.hide(&mut action);
        self.plain_step(at, action);
    }

    /// Adds a step that contains no personal data.
    fn plain_step(&mut self, at: Duration, action: Value) {
        let after = Duration::from_millis(at.saturating_sub(self.now).as_millis().try_into().unwrap_or(u64::MAX));
        self.now = at.max(self.now);
        self.written.recording.steps.push(Step { after, action });
    }

    /// Adds the step that creates a user, unless the user exists.
    fn join(&mut self, person: usize) {
        if self.joined.insert(person) {
            self.plain_step(self.now, self.content.stand_ins.join(person));
        }
    }

    /// Returns the senders of a group whom the emulated group has.
    fn participants(&self, group: &str) -> &'a [usize] {
        let members = self.content.members.get(group).map(Vec::as_slice).unwrap_or_default();
        &members[..members.len().min(MAX_PARTICIPANTS)]
    }

    /// Adds the step that creates a group with its senders, unless the group exists.
    fn create_group(&mut self, group: &'a str) {
        if !self.groups.insert(group) {
            return;
        }
        let participants = self.participants(group);
        for participant in participants {
            self.join(*participant);
        }
        let stand_ins = &self.content.stand_ins;
        let participants: Vec<_> = participants.iter().map(|participant| stand_ins.address(*participant)).collect();
        let id = stand_ins.group(group);
        let create = json!({ "create_group": { "id": id, "subject": "Group", "participants": participants } });
        self.plain_step(self.now, create);
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
        self.plain_step(self.now, add);
    }
}
