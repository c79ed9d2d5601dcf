//! What will happen at a time: statuses, delayed webhooks, the steps of a scenario.
//!
//! All of it is carried out by one task, in the order of its times, so that one seed gives one order. While a thing is carried out,
//! the world's time is the one that it was planned for, however late the task wakes and however far the clock was wound.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::mail::{Lane, Update};
use super::outbound::Prepared;
use super::{Route, World};
use crate::action::{Action, ActionError};
use crate::message::DeliveryState;
use crate::scenario::Scenario;

/// A thing that will happen.
#[derive(Debug)]
pub(crate) enum Task {
    /// A message of the business comes further.
    Raise { message: String, state: DeliveryState },
    /// The sender of a message that never arrives hears of it.
    Report { prepared: Box<Prepared>, state: DeliveryState },
    /// A webhook that was delayed goes into the post.
    Dispatch { update: Box<Update>, route: Route },
    /// A webhook that waited to be overtaken goes by itself.
    Release(Lane),
    /// The updates that were gathered go into the post.
    Flush,
    /// A message of the business comes further for all participants of a group.
    RaiseInGroup { group: String, message: String, state: DeliveryState },
    /// A step of a scenario.
    Step(Box<Action>),
}

/// Everything that is planned.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    tasks: BTreeMap<(SystemTime, u64), Task>,
    last: u64,
    steps: usize,
    /// How many tasks keep the world from being settled.
    open: usize,
}

impl Task {
    /// Whether the world is not settled before this has happened. The steps of a scenario are its own affair, and what is to be
    /// released or flushed is counted where it waits, for it may have gone before.
    fn is_open(&self) -> bool {
        !matches!(self, Self::Step(_) | Self::Release(_) | Self::Flush)
    }
}

impl Agenda {
    fn push(&mut self, at: SystemTime, task: Task) {
        self.last += 1;
        self.steps += usize::from(matches!(task, Task::Step(_)));
        self.open += usize::from(task.is_open());
        self.tasks.insert((at, self.last), task);
    }

    /// When the next thing happens.
    pub(crate) fn next(&self) -> Option<SystemTime> {
        self.tasks.first_key_value().map(|((at, _), _)| *at)
    }

    fn pop(&mut self, now: SystemTime) -> Option<(SystemTime, Task)> {
        let entry = self.tasks.first_entry()?;
        let (at, _) = *entry.key();
        if at > now {
            return None;
        }
        let task = entry.remove();
        self.steps -= usize::from(matches!(task, Task::Step(_)));
        self.open -= usize::from(task.is_open());
        Some((at, task))
    }

    /// Nothing is planned that has to happen before the world is settled.
    pub(super) fn is_idle(&self) -> bool {
        self.open == 0
    }

    /// How many steps of scenarios are still to come.
    pub(crate) fn steps(&self) -> usize {
        self.steps
    }

    /// Forgets the steps of scenarios that are still to come.
    pub(super) fn drop_steps(&mut self) {
        self.tasks.retain(|_, task| !matches!(task, Task::Step(_)));
        self.steps = 0;
    }
}

impl World {
    /// Plays a scenario from now on.
    pub(crate) fn play_scenario(&mut self, scenario: &Scenario) -> Result<(), ActionError> {
        if let Some(seed) = scenario.seed {
            self.seed = seed;
            self.faults.reseed(seed);
        }
        scenario.behavior.apply(&mut self.behavior);
        for fault in &scenario.faults {
            self.perform(Action::Inject(fault.clone()))?;
        }
        for (at, action) in scenario.steps() {
            self.plan_in(at, Task::Step(Box::new(action.clone())));
        }
        Ok(())
    }

    /// Forgets the steps of scenarios that are still to come, and lifts all faults.
    pub(crate) fn stop_scenario(&mut self) {
        self.agenda.drop_steps();
        self.faults.lift_all();
    }

    /// Plans a thing.
    pub(crate) fn plan_in(&mut self, delay: Duration, task: Task) {
        let at = self.now() + delay;
        self.agenda.push(at, task);
    }

    /// Carries out what is due.
    pub(crate) fn run_due(&mut self) {
        let now = self.clock.now();
        while let Some((at, task)) = self.agenda.pop(now) {
            self.present = Some(at);
            self.carry_out(task);
        }
        self.present = None;
    }

    /// Lets a thing happen now.
    pub(super) fn carry_out(&mut self, task: Task) {
        match task {
            Task::Raise { message, state } => self.raise(&message, state),
            Task::Report { prepared, state } => self.report(&prepared, state),
            Task::Dispatch { update, route } => self.dispatch(*update, route),
            Task::Release(lane) => self.release(&lane),
            Task::Flush => self.flush(),
            Task::RaiseInGroup { group, message, state } => self.raise_in_group(&group, &message, state),
            Task::Step(action) => {
                if let Err(error) = self.perform(*action) {
                    tracing::warn!(%error, "a step of the scenario was not possible");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_happen_in_order_of_time_then_of_planning() {
        let start = SystemTime::UNIX_EPOCH;
        let mut agenda = Agenda::default();
        let task = |name: &str| Task::Raise { message: name.to_owned(), state: DeliveryState::Sent };
        for (seconds, name) in [(2, "c"), (1, "a"), (1, "b"), (3, "d")] {
            agenda.push(start + Duration::from_secs(seconds), task(name));
        }
        assert!(agenda.pop(start).is_none() && agenda.next() == Some(start + Duration::from_secs(1)));
        let mut names = Vec::new();
        while let Some((_, Task::Raise { message: name, .. })) = agenda.pop(start + Duration::from_secs(2)) {
            names.push(name);
        }
        assert_eq!(names, ["a", "b", "c"]);
        assert!(!agenda.is_idle());
        agenda.pop(start + Duration::from_secs(3));
        agenda.push(start, Task::Flush);
        assert!(agenda.is_idle());
    }
}
