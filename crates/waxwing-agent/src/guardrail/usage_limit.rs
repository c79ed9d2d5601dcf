//! What each user may use up within a window of time.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{GuardrailContext, GuardrailDecision};
use crate::{AgentError, Reply, SessionState, Turn};

/// Of so many users at most something is kept. Beyond, the oldest window is forgotten.
const MAX_USERS: usize = 1024;

/// So much in a window, which begins with the first use; whoever has used it up is told once, and heard again when the window is over.
#[derive(Debug, Clone)]
pub(super) struct UsageLimit {
    /// How much a user may have used and still be heard.
    pub(super) limit: f64,
    pub(super) window: Duration,
    pub(super) notice: Reply,
}

/// By the hashes of users' ids: the counters of a group should not say who is in it.
type UsageWindows = BTreeMap<String, UsageWindow>;

/// What one user has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct UsageWindow {
    /// When it began, in milliseconds since the Unix epoch.
    since: i64,
    used: f64,
    #[serde(default)]
    notified: bool,
}

impl UsageLimit {
    /// Takes out of a turn what those said who have used all up. `charge` is what each of the messages of the others costs them.
    pub(super) fn admit(
        &self,
        turn: &mut Turn,
        charge: f64,
        name: &str,
        ctx: &GuardrailContext,
        now: i64,
    ) -> Result<GuardrailDecision, AgentError> {
        let is_news = self.update(name, ctx, now, |windows| {
            let out = ctx.take_out(turn, |sender, messages| {
                let id = hashed(sender);
                let used = windows.get(&id).map_or(0.0, |window| window.used);
                let is_heard = used < self.limit;
                #[expect(clippy::cast_precision_loss, reason = "a turn has few messages")]
                let charged = charge * messages as f64;
                if is_heard && charged > 0.0 {
                    windows.entry(id).or_insert(UsageWindow::begun(now)).used += charged;
                }
                is_heard
            });
            let tell = |sender: &String| {
                let window = windows.entry(hashed(sender)).or_insert(UsageWindow::begun(now));
                !std::mem::replace(&mut window.notified, true)
            };
            // Nobody is told while others are answered.
            turn.messages.is_empty() && out.iter().any(tell)
        })?;
        Ok(match turn.messages.is_empty() {
            false => GuardrailDecision::Pass,
            true if is_news => GuardrailDecision::Refuse(self.notice.clone()),
            true => GuardrailDecision::silence(),
        })
    }

    /// Charges a user.
    pub(super) fn charge(&self, amount: f64, name: &str, ctx: &GuardrailContext, now: i64) -> Result<(), AgentError> {
        if amount <= 0.0 {
            return Ok(());
        }
        self.update(name, ctx, now, |windows| {
            windows.entry(hashed(ctx.run().user_id())).or_insert(UsageWindow::begun(now)).used += amount;
        })
    }

    /// Works on the windows that are not over.
    fn update<T>(
        &self,
        name: &str,
        ctx: &GuardrailContext,
        now: i64,
        work: impl FnOnce(&mut UsageWindows) -> T,
    ) -> Result<T, AgentError> {
        let state: &SessionState = ctx.run().memory().state();
        let length = i64::try_from(self.window.as_millis()).unwrap_or(i64::MAX);
        state.update(&ctx.key(name), |windows: &mut UsageWindows| {
            // One that begins in the future was written by a clock that was wrong.
            windows.retain(|_, window| window.since <= now && now.saturating_sub(window.since) < length);
            let result = work(windows);
            while windows.len() > MAX_USERS {
                let oldest = windows.iter().min_by_key(|(_, window)| window.since).map(|(id, _)| id.clone());
                windows.remove(&oldest.expect("there are many"));
            }
            result
        })
    }
}

impl UsageWindow {
    fn begun(now: i64) -> Self {
        Self { since: now, ..Self::default() }
    }
}

/// Now, in milliseconds since the Unix epoch.
pub(super) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}

/// FNV-1a with 64 bits: the same in every version and on every machine. Nobody gains from a collision but company in their window.
fn hashed(id: &str) -> String {
    let hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Memory, RunContext, Session, User, UserMessage};

    const LIMIT: f64 = 3.0;

    fn usage_limit() -> UsageLimit {
        UsageLimit { limit: LIMIT, window: Duration::from_mins(1), notice: "enough".into() }
    }

    fn turn(senders: &[&str]) -> Turn {
        let from = |id: &&str| {
            let mut message = UserMessage::text("hi");
            message.sender = User { id: (*id).to_owned(), name: None };
            message
        };
        Turn { messages: senders.iter().map(from).collect(), ..Turn::default() }
    }

    struct Group(GuardrailContext);

    impl Group {
        fn new() -> Self {
            Self(GuardrailContext::new(&RunContext::in_memory("a"), "agent"))
        }

        /// The same after a restart.
        fn restarted(&self) -> Self {
            let memory = Memory::restored(self.0.run().memory().state().changed().unwrap());
            Self(GuardrailContext::new(&RunContext::builder("a", Session::new("new")).memory(memory).build(), "agent"))
        }

        /// Says something at a second, and checks how many messages are left and what is answered.
        #[track_caller]
        fn check(&self, second: i64, senders: &[&str], left: usize, expected: &GuardrailDecision) {
            let mut turn = turn(senders);
            let verdict = usage_limit().admit(&mut turn, 1.0, "rate", &self.0, second * 1000).unwrap();
            assert_eq!((turn.messages.len(), &verdict), (left, expected));
        }
    }

    #[test]
    fn whoever_has_used_all_up_is_told_once() {
        let (pass, notice, silence) =
            (GuardrailDecision::Pass, GuardrailDecision::refuse("enough"), GuardrailDecision::silence());
        let group = Group::new();
        group.check(100, &["a", "a"], 2, &pass);
        group.check(101, &["a", "a", "a"], 3, &pass);
        group.check(102, &["a", "b"], 1, &pass);
        group.check(103, &["a"], 0, &notice);
        group.check(104, &["a"], 0, &silence);
        let group = group.restarted();
        group.check(105, &["a"], 0, &silence);
        group.check(159, &["a", "b"], 1, &pass);
        group.check(160, &["a"], 1, &pass);
        // The clock was wrong before.
        group.check(90, &["a", "a", "a"], 3, &pass);
        group.check(91, &["a"], 0, &notice);
    }

    #[test]
    fn agents_and_limits_do_not_share_their_counters() {
        let group = Group::new();
        group.check(100, &["a"; 3], 3, &GuardrailDecision::Pass);
        let other = GuardrailContext { agent: "other".into(), ..group.0.clone() };
        assert_eq!(
            usage_limit().admit(&mut turn(&["a"]), 1.0, "rate", &other, 100_000).unwrap(),
            GuardrailDecision::Pass
        );
        assert_eq!(
            usage_limit().admit(&mut turn(&["a"]), 1.0, "cost", &group.0, 100_000).unwrap(),
            GuardrailDecision::Pass
        );
        group.check(100, &["a"], 0, &GuardrailDecision::refuse("enough"));
    }

    #[test]
    fn nobody_is_named_and_not_everybody_is_kept() {
        let full = |n: usize| {
            (format!("user {n}"), UsageWindow { since: 1000 + i64::try_from(n).unwrap(), used: LIMIT, notified: true })
        };
        let windows: UsageWindows = (0..MAX_USERS).map(full).collect();
        let group = Group::new();
        group.0.run().memory().state().set(group.0.key("rate"), windows).unwrap();
        group.check(10, &["34600000001"; 3], 3, &GuardrailDecision::Pass);
        let windows: UsageWindows = group.0.run().memory().state().get(&group.0.key("rate")).unwrap();
        assert!(windows.len() == MAX_USERS && !windows.contains_key("user 0") && windows.contains_key("user 1"));
        assert!(!serde_json::to_string(&windows).unwrap().contains("34600"));
        group.check(11, &["34600000001"], 0, &GuardrailDecision::refuse("enough"));
    }
}
