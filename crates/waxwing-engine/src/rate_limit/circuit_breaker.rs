//! A circuit breaker: stops requests that would fail for the same reason as earlier ones.
//!
//! The circuit opens after failures, stays open for a time that grows with each opening in a row, then lets one probe through. The probe
//! closes the circuit or opens it again.

use std::time::Duration;

use tokio::time::Instant;
use waxwing_backoff::{Backoff, equal_jitter};

/// How long a request has to wait while another request is the probe.
const PROBE_WAIT: Duration = Duration::from_secs(5);

/// Circuit breaker. Its circuit is closed at first.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker {
    phase: Phase,
    /// Number of consecutive openings.
    openings: u32,
    /// The next opening counts as consecutive if it happens before this time.
    row_ends_at: Option<Instant>,
    /// Duration of the last opening.
    open_for: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    Closed { failures: u32 },
    Open { until: Instant },
    Probing,
}

impl Default for Phase {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

/// State of a circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CircuitState {
    /// All requests are allowed.
    Closed,
    /// One request is allowed, as a probe.
    HalfOpen,
    /// No request is allowed for this time.
    Open(Duration),
}

/// Conditions under which failures of one kind open a circuit, with the durations of the openings.
#[derive(Debug, Clone, Copy)]
pub(super) struct TripPolicy {
    /// Number of consecutive failures that open the circuit.
    pub(super) failures: u32,
    /// Longest first opening. The limit doubles with each consecutive opening.
    pub(super) base: Duration,
    /// Longest opening, unless `min` is longer.
    pub(super) max: Duration,
    /// Shortest opening.
    pub(super) min: Duration,
}

impl CircuitBreaker {
    /// Returns what the circuit allows at `now`. A caller that makes the probe has to call [`begin_probe`](Self::begin_probe).
    pub(super) fn state_at(&self, now: Instant) -> CircuitState {
        match self.phase {
            Phase::Closed { .. } => CircuitState::Closed,
            Phase::Open { until } if until <= now => CircuitState::HalfOpen,
            Phase::Open { until } => CircuitState::Open(until - now),
            Phase::Probing => CircuitState::Open(PROBE_WAIT),
        }
    }

    /// Returns when an open circuit allows the probe. Returns none while a probe is in progress.
    pub(super) fn half_open_at(&self) -> Option<Instant> {
        match self.phase {
            Phase::Open { until } => Some(until),
            Phase::Closed { .. } | Phase::Probing => None,
        }
    }

    /// Makes the next request the probe.
    pub(super) fn begin_probe(&mut self) {
        self.phase = Phase::Probing;
    }

    /// Records that the probe was not made, so that another request can be the probe.
    pub(super) fn cancel_probe(&mut self, now: Instant) {
        self.phase = Phase::Open { until: now };
    }

    /// Records a request that was successful. Returns true if the circuit closes. A request that began before the circuit opened changes nothing.
    pub(super) fn record_success(&mut self, is_probe: bool, now: Instant) -> bool {
        match self.phase {
            Phase::Closed { .. } => self.phase = Phase::default(),
            Phase::Probing if is_probe => {
                self.phase = Phase::default();
                self.row_ends_at = Some(now + 2 * self.open_for);
                return true;
            }
            Phase::Open { .. } | Phase::Probing => {}
        }
        false
    }

    /// Records a failure that other requests would share. Returns true if the circuit opens. `random` lies in `0.0..=1.0`.
    pub(super) fn record_failure(&mut self, is_probe: bool, policy: TripPolicy, random: f64, now: Instant) -> bool {
        match &mut self.phase {
            Phase::Closed { failures } => {
                *failures += 1;
                if *failures < policy.failures {
                    return false;
                }
            }
            Phase::Probing if is_probe => {}
            Phase::Open { .. } | Phase::Probing => return false,
        }
        let is_in_row = is_probe || self.row_ends_at.is_some_and(|end| now < end);
        self.openings = if is_in_row { self.openings.saturating_add(1) } else { 1 };
        let longest = Backoff::new(policy.base, policy.max).delay(self.openings);
        // Equal jitter: an opening of a few milliseconds would protect nothing.
        self.open_for = equal_jitter(longest, random).max(policy.min);
        self.phase = Phase::Open { until: now + self.open_for };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: TripPolicy =
        TripPolicy { failures: 3, base: Duration::from_secs(2), max: Duration::from_mins(1), min: Duration::ZERO };

    /// A circuit with a clock that the test advances.
    struct Fixture {
        circuit: CircuitBreaker,
        now: Instant,
    }

    impl Fixture {
        fn new() -> Self {
            Self { circuit: CircuitBreaker::default(), now: Instant::now() }
        }

        fn after(&mut self, seconds: u64) -> &mut Self {
            self.now += Duration::from_secs(seconds);
            self
        }

        /// Makes the request that is allowed, which may be a probe, and lets it fail.
        #[track_caller]
        fn fails(&mut self) -> bool {
            let is_probe = self.begins();
            self.circuit.record_failure(is_probe, POLICY, 1.0, self.now)
        }

        /// Lets requests fail until the circuit opens.
        #[track_caller]
        fn breaks(&mut self) {
            assert_eq!([self.fails(), self.fails(), self.fails()], [false, false, true]);
        }

        #[track_caller]
        fn begins(&mut self) -> bool {
            let state = self.circuit.state_at(self.now);
            assert!(!matches!(state, CircuitState::Open(_)), "{state:?}");
            let is_probe = state == CircuitState::HalfOpen;
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
            self.is(CircuitState::Open(Duration::from_secs(seconds)));
        }
    }

    #[test]
    fn only_failures_in_a_row_open_the_circuit() {
        let mut fixture = Fixture::new();
        assert_eq!([fixture.fails(), fixture.fails()], [false, false]);
        assert!(!fixture.circuit.record_success(false, fixture.now));
        assert_eq!([fixture.fails(), fixture.fails()], [false, false]);
        fixture.is(CircuitState::Closed);
        assert!(fixture.fails());
        fixture.is_open_for(2);
    }

    #[test]
    fn one_probe_decides() {
        let mut fixture = Fixture::new();
        fixture.breaks();
        fixture.after(2).is(CircuitState::HalfOpen);
        assert!(fixture.begins());
        fixture.is(CircuitState::Open(PROBE_WAIT));
        assert_eq!(fixture.circuit.half_open_at(), None);
        // Requests that began before the circuit opened change nothing.
        assert!(!fixture.circuit.record_success(false, fixture.now));
        assert!(!fixture.circuit.record_failure(false, POLICY, 1.0, fixture.now));
        fixture.is(CircuitState::Open(PROBE_WAIT));
        assert!(fixture.circuit.record_success(true, fixture.now));
        fixture.is(CircuitState::Closed);
    }

    #[test]
    fn after_a_cancelled_probe_the_next_request_is_the_probe() {
        let mut fixture = Fixture::new();
        fixture.breaks();
        fixture.after(2).begins();
        fixture.circuit.cancel_probe(fixture.now);
        fixture.is(CircuitState::HalfOpen);
    }

    #[test]
    fn the_circuit_stays_open_longer_each_time_up_to_the_maximum() {
        let mut fixture = Fixture::new();
        fixture.breaks();
        for seconds in [2, 4, 8, 16, 32, 60, 60] {
            fixture.is_open_for(seconds);
            assert!(fixture.after(seconds).fails());
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
            let policy = TripPolicy { failures: 1, min: Duration::from_secs(min), ..POLICY };
            circuit.record_failure(false, policy, random, now);
            assert_eq!(circuit.state_at(now), CircuitState::Open(Duration::from_secs(expected)));
        }
        check(0, 0.0, 1);
        check(0, 1.0, 2);
        check(90, 1.0, 90);
    }
}
