//! The handle that counts.

use std::fmt;
use std::sync::Arc;

use prometheus_client::encoding::prometheus_text;
use prometheus_client::registry::Registry;

use crate::catalog::{CATALOG, Metric};
use crate::family::Series;
use crate::labels::Labels;

/// Media type of the page that [`Metrics::encode`] returns.
pub const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// The metrics of one process, or of a part of it. Clones share their values.
///
/// Counting takes no I/O and never waits for a reader of the page.
///
/// ```
/// use waxwing_metrics::{Metric, Metrics};
///
/// let metrics = Metrics::new();
/// metrics.increment(Metric::LostLeases, []);
/// assert!(metrics.encode().contains("waxwing_lost_leases_total 1.0"));
/// assert!(Metrics::new().encode().contains("waxwing_lost_leases_total 0.0"), "there is no global state");
/// ```
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Registry,
    /// In the order of the catalogue.
    series: Vec<Series>,
}

impl Metrics {
    /// Creates metrics without values. A metric without labels begins at 0.
    pub fn new() -> Self {
        let mut registry = Registry::default();
        let series = CATALOG.iter().map(|spec| Series::register(spec, &mut registry)).collect();
        let metrics = Self(Arc::new(Inner { registry, series }));
        for metric in Metric::ALL.iter().filter(|metric| metric.spec().labels.is_empty() && metric.is_counter()) {
            metrics.record(*metric, [], 0.0);
        }
        metrics
    }

    /// Adds 1 to a counter. `labels` are the values of its labels, in the order of the catalogue.
    pub fn increment<const N: usize>(&self, counter: Metric, labels: [&str; N]) {
        self.record(counter, labels, 1.0);
    }

    /// Adds a whole number to a counter.
    #[expect(clippy::cast_precision_loss, reason = "a counter is a floating-point number")]
    pub fn count<const N: usize>(&self, counter: Metric, labels: [&str; N], amount: u64) {
        self.record(counter, labels, amount as f64);
    }

    /// Adds an amount to a counter. Amounts that are negative or no number are left out, since a counter never falls.
    pub fn add<const N: usize>(&self, counter: Metric, labels: [&str; N], amount: f64) {
        if amount >= 0.0 && amount.is_finite() {
            self.record(counter, labels, amount);
        }
    }

    /// Adds a value to a histogram.
    pub fn observe<const N: usize>(&self, histogram: Metric, labels: [&str; N], value: f64) {
        self.record(histogram, labels, value);
    }

    /// Sets a gauge.
    pub fn set<const N: usize>(&self, gauge: Metric, labels: [&str; N], value: f64) {
        self.record(gauge, labels, value);
    }

    /// Removes all series of a gauge, so that those that do not exist any more are left out.
    pub fn clear(&self, gauge: Metric) {
        self.0.series[gauge as usize].clear();
    }

    /// Returns the page for Prometheus, in version 0.0.4 of its text format.
    pub fn encode(&self) -> String {
        let mut page = String::new();
        // Writing to a string does not fail.
        let _ = prometheus_text::encode(&mut page, &self.0.registry);
        page
    }

    fn record<const N: usize>(&self, metric: Metric, values: [&str; N], value: f64) {
        let names = metric.spec().labels;
        debug_assert_eq!(names.len(), N, "{} has other labels", metric.spec().name);
        self.0.series[metric as usize].record(Labels::new(names, &values), value);
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::family::MAX_SERIES;

    #[test]
    fn clones_share_their_values() {
        let metrics = Metrics::new();
        metrics.clone().increment(Metric::Turns, ["a", "committed"]);
        metrics.add(Metric::Turns, ["a", "committed"], 2.0);
        metrics.add(Metric::Turns, ["a", "committed"], -1.0);
        assert!(metrics.encode().contains(r#"waxwing_turns_total{agent="a",outcome="committed"} 3.0"#));
    }

    #[test]
    fn a_metric_has_a_bounded_number_of_series() {
        let metrics = Metrics::new();
        for nth in 0..MAX_SERIES + 10 {
            metrics.increment(Metric::ToolCalls, [&format!("tool {nth}"), "ok"]);
        }
        metrics.increment(Metric::ToolCalls, ["tool 1", "ok"]);
        let page = metrics.encode();
        let series = page.lines().filter(|line| line.starts_with("waxwing_tool_calls_total{")).count();
        assert_eq!(series, MAX_SERIES + 1);
        assert!(page.contains(r#"waxwing_tool_calls_total{tool="other",outcome="other"} 10.0"#));
        assert!(page.contains(r#"waxwing_tool_calls_total{tool="tool 1",outcome="ok"} 2.0"#));
    }

    #[test]
    fn a_value_that_is_no_name_is_not_shown() {
        let metrics = Metrics::new();
        metrics.increment(Metric::ToolCalls, [&"x".repeat(200), "ok"]);
        assert!(metrics.encode().contains(r#"waxwing_tool_calls_total{tool="other",outcome="ok"} 1.0"#));
    }

    #[test]
    fn a_gauge_can_lose_its_series() {
        let metrics = Metrics::new();
        metrics.set(Metric::CircuitOpen, ["agent", "a"], 1.0);
        metrics.clear(Metric::CircuitOpen);
        metrics.set(Metric::CircuitOpen, ["agent", "b"], 0.0);
        let page = metrics.encode();
        assert!(!page.contains(r#"name="a""#) && page.contains(r#"name="b"} 0.0"#), "{page}");
    }

    #[test]
    fn a_histogram_counts_up_to_each_bound() {
        let metrics = Metrics::new();
        metrics.observe(Metric::RunSeconds, ["a"], 0.3);
        let page = metrics.encode();
        for line in [
            r#"waxwing_run_seconds_bucket{agent="a",le="0.25"} 0"#,
            r#"waxwing_run_seconds_bucket{agent="a",le="0.5"} 1"#,
            r#"waxwing_run_seconds_bucket{agent="a",le="+Inf"} 1"#,
            r#"waxwing_run_seconds_sum{agent="a"} 0.3"#,
            r#"waxwing_run_seconds_count{agent="a"} 1"#,
        ] {
            assert!(page.lines().any(|found| found == line), "{line} is missing in {page}");
        }
    }
}
