//! Usage of each user within a time window.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::context::GuardrailContext;
use super::decision::GuardrailDecision;
use super::user_hash::UserHashKey;
use crate::error::AgentError;
use crate::reply::Reply;
use crate::session_state::SessionState;
use crate::turn::Turn;

/// Largest number of users with stored usage. The oldest window is removed first.
const MAX_USERS: usize = 1024;

/// A limit of usage within a time window. The window begins with the first use. A user over the limit gets one notice, and no answer until
/// the window ends.
#[derive(Debug, Clone)]
pub(super) struct UsageLimit {
    /// Usage from which messages of the user are not answered any more.
    pub(super) limit: f64,
    pub(super) window: Duration,
    pub(super) notice: Reply,
}

/// Stored usage of the users of a conversation.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Usage {
    /// Key of the hashes. Absent before the first use.
    key: Option<UserHashKey>,
    /// Windows by the hash of the user id.
    windows: BTreeMap<String, UsageWindow>,
}

/// Usage of one user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct UsageWindow {
    /// Begin of the window, in milliseconds since the Unix epoch.
    since: i64,
    used: f64,
    /// Whether the user got the notice.
    #[serde(default)]
    notified: bool,
}

impl UsageLimit {
    /// Removes the messages of users over the limit from a turn, and charges the other users `charge` for each of their messages. Refuses
    /// the turn if no message is left.
    pub(super) fn admit(
        &self,
        turn: &mut Turn,
        charge: f64,
        name: &str,
        ctx: &GuardrailContext,
        now: i64,
    ) -> Result<GuardrailDecision, AgentError> {
        let is_notice_due = self.update(name, ctx, now, |usage| {
            let mut error = None;
            let removed = ctx.remove_senders(turn, |sender, messages| {
                let is_admitted = usage.used(sender) < self.limit;
                #[expect(clippy::cast_precision_loss, reason = "a turn has few messages")]
                let charged = charge * messages as f64;
                if is_admitted && charged > 0.0 {
                    match usage.window(sender, now) {
                        Ok(window) => window.used += charged,
                        Err(failure) => error = Some(failure),
                    }
                }
                is_admitted
            });
            // No notice is sent while other users are answered.
            let mut is_notice_due = false;
            for sender in removed.iter().filter(|_| turn.messages.is_empty()) {
                is_notice_due |= !std::mem::replace(&mut usage.window(sender, now)?.notified, true);
            }
            error.map_or(Ok(is_notice_due), Err)
        })?;
        Ok(match turn.messages.is_empty() {
            false => GuardrailDecision::Pass,
            true if is_notice_due => GuardrailDecision::Refuse(self.notice.clone()),
            true => GuardrailDecision::refuse_silently(),
        })
    }

    /// Charges the user of the run.
    pub(super) fn charge(&self, amount: f64, name: &str, ctx: &GuardrailContext, now: i64) -> Result<(), AgentError> {
        if amount <= 0.0 {
            return Ok(());
        }
        self.update(name, ctx, now, |usage| {
            usage.window(ctx.run().user_id(), now)?.used += amount;
            Ok(())
        })
    }

    /// Changes the stored usage. Windows that have ended are removed before the change.
    fn update<T>(
        &self,
        name: &str,
        ctx: &GuardrailContext,
        now: i64,
        change: impl FnOnce(&mut Usage) -> Result<T, AgentError>,
    ) -> Result<T, AgentError> {
        let state: &SessionState = ctx.run().memory().state();
        let length = i64::try_from(self.window.as_millis()).unwrap_or(i64::MAX);
        state.update(&ctx.memory_key(name), |usage: &mut Usage| {
            // A window that begins in the future was stored while the clock was wrong.
            usage.windows.retain(|_, window| window.since <= now && now.saturating_sub(window.since) < length);
            let result = change(usage);
            while usage.windows.len() > MAX_USERS {
                let oldest = usage.windows.iter().min_by_key(|(_, window)| window.since).map(|(id, _)| id.clone());
                usage.windows.remove(&oldest.expect("there are many windows"));
            }
            result
        })?
    }
}

impl Usage {
    /// Returns the usage of a user in the current window.
    fn used(&self, user_id: &str) -> f64 {
        let window = self.key.as_ref().and_then(|key| self.windows.get(&key.hash(user_id)));
        window.map_or(0.0, |window| window.used)
    }

    /// Returns the current window of a user. Begins a window if there is none.
    fn window(&mut self, user_id: &str, now: i64) -> Result<&mut UsageWindow, AgentError> {
        let key = match self.key.take() {
            Some(key) => key,
            None => UserHashKey::random()?,
        };
        let id = self.key.insert(key).hash(user_id);
        Ok(self.windows.entry(id).or_insert(UsageWindow { since: now, ..UsageWindow::default() }))
    }
}

/// Returns the current time, in milliseconds since the Unix epoch.
pub(super) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::RunContext;
    use crate::memory::Memory;
    use crate::session::Session;
    use crate::user::User;
    use crate::user_message::UserMessage;

    const LIMIT: f64 = 3.0;

    fn usage_limit() -> UsageLimit {
        UsageLimit { limit: LIMIT, window: Duration::from_mins(1), notice: "enough".into() }
    }

    fn turn(senders: &[&str]) -> Turn {
        Turn::new(senders.iter().map(|id| UserMessage::text("hi").with_sender(User::new(*id))))
    }

    struct Group(GuardrailContext);

    impl Group {
        fn new() -> Self {
            Self(GuardrailContext::new(&RunContext::in_memory("a"), "agent"))
        }

        /// Returns the same group after a restart.
        fn restarted(&self) -> Self {
            let memory = Memory::restored(self.0.run().memory().state().changed().unwrap());
            let run = RunContext::builder("a", Session::new("new")).memory(memory).build();
            Self(GuardrailContext::new(&run, "agent"))
        }

        /// Sends messages at a second, and checks the number of messages that are left and the decision.
        #[track_caller]
        fn check(&self, second: i64, senders: &[&str], left: usize, expected: &GuardrailDecision) {
            let mut turn = turn(senders);
            let decision = usage_limit().admit(&mut turn, 1.0, "rate", &self.0, second * 1000).unwrap();
            assert_eq!((turn.messages.len(), &decision), (left, expected));
        }

        fn usage(&self) -> Usage {
            self.0.run().memory().state().get(&self.0.memory_key("rate")).unwrap()
        }
    }

    fn pass() -> GuardrailDecision {
        GuardrailDecision::Pass
    }

    fn notice() -> GuardrailDecision {
        GuardrailDecision::refuse("enough")
    }

    #[test]
    fn a_user_over_the_limit_gets_one_notice() {
        let silence = GuardrailDecision::refuse_silently();
        let group = Group::new();
        group.check(100, &["a", "a"], 2, &pass());
        group.check(101, &["a", "a", "a"], 3, &pass());
        group.check(102, &["a", "b"], 1, &pass());
        group.check(103, &["a"], 0, &notice());
        group.check(104, &["a"], 0, &silence);
        let group = group.restarted();
        group.check(105, &["a"], 0, &silence);
        group.check(159, &["a", "b"], 1, &pass());
        group.check(160, &["a"], 1, &pass());
        // The clock was wrong before.
        group.check(90, &["a", "a", "a"], 3, &pass());
        group.check(91, &["a"], 0, &notice());
    }

    #[test]
    fn agents_and_limits_have_counters_of_their_own() {
        let group = Group::new();
        group.check(100, &["a"; 3], 3, &pass());
        let other = group.0.of_agent("other");
        assert_eq!(usage_limit().admit(&mut turn(&["a"]), 1.0, "rate", &other, 100_000).unwrap(), pass());
        assert_eq!(usage_limit().admit(&mut turn(&["a"]), 1.0, "cost", &group.0, 100_000).unwrap(), pass());
        group.check(100, &["a"], 0, &notice());
    }

    #[test]
    fn stored_usage_names_no_user_and_is_bounded() {
        let key = UserHashKey::random().unwrap();
        let full = |n: usize| {
            let since = 1000 + i64::try_from(n).unwrap();
            (key.hash(&format!("user {n}")), UsageWindow { since, used: LIMIT, notified: true })
        };
        let usage = Usage { windows: (0..MAX_USERS).map(full).collect(), key: Some(key.clone()) };
        let group = Group::new();
        group.0.run().memory().state().set(group.0.memory_key("rate"), usage).unwrap();
        group.check(10, &["34600000001"; 3], 3, &pass());
        let usage = group.usage();
        assert_eq!(usage.windows.len(), MAX_USERS);
        assert_eq!([0, 1].map(|n| usage.windows.contains_key(&key.hash(&format!("user {n}")))), [false, true]);
        // The hashes are random: a part of the number could be in them by chance.
        assert!(!serde_json::to_string(&usage).unwrap().contains("34600000001"));
        group.check(11, &["34600000001"], 0, &notice());
    }

    #[test]
    fn conversations_hash_the_same_user_differently() {
        let groups = [Group::new(), Group::new()];
        for group in &groups {
            group.check(100, &["34600000001"], 1, &pass());
        }
        let [one, other] = groups.each_ref().map(|group| group.usage().windows.into_keys().next());
        assert!(one.is_some() && one != other);
    }
}
