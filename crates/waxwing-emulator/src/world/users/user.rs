//! State of one emulated user.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::message::{Choice, DeliveryState};
use crate::persona::Persona;
use crate::rules::phone_visibility::PhoneVisibility;
use crate::timeline::EmulatedUserId;
use crate::visible_identity::VisibleIdentity;
use crate::world::chat::{Chat, ChatEntry};

/// Names of users whose persona has none.
const NAMES: [&str; 12] =
    ["Ana", "Ben", "Chloé", "Dilnoza", "Emeka", "Fatima", "Göran", "Hana", "Ivo", "Jun", "Kavya", "Luis"];

/// Emulated user with the chat.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmulatedUser {
    pub(crate) id: EmulatedUserId,
    /// Phone number in digits, visible to the business or not.
    pub(crate) phone: Option<String>,
    pub(crate) bsuid: Option<String>,
    pub(crate) parent_bsuid: Option<String>,
    pub(crate) phone_visibility: PhoneVisibility,
    /// Object `identity` for the user's next message.
    pub(crate) security_identity: Option<Value>,
    pub(crate) name: String,
    pub(crate) username: Option<String>,
    pub(crate) chat: Chat,
    /// Number of typing indicators that the business has shown.
    pub(crate) typing_shown: u64,
    /// Number of typing indicators that expectations have consumed.
    pub(crate) typing_consumed: u64,
    /// Position of the first message that no expectation has consumed.
    pub(crate) cursor: u64,
    pub(crate) is_online: bool,
    /// Messages that wait until the user is online.
    pub(crate) undelivered: Vec<String>,
}

impl EmulatedUser {
    pub(super) fn new(id: EmulatedUserId, persona: &Persona, bsuid: Option<String>, now: SystemTime) -> Self {
        let phone_visibility = if persona.hides_phone {
            PhoneVisibility::default()
        } else {
            PhoneVisibility { last_contact: Some(now), in_contact_book: true }
        };
        let default_name = usize::try_from(id.0 - 1).map_or("Ana", |index| NAMES[index % NAMES.len()]);
        Self {
            id,
            phone: persona.phone.clone(),
            bsuid,
            parent_bsuid: persona.parent_bsuid.clone(),
            phone_visibility,
            security_identity: None,
            name: persona.name.clone().unwrap_or_else(|| default_name.to_owned()),
            username: persona.username.clone(),
            chat: Chat::default(),
            typing_shown: 0,
            typing_consumed: 0,
            cursor: 0,
            is_online: true,
            undelivered: Vec::new(),
        }
    }

    /// Returns the messages of the business from a position on that are visible on the phone.
    pub(crate) fn visible(&self, order: u64) -> impl DoubleEndedIterator<Item = &ChatEntry> {
        let is_visible = |entry: &&ChatEntry| self.is_online || entry.message.state >= DeliveryState::Delivered;
        self.chat.received_from(order).filter(is_visible)
    }

    /// Returns the choice with a title, and its message: a certain message, or the newest one that offers the choice.
    ///
    /// `id` tells choices with the same title apart.
    pub(crate) fn choice(&self, message: Option<&str>, title: &str, id: Option<&str>) -> Option<(String, Choice)> {
        let messages = self.visible(0).rev().map(|entry| &entry.message);
        messages.filter(|candidate| message.is_none_or(|id| id == candidate.id)).find_map(|candidate| {
            let choice = candidate
                .choices()
                .into_iter()
                .find(|choice| choice.title == title && id.is_none_or(|id| id == choice.id))?;
            Some((candidate.id.clone(), choice))
        })
    }

    /// Returns the ISO code of the country, which the BSUID starts with. Empty if the user has none.
    pub(crate) fn country(&self) -> String {
        let bsuid = self.bsuid.as_deref().unwrap_or_default();
        bsuid.split_once('.').map(|(country, _)| country.to_owned()).unwrap_or_default()
    }

    /// Returns name and address for test failures.
    pub(crate) fn label(&self) -> String {
        match (&self.phone, &self.bsuid) {
            (Some(phone), _) => format!("{} (+{phone})", self.name),
            (None, Some(bsuid)) => format!("{} ({bsuid})", self.name),
            (None, None) => self.name.clone(),
        }
    }

    /// Returns whether a message waits until the user is online.
    pub(crate) fn holds_back(&mut self, message: &str) -> bool {
        if self.is_online {
            return false;
        }
        if !self.undelivered.iter().any(|waiting| waiting == message) {
            self.undelivered.push(message.to_owned());
        }
        true
    }

    /// Returns the identity as the business sees it.
    pub(super) fn visible_identity(&self, contact_book: bool, now: SystemTime) -> VisibleIdentity {
        VisibleIdentity {
            phone: self.phone.clone(),
            is_phone_visible: self.phone_visibility.is_visible(self.username.is_some(), contact_book, now),
            bsuid: self.bsuid.clone(),
            parent_bsuid: self.parent_bsuid.clone(),
            name: self.name.clone(),
            username: self.username.clone(),
        }
    }
}
