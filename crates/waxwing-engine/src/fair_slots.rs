//! Slots that agents share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use waxwing_types::PhoneNumberId;

/// One agent or number of several may hold this many times the slots that are left for all.
///
/// Without a slot that nobody holds, another agent would wait until a stuck run reaches its timeout. With four times, a single stuck agent
/// leaves a fifth of the slots to the others.
const SHARE: usize = 4;

/// A bounded number of slots, shared fairly by agents and by the numbers of each agent.
///
/// An agent that is alone may take all slots. Otherwise, an agent that holds four times as many slots as are free takes no further slot.
/// The numbers of one agent share its slots by the same rule.
#[derive(Debug, Clone)]
pub(crate) struct FairSlots(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    total: usize,
    state: Mutex<Holdings>,
    /// Notified when a slot becomes free that [`FairSlots::take`] waits for.
    freed: Notify,
    /// Notified when a slot becomes free after [`FairSlots::room`] returned less than was asked for.
    more_room: Arc<Notify>,
}

#[derive(Debug)]
struct Holdings {
    agents: AgentsByNumber,
    used: usize,
    held_by_agent: HashMap<Arc<str>, usize>,
    held_by_number: HashMap<PhoneNumberId, usize>,
    /// Calls of [`FairSlots::take`] that wait, by number.
    waiting: HashMap<PhoneNumberId, usize>,
    is_short: bool,
}

/// The names of the agents that answer messages to each number.
#[derive(Debug, Clone, Default)]
pub(crate) struct AgentsByNumber {
    by_number: HashMap<PhoneNumberId, Arc<str>>,
    /// Number of business numbers of each agent.
    numbers: HashMap<Arc<str>, usize>,
}

/// A slot, until it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct FairSlot {
    slots: FairSlots,
    agent: Arc<str>,
    number: PhoneNumberId,
}

impl<'a> FromIterator<(&'a PhoneNumberId, &'a str)> for AgentsByNumber {
    fn from_iter<I: IntoIterator<Item = (&'a PhoneNumberId, &'a str)>>(iter: I) -> Self {
        let mut agents = Self::default();
        for (number, agent) in iter {
            let agent = agents.numbers.get_key_value(agent).map_or_else(|| agent.into(), |(name, _)| name.clone());
            *agents.numbers.entry(agent.clone()).or_default() += 1;
            agents.by_number.insert(number.clone(), agent);
        }
        agents
    }
}

impl AgentsByNumber {
    /// Returns the names of the agents.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.numbers.keys().map(|name| &**name)
    }
}

impl FairSlots {
    /// Creates `total` slots, at least one. `more_room` is notified when a slot becomes free that [`room`](Self::room) did not have.
    pub(crate) fn new(total: usize, agents: AgentsByNumber, more_room: Arc<Notify>) -> Self {
        let state = Holdings {
            agents,
            used: 0,
            held_by_agent: HashMap::new(),
            held_by_number: HashMap::new(),
            waiting: HashMap::new(),
            is_short: false,
        };
        Self(Arc::new(Inner { total: total.max(1), state: Mutex::new(state), freed: Notify::new(), more_room }))
    }

    /// Replaces the agents, after a reload. Slots that are held stay with the agents that took them.
    pub(crate) fn assign(&self, agents: AgentsByNumber) {
        self.state().agents = agents;
        self.0.freed.notify_waiters();
        self.0.more_room.notify_one();
    }

    /// Returns how many slots a number may take now, at most `wanted`.
    pub(crate) fn room(&self, number: &PhoneNumberId, wanted: usize) -> usize {
        let mut state = self.state();
        let reserved = state.waiting.get(number).copied().unwrap_or_default();
        let room = state.room(number, self.0.total).saturating_sub(reserved).min(wanted);
        state.is_short |= room < wanted;
        room
    }

    /// Takes a slot if the number may take one.
    pub(crate) fn try_take(&self, number: &PhoneNumberId) -> Option<FairSlot> {
        let mut state = self.state();
        (state.room(number, self.0.total) > 0).then(|| self.hold(&mut state, number))
    }

    /// Waits until the number may take a slot, and takes it.
    pub(crate) async fn take(&self, number: &PhoneNumberId) -> FairSlot {
        if let Some(slot) = self.try_take(number) {
            return slot;
        }
        let _waiting = Waiting::new(self, number);
        loop {
            let freed = self.0.freed.notified();
            if let Some(slot) = self.try_take(number) {
                return slot;
            }
            freed.await;
        }
    }

    fn hold(&self, state: &mut Holdings, number: &PhoneNumberId) -> FairSlot {
        let agent = state.agents.by_number.get(number).cloned().unwrap_or_default();
        state.used += 1;
        *state.held_by_agent.entry(agent.clone()).or_default() += 1;
        *state.held_by_number.entry(number.clone()).or_default() += 1;
        FairSlot { slots: self.clone(), agent, number: number.clone() }
    }

    fn state(&self) -> MutexGuard<'_, Holdings> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Holdings {
    /// Returns how many slots a number may take, one after the other.
    fn room(&self, number: &PhoneNumberId, total: usize) -> usize {
        let agent = self.agents.by_number.get(number).cloned().unwrap_or_default();
        let held_by_agent = self.held_by_agent.get(&agent).copied().unwrap_or_default();
        let held_by_number = self.held_by_number.get(number).copied().unwrap_or_default();
        let numbers_of_agent = self.agents.numbers.get(&agent).copied().unwrap_or_default();
        let free = total.saturating_sub(self.used);
        let for_agent = share(free, held_by_agent, self.agents.numbers.len() <= 1);
        share(for_agent, held_by_number, numbers_of_agent <= 1)
    }
}

/// Returns how many of `free` slots can be taken one after the other while less than `SHARE` times the rest is held.
fn share(free: usize, held: usize, is_alone: bool) -> usize {
    if is_alone { free } else { (SHARE * free).saturating_sub(held).div_ceil(SHARE + 1) }
}

/// A call of [`FairSlots::take`] that waits.
struct Waiting<'a> {
    slots: &'a FairSlots,
    number: &'a PhoneNumberId,
}

impl<'a> Waiting<'a> {
    fn new(slots: &'a FairSlots, number: &'a PhoneNumberId) -> Self {
        *slots.state().waiting.entry(number.clone()).or_default() += 1;
        Self { slots, number }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut state = self.slots.state();
        decrement(&mut state.waiting, self.number);
        // A slot was kept for this call.
        let is_short = std::mem::take(&mut state.is_short);
        drop(state);
        if is_short {
            self.slots.0.more_room.notify_one();
        }
    }
}

impl Drop for FairSlot {
    fn drop(&mut self) {
        let mut state = self.slots.state();
        state.used -= 1;
        decrement(&mut state.held_by_agent, &self.agent);
        decrement(&mut state.held_by_number, &self.number);
        let is_short = std::mem::take(&mut state.is_short);
        let is_awaited = !state.waiting.is_empty();
        drop(state);
        if is_awaited {
            self.slots.0.freed.notify_waiters();
        }
        if is_short {
            self.slots.0.more_room.notify_one();
        }
    }
}

fn decrement<K: std::hash::Hash + Eq>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slots for numbers that are each named like their agent with a digit: the number `a1` has the agent `a`.
    fn slots(total: usize, numbers: &[&str]) -> FairSlots {
        let numbers: Vec<_> = numbers.iter().map(|number| PhoneNumberId::new(*number)).collect();
        let agents = numbers.iter().map(|number| (number, &number.as_str()[..1])).collect();
        FairSlots::new(total, agents, Arc::default())
    }

    /// Takes slots until the number may take none, and returns them.
    fn take_all(slots: &FairSlots, number: &str) -> Vec<FairSlot> {
        let number = PhoneNumberId::new(number);
        let room = slots.room(&number, usize::MAX);
        let taken: Vec<_> = std::iter::from_fn(|| slots.try_take(&number)).collect();
        assert_eq!(taken.len(), room, "the room of {number:?} is what it can take");
        taken
    }

    #[test]
    fn an_agent_that_is_alone_takes_all_slots() {
        assert_eq!(take_all(&slots(512, &["a1"]), "a1").len(), 512);
        assert_eq!(take_all(&slots(0, &["a1"]), "a1").len(), 1);
    }

    #[test]
    fn a_stuck_agent_leaves_slots_to_the_others() {
        let slots = slots(512, &["a1", "b1", "c1"]);
        let a = take_all(&slots, "a1");
        let b = take_all(&slots, "b1");
        let c = take_all(&slots, "c1");
        assert_eq!((a.len(), b.len(), c.len()), (410, 82, 16));
    }

    #[test]
    fn freed_slots_go_to_the_agents_with_the_smaller_share() {
        let slots = slots(100, &["a1", "b1"]);
        let mut a = take_all(&slots, "a1");
        let b = take_all(&slots, "b1");
        assert_eq!((a.len(), b.len()), (80, 16));
        a.truncate(60);
        assert_eq!(slots.room(&PhoneNumberId::new("a1"), 100), 8);
        assert_eq!(slots.room(&PhoneNumberId::new("b1"), 100), 16);
    }

    #[test]
    fn the_numbers_of_an_agent_share_its_slots() {
        let one_agent = slots(100, &["a1", "a2"]);
        let flooded = take_all(&one_agent, "a1");
        assert_eq!((flooded.len(), take_all(&one_agent, "a2").len()), (80, 16));
        let two_agents = slots(100, &["a1", "a2", "b1"]);
        let flooded = take_all(&two_agents, "a1");
        let (other_number, other_agent) = (take_all(&two_agents, "a2"), take_all(&two_agents, "b1"));
        assert_eq!((flooded.len(), other_number.len(), other_agent.len()), (64, 13, 19));
    }

    #[tokio::test]
    async fn a_turn_that_waits_for_a_slot_gets_the_next_one() {
        let more_room = Arc::new(Notify::new());
        let number = PhoneNumberId::new("a1");
        let slots = FairSlots::new(1, [(&number, "a")].into_iter().collect(), more_room.clone());
        let first = slots.try_take(&number).unwrap();
        let mut second = Box::pin(slots.take(&number));
        assert!(futures_util::poll!(&mut second).is_pending());
        assert_eq!(slots.room(&number, 1), 0);
        drop(first);
        assert_eq!(slots.room(&number, 1), 0, "the slot is for the turn that waits");
        let second = second.await;
        more_room.notified().await;
        drop(second);
        assert_eq!(slots.room(&number, 1), 1);
    }

    #[tokio::test]
    async fn more_room_is_announced_only_if_it_was_asked_for() {
        let more_room = Arc::new(Notify::new());
        let number = PhoneNumberId::new("a1");
        let slots = FairSlots::new(2, [(&number, "a")].into_iter().collect(), more_room.clone());
        drop(slots.try_take(&number));
        assert!(futures_util::poll!(Box::pin(more_room.notified())).is_pending());
        let _held = slots.try_take(&number);
        let other = slots.try_take(&number);
        assert_eq!(slots.room(&number, 32), 0);
        drop(other);
        more_room.notified().await;
    }
}
