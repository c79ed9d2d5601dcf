//! Emulated world: users, chats, media, business account, webhooks.
//!
//! The world is a plain value behind one lock. It performs no I/O and never waits. Work outside the world (posting webhooks,
//! downloading linked media) is returned as an [`Effect`], which [`effects`](crate::effects) runs after the lock is released.
//!
//! `World` composes its parts, which own their state. The [`operations`](crate::operations) change several parts together.

pub(crate) mod accepted_message;
pub(crate) mod account;
pub(crate) mod calls;
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
pub(crate) mod uploads;
pub(crate) mod users;
pub(crate) mod webhook_queues;
pub(crate) mod webhook_update;
pub(crate) mod webhooks;
pub(crate) mod wrong_value;

use serde::{Deserialize, Serialize};
use std::time::SystemTime;
use tokio_util::sync::CancellationToken;

use account::{Account, NumberIndex};
use calls::{Calls, RINGING};
use chat::ChatEntry;
use effect::Effect;
use flow_sessions::FlowSessions;
use groups::Groups;
use media_library::MediaLibrary;
use runtime::Runtime;
use timer::Timer;
use uploads::Uploads;
use users::Users;
use webhooks::Webhooks;
use wrong_value::WrongValue;

use crate::clock::Clock;
use crate::message::ChatMessage;
use crate::timeline::{EmulatedUserId, TimelineEventKind};

/// Emulated world.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct World {
    pub(crate) account: Account,
    pub(crate) calls: Calls,
    pub(crate) flow_sessions: FlowSessions,
    pub(crate) groups: Groups,
    pub(crate) media: MediaLibrary,
    pub(crate) runtime: Runtime,
    pub(crate) uploads: Uploads,
    pub(crate) users: Users,
    pub(crate) webhooks: Webhooks,
    /// Number of worlds before this one in the same run of the emulator.
    #[serde(skip)]
    pub(crate) generation: u64,
    /// Is cancelled when another world replaces this one. The work outside the world ends then.
    #[serde(skip)]
    pub(crate) replaced: CancellationToken,
}

impl World {
    pub(crate) fn new(account: Account, runtime: Runtime) -> Self {
        let first = account.first_number().clone();
        Self {
            calls: Calls::default(),
            flow_sessions: FlowSessions::default(),
            groups: Groups::default(),
            media: MediaLibrary::new(runtime.seed()),
            uploads: Uploads::default(),
            users: Users::new(&first.waba_id),
            webhooks: Webhooks::new(first),
            account,
            runtime,
            generation: 0,
            replaced: CancellationToken::new(),
        }
    }

    /// Completes a world that was read from its written form. An error names the place of the wrong value.
    pub(crate) fn complete(&mut self, origin: &str, clock: Clock) -> Result<(), WrongValue> {
        if self.account.numbers().is_empty() {
            return Err(WrongValue::new("account.numbers", "the account needs a number"));
        }
        if let Some((user, _)) = self.flow_sessions.iter().find(|(_, session)| !self.account.has(session.number)) {
            return Err(WrongValue::new(format!("flow_sessions.{user}.number"), "the account has no such number"));
        }
        if let Some((group, _)) = self.groups.iter().find(|(_, group)| !self.account.has(group.number)) {
            return Err(WrongValue::new(format!("groups.{group}.number"), "the account has no such number"));
        }
        if self.calls.numbers().any(|number| !self.account.has(number)) {
            return Err(WrongValue::new("calls", "the account has no number of a call"));
        }
        self.users.complete(&self.media)?;
        self.account.set_origin(origin);
        self.webhooks.follow(self.account.first_number().clone());
        self.runtime.follow(clock);
        Ok(())
    }

    /// Lets the calls of a read state ring on, by the clock of the state.
    pub(crate) fn resume_calls(&mut self) {
        for call in self.calls.ongoing().filter(|call| call.accepted.is_none()) {
            self.runtime.schedule(RINGING, Timer::EndCall { id: call.id.clone() });
        }
    }

    /// Replaces this world. The work outside the world that it has requested ends.
    pub(crate) fn replace(&mut self, mut newer: Self) {
        newer.generation = self.generation + 1;
        let older = std::mem::replace(self, newer);
        older.replaced.cancel();
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
