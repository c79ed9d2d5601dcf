//! Progress of a replay: the messages of the bot so far.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};
use waxwing_emulator::Emulator;

use super::report::{RecipientReport, ReplayReport};
use crate::message::{comparable, rename};
use crate::recording::SentMessage;

/// The performed steps, and the messages of the bot.
pub(super) struct Progress<'a> {
    recorded: &'a [SentMessage],
    /// Ids of the messages of the steps.
    performed: Vec<Option<String>>,
    sent: BTreeMap<String, Vec<Sent>>,
    /// Number of recorded messages for which the replay does not wait any more, by recipient.
    missing: HashMap<&'a str, usize>,
    /// Sequence number of the last call that was read.
    last: u64,
}

/// Message of the bot.
struct Sent {
    id: String,
    message: Value,
}

impl<'a> Progress<'a> {
    pub(super) fn new(recorded: &'a [SentMessage]) -> Self {
        Self { recorded, performed: Vec::new(), sent: BTreeMap::new(), missing: HashMap::new(), last: 0 }
    }

    /// Records that a step was performed.
    pub(super) fn performed(&mut self, message: Option<String>) {
        self.performed.push(message);
    }

    /// Reads the new calls of the bot.
    pub(super) fn read(&mut self, emulator: &Emulator) {
        for call in emulator.requests() {
            if call.seq() <= self.last {
                continue;
            }
            self.last = call.seq();
            let is_send = call.path().ends_with("/messages") || call.path().ends_with("/marketing_messages");
            let Some(Value::Object(request)) = call.request_json().filter(|_| is_send && call.status() == Some(200))
            else {
                continue;
            };
            let response = call.response_json().unwrap_or_default();
            if let (Some(to), Some(id)) = (recipient(&request), response["messages"][0]["id"].as_str()) {
                let sent = Sent { id: id.to_owned(), message: comparable(&request) };
                self.sent.entry(to).or_default().push(sent);
            }
        }
    }

    /// Returns true if the bot has sent as many messages as it had sent after `steps` steps.
    pub(super) fn has_expected(&self, steps: usize) -> bool {
        self.expected(steps)
            .into_iter()
            .all(|(to, count)| count <= self.count(to) + self.missing.get(to).copied().unwrap_or_default())
    }

    /// Waits no more for the messages that the bot had sent after `steps` steps.
    pub(super) fn give_up(&mut self, steps: usize) {
        for (to, count) in self.expected(steps) {
            let missing = count.saturating_sub(self.count(to));
            self.missing.insert(to, missing);
        }
    }

    /// Returns the number of recorded messages after `steps` steps, by recipient.
    fn expected(&self, steps: usize) -> HashMap<&'a str, usize> {
        let mut expected = HashMap::new();
        for sent in self.recorded.iter().filter(|sent| sent.after_step <= steps) {
            *expected.entry(sent.to.as_str()).or_default() += 1;
        }
        expected
    }

    fn count(&self, to: &str) -> usize {
        self.sent.get(key(to)).map_or(0, Vec::len)
    }

    /// Returns the id of the message with this name, such as `step-3` or `sent-2`.
    pub(super) fn id_of(&self, name: &str) -> Option<String> {
        let nth = |number: &str| number.parse::<usize>().ok()?.checked_sub(1);
        if let Some(step) = name.strip_prefix("step-") {
            return self.performed.get(nth(step)?)?.clone();
        }
        let index = nth(name.strip_prefix("sent-")?)?;
        let to = &self.recorded.get(index)?.to;
        let position = self.recorded[..index].iter().filter(|sent| sent.to == *to).count();
        Some(self.sent.get(key(to))?.get(position)?.id.clone())
    }

    /// Compares the messages of the bot with the recorded ones.
    pub(super) fn report(self, types_only: bool, is_answering: bool) -> ReplayReport {
        let names = self.names();
        let mut recipients: BTreeMap<String, RecipientReport> = BTreeMap::new();
        for recorded in self.recorded {
            let recipient = recipients.entry(key(&recorded.to).to_owned()).or_default();
            recipient.recorded.push(shown(recorded.message.clone(), types_only));
        }
        for (to, sent) in self.sent {
            let recipient = recipients.entry(to).or_default();
            for Sent { mut message, .. } in sent {
                rename(&mut message, &|id| names.get(id).cloned());
                recipient.replayed.push(shown(message, types_only));
            }
        }
        ReplayReport { recipients, is_answering }
    }

    /// Returns the names of all messages of this replay, by their ids.
    fn names(&self) -> HashMap<String, String> {
        let steps = (1..=self.performed.len()).map(|number| format!("step-{number}"));
        let sent = (1..=self.recorded.len()).map(|number| format!("sent-{number}"));
        steps.chain(sent).filter_map(|name| Some((self.id_of(&name)?, name))).collect()
    }
}

/// Returns the recipient of a request as a key.
fn recipient(request: &Map<String, Value>) -> Option<String> {
    let to = request.get("to").or_else(|| request.get("recipient"))?.as_str()?;
    Some(key(to).to_owned())
}

/// Returns an address as a key: phone numbers without the plus sign.
fn key(address: &str) -> &str {
    address.trim_start_matches('+')
}

fn shown(message: Value, types_only: bool) -> Value {
    if types_only { message["type"].clone() } else { message }
}
