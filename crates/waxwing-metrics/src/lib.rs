#![doc = include_str!("../README.md")]

mod catalog;
mod family;
mod labels;
mod metrics;
mod spec;

pub use catalog::{CATALOG, Metric};
pub use family::MAX_SERIES;
pub use metrics::{CONTENT_TYPE, Metrics};
pub use spec::{MetricKind, MetricSpec};
