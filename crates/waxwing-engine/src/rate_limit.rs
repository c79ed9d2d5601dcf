//! Whether a business number may send now, and if not, until when.
//!
//! Three things stand between a number and Meta: the pace that Meta allows (`rate_limiter/pace.rs`), a circuit that opens while requests cannot
//! succeed (`rate_limiter/circuit.rs`), and a person who has to mend the account (`rate_limiter/alert.rs`). What becomes of each request is told to the
//! rate_limiter, which so learns what the next one would meet.

mod account_alert;
mod circuit;
mod pace;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_client::FailureScope;
use waxwing_store::ConversationId;
use waxwing_types::PhoneNumberId;

use crate::graph::{FailureKind, GraphError};
use crate::settings::{CircuitBreakerSettings, RateLimitSettings};
use account_alert::AccountAlert;
use circuit::{Circuit, CircuitState, TripPolicy};
use pace::{Pairs, Throughput};

/// However long an answer asks to wait, a number is tried again after this time.
const LONGEST: Duration = Duration::from_hours(1);

/// Keeps the way out of all numbers of one process.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    settings: CircuitBreakerSettings,
    pace: RateLimitSettings,
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
    alert: AccountAlert,
}

/// Which numbers may send.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SendableNumbers {
    /// These may.
    pub(crate) free: Vec<PhoneNumberId>,
    /// These may send one message, to find out how things are.
    pub(crate) probes: Vec<PhoneNumberId>,
    /// How long it is until the next of the others may.
    pub(crate) next: Option<Duration>,
}

/// To whom a failure is laid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendBlock {
    /// The message, or nobody in particular.
    None,
    /// The pace towards this user: the pair is closed for this long.
    Pair(Duration),
    /// The number, its account or the service: no message gets through, for this long at least.
    Number(Duration),
}

impl RateLimiter {
    pub(crate) fn new(settings: CircuitBreakerSettings, pace: RateLimitSettings) -> Self {
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
    ) -> Result<Permit<'a>, Duration> {
        let now = Instant::now();
        let mut state = self.state();
        let pair = state.pairs.wait(conversation, now, &self.pace);
        let Number { throughput, circuit, .. } = state.number(number);
        let state_at = circuit.state_at(now);
        let shut = if let CircuitState::Open(wait) = state_at { wait } else { Duration::ZERO };
        let wait = pair.max(throughput.wait(now)).max(shut);
        if !wait.is_zero() {
            return Err(wait);
        }
        throughput.spend(now, &self.pace);
        let probe = state_at == CircuitState::HalfOpen;
        if probe {
            circuit.probe();
        }
        state.pairs.spend(conversation, now, &self.pace);
        Ok(Permit { rate_limiter: self, number, conversation, probe, used: false })
    }

    /// True if requests of the number get through as far as is known, so that one may be made that could be left out as well.
    pub(crate) fn is_open(&self, number: &PhoneNumberId) -> bool {
        let state = self.state();
        let state_at = |number: &Number| number.circuit.state_at(Instant::now());
        state.numbers.get(number).is_none_or(|number| state_at(number) == CircuitState::Closed)
    }

    /// Which of these numbers may send.
    pub(crate) fn sendable(&self, numbers: &[PhoneNumberId]) -> SendableNumbers {
        let (now, state) = (Instant::now(), self.state());
        let mut sendable = SendableNumbers::default();
        for number in numbers {
            let known = state.numbers.get(number);
            // One that has no room now should not take the places of others.
            let wait = known.map_or(Duration::ZERO, |known| known.throughput.wait(now));
            if !wait.is_zero() {
                sendable.next = sendable.next.into_iter().chain([wait]).min();
                continue;
            }
            let circuit = known.map(|number| &number.circuit);
            match circuit.map_or(CircuitState::Closed, |circuit| circuit.state_at(now)) {
                CircuitState::Closed => sendable.free.push(number.clone()),
                CircuitState::HalfOpen => sendable.probes.push(number.clone()),
                CircuitState::Open(_) => {
                    let opens = circuit.and_then(Circuit::opens_at).map(|at| at - now);
                    sendable.next = sendable.next.into_iter().chain(opens).min();
                }
            }
        }
        sendable
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a failure of this kind opens the circuit of its number; none if it never does.
    fn policy(&self, error: &GraphError) -> Option<TripPolicy> {
        let CircuitBreakerSettings { failures, base, cap, account_base, account_cap } = self.settings;
        let least = error.retry_after.unwrap_or_default().min(LONGEST);
        match error.scope {
            FailureScope::Service => Some(TripPolicy { failures, base, cap, least }),
            FailureScope::Number if error.kind == FailureKind::Transient => {
                Some(TripPolicy { failures: 1, base, cap, least })
            }
            FailureScope::Number => Some(TripPolicy { failures: 1, base: account_base, cap: account_cap, least }),
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
pub(crate) struct Permit<'a> {
    rate_limiter: &'a RateLimiter,
    number: &'a PhoneNumberId,
    conversation: ConversationId,
    probe: bool,
    used: bool,
}

impl Permit<'_> {
    /// True if the request decides whether others of the number are made.
    pub(crate) fn is_probe(&self) -> bool {
        self.probe
    }

    /// Meta took the message.
    pub(crate) fn accepted(mut self) {
        self.used = true;
        let (mut state, now) = (self.rate_limiter.state(), Instant::now());
        state.pairs.accepted(self.conversation, now, &self.rate_limiter.pace);
        self.got_through(&mut state, now);
    }

    /// The request failed. `dice` is evenly spread over 0..1.
    pub(crate) fn failed(mut self, error: &GraphError, dice: f64) -> SendBlock {
        self.used = true;
        let (mut state, now) = (self.rate_limiter.state(), Instant::now());
        let Some(policy) = self.rate_limiter.policy(error) else {
            // Graph has heard it, and its answer is about this message alone.
            self.got_through(&mut state, now);
            return match error.scope {
                FailureScope::Recipient => {
                    SendBlock::Pair(state.pairs.refused(self.conversation, now, error.retry_after))
                }
                _ => SendBlock::None,
            };
        };
        let Number { circuit, alert, .. } = state.number(self.number);
        let opens = circuit.failed(self.probe, policy, dice, now);
        let block = match circuit.state_at(now) {
            CircuitState::Open(wait) => SendBlock::Number(wait),
            CircuitState::Closed | CircuitState::HalfOpen => SendBlock::None,
        };
        if error.scope == FailureScope::Number && error.kind != FailureKind::Transient {
            alert.raise(self.number, error.code, now);
        } else if let (true, SendBlock::Number(wait)) = (opens, block) {
            let (number, seconds) = (self.number.as_str(), wait.as_secs());
            match error.scope {
                FailureScope::Number => {
                    tracing::warn!(number, code = error.code, seconds, "meta wants this number to send less; it rests");
                }
                _ => {
                    tracing::warn!(number, seconds, reason = error.message, "graph cannot be reached; nothing is sent");
                }
            }
        }
        block
    }

    fn got_through(&self, state: &mut State, now: Instant) {
        if state.number(self.number).circuit.succeeded(self.probe, now) {
            tracing::info!(number = self.number.as_str(), "messages get through again");
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.probe && !self.used {
            self.rate_limiter.state().number(self.number).circuit.unmade(Instant::now());
        }
    }
}
