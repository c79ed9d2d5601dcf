//! Ongoing calls.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::account::NumberIndex;
use crate::rules::{GraphError, Rule, Rules};
use crate::timeline::EmulatedUserId;
use crate::unix_time;

/// Time in which the accepted calls of a user count.
const DAY: Duration = Duration::from_hours(24);
/// Time in which the requests for a permission count.
const WEEK: Duration = Duration::from_hours(7 * 24);
/// Time for which a permission lasts.
pub(crate) const PERMISSION_LIFE: Duration = WEEK;

/// Time after which a call ends that is not accepted. Meta: calling.
pub(crate) const RINGING: Duration = Duration::from_mins(1);

/// Call that has not ended yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Call {
    pub(crate) id: String,
    pub(crate) number: NumberIndex,
    pub(crate) user: EmulatedUserId,
    pub(crate) is_by_business: bool,
    #[serde(with = "unix_time")]
    pub(crate) accepted: Option<SystemTime>,
    /// Whether the business has stated its session.
    pub(crate) has_session: bool,
    pub(crate) callback_data: Option<String>,
}

/// Permission of a user to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CallPermission {
    #[default]
    None,
    Until(#[serde(with = "unix_time")] SystemTime),
    Permanent,
}

/// Calls of a number to a user.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallPair {
    pub(crate) permission: CallPermission,
    /// Times of the latest accepted calls.
    #[serde(with = "unix_time")]
    accepted: VecDeque<SystemTime>,
    /// Times of the latest requests for a permission.
    #[serde(with = "unix_time")]
    requests: VecDeque<SystemTime>,
}

/// Number of actions in the time that a limit covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallUsage {
    pub(crate) calls_today: usize,
    pub(crate) requests_today: usize,
    pub(crate) requests_this_week: usize,
}

/// Ongoing calls, with the permissions of users.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Calls {
    ongoing: BTreeMap<String, Call>,
    pairs: HashMap<NumberIndex, HashMap<EmulatedUserId, CallPair>>,
}

impl CallPair {
    /// Returns whether the user permits calls.
    pub(crate) fn is_permitted(&self, now: SystemTime) -> bool {
        match self.permission {
            CallPermission::None => false,
            CallPermission::Until(end) => now < end,
            CallPermission::Permanent => true,
        }
    }

    pub(crate) fn usage(&self, now: SystemTime) -> CallUsage {
        let count = |times: &VecDeque<SystemTime>, period: Duration| {
            times.iter().filter(|at| now.duration_since(**at).unwrap_or_default() < period).count()
        };
        CallUsage {
            calls_today: count(&self.accepted, DAY),
            requests_today: count(&self.requests, DAY),
            requests_this_week: count(&self.requests, WEEK),
        }
    }

    /// Checks whether the business can call the user.
    pub(crate) fn check_call(&self, rules: &Rules, now: SystemTime) -> Result<(), GraphError> {
        if !self.is_permitted(now) {
            return Err(GraphError::with_details(Rule::CallPermission, "the user has not permitted calls"));
        }
        let has_room = self.usage(now).calls_today < rules.limit(Rule::CallsPerDay);
        if has_room { Ok(()) } else { Err(GraphError::violates(Rule::CallsPerDay)) }
    }

    /// Checks whether the business can ask the user for a permission.
    pub(crate) fn check_request(&self, rules: &Rules, now: SystemTime) -> Result<(), GraphError> {
        let usage = self.usage(now);
        let has_room = usage.requests_today == 0 && usage.requests_this_week < rules.limit(Rule::CallRequests);
        if has_room { Ok(()) } else { Err(GraphError::violates(Rule::CallRequests)) }
    }
}

impl Calls {
    pub(crate) fn ongoing(&self) -> impl Iterator<Item = &Call> {
        self.ongoing.values()
    }

    /// Returns the numbers that have called users.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = NumberIndex> {
        self.pairs.keys().copied().chain(self.ongoing.values().map(|call| call.number))
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Call> {
        self.ongoing.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Call> {
        self.ongoing.get_mut(id)
    }

    /// Returns the ongoing call of a user.
    pub(crate) fn of_user(&self, user: EmulatedUserId) -> Option<&Call> {
        self.ongoing.values().find(|call| call.user == user)
    }

    pub(crate) fn start(&mut self, call: Call) {
        self.ongoing.insert(call.id.clone(), call);
    }

    pub(crate) fn end(&mut self, id: &str) -> Option<Call> {
        self.ongoing.remove(id)
    }

    /// Records that a call is accepted. An accepted call of the business starts the count of requests again.
    pub(crate) fn accept(&mut self, id: &str, rules: &Rules, now: SystemTime) {
        let Some(call) = self.ongoing.get_mut(id) else { return };
        call.accepted = Some(now);
        if call.is_by_business {
            let pair = self.pairs.entry(call.number).or_default().entry(call.user).or_default();
            pair.requests.clear();
            push(&mut pair.accepted, now, rules.limit(Rule::CallsPerDay));
        }
    }

    /// Returns the calls of a number to a user.
    pub(crate) fn pair(&self, number: NumberIndex, user: EmulatedUserId) -> CallPair {
        self.pairs.get(&number).and_then(|pairs| pairs.get(&user)).cloned().unwrap_or_default()
    }

    pub(crate) fn record_request(&mut self, number: NumberIndex, user: EmulatedUserId, rules: &Rules, now: SystemTime) {
        let pair = self.pairs.entry(number).or_default().entry(user).or_default();
        push(&mut pair.requests, now, rules.limit(Rule::CallRequests));
    }

    pub(crate) fn permit(&mut self, number: NumberIndex, user: EmulatedUserId, permission: CallPermission) {
        self.pairs.entry(number).or_default().entry(user).or_default().permission = permission;
    }
}

fn push(times: &mut VecDeque<SystemTime>, now: SystemTime, most: usize) {
    times.push_back(now);
    while times.len() > most {
        times.pop_front();
    }
}
