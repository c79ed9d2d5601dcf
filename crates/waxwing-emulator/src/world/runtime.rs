//! Runtime of the emulated world: clock, seed, timers, timeline.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::effect::Effect;
use super::timer::{Timer, TimerQueue};
use crate::behavior::Behavior;
use crate::clock::Clock;
use crate::fault::Faults;
use crate::ids::Ids;
use crate::timeline::{Timeline, TimelineEventKind, WebhookSubject};
use crate::unknown_fields;

/// Delay in the place of one that the clock cannot express: about 10,000 years.
const FAR: Duration = Duration::from_hours(24 * 365 * 10_000);

/// Runtime that all parts of the world share.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Runtime {
    pub(crate) behavior: Behavior,
    pub(crate) faults: Faults,
    pub(crate) ids: Ids,
    pub(crate) timeline: Timeline,
    pub(crate) timers: TimerQueue,
    #[serde(skip)]
    clock: Clock,
    /// Due time of the timer that is being executed.
    #[serde(skip)]
    timer_due: Option<SystemTime>,
    seed: u64,
    #[serde(skip)]
    effects: Vec<Effect>,
    /// Number of requests to other servers, whose answers change chats.
    #[serde(skip)]
    transfers: usize,
    /// Number of Graph API responses that may have unknown fields.
    responses: u64,
}

impl Runtime {
    pub(crate) fn new(behavior: Behavior, clock: Clock, seed: u64) -> Self {
        Self {
            behavior,
            faults: Faults::new(seed),
            ids: Ids::new(seed),
            timeline: Timeline::default(),
            timers: TimerQueue::default(),
            clock,
            timer_due: None,
            seed,
            effects: Vec::new(),
            transfers: 0,
            responses: 0,
        }
    }

    /// Returns the current time: during the execution of a timer its due time, however late it runs.
    pub(crate) fn now(&self) -> SystemTime {
        self.timer_due.unwrap_or_else(|| self.clock.now())
    }

    /// Returns the time of the clock.
    pub(crate) fn clock_time(&self) -> SystemTime {
        self.clock.now()
    }

    /// Returns whether time passes by itself. A frozen clock moves only when it is advanced.
    pub(crate) fn is_clock_running(&self) -> bool {
        self.clock.is_running()
    }

    /// Sets the time of the world to the due time of a timer. `None` returns to the clock.
    pub(crate) fn set_timer_due(&mut self, due: Option<SystemTime>) {
        self.timer_due = due;
    }

    /// Follows a clock, after the runtime was read from its written form.
    pub(super) fn follow(&mut self, clock: Clock) {
        self.clock = clock;
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// Sets the seed of later draws. Ids keep their seed.
    pub(crate) fn set_seed(&mut self, seed: u64) {
        self.seed = seed;
        self.faults.set_seed(seed);
    }

    /// Appends an event to the timeline.
    pub(crate) fn record(&mut self, kind: TimelineEventKind) {
        let now = self.now();
        self.timeline.push(now, kind);
    }

    /// Records that a webhook was abandoned.
    pub(crate) fn record_abandoned(&mut self, subjects: Vec<WebhookSubject>) {
        for subject in subjects {
            self.record(TimelineEventKind::WebhookAbandoned { subject });
        }
    }

    /// Starts a timer.
    pub(crate) fn schedule(&mut self, delay: Duration, timer: Timer) {
        // A delay of the Rust API may be beyond all clocks.
        let due = self.now().checked_add(delay).unwrap_or_else(|| self.now() + FAR);
        self.timers.push(due, timer);
    }

    /// Requests an effect.
    pub(crate) fn request(&mut self, effect: Effect) {
        self.transfers += usize::from(matches!(effect, Effect::Download { .. } | Effect::ExchangeFlow { .. }));
        self.effects.push(effect);
    }

    /// Records that a requested download or exchange has ended.
    pub(crate) fn end_transfer(&mut self) {
        self.transfers = self.transfers.saturating_sub(1);
    }

    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Adds unknown fields to a response of the Graph API, as the behavior requires.
    pub(crate) fn add_unknown_fields(&mut self, body: &mut Value) {
        if self.behavior.unknown_fields > 0.0 {
            self.responses += 1;
            let key = format!("answer {}", self.responses);
            unknown_fields::add(body, self.behavior.unknown_fields, self.seed, &key);
        }
    }

    /// Returns whether no timer and no request to another server keeps a message in transit.
    pub(crate) fn is_idle(&self) -> bool {
        self.transfers == 0 && self.timers.is_idle()
    }
}
