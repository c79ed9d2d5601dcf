//! The faults in force.

use std::collections::VecDeque;

use super::chance;
use super::outcome::{FaultEffect, GraphEndpoint};
use super::rule::{Fault, FaultId, Strike};
use super::webhook::WebhookFault;
use crate::timeline::WebhookSubject;

/// Most faults in force, and most outcomes that wait for a send.
const CAPACITY: usize = 1_000;

/// All faults, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Faults {
    seed: u64,
    last: u64,
    rules: Vec<Armed>,
    planned: VecDeque<FaultEffect>,
}

/// A fault in force.
#[derive(Debug)]
pub(crate) struct Armed {
    pub(crate) id: FaultId,
    pub(crate) fault: Fault,
    /// How often it was asked.
    pub(crate) asked: u64,
    /// How often it has struck.
    pub(crate) struck: u64,
}

impl Armed {
    /// Whether it strikes now. `about` is what the draw depends on; the count of what it was asked where there is nothing better.
    fn strikes(&mut self, seed: u64, about: Option<&str>) -> bool {
        self.asked += 1;
        if self.asked <= self.fault.after || self.fault.times.is_some_and(|times| self.struck >= times) {
            return false;
        }
        let rule = self.id.0.to_be_bytes();
        let count = self.asked.to_be_bytes();
        let about = about.map_or(count.as_slice(), str::as_bytes);
        let strikes = self.fault.rate >= 1.0
            || chance(self.fault.seed.unwrap_or(seed), &[b"fault", &rule, about]) < self.fault.rate;
        self.struck += u64::from(strikes);
        strikes
    }
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, last: 0, rules: Vec::new(), planned: VecDeque::new() }
    }

    /// Draws from this seed from now on.
    pub(crate) fn reseed(&mut self, seed: u64) {
        self.seed = seed;
    }

    /// Puts a fault into force. None when there are too many.
    pub(crate) fn inject(&mut self, fault: Fault) -> Option<FaultId> {
        if self.rules.len() >= CAPACITY {
            return None;
        }
        self.last += 1;
        let id = FaultId(self.last);
        self.rules.push(Armed { id, fault, asked: 0, struck: 0 });
        Some(id)
    }

    /// Ends one fault. False if it is not in force.
    pub(crate) fn lift(&mut self, id: FaultId) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        self.rules.len() < before
    }

    /// Ends all faults, planned outcomes included.
    pub(crate) fn lift_all(&mut self) {
        self.rules.clear();
        self.planned.clear();
    }

    pub(crate) fn in_force(&self) -> &[Armed] {
        &self.rules
    }

    /// Queues an outcome for a later send. False when there are too many.
    pub(crate) fn plan(&mut self, outcome: FaultEffect) -> bool {
        let has_room = self.planned.len() < CAPACITY;
        if has_room {
            self.planned.push_back(outcome);
        }
        has_room
    }

    /// What happens to a call.
    pub(crate) fn graph(&mut self, endpoint: GraphEndpoint) -> Option<FaultEffect> {
        if endpoint == GraphEndpoint::Send
            && let Some(planned) = self.planned.pop_front()
        {
            return Some(planned);
        }
        let seed = self.seed;
        self.rules.iter_mut().find_map(|rule| match &rule.fault.strike {
            Strike::Graph(on, outcome) if on.is_none_or(|on| on == endpoint) => {
                let outcome = outcome.clone();
                rule.strikes(seed, None).then_some(outcome)
            }
            _ => None,
        })
    }

    /// All that happens to a webhook.
    pub(crate) fn webhook(&mut self, about: &WebhookSubject, kind: &str) -> Vec<WebhookFault> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let (seed, key) = (self.seed, about.key());
        let strikes = self.rules.iter_mut().filter_map(|rule| match &rule.fault.strike {
            Strike::Webhook(updates, fault)
                if updates.includes(about) && rule.fault.only.as_deref().is_none_or(|only| only == kind) =>
            {
                let fault = fault.clone();
                rule.strikes(seed, Some(&key)).then_some(fault)
            }
            _ => None,
        });
        strikes.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stalls(faults: &mut Faults, calls: usize) -> Vec<bool> {
        (0..calls).map(|_| faults.graph(GraphEndpoint::Send).is_some()).collect()
    }

    #[test]
    fn counts_and_rates() {
        let mut faults = Faults::new(1);
        let id = faults.inject(Fault::graph(GraphEndpoint::Send, FaultEffect::Stall).after(1).times(2)).unwrap();
        assert!(faults.graph(GraphEndpoint::Upload).is_none(), "another endpoint is not even counted");
        assert_eq!(stalls(&mut faults, 5), [false, true, true, false, false]);
        assert!(faults.lift(id) && !faults.lift(id));

        let rate = |seed| {
            let mut faults = Faults::new(seed);
            faults.inject(Fault::any_call(FaultEffect::Stall).rate(0.3)).unwrap();
            stalls(&mut faults, 200)
        };
        let hits = rate(1).into_iter().filter(|hit| *hit).count();
        assert!((40..80).contains(&hits), "{hits}");
        assert_eq!(rate(1), rate(1));
        assert_ne!(rate(1), rate(2));
    }

    #[test]
    fn a_rule_of_its_own_seed_does_not_care_for_the_emulators() {
        let rate = |seed| {
            let mut faults = Faults::new(seed);
            faults.inject(Fault::any_call(FaultEffect::Stall).rate(0.3).seed(5)).unwrap();
            stalls(&mut faults, 50)
        };
        assert_eq!(rate(1), rate(2));
    }

    #[test]
    fn planned_outcomes_come_first_and_there_is_a_bound() {
        let mut faults = Faults::new(1);
        faults.inject(Fault::graph(GraphEndpoint::Send, FaultEffect::Stall)).unwrap();
        assert!(faults.plan(FaultEffect::DropConnection));
        assert_eq!(faults.graph(GraphEndpoint::Send), Some(FaultEffect::DropConnection));
        assert_eq!(faults.graph(GraphEndpoint::Send), Some(FaultEffect::Stall));
        while faults.plan(FaultEffect::Stall) {}
        while faults.inject(Fault::any_call(FaultEffect::Stall)).is_some() {}
        assert_eq!((faults.planned.len(), faults.rules.len()), (CAPACITY, CAPACITY));
        faults.lift_all();
        assert_eq!(faults.graph(GraphEndpoint::Send), None);
    }
}
