//! Description of one metric.

/// Type of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum MetricKind {
    /// Sum that grows until the process ends. Its name ends in `_total`.
    Counter,
    /// Value that rises and falls.
    Gauge,
    /// Numbers of observed values up to each of these bounds, with their sum.
    Histogram(&'static [f64]),
}

impl MetricKind {
    /// Returns the name of the type in the text format: `counter`, `gauge` or `histogram`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// Name, type, labels and text of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct MetricSpec {
    /// Name, such as `waxwing_turns_total`. It ends in the unit, if there is one: `_seconds` or `_bytes`.
    pub name: &'static str,
    /// Type.
    pub kind: MetricKind,
    /// Names of the labels.
    pub labels: &'static [&'static str],
    /// Text about the values, without a full stop at the end.
    pub help: &'static str,
}

impl MetricSpec {
    pub(crate) const fn new(
        name: &'static str,
        kind: MetricKind,
        labels: &'static [&'static str],
        help: &'static str,
    ) -> Self {
        Self { name, kind, labels, help }
    }

    /// Returns the unit: `seconds`, `bytes`, or empty for a plain number.
    ///
    /// ```
    /// use waxwing_metrics::Metric;
    ///
    /// assert_eq!(Metric::RunSeconds.spec().unit(), "seconds");
    /// assert_eq!(Metric::Turns.spec().unit(), "");
    /// ```
    pub fn unit(&self) -> &'static str {
        let name = self.name.strip_suffix("_total").unwrap_or(self.name);
        ["seconds", "bytes"].into_iter().find(|unit| name.ends_with(unit)).unwrap_or_default()
    }
}
