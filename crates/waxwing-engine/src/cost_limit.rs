//! Limits of the cost of agents on one day.

use std::sync::{Mutex, PoisonError};

use waxwing_agent::RunContext;
use waxwing_store::{Clock, ConversationCost, Error, Store, Timestamp};

/// Part of a limit at which operators are warned.
const ALARM: f64 = 0.8;

/// Limits of the cost of agents on one day (UTC). At a limit, users get a fixed text instead of an answer.
///
/// Costs are in the currency of the models' prices. Tokens of a model without a price count with `per_million_tokens`.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct CostLimitSettings {
    /// Largest cost of all conversations. 0 for no limit. Default: 100.
    pub per_day: f64,
    /// Largest cost of one conversation, which is one user on one number, or a group. 0 for no limit. Default: 10.
    pub per_user: f64,
    /// Price of a million tokens of a model without a price. 0 if such tokens do not count. Default: 1.
    pub per_million_tokens: f64,
}

impl Default for CostLimitSettings {
    fn default() -> Self {
        Self { per_day: 100.0, per_user: 10.0, per_million_tokens: 1.0 }
    }
}

/// Counts costs, and stops agents at the limits.
#[derive(Debug)]
pub(crate) struct CostLimiter {
    settings: CostLimitSettings,
    /// Cost of all conversations. `None` until it is read from the store.
    total: Mutex<Option<DayTotal>>,
}

#[derive(Debug, Clone, Copy)]
struct DayTotal {
    /// Days since the Unix epoch.
    day: i64,
    amount: f64,
}

/// A limit that is reached, or almost reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CostAlarm {
    /// `server` or `user`.
    pub(crate) scope: &'static str,
    pub(crate) is_reached: bool,
    pub(crate) cost: f64,
    pub(crate) limit: f64,
}

impl CostLimiter {
    pub(crate) fn new(settings: CostLimitSettings) -> Self {
        Self { settings, total: Mutex::default() }
    }

    /// Returns the cost of a run so far.
    pub(crate) fn cost_of(&self, run: &RunContext) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "token counts stay below 2^52")]
        let tokens = run.unpriced_tokens() as f64;
        run.cost() + tokens / 1e6 * self.settings.per_million_tokens
    }

    /// Returns true if a limit stops the agents of a conversation.
    ///
    /// # Errors
    ///
    /// Those of the store, at the first call only.
    pub(crate) async fn is_reached(
        &self,
        store: &dyn Store,
        clock: &dyn Clock,
        conversation: ConversationCost,
    ) -> Result<bool, Error> {
        let is_over = |limit: f64, cost: f64| limit > 0.0 && cost >= limit;
        if is_over(self.settings.per_user, conversation.today) {
            return Ok(true);
        }
        Ok(self.settings.per_day > 0.0 && is_over(self.settings.per_day, self.total(store, clock).await?))
    }

    /// Counts the cost of a turn. `before` is the cost of the conversation before the turn. Returns the limits that the cost has
    /// reached or almost reached.
    pub(crate) fn add(&self, before: ConversationCost, amount: f64, now: Timestamp) -> Vec<CostAlarm> {
        if amount <= 0.0 {
            return Vec::new();
        }
        let user = alarm("user", self.settings.per_user, before.today, before.today + amount);
        let mut total = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        let server = total.as_mut().map(|total| total.at(now)).and_then(|total| {
            let cost = total.amount;
            total.amount += amount;
            alarm("server", self.settings.per_day, cost, total.amount)
        });
        user.into_iter().chain(server).collect()
    }

    /// Returns the cost of all conversations on this day. The first call reads what earlier processes have committed.
    async fn total(&self, store: &dyn Store, clock: &dyn Clock) -> Result<f64, Error> {
        let known = |total: &mut Option<DayTotal>| total.as_mut().map(|total| total.at(clock.now()).amount);
        if let Some(amount) = known(&mut self.total.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(amount);
        }
        let stored = store.cost_today().await?;
        let mut total = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        // Another turn may have read it in the meantime, and added its own cost.
        if let Some(amount) = known(&mut total) {
            return Ok(amount);
        }
        *total = Some(DayTotal { day: clock.now().day(), amount: stored });
        drop(total);
        if let Some(alarm) = alarm("server", self.settings.per_day, 0.0, stored) {
            alarm.log();
        }
        Ok(stored)
    }
}

impl DayTotal {
    /// Begins a new day if the last one is over.
    fn at(&mut self, now: Timestamp) -> &mut Self {
        if self.day != now.day() {
            *self = Self { day: now.day(), amount: 0.0 };
        }
        self
    }
}

/// Returns the higher of the alarms that a rise of the cost causes, if there is one.
fn alarm(scope: &'static str, limit: f64, before: f64, after: f64) -> Option<CostAlarm> {
    let crosses = |threshold: f64| limit > 0.0 && before < threshold && after >= threshold;
    let is_reached = crosses(limit);
    (is_reached || crosses(limit * ALARM)).then_some(CostAlarm { scope, is_reached, cost: after, limit })
}

impl CostAlarm {
    /// Warns the operators.
    pub(crate) fn log(&self) {
        let Self { scope, cost, limit, is_reached } = *self;
        if is_reached {
            tracing::warn!(
                event = "limit.reached",
                scope,
                cost,
                limit,
                "daily cost limit reached; agents do not answer until midnight UTC"
            );
        } else {
            tracing::warn!(event = "limit.approached", scope, cost, limit, "80 % of the daily cost limit used");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_threshold_raises_one_alarm() {
        #[track_caller]
        fn check(before: f64, after: f64, expected: Option<bool>) {
            let raised = alarm("user", 10.0, before, after);
            assert_eq!(raised.map(|alarm| alarm.is_reached), expected, "{before} to {after}");
        }
        check(0.0, 7.9, None);
        check(7.9, 8.0, Some(false));
        check(8.0, 9.9, None);
        check(9.9, 10.0, Some(true));
        check(0.0, 30.0, Some(true));
        check(10.0, 11.0, None);
        assert!(alarm("user", 0.0, 0.0, 1e9).is_none(), "0 is no limit");
    }

    #[test]
    fn tokens_without_a_price_cost_what_the_setting_says() {
        let limiter = CostLimiter::new(CostLimitSettings { per_million_tokens: 2.0, ..CostLimitSettings::default() });
        let run = RunContext::in_memory("1");
        run.add_cost(0.5);
        run.add_unpriced_tokens(250_000);
        assert!((limiter.cost_of(&run) - 1.0).abs() < 1e-9);
    }
}
