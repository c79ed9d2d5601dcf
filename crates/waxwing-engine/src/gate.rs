//! Whether a business number may send now, and if not, until when.
//!
//! Three things stand between a number and Meta: the pace that Meta allows (`gate/pace.rs`), a circuit that opens while requests cannot
//! succeed (`gate/circuit.rs`), and a person who has to mend the account (`gate/alarm.rs`). What becomes of each request is told to the
//! gate, which so learns what the next one would meet.

mod alarm;
mod circuit;
mod pace;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_client::Scope;
use waxwing_store::ConversationId;
use waxwing_types::PhoneNumberId;

use crate::graph::{GraphError, Verdict};
use crate::settings::{GateSettings, PaceSettings};
use alarm::Alarm;
use circuit::{Circuit, Fuse, Passage};
use pace::{Pairs, Throughput};

/// However long an answer asks to wait, a number is tried again after this time.
const LONGEST: Duration = Duration::from_hours(1);

/// Keeps the way out of all numbers of one process.
#[derive(Debug)]
pub(crate) struct Gate {
    settings: GateSettings,
    pace: PaceSettings,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    numbers: HashMap<PhoneNumberId, Number>,
    pairs: Pairs,
}

#[derive(Debug, Default)]
struct Number {
    throughput: Throughput,
    circuit: Circuit,
    alarm: Alarm,
}

/// Which numbers may send.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// These may.
    pub(crate) free: Vec<PhoneNumberId>,
    /// These may send one message, to find out how things are.
    pub(crate) probes: Vec<PhoneNumberId>,
    /// How long it is until the next of the others may.
    pub(crate) next: Option<Duration>,
}

/// To whom a failure is laid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    /// The message, or nobody in particular.
    Message,
    /// The pace towards this user: the pair is closed for this long.
    Pair(Duration),
    /// The number, its account or the service: no message gets through, for this long at least.
    Number(Duration),
}

impl Gate {
    pub(crate) fn new(settings: GateSettings, pace: PaceSettings) -> Self {
        Self { settings, pace, state: Mutex::default() }
    }

    /// Counts a message that came in. However many come, they leave room for one answer at a time: Meta refuses what is too much, and what
    /// came in cannot be sent back.
    pub(crate) fn received(&self, number: &PhoneNumberId) {
        let now = Instant::now();
        let mut state = self.state();
        let throughput = &mut state.number(number).throughput;
        if throughput.wait(now).is_zero() {
            throughput.spend(now, &self.pace);
        }
    }

    /// Takes the right to send one message, or says how long to wait before asking again; then nothing is taken.
    pub(crate) fn enter<'a>(
        &'a self,
        number: &'a PhoneNumberId,
        conversation: ConversationId,
    ) -> Result<Pass<'a>, Duration> {
        let now = Instant::now();
        let mut state = self.state();
        let pair = state.pairs.wait(conversation, now, &self.pace);
        let Number { throughput, circuit, .. } = state.number(number);
        let passage = circuit.passage(now);
        let shut = if let Passage::Shut(wait) = passage { wait } else { Duration::ZERO };
        let wait = pair.max(throughput.wait(now)).max(shut);
        if !wait.is_zero() {
            return Err(wait);
        }
        throughput.spend(now, &self.pace);
        let probe = passage == Passage::Probe;
        if probe {
            circuit.probe();
        }
        state.pairs.spend(conversation, now, &self.pace);
        Ok(Pass { gate: self, number, conversation, probe, used: false })
    }

    /// True if requests of the number get through as far as is known, so that one may be made that could be left out as well.
    pub(crate) fn is_open(&self, number: &PhoneNumberId) -> bool {
        let state = self.state();
        let passage = |number: &Number| number.circuit.passage(Instant::now());
        state.numbers.get(number).is_none_or(|number| passage(number) == Passage::Free)
    }

    /// Which of these numbers may send.
    pub(crate) fn standing(&self, numbers: &[PhoneNumberId]) -> Standing {
        let (now, state) = (Instant::now(), self.state());
        let mut standing = Standing::default();
        for number in numbers {
            let known = state.numbers.get(number);
            // One that has no room now should not take the places of others.
            let wait = known.map_or(Duration::ZERO, |known| known.throughput.wait(now));
            if !wait.is_zero() {
                standing.next = standing.next.into_iter().chain([wait]).min();
                continue;
            }
            let circuit = known.map(|number| &number.circuit);
            match circuit.map_or(Passage::Free, |circuit| circuit.passage(now)) {
                Passage::Free => standing.free.push(number.clone()),
                Passage::Probe => standing.probes.push(number.clone()),
                Passage::Shut(_) => {
                    let opens = circuit.and_then(Circuit::opens_at).map(|at| at - now);
                    standing.next = standing.next.into_iter().chain(opens).min();
                }
            }
        }
        standing
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a failure of this kind opens the circuit of its number; none if it never does.
    fn fuse(&self, error: &GraphError) -> Option<Fuse> {
        let GateSettings { failures, base, cap, pause_base, pause_cap } = self.settings;
        let least = error.retry_after.unwrap_or_default().min(LONGEST);
        match error.scope {
            Scope::Service => Some(Fuse { failures, base, cap, least }),
            Scope::Number if error.verdict == Verdict::Retry => Some(Fuse { failures: 1, base, cap, least }),
            Scope::Number => Some(Fuse { failures: 1, base: pause_base, cap: pause_cap, least }),
            _ => None,
        }
    }
}

impl State {
    fn number(&mut self, number: &PhoneNumberId) -> &mut Number {
        if !self.numbers.contains_key(number) {
            self.numbers.insert(number.clone(), Number::default());
        }
        self.numbers.get_mut(number).expect("it was inserted if it was not there")
    }
}

/// The right to make one request. Dropped unused, it leaves what it can to the next one.
#[derive(Debug)]
#[must_use]
pub(crate) struct Pass<'a> {
    gate: &'a Gate,
    number: &'a PhoneNumberId,
    conversation: ConversationId,
    probe: bool,
    used: bool,
}

impl Pass<'_> {
    /// True if the request decides whether others of the number are made.
    pub(crate) fn is_probe(&self) -> bool {
        self.probe
    }

    /// Meta took the message.
    pub(crate) fn accepted(mut self) {
        self.used = true;
        let (mut state, now) = (self.gate.state(), Instant::now());
        state.pairs.accepted(self.conversation, now, &self.gate.pace);
        self.got_through(&mut state, now);
    }

    /// The request failed. `dice` is evenly spread over 0..1.
    pub(crate) fn failed(mut self, error: &GraphError, dice: f64) -> Blame {
        self.used = true;
        let (mut state, now) = (self.gate.state(), Instant::now());
        let Some(fuse) = self.gate.fuse(error) else {
            // Graph has heard it, and its answer is about this message alone.
            self.got_through(&mut state, now);
            return match error.scope {
                Scope::Pair => Blame::Pair(state.pairs.refused(self.conversation, now, error.retry_after)),
                _ => Blame::Message,
            };
        };
        let Number { circuit, alarm, .. } = state.number(self.number);
        let opens = circuit.failed(self.probe, fuse, dice, now);
        let blame = match circuit.passage(now) {
            Passage::Shut(wait) => Blame::Number(wait),
            Passage::Free | Passage::Probe => Blame::Message,
        };
        if error.scope == Scope::Number && error.verdict != Verdict::Retry {
            alarm.raise(self.number, error.code, now);
        } else if let (true, Blame::Number(wait)) = (opens, blame) {
            let (number, seconds) = (self.number.as_str(), wait.as_secs());
            match error.scope {
                Scope::Number => {
                    tracing::warn!(number, code = error.code, seconds, "meta wants this number to send less; it rests");
                }
                _ => {
                    tracing::warn!(number, seconds, reason = error.message, "graph cannot be reached; nothing is sent");
                }
            }
        }
        blame
    }

    fn got_through(&self, state: &mut State, now: Instant) {
        if state.number(self.number).circuit.succeeded(self.probe, now) {
            tracing::info!(number = self.number.as_str(), "messages get through again");
        }
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.probe && !self.used {
            self.gate.state().number(self.number).circuit.unmade(Instant::now());
        }
    }
}
