//! A circuit breaker: stops requests that would fail for the same reason as earlier ones.
//!
//! The circuit opens after failures of different conversations without a success, and stays open for a time that grows with each opening
//! in a row. Then it lets a few probes through, one for each conversation. A successful probe closes the circuit.

use std::time::Duration;

use tokio::time::Instant;
use waxwing_backoff::{Backoff, equal_jitter};
use waxwing_store::ConversationId;

/// Longest time without a probe by a conversation that did not fail, if the failing conversations may be the cause.
const MAX_FRESH_WAIT: Duration = Duration::from_secs(1);

/// Circuit breaker. Its circuit is closed at first.
#[derive(Debug, Default)]
pub(crate) struct CircuitBreaker {
    phase: Phase,
    /// Number of consecutive openings.
    openings: u32,
    /// The next opening counts as consecutive if it happens before this time.
    row_ends_at: Option<Instant>,
    /// Duration of the last opening.
    open_for: Duration,
}

#[derive(Debug)]
enum Phase {
    /// The conversations that failed since the last success.
    Closed { failing: Vec<ConversationId> },
    /// No probe is allowed before `fresh_at`, and none of a conversation that failed before `until`.
    Open { fresh_at: Instant, until: Instant, policy: TripPolicy },
    /// Number of probes in progress, and of probes that failed.
    Probing { in_progress: u32, failed: u32, until: Instant, policy: TripPolicy },
}

impl Default for Phase {
    fn default() -> Self {
        Self::Closed { failing: Vec::new() }
    }
}

/// State of a circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CircuitState {
    /// All requests are allowed.
    Closed,
    /// Only probes are allowed.
    HalfOpen {
        /// Number of further probes by conversations that did not fail.
        probes: u32,
        /// True if a conversation that failed may make the probe, in case no other conversation can.
        allows_failing: bool,
    },
    /// No request is allowed.
    Open,
}

/// Whether a request may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CircuitDecision {
    /// The circuit is closed.
    Allow,
    /// As a probe. A caller that makes the request has to call [`CircuitBreaker::begin_probe`].
    Probe,
    /// Not at this time.
    Refuse,
}

/// Conditions under which failures of one kind open a circuit, with the durations of the openings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TripPolicy {
    /// Number of failing conversations that open the circuit, and of failing probes that open it again.
    pub(crate) conversations: u32,
    /// When conversations that did not fail may probe.
    pub(crate) fresh_probes: FreshProbes,
    /// Largest number of probes at a time. If the cause is uncertain, the number of probes doubles with each consecutive opening, up to
    /// this number, so that many failing conversations do not hide the others for long.
    pub(crate) max_probes: u32,
    /// Longest first opening. The limit doubles with each consecutive opening.
    pub(crate) base: Duration,
    /// Longest opening, unless `min` is longer.
    pub(crate) max: Duration,
    /// Shortest opening.
    pub(crate) min: Duration,
}

/// When conversations that did not fail may probe. Others may at the end of the opening.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FreshProbes {
    /// Like the others: the failing conversations are not the cause.
    AtEnd,
    /// Before the others, at the half of the opening.
    AtHalf,
    /// Within a second.
    Early,
}

impl TripPolicy {
    /// Returns true if the failing conversations may be the cause. Then the success of any request closes the circuit.
    pub(crate) fn is_uncertain(self) -> bool {
        !matches!(self.fresh_probes, FreshProbes::AtEnd)
    }

    /// Returns the number of probes after `openings` consecutive openings.
    fn probes(self, openings: u32) -> u32 {
        let doublings = if self.is_uncertain() { openings.saturating_sub(1).min(16) } else { 0 };
        let first = self.conversations.clamp(1, self.max_probes.max(1));
        first.saturating_mul(1 << doublings).min(self.max_probes.max(1))
    }
}

/// A request that failed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FailedRequest {
    pub(crate) conversation: ConversationId,
    /// True if the conversation failed before.
    pub(crate) is_repeated: bool,
    pub(crate) is_probe: bool,
}

impl CircuitBreaker {
    /// Returns what the circuit allows at `now`. A caller that makes a probe has to call [`begin_probe`](Self::begin_probe).
    pub(crate) fn state_at(&self, now: Instant) -> CircuitState {
        match self.phase {
            Phase::Closed { .. } => CircuitState::Closed,
            Phase::Open { fresh_at, .. } if fresh_at > now => CircuitState::Open,
            Phase::Open { until, policy, .. } => {
                CircuitState::HalfOpen { probes: policy.probes(self.openings), allows_failing: until <= now }
            }
            Phase::Probing { in_progress, failed, until, policy } => {
                match policy.probes(self.openings).saturating_sub(in_progress + failed) {
                    0 => CircuitState::Open,
                    probes => CircuitState::HalfOpen { probes, allows_failing: in_progress == 0 && until <= now },
                }
            }
        }
    }

    /// Returns whether a request may be made at `now`. `is_failing` is true if the last request of its conversation failed.
    pub(crate) fn decide(&self, now: Instant, is_failing: bool) -> CircuitDecision {
        match self.state_at(now) {
            CircuitState::Closed => CircuitDecision::Allow,
            CircuitState::HalfOpen { allows_failing, .. } if allows_failing || !is_failing => CircuitDecision::Probe,
            CircuitState::HalfOpen { .. } | CircuitState::Open => CircuitDecision::Refuse,
        }
    }

    /// Returns when the circuit allows more than at `now`, unless the end of a request decides.
    pub(crate) fn next_change(&self, now: Instant) -> Option<Instant> {
        let times = match self.phase {
            Phase::Open { fresh_at, until, .. } => [fresh_at, until],
            Phase::Probing { until, .. } => [until; 2],
            Phase::Closed { .. } => return None,
        };
        times.into_iter().find(|at| *at > now)
    }

    /// Makes the next request a probe.
    pub(crate) fn begin_probe(&mut self) {
        match &mut self.phase {
            Phase::Probing { in_progress, .. } => *in_progress += 1,
            Phase::Open { until, policy, .. } => {
                self.phase = Phase::Probing { in_progress: 1, failed: 0, until: *until, policy: *policy };
            }
            Phase::Closed { .. } => {}
        }
    }

    /// Records that a probe was not made, so that another request can be the probe.
    pub(crate) fn cancel_probe(&mut self) {
        if let Phase::Probing { in_progress, failed, policy, .. } = &mut self.phase {
            *in_progress = in_progress.saturating_sub(1);
            // At least one probe decides.
            *failed = (*failed).min(policy.probes(self.openings) - 1);
        }
    }

    /// Records a request that was successful. Returns true if the circuit closes.
    pub(crate) fn record_success(&mut self, is_probe: bool, now: Instant) -> bool {
        match &mut self.phase {
            Phase::Closed { failing } => {
                failing.clear();
                false
            }
            Phase::Open { policy, .. } | Phase::Probing { policy, .. } => {
                let closes = is_probe || policy.is_uncertain();
                if closes {
                    self.phase = Phase::default();
                    self.row_ends_at = Some(now + 2 * self.open_for);
                }
                closes
            }
        }
    }

    /// Records a failure that other requests may share. Returns true if the circuit opens. `random` lies in `0.0..=1.0`.
    ///
    /// A request that began before the circuit opened changes nothing.
    pub(crate) fn record_failure(
        &mut self,
        request: FailedRequest,
        policy: TripPolicy,
        random: f64,
        now: Instant,
    ) -> bool {
        match &mut self.phase {
            Phase::Closed { failing } => {
                if !failing.contains(&request.conversation) {
                    failing.push(request.conversation);
                }
                if u32::try_from(failing.len()).unwrap_or(u32::MAX) < policy.conversations {
                    return false;
                }
            }
            Phase::Probing { in_progress, failed, policy, .. } if request.is_probe => {
                *in_progress = in_progress.saturating_sub(1);
                *failed += 1;
                // The probe of a conversation that failed before says little. It is made if no other conversation waits, and is the last.
                if *in_progress > 0 || (*failed < policy.probes(self.openings) && !request.is_repeated) {
                    return false;
                }
            }
            Phase::Open { .. } | Phase::Probing { .. } => return false,
        }
        let is_in_row = request.is_probe || self.row_ends_at.is_some_and(|end| now < end);
        self.openings = if is_in_row { self.openings.saturating_add(1) } else { 1 };
        let longest = Backoff::new(policy.base, policy.max).delay(self.openings);
        // Equal jitter: an opening of a few milliseconds would protect nothing.
        self.open_for = equal_jitter(longest, random).max(policy.min);
        let until = now + self.open_for;
        let fresh_at = match policy.fresh_probes {
            FreshProbes::AtEnd => until,
            FreshProbes::AtHalf => now + self.open_for / 2,
            FreshProbes::Early => until.min(now + MAX_FRESH_WAIT.max(policy.min)),
        };
        self.phase = Phase::Open { fresh_at, until, policy };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: TripPolicy = TripPolicy {
        conversations: 3,
        fresh_probes: FreshProbes::AtEnd,
        max_probes: 10,
        base: Duration::from_secs(2),
        max: Duration::from_mins(1),
        min: Duration::ZERO,
    };

    /// A circuit with a clock that the test advances.
    struct Fixture {
        circuit: CircuitBreaker,
        policy: TripPolicy,
        now: Instant,
    }

    impl Fixture {
        fn new() -> Self {
            Self { circuit: CircuitBreaker::default(), policy: POLICY, now: Instant::now() }
        }

        fn after(&mut self, seconds: u64) -> &mut Self {
            self.now += Duration::from_secs(seconds);
            self
        }

        /// Makes the first request of a conversation, which may be a probe, and lets it fail.
        #[track_caller]
        fn fails(&mut self, conversation: i64) -> bool {
            let is_probe = self.begins();
            self.ends(conversation, false, is_probe)
        }

        /// Makes a repeated request of a conversation, which may be a probe, and lets it fail.
        #[track_caller]
        fn fails_again(&mut self, conversation: i64) -> bool {
            let is_probe = self.begins();
            self.ends(conversation, true, is_probe)
        }

        fn ends(&mut self, conversation: i64, is_repeated: bool, is_probe: bool) -> bool {
            let request = FailedRequest { conversation: ConversationId(conversation), is_repeated, is_probe };
            self.circuit.record_failure(request, self.policy, 1.0, self.now)
        }

        /// Lets requests fail until the circuit opens.
        #[track_caller]
        fn breaks(&mut self) {
            assert_eq!([self.fails(1), self.fails(2), self.fails(3)], [false, false, true]);
        }

        #[track_caller]
        fn begins(&mut self) -> bool {
            let state = self.circuit.state_at(self.now);
            assert_ne!(state, CircuitState::Open);
            let is_probe = matches!(state, CircuitState::HalfOpen { .. });
            if is_probe {
                self.circuit.begin_probe();
            }
            is_probe
        }

        #[track_caller]
        fn is(&self, expected: CircuitState) {
            assert_eq!(self.circuit.state_at(self.now), expected);
        }

        #[track_caller]
        fn is_open_for(&self, seconds: u64) {
            self.is(CircuitState::Open);
            assert_eq!(self.circuit.next_change(self.now), Some(self.now + Duration::from_secs(seconds)));
        }
    }

    fn half_open(probes: u32, allows_failing: bool) -> CircuitState {
        CircuitState::HalfOpen { probes, allows_failing }
    }

    #[test]
    fn failures_of_different_conversations_without_a_success_open_the_circuit() {
        let mut fixture = Fixture::new();
        assert_eq!([fixture.fails(1), fixture.fails(2), fixture.fails(1), fixture.fails(2)], [false; 4]);
        assert!(!fixture.circuit.record_success(false, fixture.now));
        assert_eq!([fixture.fails(1), fixture.fails(2)], [false, false]);
        fixture.is(CircuitState::Closed);
        assert!(fixture.fails(3));
        fixture.is_open_for(2);
    }

    #[test]
    fn a_successful_probe_closes_the_circuit() {
        let mut fixture = Fixture::new();
        fixture.breaks();
        fixture.after(2).is(half_open(3, true));
        assert!(fixture.begins() && fixture.begins() && fixture.begins());
        fixture.is(CircuitState::Open);
        assert_eq!(fixture.circuit.next_change(fixture.now), None);
        assert!(!fixture.ends(4, false, true));
        // Requests that began before the circuit opened change nothing.
        assert!(!fixture.circuit.record_success(false, fixture.now));
        assert!(!fixture.ends(5, false, false));
        fixture.is(CircuitState::Open);
        assert!(fixture.circuit.record_success(true, fixture.now));
        fixture.is(CircuitState::Closed);
    }

    #[test]
    fn while_the_cause_is_uncertain_any_success_closes_the_circuit() {
        let mut fixture = Fixture::new();
        fixture.policy.fresh_probes = FreshProbes::Early;
        fixture.breaks();
        assert!(fixture.circuit.record_success(false, fixture.now));
        fixture.is(CircuitState::Closed);
    }

    #[test]
    fn while_the_cause_is_uncertain_other_conversations_probe_early() {
        let mut fixture = Fixture::new();
        fixture.policy.fresh_probes = FreshProbes::Early;
        fixture.breaks();
        // The number of probes doubles up to the maximum.
        for probes in [3, 6, 10] {
            let until = fixture.circuit.next_change(fixture.now).unwrap();
            assert_eq!(until - fixture.now, Duration::from_secs(1));
            fixture.after(1).is(half_open(probes, false));
            for nth in 1..probes {
                assert!(!fixture.fails(i64::from(nth)));
            }
            assert!(fixture.fails(i64::from(probes)));
        }
        // The circuit is open for 16 s.
        fixture.after(1).is(half_open(10, false));
        assert!(!fixture.fails(7));
        fixture.after(14).is(half_open(9, false));
        fixture.after(1).is(half_open(9, true));
    }

    #[test]
    fn one_failed_probe_does_not_open_the_circuit_while_other_conversations_can_probe() {
        let mut fixture = Fixture::new();
        fixture.breaks();
        fixture.after(2);
        assert!(!fixture.fails(4));
        fixture.is(half_open(2, true));
        assert_eq!([fixture.fails(5), fixture.fails(6)], [false, true]);
        fixture.is_open_for(4);
        assert!(fixture.after(4).fails_again(4), "a repeated failure is the last probe");
        fixture.is_open_for(8);
    }

    #[test]
    fn a_cancelled_probe_makes_way_for_another() {
        let mut fixture = Fixture::new();
        fixture.breaks();
        fixture.after(2).begins();
        fixture.is(half_open(2, false));
        fixture.circuit.cancel_probe();
        fixture.is(half_open(3, true));
        assert!(fixture.begins() && fixture.begins() && fixture.begins());
        assert_eq!([fixture.ends(4, false, true), fixture.ends(5, true, true)], [false, false]);
        fixture.circuit.cancel_probe();
        fixture.is(half_open(1, true));
    }

    #[test]
    fn a_probe_that_fails_for_another_reason_opens_the_circuit_again() {
        let mut fixture = Fixture::new();
        fixture.policy.conversations = 1;
        assert!(fixture.fails(1));
        fixture.policy.conversations = 3;
        assert!(fixture.after(2).fails(2));
        fixture.is_open_for(4);
    }

    #[test]
    fn the_circuit_stays_open_longer_each_time_up_to_the_maximum() {
        let mut fixture = Fixture::new();
        fixture.breaks();
        for seconds in [2, 4, 8, 16, 32, 60, 60] {
            fixture.is_open_for(seconds);
            assert!(fixture.after(seconds).fails_again(1));
        }
    }

    #[test]
    fn a_relapse_continues_the_row_and_a_time_without_failures_ends_the_row() {
        let mut fixture = Fixture::new();
        fixture.breaks();
        fixture.after(2).begins();
        fixture.circuit.record_success(true, fixture.now);
        fixture.after(3);
        fixture.breaks();
        fixture.is_open_for(4);
        fixture.after(4).begins();
        fixture.circuit.record_success(true, fixture.now);
        fixture.after(8);
        fixture.breaks();
        fixture.is_open_for(2);
    }

    #[test]
    fn an_opening_has_jitter_and_is_never_shorter_than_the_minimum() {
        #[track_caller]
        fn check(min: u64, random: f64, expected: u64) {
            let mut circuit = CircuitBreaker::default();
            let now = Instant::now();
            let policy = TripPolicy { conversations: 1, min: Duration::from_secs(min), ..POLICY };
            let request = FailedRequest { conversation: ConversationId(1), is_repeated: false, is_probe: false };
            circuit.record_failure(request, policy, random, now);
            assert_eq!(circuit.next_change(now), Some(now + Duration::from_secs(expected)));
        }
        check(0, 0.0, 1);
        check(0, 1.0, 2);
        check(90, 1.0, 90);
    }
}
