//! The simulated world: people, chats, media, what is in the post, and the timeline of it all.
//!
//! A plain value behind one lock. It does no I/O and never waits: what has to happen outside (posting a webhook, fetching a link, a
//! delay) it leaves as an [`Effect`], which [`App`](crate::app::App) starts when the lock is free again.

pub(crate) mod account;
mod admission;
pub(crate) mod blocks;
mod inbound;
pub(crate) mod library;
pub(crate) mod mail;
pub(crate) mod outbound;
pub(crate) mod people;
pub(crate) mod templates;

use std::collections::{HashMap, VecDeque};
use std::time::SystemTime;

use account::Account;
pub(crate) use account::NumberId;
pub(crate) use inbound::Utterance;
pub(crate) use library::Library;
pub(crate) use mail::{Lane, Letter, Mail};
pub(crate) use outbound::{Fate, Prepared};
pub(crate) use people::{Entry, Person};

use crate::Outcome;
use crate::clock::Clock;
use crate::ids::Ids;
use crate::rules::GraphError;
use crate::timeline::{EventKind, Timeline, UserId};

/// Most outcomes that wait for a send.
const OUTCOMES: usize = 1_000;

/// The business number that the simulator stands for.
#[derive(Debug, Clone)]
pub(crate) struct Business {
    pub(crate) phone_number_id: String,
    pub(crate) display_phone_number: String,
    pub(crate) waba_id: String,
    /// Scheme, host and port under which the simulator is reached.
    pub(crate) origin: String,
}

/// Something to do once the lock is free.
#[derive(Debug)]
pub(crate) enum Effect {
    /// The lane has its first letter: somebody must carry it.
    Carry(Lane),
    /// The message must go through `sent` and `delivered`.
    Progress { message: String },
    /// The message is lost and its sender must hear of it.
    Lose { prepared: Prepared, code: u32 },
    /// The medium of this message has to be fetched first.
    Fetch { prepared: Prepared, link: String },
}

/// Everything that the simulator knows.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) business: Business,
    pub(crate) account: Account,
    pub(crate) library: Library,
    pub(crate) timeline: Timeline,
    pub(crate) mail: Mail,
    clock: Clock,
    ids: Ids,
    people: Vec<Person>,
    /// Who is behind a phone number or a BSUID; the two cannot be confused.
    addresses: HashMap<String, UserId>,
    /// Where a message is: whose chat, and its place there.
    places: HashMap<String, (UserId, u64)>,
    outcomes: VecDeque<Outcome>,
    effects: Vec<Effect>,
    /// Accepted messages that have not been delivered or lost yet.
    on_their_way: usize,
}

impl World {
    pub(crate) fn new(business: Business, clock: Clock, seed: u64) -> Self {
        Self {
            account: Account::new(business.clone()),
            business,
            library: Library::new(seed),
            timeline: Timeline::default(),
            mail: Mail::default(),
            clock,
            ids: Ids::new(seed),
            people: Vec::new(),
            addresses: HashMap::new(),
            places: HashMap::new(),
            outcomes: VecDeque::new(),
            effects: Vec::new(),
            on_their_way: 0,
        }
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// A trace id for one answer.
    pub(crate) fn trace(&mut self) -> String {
        self.ids.trace()
    }

    /// Queues an outcome for a later send.
    pub(crate) fn plan(&mut self, outcome: Outcome) {
        assert!(self.outcomes.len() < OUTCOMES, "more than {OUTCOMES} planned outcomes");
        self.outcomes.push_back(outcome);
    }

    /// The outcome planned for the send that is being handled.
    pub(crate) fn take_outcome(&mut self) -> Option<Outcome> {
        self.outcomes.pop_front()
    }

    /// Writes down that a send was refused by a fault.
    pub(crate) fn refused(&mut self, code: u32, http: u16) {
        self.record(EventKind::Refused { code, http, rule: None });
    }

    /// Writes down that a call was refused by a rule.
    pub(crate) fn broken(&mut self, error: &GraphError) {
        self.record(EventKind::Refused { code: error.code, http: error.http, rule: error.rule });
    }

    /// What has to be done outside.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Nothing is in the post and no message is on its way.
    pub(crate) fn is_settled(&self) -> bool {
        self.mail.is_empty() && self.on_their_way == 0
    }

    fn record(&mut self, kind: EventKind) {
        let now = self.now();
        self.timeline.push(now, kind);
    }

    /// Puts a letter into the post.
    fn post(&mut self, lane: Lane, letter: Letter) {
        if self.mail.push(lane.clone(), letter) {
            self.effects.push(Effect::Carry(lane));
        }
    }
}
