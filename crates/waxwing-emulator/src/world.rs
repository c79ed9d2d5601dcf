//! Emulated world: users, chats, media, business account, webhooks.
//!
//! The world is a plain value behind one lock. It performs no I/O and never waits. Work outside the world (posting webhooks,
//! downloading linked media) is returned as an [`Effect`], which [`effects`](crate::effects) runs after the lock is released.
//!
//! `World` composes its parts, which own their state. The [`operations`](crate::operations) change several parts together.

pub(crate) mod accepted_message;
pub(crate) mod account;
pub(crate) mod catalogs;
pub(crate) mod chat;
pub(crate) mod delivery_plan;
pub(crate) mod effect;
pub(crate) mod flow_sessions;
pub(crate) mod flow_store;
pub(crate) mod groups;
pub(crate) mod media_library;
pub(crate) mod runtime;
pub(crate) mod template_store;
pub(crate) mod timer;
pub(crate) mod users;
pub(crate) mod webhook_queues;
pub(crate) mod webhook_update;
pub(crate) mod webhooks;

use std::time::SystemTime;

use account::{Account, NumberIndex};
use chat::ChatEntry;
use effect::Effect;
use flow_sessions::FlowSessions;
use groups::Groups;
use media_library::MediaLibrary;
use runtime::Runtime;
use users::Users;
use webhooks::Webhooks;

use crate::message::ChatMessage;
use crate::timeline::{EmulatedUserId, TimelineEventKind};

/// Emulated world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) account: Account,
    pub(crate) flow_sessions: FlowSessions,
    pub(crate) groups: Groups,
    pub(crate) media: MediaLibrary,
    pub(crate) runtime: Runtime,
    pub(crate) users: Users,
    pub(crate) webhooks: Webhooks,
}

impl World {
    pub(crate) fn new(account: Account, runtime: Runtime) -> Self {
        let first = account.first_number().clone();
        Self {
            flow_sessions: FlowSessions::default(),
            groups: Groups::default(),
            media: MediaLibrary::new(runtime.seed()),
            users: Users::new(&first.waba_id),
            webhooks: Webhooks::new(first),
            account,
            runtime,
        }
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.runtime.now()
    }

    /// Appends an event to the timeline.
    pub(crate) fn record(&mut self, kind: TimelineEventKind) {
        self.runtime.record(kind);
    }

    /// Appends a message to a user's chat.
    pub(crate) fn append_to_chat(&mut self, user: EmulatedUserId, entry: ChatEntry) {
        if let Some(dropped) = self.users.append(user, entry) {
            self.webhooks.forget_message(&dropped);
        }
    }

    /// Returns the business number of a message.
    pub(crate) fn number_of(&self, message: &ChatMessage) -> NumberIndex {
        self.account.find(&message.number).unwrap_or_default()
    }

    /// Takes the effects that the latest changes require.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        self.runtime.take_effects()
    }

    /// Returns whether no webhook waits for its acknowledgement and no message is in transit.
    pub(crate) fn is_idle(&self) -> bool {
        self.runtime.is_idle() && self.webhooks.is_idle()
    }
}
