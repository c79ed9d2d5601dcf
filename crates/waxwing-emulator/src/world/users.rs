//! Emulated users.

mod user;

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

use super::chat::ChatEntry;
use super::media_library::MediaLibrary;
use super::runtime::Runtime;
use super::wrong_value::WrongValue;
use crate::ids;
use crate::persona::{BsuidSource, Persona};
use crate::rules::address::Recipient;
use crate::timeline::{EmulatedUserId, TimelineEventKind};
use crate::visible_identity::VisibleIdentity;

pub(crate) use user::EmulatedUser;

/// Maximum number of emulated users.
const CAPACITY: usize = 100_000;

/// All emulated users, with an index of their addresses and messages.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Users {
    waba_id: String,
    all: Vec<EmulatedUser>,
    /// Users by phone number or BSUID. The two forms of address cannot be equal.
    addresses: HashMap<String, EmulatedUserId>,
    /// Chat and position of each message.
    positions: HashMap<String, (EmulatedUserId, u64)>,
    /// Number of BSUIDs that were generated for changed identities.
    rotations: u64,
}

impl Users {
    pub(super) fn new(waba_id: &str) -> Self {
        Self {
            waba_id: waba_id.to_owned(),
            all: Vec::new(),
            addresses: HashMap::new(),
            positions: HashMap::new(),
            rotations: 0,
        }
    }

    /// Returns the user with the phone number of a persona (or, without a number, its BSUID). Creates the user if there is none.
    ///
    /// Returns `None` if there are too many users.
    pub(crate) fn join(&mut self, runtime: &mut Runtime, persona: &Persona) -> Option<EmulatedUserId> {
        let bsuid = match (&persona.bsuid, &persona.phone) {
            (BsuidSource::Given(bsuid), _) => Some(bsuid.clone()),
            (BsuidSource::Derived, Some(phone)) => Some(ids::bsuid(&self.waba_id, phone)),
            (BsuidSource::Derived, None) | (BsuidSource::Absent, _) => None,
        };
        if let Some(address) = persona.phone.as_ref().or(bsuid.as_ref())
            && let Some(known) = self.addresses.get(address)
        {
            return Some(*known);
        }
        if self.all.len() >= CAPACITY {
            return None;
        }
        let id = EmulatedUserId(u32::try_from(self.all.len() + 1).ok()?);
        for address in persona.phone.iter().chain(&bsuid) {
            self.addresses.entry(address.clone()).or_insert(id);
        }
        self.all.push(EmulatedUser::new(id, persona, bsuid, runtime.now()));
        runtime.record(TimelineEventKind::Joined { user: id });
        Some(id)
    }

    /// Completes users that were read from their written form: finds the files of their chats.
    pub(super) fn complete(&mut self, media: &MediaLibrary) -> Result<(), WrongValue> {
        for (place, user) in self.all.iter_mut().enumerate() {
            if index(user.id) != Some(place) {
                return Err(WrongValue::new(format!("users.all[{place}].id"), "ids are 1, 2, 3 and so on"));
            }
            let orders_fit = user.chat.complete(media);
            if !orders_fit {
                let path = format!("users.all[{place}].chat.entries");
                return Err(WrongValue::new(path, "`order` counts the messages up to `next`"));
            }
        }
        Ok(())
    }

    pub(crate) fn all(&self) -> &[EmulatedUser] {
        &self.all
    }

    pub(crate) fn get(&self, id: EmulatedUserId) -> Option<&EmulatedUser> {
        self.all.get(index(id)?)
    }

    pub(crate) fn get_mut(&mut self, id: EmulatedUserId) -> Option<&mut EmulatedUser> {
        self.all.get_mut(index(id)?)
    }

    /// Returns the user whom a recipient addresses.
    pub(crate) fn find(&self, recipient: &Recipient) -> Option<&EmulatedUser> {
        let (Recipient::Phone(address) | Recipient::Bsuid(address)) = recipient else { return None };
        self.get(*self.addresses.get(address)?)
    }

    /// Returns the user with a profile name.
    pub(crate) fn find_by_name(&self, name: &str) -> Option<&EmulatedUser> {
        self.all.iter().find(|user| user.name == name)
    }

    /// Returns a user's identity as the business sees it now.
    pub(crate) fn visible_identity(&self, user: EmulatedUserId, runtime: &Runtime) -> Option<VisibleIdentity> {
        Some(self.get(user)?.visible_identity(runtime.behavior.contact_book, runtime.now()))
    }

    /// Records contact between a user and the business. A visible phone number stays visible.
    pub(crate) fn record_contact(&mut self, user: EmulatedUserId, runtime: &Runtime) {
        if self.visible_identity(user, runtime).is_some_and(|identity| identity.is_phone_visible) {
            self.record_contact_by_phone(user, runtime);
        }
    }

    /// Records contact by phone number, which makes the number visible.
    pub(crate) fn record_contact_by_phone(&mut self, user: EmulatedUserId, runtime: &Runtime) {
        if let Some(user) = self.get_mut(user) {
            user.phone_visibility.last_contact = Some(runtime.now());
            user.phone_visibility.in_contact_book |= runtime.behavior.contact_book;
        }
    }

    /// Returns a new BSUID.
    pub(crate) fn new_bsuid(&mut self, phone: &str) -> String {
        self.rotations += 1;
        ids::bsuid(&self.waba_id, &format!("{phone} {}", self.rotations))
    }

    /// Replaces the addresses of a user. The old addresses become invalid.
    pub(crate) fn replace_addresses(&mut self, id: EmulatedUserId, phone: Option<String>, bsuid: Option<String>) {
        let Some(user) = self.get_mut(id) else { return };
        let mut removed = Vec::new();
        let mut added = Vec::new();
        if let Some(phone) = phone {
            added.push(phone.clone());
            removed.extend(user.phone.replace(phone));
        }
        if let Some(bsuid) = bsuid {
            added.push(bsuid.clone());
            removed.extend(user.bsuid.replace(bsuid));
        }
        for address in removed {
            self.addresses.remove(&address);
        }
        for address in added {
            self.addresses.insert(address, id);
        }
    }

    /// Takes a phone number from its user.
    pub(crate) fn release_phone(&mut self, phone: &str) {
        if let Some(owner) = self.addresses.remove(phone)
            && let Some(user) = self.get_mut(owner)
        {
            user.phone = None;
        }
    }

    /// Returns a message with the user in whose chat it is. A group message is in several chats; the result is the last one.
    pub(crate) fn message(&self, id: &str) -> Option<(&EmulatedUser, &ChatEntry)> {
        let (user, order) = *self.positions.get(id)?;
        let user = self.get(user)?;
        Some((user, user.chat.get(order)?))
    }

    pub(crate) fn message_mut(&mut self, id: &str) -> Option<&mut ChatEntry> {
        let (user, order) = *self.positions.get(id)?;
        self.get_mut(user)?.chat.get_mut(order)
    }

    /// Returns a message in the chat of a certain user.
    pub(crate) fn message_in_chat(&self, user: EmulatedUserId, id: &str) -> Option<&ChatEntry> {
        self.get(user)?.chat.find(id)
    }

    /// Appends a message to a chat. Returns the id of the oldest message if the chat was full.
    pub(super) fn append(&mut self, user: EmulatedUserId, entry: ChatEntry) -> Option<String> {
        let id = entry.message.id.clone();
        let (order, dropped) = self.get_mut(user)?.chat.push(entry);
        let dropped = dropped.map(|entry| entry.message.id);
        if let Some(dropped) = &dropped {
            self.positions.remove(dropped);
        }
        self.positions.insert(id, (user, order));
        dropped
    }
}

fn index(id: EmulatedUserId) -> Option<usize> {
    usize::try_from(id.0).ok()?.checked_sub(1)
}
