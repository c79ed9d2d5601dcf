//! People and their chats.

use std::collections::VecDeque;
use std::time::SystemTime;

use bytes::Bytes;
use serde_json::Value;

use super::World;
use crate::ids;
use crate::message::{ChatMessage, Choice, DeliveryState, Party};
use crate::persona::{Bsuid, Persona};
use crate::rules::address::To;
use crate::rules::presence::Acquaintance;
use crate::timeline::{EmulatedUserId, TimelineEventKind};

/// Most emulated users.
pub(crate) const PEOPLE: usize = 100_000;
/// Most messages that are kept of a chat.
const CHAT: usize = 10_000;

/// Names for people who were given none.
const NAMES: [&str; 12] =
    ["Ana", "Ben", "Chloé", "Dilnoza", "Emeka", "Fatima", "Göran", "Hana", "Ivo", "Jun", "Kavya", "Luis"];

/// An emulated user and the chat with the business.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) id: EmulatedUserId,
    /// The phone number in digits, seen by the business or not; none if the emulator does not know one either.
    pub(crate) phone: Option<String>,
    pub(crate) bsuid: Option<String>,
    pub(crate) parent_bsuid: Option<String>,
    pub(crate) acquaintance: Acquaintance,
    /// The state of the security code, which the next message tells.
    pub(crate) identity: Option<Value>,
    pub(crate) name: String,
    pub(crate) username: Option<String>,
    pub(crate) chat: Chat,
    /// How often the business has shown that it is typing.
    pub(crate) typing: u64,
    /// How many of these a test has consumed.
    pub(crate) typing_seen: u64,
    /// Up to where a test has consumed the business's messages.
    pub(crate) cursor: u64,
    /// The phone is on.
    pub(crate) is_online: bool,
    /// Messages that wait for the phone to be on.
    pub(crate) undelivered: Vec<String>,
}

impl Person {
    /// The business's messages from this place on that the user can see on the phone.
    pub(crate) fn visible(&self, order: u64) -> impl DoubleEndedIterator<Item = &Entry> {
        let is_here = |entry: &&Entry| self.is_online || entry.message.state >= DeliveryState::Delivered;
        self.chat.received_from(order).filter(is_here)
    }

    /// What can be tapped under this title, and in which message: in a certain one, or in the newest that offers it.
    pub(crate) fn choice(&self, on: Option<&str>, title: &str) -> Option<(String, Choice)> {
        let messages = self.visible(0).rev().map(|entry| &entry.message);
        messages.filter(|message| on.is_none_or(|on| on == message.id)).find_map(|message| {
            let choice = message.choices().into_iter().find(|choice| choice.title == title)?;
            Some((message.id.clone(), choice))
        })
    }

    /// Name and address, for people who read a failed test.
    pub(crate) fn label(&self) -> String {
        match (&self.phone, &self.bsuid) {
            (Some(phone), _) => format!("{} (+{phone})", self.name),
            (None, Some(bsuid)) => format!("{} ({bsuid})", self.name),
            (None, None) => self.name.clone(),
        }
    }
}

/// What the business sees of a person at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// The phone number, whether it shows or not.
    pub(crate) phone: Option<String>,
    pub(crate) phone_shows: bool,
    pub(crate) bsuid: Option<String>,
    pub(crate) parent_bsuid: Option<String>,
    pub(crate) name: String,
    pub(crate) username: Option<String>,
}

impl Sighting {
    /// The phone number, if it shows.
    pub(crate) fn visible_phone(&self) -> Option<&str> {
        self.phone.as_deref().filter(|_| self.phone_shows)
    }
}

/// A chat, oldest message first.
#[derive(Debug, Default)]
pub(crate) struct Chat {
    entries: VecDeque<Entry>,
    next: u64,
}

/// A message with what only the emulator knows of it.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its place in the chat, counted from 0; never used twice.
    pub(crate) order: u64,
    pub(crate) message: ChatMessage,
    /// Of the business's messages: what the statuses bring back.
    pub(crate) callback_data: Option<String>,
    /// Of the business's messages: addressed to the phone number, not to the BSUID.
    pub(crate) by_phone: bool,
    /// Of the business's messages: typed in the Business app, so that no status is told of it.
    pub(crate) by_hand: bool,
    /// Of the user's messages: the body of the webhook, for redelivery.
    pub(crate) webhook: Option<Bytes>,
}

impl Entry {
    /// A message that is new in a chat.
    pub(crate) fn new(message: ChatMessage) -> Self {
        Self { order: 0, message, callback_data: None, by_phone: false, by_hand: false, webhook: None }
    }
}

impl Chat {
    /// Appends a message, gives it its place, and gives back the message that had to go for it.
    fn push(&mut self, mut entry: Entry) -> (u64, Option<Entry>) {
        let order = self.next;
        entry.order = order;
        self.next += 1;
        self.entries.push_back(entry);
        let dropped = if self.entries.len() > CHAT { self.entries.pop_front() } else { None };
        (order, dropped)
    }

    /// All that is kept.
    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The user's messages up to this place.
    pub(crate) fn sent_up_to_mut(&mut self, order: u64) -> impl DoubleEndedIterator<Item = &mut Entry> {
        let end = self.index(order).map_or(0, |index| index + 1);
        self.entries.range_mut(..end).filter(|entry| entry.message.from == Party::User)
    }

    /// The business's messages.
    pub(crate) fn received(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.received_from(0)
    }

    /// The business's messages from this place on.
    pub(crate) fn received_from(&self, order: u64) -> impl DoubleEndedIterator<Item = &Entry> {
        let start = self.index(order.max(self.first())).unwrap_or(self.entries.len());
        self.entries.range(start..).filter(|entry| entry.message.from == Party::Business)
    }

    /// The message of this id, of which there is one in each chat.
    pub(crate) fn find_mut(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries.iter_mut().rev().find(|entry| entry.message.id == id)
    }

    fn get(&self, order: u64) -> Option<&Entry> {
        self.entries.get(self.index(order)?)
    }

    fn get_mut(&mut self, order: u64) -> Option<&mut Entry> {
        let index = self.index(order)?;
        self.entries.get_mut(index)
    }

    /// The place of the oldest message that is kept.
    fn first(&self) -> u64 {
        self.next - self.entries.len() as u64
    }

    fn index(&self, order: u64) -> Option<usize> {
        let index = usize::try_from(order.checked_sub(self.first())?).ok()?;
        (index < self.entries.len()).then_some(index)
    }
}

impl World {
    /// The person behind a persona: the one who has its phone number (or BSUID, without a number), or a new one. None when
    /// there are too many people.
    pub(crate) fn join(&mut self, persona: &Persona) -> Option<EmulatedUserId> {
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
        let id = EmulatedUserId(u32::try_from(index + 1).ok()?);
        for address in persona.phone.iter().chain(&bsuid) {
            self.addresses.entry(address.clone()).or_insert(id);
        }
        let acquaintance = if persona.hides_phone {
            Acquaintance::default()
        } else {
            Acquaintance { last_seen: Some(self.now()), in_book: true }
        };
        self.people.push(Person {
            id,
            phone: persona.phone.clone(),
            bsuid,
            parent_bsuid: persona.parent_bsuid.clone(),
            acquaintance,
            identity: None,
            name: persona.name.clone().unwrap_or_else(|| NAMES[index % NAMES.len()].to_owned()),
            username: persona.username.clone(),
            chat: Chat::default(),
            typing: 0,
            typing_seen: 0,
            cursor: 0,
            is_online: true,
            undelivered: Vec::new(),
        });
        self.record(TimelineEventKind::Joined { user: id });
        Some(id)
    }

    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    pub(crate) fn person(&self, id: EmulatedUserId) -> Option<&Person> {
        self.people.get(index(id)?)
    }

    pub(crate) fn person_mut(&mut self, id: EmulatedUserId) -> Option<&mut Person> {
        self.people.get_mut(index(id)?)
    }

    /// What the business sees of a person now.
    pub(crate) fn sighting(&self, user: EmulatedUserId, now: SystemTime) -> Option<Sighting> {
        let person = self.person(user)?;
        Some(Sighting {
            phone: person.phone.clone(),
            phone_shows: person.acquaintance.shows(person.username.is_some(), self.behavior.contact_book, now),
            bsuid: person.bsuid.clone(),
            parent_bsuid: person.parent_bsuid.clone(),
            name: person.name.clone(),
            username: person.username.clone(),
        })
    }

    /// The two sides have to do with each other: a number that shows goes on showing.
    pub(super) fn meet(&mut self, user: EmulatedUserId, now: SystemTime) {
        if self.sighting(user, now).is_some_and(|sighting| sighting.phone_shows) {
            self.meet_by_phone(user, now);
        }
    }

    /// The business has to do with this person's number, and so knows it.
    pub(super) fn meet_by_phone(&mut self, user: EmulatedUserId, now: SystemTime) {
        let book = self.behavior.contact_book;
        if let Some(person) = self.person_mut(user) {
            person.acquaintance.last_seen = Some(now);
            person.acquaintance.in_book |= book;
        }
    }

    /// Who is meant by an address.
    pub(crate) fn find(&self, to: &To) -> Option<&Person> {
        let (To::Phone(address) | To::Bsuid(address)) = to else { return None };
        self.person(*self.addresses.get(address)?)
    }

    /// The person in whose chat a message is, and the message.
    pub(crate) fn message(&self, id: &str) -> Option<(&Person, &Entry)> {
        let (user, order) = *self.places.get(id)?;
        let person = self.person(user)?;
        Some((person, person.chat.get(order)?))
    }

    pub(super) fn message_mut(&mut self, id: &str) -> Option<&mut Entry> {
        let (user, order) = *self.places.get(id)?;
        self.person_mut(user)?.chat.get_mut(order)
    }

    /// Appends to a person's chat.
    pub(super) fn append(&mut self, user: EmulatedUserId, entry: Entry) {
        let id = entry.message.id.clone();
        let Some(person) = self.person_mut(user) else { return };
        let (order, dropped) = person.chat.push(entry);
        if let Some(dropped) = dropped {
            self.places.remove(&dropped.message.id);
        }
        self.places.insert(id, (user, order));
    }
}

fn index(id: EmulatedUserId) -> Option<usize> {
    usize::try_from(id.0).ok()?.checked_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::ChatContent;

    fn entry(id: usize, from: Party) -> Entry {
        let (content, at) = (ChatContent::Text(String::new()), SystemTime::UNIX_EPOCH);
        let message = ChatMessage {
            id: id.to_string(),
            from,
            at,
            content,
            reply_to: None,
            number: String::new(),
            group: None,
            state: DeliveryState::Accepted,
        };
        Entry { by_phone: true, ..Entry::new(message) }
    }

    #[test]
    fn a_full_chat_keeps_its_places() {
        let mut chat = Chat::default();
        for id in 0..CHAT + 4 {
            let from = if id % 2 == 0 { Party::User } else { Party::Business };
            let (order, dropped) = chat.push(entry(id, from));
            assert_eq!(order, id as u64);
            assert_eq!(dropped.map(|entry| entry.order), order.checked_sub(CHAT as u64));
        }
        let orders = |from| chat.received_from(from).map(|entry| entry.order).take(2).collect::<Vec<_>>();
        assert_eq!(orders(0), [5, 7], "what is gone is skipped");
        assert_eq!(orders(8), [9, 11]);
        assert_eq!(orders(CHAT as u64 + 3), [CHAT as u64 + 3]);
        assert_eq!(orders(CHAT as u64 + 4), [0; 0]);
        assert!(chat.get(3).is_none());
        assert_eq!(chat.get(4).map(|entry| entry.message.id.as_str()), Some("4"));
        assert_eq!(chat.sent_up_to_mut(7).map(|entry| entry.order).collect::<Vec<_>>(), [4, 6]);
    }
}
