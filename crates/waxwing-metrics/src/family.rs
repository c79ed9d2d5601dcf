//! The series of one metric.

use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use prometheus_client::encoding::EncodeMetric;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::Registry;

use crate::labels::Labels;
use crate::spec::{MetricKind, MetricSpec};

/// Largest number of series of one metric. Further ones are counted together, with the label value `other`.
pub const MAX_SERIES: usize = 1000;

/// Series of a counter.
type Sum = Counter<f64, AtomicU64>;

/// Series of a gauge.
type Value = Gauge<f64, AtomicU64>;

/// The series of one metric, by their labels.
pub(crate) enum Series {
    Counter(BoundedFamily<Sum, fn() -> Sum>),
    Gauge(BoundedFamily<Value, fn() -> Value>),
    Histogram(BoundedFamily<Histogram, Buckets>),
}

impl Series {
    /// Registers a metric.
    pub(crate) fn register(spec: &MetricSpec, registry: &mut Registry) -> Self {
        match spec.kind {
            MetricKind::Counter => Self::Counter(BoundedFamily::register(spec, registry, Counter::default)),
            MetricKind::Gauge => Self::Gauge(BoundedFamily::register(spec, registry, Gauge::default)),
            MetricKind::Histogram(bounds) => Self::Histogram(BoundedFamily::register(spec, registry, Buckets(bounds))),
        }
    }

    /// Adds a value to the sum of a counter, or to the distribution of a histogram. Sets a gauge.
    pub(crate) fn record(&self, labels: Labels, value: f64) {
        match self {
            Self::Counter(family) => {
                family.with(labels, |counter| counter.inc_by(value));
            }
            Self::Gauge(family) => {
                family.with(labels, |gauge| gauge.set(value));
            }
            Self::Histogram(family) => family.with(labels, |histogram| histogram.observe(value)),
        }
    }

    /// Removes all series of a gauge.
    pub(crate) fn clear(&self) {
        if let Self::Gauge(family) = self {
            family.clear();
        }
    }
}

/// Creates the histogram of a series.
#[derive(Clone, Copy)]
pub(crate) struct Buckets(&'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

/// Series with a limit of their number.
pub(crate) struct BoundedFamily<M, C> {
    family: Family<Labels, M, C>,
    /// Number of series so far.
    count: AtomicUsize,
}

impl<M, C> BoundedFamily<M, C>
where
    M: EncodeMetric + TypedMetric + fmt::Debug + Send + Sync + 'static,
    C: MetricConstructor<M> + Clone + Send + Sync + 'static,
    Family<Labels, M, C>: prometheus_client::registry::Metric,
{
    fn register(spec: &MetricSpec, registry: &mut Registry, constructor: C) -> Self {
        let family = Family::new_with_constructor(constructor);
        // The encoder adds the suffix of counters.
        let suffix = if matches!(M::TYPE, MetricType::Counter) { "_total" } else { "" };
        registry.register(spec.name.strip_suffix(suffix).unwrap_or(spec.name), spec.help, family.clone());
        Self { family, count: AtomicUsize::new(0) }
    }

    /// Calls `change` with the series of these labels, or with that of all other labels if the metric has as many series as it may have.
    fn with<T>(&self, labels: Labels, change: impl FnOnce(&M) -> T) -> T {
        if let Some(known) = self.family.get(&labels) {
            return change(&known);
        }
        let is_allowed = self.count.fetch_add(1, Ordering::Relaxed) < MAX_SERIES;
        let labels = if is_allowed { labels } else { labels.into_other() };
        change(&self.family.get_or_create(&labels))
    }

    fn clear(&self) {
        self.family.clear();
        self.count.store(0, Ordering::Relaxed);
    }
}
