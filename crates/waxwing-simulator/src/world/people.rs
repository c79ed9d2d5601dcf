//! People and their chats.

use std::collections::VecDeque;
use std::time::SystemTime;

use bytes::Bytes;

use super::World;
use crate::ids;
use crate::message::{Message, Party};
use crate::persona::{Bsuid, Persona};
use crate::rules::address::To;
use crate::timeline::{EventKind, UserId};

/// Most simulated users.
pub(crate) const PEOPLE: usize = 100_000;
/// Most messages that are kept of a chat.
const CHAT: usize = 10_000;

/// Names for people who were given none.
const NAMES: [&str; 12] =
    ["Ana", "Ben", "Chloé", "Dilnoza", "Emeka", "Fatima", "Göran", "Hana", "Ivo", "Jun", "Kavya", "Luis"];

/// A simulated user and the chat with the business.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: UserId,
    /// The phone number in digits, where the business may see it.
    pub(crate) phone: Option<String>,
    pub(crate) bsuid: Option<String>,
    pub(crate) name: String,
    pub(crate) username: Option<String>,
    pub(crate) chat: Chat,
    /// When the user last wrote, which opens the customer service window.
    pub(crate) last_wrote: Option<SystemTime>,
    /// How often the business has shown that it is typing.
    pub(crate) typing: u64,
    /// How many of these a test has consumed.
    pub(crate) typing_seen: u64,
    /// Up to where a test has consumed the business's messages.
    pub(crate) cursor: u64,
}

impl Person {
    /// Name and address, for people who read a failed test.
    pub(crate) fn label(&self) -> String {
        match (&self.phone, &self.bsuid) {
            (Some(phone), _) => format!("{} (+{phone})", self.name),
            (None, Some(bsuid)) => format!("{} ({bsuid})", self.name),
            (None, None) => self.name.clone(),
        }
    }
}

/// A chat, oldest message first.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    entries: VecDeque<Entry>,
    next: u64,
}

/// A message with what only the simulator knows of it.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its place in the chat, counted from 0; never used twice.
    pub(crate) order: u64,
    pub(crate) message: Message,
    /// Of the business's messages: what the statuses bring back.
    pub(crate) callback_data: Option<String>,
    /// Of the business's messages: addressed to the phone number, not to the BSUID.
    pub(crate) by_phone: bool,
    /// Of the user's messages: the body of the webhook, for redelivery.
    pub(crate) webhook: Option<Bytes>,
}

impl Chat {
    /// Appends a message and gives back the one that had to go for it.
    pub(crate) fn push(&mut self, mut entry: Entry) -> Option<Entry> {
        entry.order = self.next;
        self.next += 1;
        self.entries.push_back(entry);
        if self.entries.len() > CHAT { self.entries.pop_front() } else { None }
    }

    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    pub(crate) fn entries_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut Entry> {
        self.entries.iter_mut()
    }

    /// The business's messages.
    pub(crate) fn received(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries().filter(|entry| entry.message.from == Party::Business)
    }
}

impl World {
    /// The person behind a persona: the one who has its phone number (or BSUID, without a number), or a new one. None when
    /// there are too many people.
    pub(crate) fn join(&mut self, persona: &Persona) -> Option<UserId> {
        let bsuid = match (&persona.bsuid, &persona.phone) {
            (Bsuid::Given(bsuid), _) => Some(bsuid.clone()),
            (Bsuid::Derived, Some(phone)) => Some(ids::bsuid(&self.business.waba_id, phone)),
            (Bsuid::Derived, None) | (Bsuid::Absent, _) => None,
        };
        let known = match (&persona.phone, &bsuid) {
            (Some(phone), _) => self.find(&To::Phone(phone.clone())),
            (None, Some(bsuid)) => self.find(&To::Bsuid(bsuid.clone())),
            (None, None) => None,
        };
        if let Some(person) = known {
            return Some(person.id);
        }
        if self.people.len() >= PEOPLE {
            return None;
        }
        let index = self.people.len();
        let id = UserId(u32::try_from(index + 1).ok()?);
        for address in persona.phone.iter().chain(&bsuid) {
            self.addresses.entry(address.clone()).or_insert(id);
        }
        self.people.push(Person {
            id,
            phone: persona.phone.clone(),
            bsuid,
            name: persona.name.clone().unwrap_or_else(|| NAMES[index % NAMES.len()].to_owned()),
            username: persona.username.clone(),
            chat: Chat::default(),
            last_wrote: None,
            typing: 0,
            typing_seen: 0,
            cursor: 0,
        });
        self.record(EventKind::Joined { user: id });
        Some(id)
    }

    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    pub(crate) fn person(&self, id: UserId) -> Option<&Person> {
        self.people.get(index(id)?)
    }

    pub(crate) fn person_mut(&mut self, id: UserId) -> Option<&mut Person> {
        self.people.get_mut(index(id)?)
    }

    /// Who is meant by an address.
    pub(crate) fn find(&self, to: &To) -> Option<&Person> {
        let (To::Phone(address) | To::Bsuid(address)) = to;
        self.person(*self.addresses.get(address)?)
    }

    /// The person in whose chat a message is, and the message.
    pub(crate) fn message(&self, id: &str) -> Option<(&Person, &Entry)> {
        let person = self.person(*self.chat_of.get(id)?)?;
        let entry = person.chat.entries().rev().find(|entry| entry.message.id == id)?;
        Some((person, entry))
    }

    pub(super) fn message_mut(&mut self, id: &str) -> Option<&mut Entry> {
        let user = *self.chat_of.get(id)?;
        self.person_mut(user)?.chat.entries_mut().rev().find(|entry| entry.message.id == id)
    }

    /// Appends to a person's chat.
    pub(super) fn append(&mut self, user: UserId, entry: Entry) {
        let id = entry.message.id.clone();
        let Some(person) = self.person_mut(user) else { return };
        if let Some(dropped) = person.chat.push(entry) {
            self.chat_of.remove(&dropped.message.id);
        }
        self.chat_of.insert(id, user);
    }
}

fn index(id: UserId) -> Option<usize> {
    usize::try_from(id.0).ok()?.checked_sub(1)
}
