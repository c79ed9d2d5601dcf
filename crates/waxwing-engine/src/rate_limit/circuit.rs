//! A circuit breaker: whether requests are made at all.
//!
//! It opens when requests fail for a reason that the next one would share, stays open for a time that grows with each opening in a row,
//! then lets one request through and goes by what becomes of that one. Time is passed in.

use std::time::Duration;

use tokio::time::Instant;

/// How long to ask those to wait who come while another request is the probe.
const WHILE_PROBING: Duration = Duration::from_secs(5);

/// The state of one circuit; closed at first.
#[derive(Debug, Default)]
pub(super) struct Circuit {
    phase: Phase,
    /// How often it opened in a row.
    openings: u32,
    /// An opening before this time is one more in a row.
    calm_at: Option<Instant>,
    /// How long it was opened for last.
    rest: Duration,
}

#[derive(Debug, Clone, Copy)]
enum Phase {
    /// Requests are made; so many have failed in a row.
    Closed { failures: u32 },
    /// No request is made until then; the next one after that is the probe.
    Open { until: Instant },
    /// The probe is under way.
    Probing,
}

impl Default for Phase {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

/// What somebody finds who wants to make a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CircuitState {
    /// Make it.
    Closed,
    /// Make it, and no other until it has ended.
    HalfOpen,
    /// Ask again after this time.
    Open(Duration),
}

/// How a kind of failure opens a circuit.
#[derive(Debug, Clone, Copy)]
pub(super) struct TripPolicy {
    /// After so many in a row.
    pub(super) failures: u32,
    /// The longest time that the first opening lasts; twice as long the next time, and so on.
    pub(super) base: Duration,
    /// The longest time that any opening lasts, unless Meta asks for more.
    pub(super) cap: Duration,
    /// The shortest time, where Meta asks for one.
    pub(super) least: Duration,
}

impl Circuit {
    /// Whether a request may be made at `now`. Changes nothing: a probe has to be [begun](Self::probe).
    pub(super) fn state_at(&self, now: Instant) -> CircuitState {
        match self.phase {
            Phase::Closed { .. } => CircuitState::Closed,
            Phase::Open { until } if until <= now => CircuitState::HalfOpen,
            Phase::Open { until } => CircuitState::Open(until - now),
            Phase::Probing => CircuitState::Open(WHILE_PROBING),
        }
    }

    /// When a request may be made again, if it is known: while a probe is under way, nobody knows.
    pub(super) fn opens_at(&self) -> Option<Instant> {
        match self.phase {
            Phase::Open { until } => Some(until),
            Phase::Closed { .. } | Phase::Probing => None,
        }
    }

    /// The request that is about to be made is the probe.
    pub(super) fn probe(&mut self) {
        self.phase = Phase::Probing;
    }

    /// The probe was not made after all: the next request is the probe.
    pub(super) fn unmade(&mut self, now: Instant) {
        self.phase = Phase::Open { until: now };
    }

    /// A request got through. One that was begun before the circuit opened tells nothing new; true if the probe closes it.
    pub(super) fn succeeded(&mut self, probe: bool, now: Instant) -> bool {
        match self.phase {
            Phase::Closed { .. } => self.phase = Phase::default(),
            Phase::Probing if probe => {
                self.phase = Phase::default();
                self.calm_at = Some(now + 2 * self.rest);
                return true;
            }
            Phase::Open { .. } | Phase::Probing => {}
        }
        false
    }

    /// A request failed in a way that others share. `dice` is evenly spread over 0..1. True if this opens the circuit.
    pub(super) fn failed(&mut self, probe: bool, policy: TripPolicy, dice: f64, now: Instant) -> bool {
        match &mut self.phase {
            Phase::Closed { failures } => {
                *failures += 1;
                if *failures < policy.failures {
                    return false;
                }
            }
            Phase::Probing if probe => {}
            Phase::Open { .. } | Phase::Probing => return false,
        }
        let in_a_row = probe || self.calm_at.is_some_and(|calm_at| now < calm_at);
        self.openings = if in_a_row { self.openings.saturating_add(1) } else { 1 };
        let doublings = self.openings.saturating_sub(1).min(31);
        let longest = policy.base.saturating_mul(1 << doublings).min(policy.cap);
        // Never less than half: a circuit that opens for a moment only protects nobody.
        self.rest = longest.mul_f64(0.5 + dice / 2.0).max(policy.least);
        self.phase = Phase::Open { until: now + self.rest };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUSE: TripPolicy =
        TripPolicy { failures: 3, base: Duration::from_secs(2), cap: Duration::from_mins(1), least: Duration::ZERO };

    /// A circuit, and a time that the test turns.
    struct Play {
        circuit: Circuit,
        now: Instant,
    }

    impl Play {
        fn new() -> Self {
            Self { circuit: Circuit::default(), now: Instant::now() }
        }

        fn after(&mut self, seconds: u64) -> &mut Self {
            self.now += Duration::from_secs(seconds);
            self
        }

        /// A request that is no probe, or is, whichever may be made, fails.
        #[track_caller]
        fn fails(&mut self) -> bool {
            let probe = self.begins();
            self.circuit.failed(probe, FUSE, 1.0, self.now)
        }

        /// So many requests fail that the circuit opens.
        #[track_caller]
        fn breaks(&mut self) {
            assert_eq!([self.fails(), self.fails(), self.fails()], [false, false, true]);
        }

        #[track_caller]
        fn begins(&mut self) -> bool {
            let state_at = self.circuit.state_at(self.now);
            assert!(!matches!(state_at, CircuitState::Open(_)), "{state_at:?}");
            let probe = state_at == CircuitState::HalfOpen;
            if probe {
                self.circuit.probe();
            }
            probe
        }

        #[track_caller]
        fn is(&self, expected: CircuitState) {
            assert_eq!(self.circuit.state_at(self.now), expected);
        }

        #[track_caller]
        fn shut_for(&self, seconds: u64) {
            self.is(CircuitState::Open(Duration::from_secs(seconds)));
        }
    }

    #[test]
    fn failures_in_a_row_open_it_and_others_do_not() {
        let mut play = Play::new();
        assert_eq!([play.fails(), play.fails()], [false, false]);
        assert!(!play.circuit.succeeded(false, play.now));
        assert_eq!([play.fails(), play.fails()], [false, false]);
        play.is(CircuitState::Closed);
        assert!(play.fails());
        play.shut_for(2);
    }

    #[test]
    fn one_probe_decides() {
        let mut play = Play::new();
        play.breaks();
        play.after(2).is(CircuitState::HalfOpen);
        assert!(play.begins());
        play.is(CircuitState::Open(WHILE_PROBING));
        assert_eq!(play.circuit.opens_at(), None);
        // What was begun before the circuit opened tells nothing new.
        assert!(!play.circuit.succeeded(false, play.now));
        assert!(!play.circuit.failed(false, FUSE, 1.0, play.now));
        play.is(CircuitState::Open(WHILE_PROBING));
        assert!(play.circuit.succeeded(true, play.now));
        play.is(CircuitState::Closed);
    }

    #[test]
    fn a_probe_that_was_not_made_leaves_its_place_to_the_next() {
        let mut play = Play::new();
        play.breaks();
        play.after(2).begins();
        play.circuit.unmade(play.now);
        play.is(CircuitState::HalfOpen);
    }

    #[test]
    fn it_stays_open_longer_each_time_up_to_a_cap() {
        let mut play = Play::new();
        play.breaks();
        for seconds in [2, 4, 8, 16, 32, 60, 60] {
            play.shut_for(seconds);
            assert!(play.after(seconds).fails());
        }
    }

    #[test]
    fn a_relapse_counts_as_one_more_in_a_row_and_a_calm_time_ends_the_row() {
        let mut play = Play::new();
        play.breaks();
        play.after(2).begins();
        play.circuit.succeeded(true, play.now);
        play.after(3);
        play.breaks();
        play.shut_for(4);
        play.after(4).begins();
        play.circuit.succeeded(true, play.now);
        play.after(8);
        play.breaks();
        play.shut_for(2);
    }

    #[test]
    fn the_time_is_spread_and_never_less_than_asked_for() {
        #[track_caller]
        fn check(least: u64, dice: f64, expected: u64) {
            let mut circuit = Circuit::default();
            let now = Instant::now();
            circuit.failed(false, TripPolicy { failures: 1, least: Duration::from_secs(least), ..FUSE }, dice, now);
            assert_eq!(circuit.state_at(now), CircuitState::Open(Duration::from_secs(expected)));
        }
        check(0, 0.0, 1);
        check(0, 1.0, 2);
        check(90, 1.0, 90);
    }
}
