//! Chat of one user with the business.

use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

use super::media_library::MediaLibrary;
use crate::message::{ChatContent, ChatMessage, Party};
use crate::price::Price;

/// Number of messages that a chat keeps.
const CAPACITY: usize = 10_000;

/// Chat, oldest message first.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chat {
    entries: VecDeque<ChatEntry>,
    next: u64,
}

/// Message of a chat, with details that neither the user nor the business sees.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChatEntry {
    /// Position in the chat, starting at 0. Positions are never reused.
    pub(crate) order: u64,
    pub(crate) message: ChatMessage,
    /// `biz_opaque_callback_data` of a message of the business.
    pub(crate) callback_data: Option<String>,
    /// Whether the business addressed the phone number instead of the BSUID.
    pub(crate) by_phone: bool,
    /// Price of a message of the business.
    pub(crate) price: Price,
    /// Whether the message was sent in the WhatsApp Business app. Such a message has no statuses.
    pub(crate) from_business_app: bool,
}

impl ChatEntry {
    /// Returns an entry for a message that is not in a chat yet.
    pub(crate) fn new(message: ChatMessage) -> Self {
        Self {
            order: 0,
            message,
            callback_data: None,
            by_phone: false,
            price: Price::default(),
            from_business_app: false,
        }
    }
}

impl Chat {
    /// Appends an entry. Returns its position, and the oldest entry if the chat was full.
    pub(super) fn push(&mut self, mut entry: ChatEntry) -> (u64, Option<ChatEntry>) {
        let order = self.next;
        entry.order = order;
        self.next += 1;
        self.entries.push_back(entry);
        let dropped = if self.entries.len() > CAPACITY { self.entries.pop_front() } else { None };
        (order, dropped)
    }

    /// Completes a chat that was read from its written form. Returns false if the positions are wrong.
    pub(super) fn complete(&mut self, media: &MediaLibrary) -> bool {
        for entry in &mut self.entries {
            if let ChatContent::Media(file) = &mut entry.message.content {
                // The library drops the oldest files when it is full.
                file.bytes = media.on_phone(&file.id).map(|file| file.bytes.clone()).unwrap_or_default();
            }
        }
        let Some(first) = self.next.checked_sub(self.entries.len() as u64) else { return false };
        (first..).zip(&self.entries).all(|(order, entry)| entry.order == order)
    }

    /// Returns all entries.
    pub(crate) fn entries(&self) -> impl DoubleEndedIterator<Item = &ChatEntry> {
        self.entries.iter()
    }

    /// Returns the messages of the user up to a position.
    pub(crate) fn sent_up_to_mut(&mut self, order: u64) -> impl DoubleEndedIterator<Item = &mut ChatEntry> {
        let end = self.index(order).map_or(0, |index| index + 1);
        self.entries.range_mut(..end).filter(|entry| entry.message.from == Party::User)
    }

    /// Returns the messages of the business.
    pub(crate) fn received(&self) -> impl DoubleEndedIterator<Item = &ChatEntry> {
        self.received_from(0)
    }

    /// Returns the messages of the business from a position on.
    pub(crate) fn received_from(&self, order: u64) -> impl DoubleEndedIterator<Item = &ChatEntry> {
        let start = self.index(order.max(self.first())).unwrap_or(self.entries.len());
        self.entries.range(start..).filter(|entry| entry.message.from == Party::Business)
    }

    /// Returns the message with an id.
    pub(crate) fn find(&self, id: &str) -> Option<&ChatEntry> {
        self.entries.iter().rev().find(|entry| entry.message.id == id)
    }

    /// Returns the message with an id.
    pub(crate) fn find_mut(&mut self, id: &str) -> Option<&mut ChatEntry> {
        self.entries.iter_mut().rev().find(|entry| entry.message.id == id)
    }

    pub(super) fn get(&self, order: u64) -> Option<&ChatEntry> {
        self.entries.get(self.index(order)?)
    }

    pub(super) fn get_mut(&mut self, order: u64) -> Option<&mut ChatEntry> {
        let index = self.index(order)?;
        self.entries.get_mut(index)
    }

    /// Returns the position of the oldest message.
    fn first(&self) -> u64 {
        self.next - self.entries.len() as u64
    }

    fn index(&self, order: u64) -> Option<usize> {
        let index = usize::try_from(order.checked_sub(self.first())?).ok()?;
        (index < self.entries.len()).then_some(index)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::message::DeliveryState;

    fn entry(id: usize, from: Party) -> ChatEntry {
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
            is_direct_send: false,
            request: None,
        };
        ChatEntry { by_phone: true, ..ChatEntry::new(message) }
    }

    #[test]
    fn a_full_chat_keeps_the_positions() {
        let mut chat = Chat::default();
        for id in 0..CAPACITY + 4 {
            let from = if id % 2 == 0 { Party::User } else { Party::Business };
            let (order, dropped) = chat.push(entry(id, from));
            assert_eq!(order, id as u64);
            assert_eq!(dropped.map(|entry| entry.order), order.checked_sub(CAPACITY as u64));
        }
        let orders = |from| chat.received_from(from).map(|entry| entry.order).take(2).collect::<Vec<_>>();
        assert_eq!(orders(0), [5, 7], "dropped messages are skipped");
        assert_eq!(orders(8), [9, 11]);
        assert_eq!(orders(CAPACITY as u64 + 3), [CAPACITY as u64 + 3]);
        assert_eq!(orders(CAPACITY as u64 + 4), [0; 0]);
        assert!(chat.get(3).is_none());
        assert_eq!(chat.get(4).map(|entry| entry.message.id.as_str()), Some("4"));
        assert_eq!(chat.sent_up_to_mut(7).map(|entry| entry.order).collect::<Vec<_>>(), [4, 6]);
    }
}
