//! Warns operators of budgets for Meta's charges that are almost used.

use std::sync::Arc;
use std::time::Duration;

use crate::budget::BudgetAlarm;
use crate::events::{BudgetReport, EngineEventKind};
use crate::shared::Shared;
use crate::shutdown::ShutdownSignal;
use crate::store_log::log_store_error;

/// Shortest time between two readings of the charges. Messages that are counted in the meantime are read together.
const INTERVAL: Duration = Duration::from_millis(200);

/// Compares the charges with the budgets at the start and whenever messages were counted, until the engine drains.
pub(crate) async fn run(shared: Arc<Shared>, shutdown: ShutdownSignal) {
    let budgets = &shared.guards.budgets;
    if !budgets.is_set() {
        return;
    }
    if budgets.rates().is_none() {
        tracing::warn!("budgets for meta's charges need rates; set `rates` in [budget] to a rate table");
    }
    loop {
        if let Err(error) = budgets.refresh(&*shared.store, &*shared.clock).await {
            log_store_error!(error, "charges not read");
        }
        raise(&shared);
        tokio::select! {
            () = shutdown.drain.cancelled() => return,
            () = async {
                tokio::time::sleep(INTERVAL).await;
                budgets.counted.notified().await;
            } => {}
        }
    }
}

/// Logs and reports the alarms that were not raised before.
fn raise(shared: &Shared) {
    let budgets = &shared.guards.budgets;
    let currency = budgets.rates().map(|rates| rates.currency()).unwrap_or_default();
    for alarm in budgets.alarms() {
        alarm.log(currency);
        if alarm.is_reached {
            let reason = format!("charges of the {} reached {} {currency}", alarm.period.as_str(), alarm.budget);
            shared.reports.alarms.raise(&alarm.number, "budget_reached", &reason, None);
        }
        let event = event(&alarm, currency);
        shared.reports.events.publish(None, None, event);
    }
}

fn event(alarm: &BudgetAlarm, currency: &str) -> EngineEventKind {
    let report = BudgetReport {
        number: alarm.number.as_str().to_owned(),
        period: alarm.period.as_str(),
        charged: alarm.charges.amount.to_string(),
        budget: alarm.budget.to_string(),
        currency: currency.to_owned(),
        without_rate: alarm.charges.without_rate,
        is_hard: alarm.is_hard,
    };
    if alarm.is_reached { EngineEventKind::BudgetReached(report) } else { EngineEventKind::BudgetApproached(report) }
}
