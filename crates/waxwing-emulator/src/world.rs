//! The emulated world: people, chats, media, what is in the post, and the timeline of it all.
//!
//! A plain value behind one lock. It does no I/O and never waits: what has to happen outside (posting a webhook, fetching a link, a
//! delay) it leaves as an [`Effect`], which [`App`](crate::app::App) starts when the lock is free again.

pub(crate) mod account;
mod actions;
mod admission;
mod agenda;
pub(crate) mod blocks;
mod echo;
mod groups;
mod identity;
mod inbound;
pub(crate) mod library;
pub(crate) mod mail;
pub(crate) mod outbound;
pub(crate) mod people;
mod post;
pub(crate) mod templates;

use std::collections::HashMap;
use std::time::SystemTime;

use account::Account;
pub(crate) use account::NumberId;
pub(crate) use actions::Extras;
use agenda::Agenda;
use groups::Groups;
pub(crate) use inbound::Utterance;
pub(crate) use library::Library;
pub(crate) use mail::{Lane, Letter, Mail, Update};
pub(crate) use outbound::{Fate, Prepared};
pub(crate) use people::{Entry, Person, Sighting};
pub(crate) use post::Route;
use post::Sorter;

use crate::clock::Clock;
use crate::conduct::Behavior;
use crate::fault::Faults;
use crate::ids::Ids;
use crate::rules::GraphError;
use crate::timeline::{EmulatedUserId, Timeline, TimelineEventKind};

/// The business number that the emulator stands for.
#[derive(Debug, Clone)]
pub(crate) struct Business {
    pub(crate) phone_number_id: String,
    pub(crate) display_phone_number: String,
    pub(crate) waba_id: String,
    /// Scheme, host and port under which the emulator is reached.
    pub(crate) origin: String,
}

/// Something to do once the lock is free.
#[derive(Debug)]
pub(crate) enum Effect {
    /// The lane has its first letter: somebody must carry it.
    Carry(Lane),
    /// The medium of this message has to be fetched first.
    Fetch { prepared: Box<Prepared>, link: String },
}

/// Everything that the emulator knows.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) business: Business,
    pub(crate) account: Account,
    pub(crate) library: Library,
    pub(crate) timeline: Timeline,
    pub(crate) mail: Mail,
    pub(crate) behavior: Behavior,
    pub(crate) faults: Faults,
    pub(crate) agenda: Agenda,
    pub(crate) groups: Groups,
    sorter: Sorter,
    seed: u64,
    /// Webhooks so far that tell neither of a message nor of a status.
    notified: u64,
    /// BSUIDs so far that were made up for a change.
    rotations: u64,
    /// While something planned is carried out: when that was planned for.
    present: Option<SystemTime>,
    clock: Clock,
    ids: Ids,
    people: Vec<Person>,
    /// Who is behind a phone number or a BSUID; the two cannot be confused.
    addresses: HashMap<String, EmulatedUserId>,
    /// Where a message is: whose chat, and its place there.
    places: HashMap<String, (EmulatedUserId, u64)>,
    effects: Vec<Effect>,
    /// Accepted messages whose media are being fetched.
    fetching: usize,
}

impl World {
    pub(crate) fn new(business: Business, behavior: Behavior, clock: Clock, seed: u64) -> Self {
        Self {
            account: Account::new(business.clone()),
            business,
            library: Library::new(seed),
            timeline: Timeline::default(),
            mail: Mail::default(),
            behavior,
            faults: Faults::new(seed),
            agenda: Agenda::default(),
            groups: Groups::new(),
            sorter: Sorter::default(),
            seed,
            notified: 0,
            rotations: 0,
            present: None,
            clock,
            ids: Ids::new(seed),
            people: Vec::new(),
            addresses: HashMap::new(),
            places: HashMap::new(),
            effects: Vec::new(),
            fetching: 0,
        }
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.present.unwrap_or_else(|| self.clock.now())
    }

    /// A trace id for one answer.
    pub(crate) fn trace(&mut self) -> String {
        self.ids.trace()
    }

    /// Writes down that a send was refused.
    pub(crate) fn refused(&mut self, code: u32, http: u16) {
        self.record(TimelineEventKind::Refused { code, http, rule: None });
    }

    /// Writes down that a call was refused by a rule.
    pub(crate) fn broken(&mut self, error: &GraphError) {
        self.record(TimelineEventKind::Refused { code: error.code, http: error.http, rule: error.rule });
    }

    /// What has to be done outside.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Nothing is in the post and no message is on its way.
    pub(crate) fn is_idle(&self) -> bool {
        self.mail.is_empty() && self.fetching == 0 && self.agenda.is_idle() && self.is_sorted()
    }

    fn record(&mut self, kind: TimelineEventKind) {
        let now = self.now();
        self.timeline.push(now, kind);
    }
}
