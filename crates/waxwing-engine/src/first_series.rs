//! Series of counters that exist from the start, so that `increase()` of Prometheus sees their first event.

use waxwing_metrics::{Metric, Metrics};
use waxwing_types::PhoneNumberId;

/// Outcomes of sends that can have no code of Meta.
const SENDS: [&str; 5] = ["accepted", "delayed", "in_doubt", "parked", "refused"];

/// Begins the counters of business numbers and agents at 0.
pub(crate) fn begin<'a>(metrics: &Metrics, numbers: &[PhoneNumberId], agents: impl Iterator<Item = &'a str>) {
    for number in numbers {
        of_number(metrics, number);
    }
    for agent in agents {
        of_agent(metrics, agent);
    }
}

fn of_number(metrics: &Metrics, number: &PhoneNumberId) {
    for outcome in SENDS {
        metrics.count(Metric::Sends, [number.as_str(), outcome, "none"], 0);
    }
}

fn of_agent(metrics: &Metrics, agent: &str) {
    for outcome in ["replied", "failed", "cancelled"] {
        metrics.count(Metric::Runs, [agent, outcome], 0);
    }
    for outcome in ["committed", "released", "failed"] {
        metrics.count(Metric::Turns, [agent, outcome], 0);
    }
    metrics.count(Metric::TurnsGivenUp, [agent], 0);
    metrics.count(Metric::AgentPanics, [agent], 0);
}
