//! Active faults.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::definition::{Fault, FaultId, FaultTarget};
use super::effect::{FaultEffect, GraphEndpoint};
use super::webhook::WebhookFault;
use crate::chance::chance;
use crate::timeline::WebhookSubject;

/// Maximum number of active faults, and of effects that wait for a send.
const CAPACITY: usize = 1_000;

/// Active faults, in the order in which they were injected.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Faults {
    seed: u64,
    last: u64,
    active: Vec<ActiveFault>,
    next_sends: VecDeque<FaultEffect>,
}

/// Effect on one call, with the fault that caused it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CallFault {
    /// `None` for an effect that waited for a send.
    pub(crate) id: Option<FaultId>,
    pub(crate) effect: FaultEffect,
}

/// Fault with its counters.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActiveFault {
    pub(crate) id: FaultId,
    pub(crate) fault: Fault,
    /// Number of calls or webhooks that the fault applied to.
    pub(crate) evaluated: u64,
    /// Number of calls or webhooks on which the fault took effect.
    pub(crate) triggered: u64,
}

impl ActiveFault {
    /// Decides whether the fault takes effect. The draw depends on `key`, or on the counter if there is no key.
    fn evaluate(&mut self, seed: u64, key: Option<&str>) -> bool {
        self.evaluated += 1;
        if self.evaluated <= self.fault.after || self.fault.times.is_some_and(|times| self.triggered >= times) {
            return false;
        }
        let id = self.id.0.to_be_bytes();
        let count = self.evaluated.to_be_bytes();
        let key = key.map_or(count.as_slice(), str::as_bytes);
        let takes_effect =
            self.fault.rate >= 1.0 || chance(self.fault.seed.unwrap_or(seed), &[b"fault", &id, key]) < self.fault.rate;
        self.triggered += u64::from(takes_effect);
        takes_effect
    }
}

impl Faults {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, last: 0, active: Vec::new(), next_sends: VecDeque::new() }
    }

    /// Sets the seed of later draws.
    pub(crate) fn set_seed(&mut self, seed: u64) {
        self.seed = seed;
    }

    /// Adds a fault. Returns `None` if there are too many.
    pub(crate) fn inject(&mut self, fault: Fault) -> Option<FaultId> {
        if self.active.len() >= CAPACITY {
            return None;
        }
        self.last += 1;
        let id = FaultId(self.last);
        self.active.push(ActiveFault { id, fault, evaluated: 0, triggered: 0 });
        Some(id)
    }

    /// Removes a fault. Returns false if the fault is not active.
    pub(crate) fn remove(&mut self, id: FaultId) -> bool {
        let before = self.active.len();
        self.active.retain(|fault| fault.id != id);
        self.active.len() < before
    }

    /// Removes all faults and all effects that wait for a send.
    pub(crate) fn clear(&mut self) {
        self.active.clear();
        self.next_sends.clear();
    }

    pub(crate) fn active(&self) -> &[ActiveFault] {
        &self.active
    }

    /// Queues an effect for a later send. Returns false if there are too many.
    pub(crate) fn queue_for_send(&mut self, effect: FaultEffect) -> bool {
        let has_room = self.next_sends.len() < CAPACITY;
        if has_room {
            self.next_sends.push_back(effect);
        }
        has_room
    }

    /// Returns the effect on a call that has no recipient.
    pub(crate) fn on_call(&mut self, endpoint: GraphEndpoint) -> Option<CallFault> {
        self.on_call_to(endpoint, &[])
    }

    /// Returns the effect on a call. `recipient` holds the phone number in digits and the BSUID of the recipient.
    pub(crate) fn on_call_to(&mut self, endpoint: GraphEndpoint, recipient: &[String]) -> Option<CallFault> {
        if endpoint == GraphEndpoint::Send
            && let Some(effect) = self.next_sends.pop_front()
        {
            return Some(CallFault { id: None, effect });
        }
        let seed = self.seed;
        self.active.iter_mut().find_map(|active| match &active.fault.target {
            FaultTarget::Graph(target, effect)
                if target.is_none_or(|target| target == endpoint)
                    && active.fault.recipient.as_ref().is_none_or(|only| recipient.contains(only)) =>
            {
                let fault = CallFault { id: Some(active.id), effect: effect.clone() };
                active.evaluate(seed, None).then_some(fault)
            }
            _ => None,
        })
    }

    /// Returns the effects on a webhook about `subject`, with the faults that caused them. `kind` is the status, message type or field that [`Fault::only`] names.
    pub(crate) fn on_webhook(&mut self, subject: &WebhookSubject, kind: &str) -> Vec<(FaultId, WebhookFault)> {
        if self.active.is_empty() {
            return Vec::new();
        }
        let (seed, key) = (self.seed, subject.key());
        let effects = self.active.iter_mut().filter_map(|active| match &active.fault.target {
            FaultTarget::Webhook(filter, fault)
                if filter.includes(subject) && active.fault.only.as_deref().is_none_or(|only| only == kind) =>
            {
                let fault = (active.id, fault.clone());
                active.evaluate(seed, Some(&key)).then_some(fault)
            }
            _ => None,
        });
        effects.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stalls(faults: &mut Faults, calls: usize) -> Vec<bool> {
        (0..calls).map(|_| faults.on_call(GraphEndpoint::Send).is_some()).collect()
    }

    #[test]
    fn counters_and_rates_limit_a_fault() {
        let mut faults = Faults::new(1);
        let fault = Fault::graph(GraphEndpoint::Send, FaultEffect::Stall).after(1).times(2);
        let id = faults.inject(fault).unwrap();
        assert!(faults.on_call(GraphEndpoint::Upload).is_none(), "calls of other endpoints are not counted");
        assert_eq!(stalls(&mut faults, 5), [false, true, true, false, false]);
        assert!(faults.remove(id) && !faults.remove(id));

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
    fn the_seed_of_a_fault_overrides_the_seed_of_the_emulator() {
        let rate = |seed| {
            let mut faults = Faults::new(seed);
            faults.inject(Fault::any_call(FaultEffect::Stall).rate(0.3).seed(5)).unwrap();
            stalls(&mut faults, 50)
        };
        assert_eq!(rate(1), rate(2));
    }

    #[test]
    fn effects_for_the_next_send_come_first_and_are_limited() {
        let mut faults = Faults::new(1);
        faults.inject(Fault::graph(GraphEndpoint::Send, FaultEffect::Stall)).unwrap();
        assert!(faults.queue_for_send(FaultEffect::DropConnection));
        let mut next = || faults.on_call(GraphEndpoint::Send);
        assert_eq!(next(), Some(CallFault { id: None, effect: FaultEffect::DropConnection }));
        assert_eq!(next(), Some(CallFault { id: Some(FaultId(1)), effect: FaultEffect::Stall }));
        while faults.queue_for_send(FaultEffect::Stall) {}
        while faults.inject(Fault::any_call(FaultEffect::Stall)).is_some() {}
        assert_eq!((faults.next_sends.len(), faults.active.len()), (CAPACITY, CAPACITY));
        faults.clear();
        assert_eq!(faults.on_call(GraphEndpoint::Send), None);
    }
}
