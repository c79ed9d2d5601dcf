//! Decides whether a business number may send now.
//!
//! A send needs room in the throughput of its number, room in the pair rate limit of its recipient, and a circuit that is not open. The
//! limiter learns from the result of each send. A refusal that other conversations do not share is attributed to its message.

mod account_alert;
mod pair_limit;
mod throughput;

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_client::FailureScope;
use waxwing_store::ConversationId;
use waxwing_types::PhoneNumberId;

use crate::alarm_queue::AlarmQueue;
use crate::circuit_breaker::{CircuitBreaker, CircuitDecision, CircuitState, FailedRequest, FreshProbes, TripPolicy};
use crate::graph::{FailureKind, GraphError};
use crate::settings::{CircuitBreakerSettings, RateLimitSettings};
use account_alert::AccountAlert;
use pair_limit::PairLimits;
pub(crate) use throughput::campaign_rate;
use throughput::{CampaignShare, Throughput};

/// Largest number of probes at a time while Graph seems to be unavailable.
const MAX_PROBES: u32 = 64;

/// Longest wait for which Meta can ask.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// The limits of all business numbers of one process.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    circuit_breaker: CircuitBreakerSettings,
    rate_limit: RateLimitSettings,
    state: Mutex<LimiterState>,
    alarms: AlarmQueue,
}

#[derive(Debug, Default)]
struct LimiterState {
    numbers: HashMap<PhoneNumberId, NumberLimits>,
    pairs: PairLimits,
}

#[derive(Debug, Default)]
struct NumberLimits {
    throughput: Throughput,
    campaigns: CampaignShare,
    circuit: CircuitBreaker,
    alert: AccountAlert,
    /// True if Meta refused the access token and has accepted no request since.
    token_refused: bool,
    /// Time at which Graph last answered a request of the number.
    answered_at: Option<Instant>,
}

/// The numbers that may send.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SendableNumbers {
    /// Numbers without a restriction.
    pub(crate) closed: Vec<PhoneNumberId>,
    /// Numbers that may send probes.
    pub(crate) half_open: Vec<HalfOpenNumber>,
    /// How long it is until the throughput of a number allows a message again.
    pub(crate) throughput_in: Option<Duration>,
    /// How long it is until a circuit allows a probe.
    pub(crate) circuit_in: Option<Duration>,
}

/// A number that may send probes, one for each conversation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct HalfOpenNumber {
    pub(crate) number: PhoneNumberId,
    /// Number of probes by conversations that are not failing.
    pub(crate) probes: usize,
    /// True if a failing conversation may make the probe, in case no other conversation can.
    pub(crate) allows_failing: bool,
}

/// Why a message may not be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendHold {
    /// A limit is reached for this long.
    Limit(Duration),
    /// The circuit is not closed, and allows this message no probe.
    Circuit,
}

/// The sends that a failed send holds back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SendBlock {
    /// Only the failed send, for a reason of its own.
    Message,
    /// Only the failed send. Graph may be unavailable for all sends.
    Unattributed,
    /// All sends to this recipient, for this long.
    Recipient(Duration),
    /// All sends of this number, for this long at least.
    Number(Duration),
}

impl RateLimiter {
    pub(crate) fn new(circuit_breaker: CircuitBreakerSettings, rate_limit: RateLimitSettings) -> Self {
        Self { circuit_breaker, rate_limit, state: Mutex::default(), alarms: AlarmQueue::default() }
    }

    /// Sets the queue for alarms about accounts.
    pub(crate) fn alarms(mut self, alarms: AlarmQueue) -> Self {
        self.alarms = alarms;
        self
    }

    /// Counts a received message, which counts towards the throughput of the number.
    ///
    /// Received messages alone never exhaust the throughput: one send at a time stays possible.
    pub(crate) fn count_received(&self, number: &PhoneNumberId) {
        let now = Instant::now();
        let mut state = self.state();
        let throughput = &mut state.number(number).throughput;
        if throughput.wait(now).is_zero() {
            throughput.count(now, &self.rate_limit);
        }
    }

    /// Returns how many messages of campaigns a number may send now, and how long a further one has to wait.
    pub(crate) fn campaign_room(&self, number: &PhoneNumberId) -> (usize, Duration) {
        let (now, mut state) = (Instant::now(), self.state());
        state.number(number).campaigns.room(now, &self.rate_limit)
    }

    /// Takes a permit to send one message. `failing_for` is the time since the first failed send of a failing conversation.
    /// Messages of campaigns have a share of the throughput.
    ///
    /// # Errors
    ///
    /// A [`SendHold`] if the message may not be sent now.
    pub(crate) fn acquire<'a>(
        &'a self,
        number: &'a PhoneNumberId,
        conversation: ConversationId,
        failing_for: Option<Duration>,
        is_campaign: bool,
    ) -> Result<Permit<'a>, SendHold> {
        let now = Instant::now();
        let mut state = self.state();
        let pair_wait = state.pairs.wait(conversation, now, &self.rate_limit);
        let NumberLimits { throughput, campaigns, circuit, .. } = state.number(number);
        let is_probe = match circuit.decide(now, failing_for.is_some()) {
            CircuitDecision::Allow => false,
            CircuitDecision::Probe => true,
            CircuitDecision::Refuse => return Err(SendHold::Circuit),
        };
        let share_wait = if is_campaign { campaigns.wait(now) } else { Duration::ZERO };
        let wait = pair_wait.max(throughput.wait(now)).max(share_wait);
        if !wait.is_zero() {
            return Err(SendHold::Limit(wait));
        }
        throughput.count(now, &self.rate_limit);
        if is_campaign {
            campaigns.count(now, &self.rate_limit);
        }
        if is_probe {
            circuit.begin_probe();
        }
        state.pairs.count(conversation, now, &self.rate_limit);
        let failing_since = failing_for.and_then(|time| now.checked_sub(time));
        Ok(Permit { limiter: self, number, conversation, began_at: now, failing_since, is_probe, is_used: false })
    }

    /// Returns true if the circuit of the number is closed, so that calls make sense that could be left out.
    pub(crate) fn is_circuit_closed(&self, number: &PhoneNumberId) -> bool {
        let state = self.state();
        let is_closed = |limits: &NumberLimits| limits.circuit.state_at(Instant::now()) == CircuitState::Closed;
        state.numbers.get(number).is_none_or(is_closed)
    }

    /// Returns true if Meta refuses the access token of any number.
    pub(crate) fn is_token_refused(&self) -> bool {
        self.state().numbers.values().any(|limits| limits.token_refused)
    }

    /// Returns which of these numbers may send.
    pub(crate) fn sendable(&self, numbers: &[PhoneNumberId]) -> SendableNumbers {
        let (now, state) = (Instant::now(), self.state());
        let mut sendable = SendableNumbers::default();
        let earlier = |at: Option<Duration>, other: Option<Duration>| at.into_iter().chain(other).min();
        for number in numbers {
            let Some(limits) = state.numbers.get(number) else {
                sendable.closed.push(number.clone());
                continue;
            };
            let wait = limits.throughput.wait(now);
            if !wait.is_zero() {
                sendable.throughput_in = earlier(sendable.throughput_in, Some(wait));
                continue;
            }
            match limits.circuit.state_at(now) {
                CircuitState::Closed => sendable.closed.push(number.clone()),
                CircuitState::HalfOpen { probes, allows_failing } => {
                    let (number, probes) = (number.clone(), probes as usize);
                    sendable.half_open.push(HalfOpenNumber { number, probes, allows_failing });
                }
                CircuitState::Open => {}
            }
            sendable.circuit_in = earlier(sendable.circuit_in, limits.circuit.next_change(now).map(|at| at - now));
        }
        sendable
    }

    fn state(&self) -> MutexGuard<'_, LimiterState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when a failure of this kind opens the circuit of its number. Returns none if it never does.
    fn trip_policy(&self, error: &GraphError) -> Option<TripPolicy> {
        let CircuitBreakerSettings { failures, base, cap, account_base, account_cap } = self.circuit_breaker;
        let (min, fresh_probes) = (error.retry_after.unwrap_or_default().min(MAX_RETRY_AFTER), FreshProbes::AtEnd);
        match error.scope {
            FailureScope::Service => Some(TripPolicy {
                conversations: failures,
                fresh_probes: FreshProbes::Early,
                max_probes: MAX_PROBES,
                base,
                max: cap,
                min,
            }),
            FailureScope::Number if error.kind == FailureKind::Transient => {
                Some(TripPolicy { conversations: 1, fresh_probes, max_probes: 1, base, max: cap, min })
            }
            FailureScope::Number => {
                let (base, max) = (account_base, account_cap);
                Some(TripPolicy { conversations: 1, fresh_probes, max_probes: 1, base, max, min })
            }
            _ => None,
        }
    }
}

impl LimiterState {
    fn number(&mut self, number: &PhoneNumberId) -> &mut NumberLimits {
        if !self.numbers.contains_key(number) {
            self.numbers.insert(number.clone(), NumberLimits::default());
        }
        self.numbers.get_mut(number).expect("the entry was inserted above if it was missing")
    }
}

/// The right to make one request. A probe that is dropped unused makes way for another probe.
#[derive(Debug)]
#[must_use]
pub(crate) struct Permit<'a> {
    limiter: &'a RateLimiter,
    number: &'a PhoneNumberId,
    conversation: ConversationId,
    began_at: Instant,
    /// Time of the first failed send, if the conversation is failing.
    failing_since: Option<Instant>,
    is_probe: bool,
    is_used: bool,
}

impl Permit<'_> {
    /// Returns true if the result of the request opens or closes the circuit of the number.
    pub(crate) fn is_probe(&self) -> bool {
        self.is_probe
    }

    /// Records that Meta accepted the message.
    pub(crate) fn record_accepted(mut self) {
        self.is_used = true;
        let (mut state, now) = (self.limiter.state(), Instant::now());
        state.pairs.record_accepted(self.conversation, now, &self.limiter.rate_limit);
        self.record_success(&mut state, now);
    }

    /// Records that the request failed, and returns which sends have to wait. `random` lies in `0.0..=1.0`.
    pub(crate) fn record_failed(mut self, error: &GraphError, random: f64) -> SendBlock {
        self.is_used = true;
        let (mut state, now) = (self.limiter.state(), Instant::now());
        state.number(self.number).token_refused |= error.is_token_refused();
        let Some(policy) = self.limiter.trip_policy(error) else {
            // Graph answered, and the answer concerns this message or this recipient alone.
            self.record_success(&mut state, now);
            return match error.scope {
                FailureScope::Recipient => {
                    SendBlock::Recipient(state.pairs.record_refused(self.conversation, now, error.retry_after))
                }
                _ => SendBlock::Message,
            };
        };
        let NumberLimits { circuit, alert, answered_at, .. } = state.number(self.number);
        // Another conversation got through in the meantime, so this conversation is the cause.
        let is_own = policy.is_uncertain() && *answered_at >= Some(self.failing_since.unwrap_or(self.began_at));
        if is_own && !self.is_probe {
            return SendBlock::Message;
        }
        let request = FailedRequest {
            conversation: self.conversation,
            is_repeated: self.failing_since.is_some(),
            is_probe: self.is_probe,
        };
        let is_opened = circuit.record_failure(request, policy, random, now);
        let block = match circuit.next_change(now) {
            _ if is_own => SendBlock::Message,
            Some(until) => SendBlock::Number(until - now),
            None => SendBlock::Unattributed,
        };
        if error.scope == FailureScope::Number && error.kind != FailureKind::Transient {
            alert.raise(self.number, error.code, now, &self.limiter.alarms);
        } else if let (true, SendBlock::Number(wait)) = (is_opened, block) {
            self.log_opened(error, wait);
        }
        block
    }

    fn record_success(&self, state: &mut LimiterState, now: Instant) {
        let limits = state.number(self.number);
        limits.token_refused = false;
        limits.answered_at = Some(now);
        if limits.circuit.record_success(self.is_probe, now) {
            tracing::info!(number = self.number.as_str(), "circuit closed; sends resumed");
        }
    }

    fn log_opened(&self, error: &GraphError, wait: Duration) {
        let (number, seconds) = (self.number.as_str(), wait.as_secs());
        if error.scope == FailureScope::Number {
            tracing::warn!(number, code = error.code, seconds, "rate limited by meta; pausing sends");
        } else {
            tracing::warn!(number, seconds, reason = error.message, "graph api unavailable; pausing sends");
        }
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if self.is_probe && !self.is_used {
            self.limiter.state().number(self.number).circuit.cancel_probe();
        }
    }
}
