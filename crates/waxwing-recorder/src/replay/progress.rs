//! Progress of a replay: the messages of the bot so far.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use waxwing_emulator::{ActionOutcome, EmulatedUserId, Emulator};

use super::report::{RecipientReport, ReplayReport};
use crate::message::{comparable, rename};
use crate::recording::SentMessage;
use crate::stand_ins::digits;

/// The performed steps, and the messages of the bot.
pub(super) struct Progress<'a> {
    recorded: &'a [SentMessage],
    /// Ids of the messages of the steps.
    performed: Vec<Option<String>>,
    /// Users of the emulator, by the addresses with which steps name them.
    users: HashMap<String, EmulatedUserId>,
    sent: BTreeMap<Recipient, Vec<Sent>>,
    /// Number of recorded messages for which the replay does not wait any more, by recipient.
    missing: HashMap<Recipient, usize>,
    /// Sequence number of the last call that was read.
    last: u64,
}

/// Recipient of a message. A user has several addresses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Recipient {
    User(EmulatedUserId),
    /// A group, or somebody whom no step names.
    Address(String),
}

/// Message of the bot.
struct Sent {
    id: String,
    message: Value,
}

impl<'a> Progress<'a> {
    pub(super) fn new(recorded: &'a [SentMessage]) -> Self {
        Self {
            recorded,
            performed: Vec::new(),
            users: HashMap::new(),
            sent: BTreeMap::new(),
            missing: HashMap::new(),
            last: 0,
        }
    }

    /// Records that a step was performed.
    pub(super) fn performed(&mut self, action: &Value, outcome: ActionOutcome) {
        if let Some(user) = outcome.user {
            let details = action.as_object().and_then(|action| action.values().next());
            for address in ["phone", "bsuid", "user"].into_iter().filter_map(|key| details?.get(key)?.as_str()) {
                self.users.insert(plain(address), user);
            }
        }
        self.performed.push(outcome.id);
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
            let to = request.get("to").or_else(|| request.get("recipient")).and_then(Value::as_str);
            if let (Some(to), Some(id)) = (to, response["messages"][0]["id"].as_str()) {
                let recipient = call.user().map_or_else(|| Recipient::Address(plain(to)), Recipient::User);
                let sent = Sent { id: id.to_owned(), message: comparable(&request) };
                self.sent.entry(recipient).or_default().push(sent);
            }
        }
    }

    fn recipient(&self, address: &str) -> Recipient {
        let address = plain(address);
        self.users.get(&address).map_or(Recipient::Address(address), |user| Recipient::User(*user))
    }

    /// Returns true if the bot has sent as many messages as it had sent after `steps` steps.
    pub(super) fn has_expected(&self, steps: usize) -> bool {
        self.expected(steps).into_iter().all(|(recipient, count)| {
            count <= self.count(&recipient) + self.missing.get(&recipient).copied().unwrap_or_default()
        })
    }

    /// Waits no more for the messages that the bot had sent after `steps` steps.
    pub(super) fn give_up(&mut self, steps: usize) {
        for (recipient, count) in self.expected(steps) {
            let missing = count.saturating_sub(self.count(&recipient));
            self.missing.insert(recipient, missing);
        }
    }

    /// Returns the number of recorded messages after `steps` steps, by recipient.
    fn expected(&self, steps: usize) -> HashMap<Recipient, usize> {
        let mut expected = HashMap::new();
        for sent in self.recorded.iter().filter(|sent| sent.after_step <= steps) {
            *expected.entry(self.recipient(&sent.to)).or_default() += 1;
        }
        expected
    }

    fn count(&self, recipient: &Recipient) -> usize {
        self.sent.get(recipient).map_or(0, Vec::len)
    }

    /// Returns the id of the message with this name, such as `step-3` or `sent-2`.
    pub(super) fn id_of(&self, name: &str) -> Option<String> {
        let nth = |number: &str| number.parse::<usize>().ok()?.checked_sub(1);
        if let Some(step) = name.strip_prefix("step-") {
            return self.performed.get(nth(step)?)?.clone();
        }
        let index = nth(name.strip_prefix("sent-")?)?;
        let recipient = self.recipient(&self.recorded.get(index)?.to);
        let position = self.recorded[..index].iter().filter(|sent| self.recipient(&sent.to) == recipient).count();
        Some(self.sent.get(&recipient)?.get(position)?.id.clone())
    }

    /// Compares the messages of the bot with the recorded ones.
    pub(super) fn report(&self, types_only: bool, is_answering: bool) -> ReplayReport {
        let names = self.names();
        let mut recipients: BTreeMap<String, RecipientReport> = BTreeMap::new();
        for recorded in self.recorded {
            let recipient = recipients.entry(self.shown_name(&self.recipient(&recorded.to))).or_default();
            recipient.recorded.push(shown(recorded.message.clone(), types_only));
        }
        for (recipient, sent) in &self.sent {
            let recipient = recipients.entry(self.shown_name(recipient)).or_default();
            for Sent { message, .. } in sent {
                let mut message = message.clone();
                rename(&mut message, &|id| names.get(id).cloned());
                recipient.replayed.push(shown(message, types_only));
            }
        }
        ReplayReport { recipients, is_answering }
    }

    /// Returns the address of a recipient for people: of several addresses, the first in the alphabet.
    fn shown_name(&self, recipient: &Recipient) -> String {
        match recipient {
            Recipient::Address(address) => address.clone(),
            Recipient::User(user) => {
                let addresses = self.users.iter().filter(|(_, known)| *known == user).map(|(address, _)| address);
                addresses.min().cloned().unwrap_or_else(|| format!("user {user}"))
            }
        }
    }

    /// Returns the names of all messages of this replay, by their ids.
    fn names(&self) -> HashMap<String, String> {
        let steps = (1..=self.performed.len()).map(|number| format!("step-{number}"));
        let sent = (1..=self.recorded.len()).map(|number| format!("sent-{number}"));
        steps.chain(sent).filter_map(|name| Some((self.id_of(&name)?, name))).collect()
    }
}

/// Returns an address without the characters that a phone number may contain apart from its digits.
fn plain(address: &str) -> String {
    digits(address).unwrap_or_else(|| address.to_owned())
}

fn shown(message: Value, types_only: bool) -> Value {
    if types_only { message["type"].clone() } else { message }
}
