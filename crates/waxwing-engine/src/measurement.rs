//! Measurement of the gauges that no event of the engine changes.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use waxwing_metrics::{Metric, Metrics};
use waxwing_store::QueueDepth;

use crate::health::{self, HealthReason};
use crate::shared::Shared;

/// Time for which a measurement is used again, so that readers of the metrics cannot load the store.
const MAX_AGE: Duration = Duration::from_secs(1);

/// How long a measurement waits for the store.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Sets the gauges, unless they were set a short time ago.
pub(crate) async fn refresh(shared: &Shared) {
    let mut measured_at = shared.reports.measured_at.lock().await;
    if measured_at.is_some_and(|at| at.elapsed() < MAX_AGE) {
        return;
    }
    let metrics = &shared.reports.metrics;
    set_health(metrics, &health::check(shared).await);
    let depths = shared.store.queue_depths(shared.routes.numbers());
    // A store that fails has no depths. The health says why.
    set_depths(metrics, tokio::time::timeout(TIMEOUT, depths).await.ok().and_then(Result::ok).as_deref());
    set_circuits(metrics, shared);
    *measured_at = Some(Instant::now());
}

fn set_health(metrics: &Metrics, reasons: &[HealthReason]) {
    let is_ready = reasons.iter().all(|reason| reason.is_degradation());
    metrics.set(Metric::Ready, [], flag(is_ready));
    metrics.set(Metric::Degraded, [], flag(is_ready && !reasons.is_empty()));
    for reason in HealthReason::ALL {
        metrics.set(Metric::ReadyReason, [reason.code()], flag(reasons.contains(&reason)));
    }
}

fn set_depths(metrics: &Metrics, depths: Option<&[QueueDepth]>) {
    let gauges = [Metric::InboxMessages, Metric::InboxOldestDue, Metric::OutboxMessages, Metric::OutboxOldestDue];
    let Some(depths) = depths else { return gauges.into_iter().for_each(|gauge| metrics.clear(gauge)) };
    for QueueDepth { number, pending, turn_due_for, outbox, send_due_for } in depths {
        let number = number.as_str();
        metrics.set(Metric::InboxMessages, [number], count(*pending));
        metrics.set(Metric::InboxOldestDue, [number], turn_due_for.as_secs_f64());
        metrics.set(Metric::OutboxOldestDue, [number], send_due_for.as_secs_f64());
        for (state, messages) in outbox {
            metrics.set(Metric::OutboxMessages, [number, state.as_str()], count(*messages));
        }
    }
}

fn set_circuits(metrics: &Metrics, shared: &Shared) {
    let mut circuits: BTreeMap<(&str, String), bool> = BTreeMap::new();
    for number in shared.routes.numbers() {
        let is_open = !shared.rate_limiter.is_circuit_closed(number);
        circuits.insert(("number", number.as_str().to_owned()), is_open);
    }
    for (agent, is_open) in shared.guards.agents.agent_circuits() {
        circuits.insert(("agent", agent), is_open);
    }
    for (backend, is_open) in shared.guards.agents.backend_circuits() {
        // Backends with other keys or addresses have the same name.
        *circuits.entry(("backend", backend)).or_default() |= is_open;
    }
    metrics.clear(Metric::CircuitOpen);
    for ((kind, name), is_open) in circuits {
        metrics.set(Metric::CircuitOpen, [kind, &name], flag(is_open));
    }
}

fn flag(is_set: bool) -> f64 {
    f64::from(u8::from(is_set))
}

#[expect(clippy::cast_precision_loss, reason = "the counts of a store are limited")]
fn count(count: u64) -> f64 {
    count as f64
}
