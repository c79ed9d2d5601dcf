//! Timers of the emulated world.
//!
//! One task executes all timers in the order of their due times, so that a seed determines the order. During the execution of a
//! timer, the time of the world is its due time, however late the task wakes up.

use std::collections::BTreeMap;
use std::time::SystemTime;

use serde::{Deserialize, Serialize, Serializer};

use super::accepted_message::AcceptedMessage;
use super::webhook_queues::QueueKey;
use super::webhook_update::{DeliveryFaults, WebhookUpdate};
use crate::action::Action;
use crate::message::DeliveryState;
use crate::unix_time;

/// Operation that is due at a certain time.
#[derive(Debug)]
pub(crate) enum Timer {
    /// Advances the delivery state of a message of the business.
    Advance { message: String, state: DeliveryState },
    /// Advances the delivery state of a group message for all participants.
    AdvanceInGroup { group: String, message: String, state: DeliveryState },
    /// Posts a status of a message that is never delivered.
    PostStatus { message: Box<AcceptedMessage>, state: DeliveryState },
    /// Queues an update that a fault has delayed.
    Dispatch { update: Box<WebhookUpdate>, faults: DeliveryFaults },
    /// Queues the update that waits to be overtaken in a queue.
    Release(QueueKey),
    /// Queues the current batch of updates.
    FlushBatch,
    /// Approves a template that waits for its review.
    ApproveTemplate { name: String, language: String },
    /// Ends a call that nobody has accepted.
    EndCall { id: String },
    /// Performs a step of a scenario.
    ScenarioStep(Box<Action>),
}

impl Timer {
    /// Returns whether the world is idle only after this timer.
    ///
    /// The steps of a scenario, the reviews of templates and the ends of calls do not count. Updates to be released or flushed count at the place where they wait, because they
    /// may leave that place before the timer is due.
    fn blocks_idle(&self) -> bool {
        let is_background = matches!(
            self,
            Self::ScenarioStep(_)
                | Self::Release(_)
                | Self::FlushBatch
                | Self::ApproveTemplate { .. }
                | Self::EndCall { .. }
        );
        !is_background
    }
}

/// Timers in order of their due times. The written form contains the pending reviews of templates, which outlive a quiet world.
#[derive(Debug, Default, Deserialize)]
#[serde(from = "Vec<PendingReview>")]
pub(crate) struct TimerQueue {
    timers: BTreeMap<(SystemTime, u64), Timer>,
    last: u64,
    scenario_steps: usize,
    /// Number of timers that keep the world from being idle.
    blocking: usize,
}

/// Written form of a pending review of a template.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PendingReview {
    #[serde(with = "unix_time")]
    due: SystemTime,
    name: String,
    language: String,
}

impl Serialize for TimerQueue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.timers.iter().filter_map(|((due, _), timer)| match timer {
            Timer::ApproveTemplate { name, language } => {
                Some(PendingReview { due: *due, name: name.clone(), language: language.clone() })
            }
            _ => None,
        }))
    }
}

impl From<Vec<PendingReview>> for TimerQueue {
    fn from(reviews: Vec<PendingReview>) -> Self {
        let mut queue = Self::default();
        for PendingReview { due, name, language } in reviews {
            queue.push(due, Timer::ApproveTemplate { name, language });
        }
        queue
    }
}

impl TimerQueue {
    pub(super) fn push(&mut self, due: SystemTime, timer: Timer) {
        self.last += 1;
        self.scenario_steps += usize::from(matches!(timer, Timer::ScenarioStep(_)));
        self.blocking += usize::from(timer.blocks_idle());
        self.timers.insert((due, self.last), timer);
    }

    /// Returns the due time of the next timer.
    pub(crate) fn next_due(&self) -> Option<SystemTime> {
        self.timers.first_key_value().map(|((due, _), _)| *due)
    }

    /// Takes the next timer if it is due.
    pub(crate) fn pop(&mut self, now: SystemTime) -> Option<(SystemTime, Timer)> {
        let entry = self.timers.first_entry()?;
        let (due, _) = *entry.key();
        if due > now {
            return None;
        }
        let timer = entry.remove();
        self.scenario_steps -= usize::from(matches!(timer, Timer::ScenarioStep(_)));
        self.blocking -= usize::from(timer.blocks_idle());
        Some((due, timer))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.blocking == 0
    }

    /// Returns the number of pending scenario steps.
    pub(crate) fn scenario_steps(&self) -> usize {
        self.scenario_steps
    }

    /// Removes the pending scenario steps.
    pub(crate) fn clear_scenario_steps(&mut self) {
        self.timers.retain(|_, timer| !matches!(timer, Timer::ScenarioStep(_)));
        self.scenario_steps = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn timers_are_ordered_by_due_time_and_then_by_creation() {
        let start = SystemTime::UNIX_EPOCH;
        let mut queue = TimerQueue::default();
        let timer = |name: &str| Timer::Advance { message: name.to_owned(), state: DeliveryState::Sent };
        for (seconds, name) in [(2, "c"), (1, "a"), (1, "b"), (3, "d")] {
            queue.push(start + Duration::from_secs(seconds), timer(name));
        }
        assert!(queue.pop(start).is_none() && queue.next_due() == Some(start + Duration::from_secs(1)));
        let mut names = Vec::new();
        while let Some((_, Timer::Advance { message: name, .. })) = queue.pop(start + Duration::from_secs(2)) {
            names.push(name);
        }
        assert_eq!(names, ["a", "b", "c"]);
        assert!(!queue.is_idle());
        queue.pop(start + Duration::from_secs(3));
        queue.push(start, Timer::FlushBatch);
        assert!(queue.is_idle());
    }
}
