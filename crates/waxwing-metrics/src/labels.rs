//! Label values of one series.

use std::fmt;
use std::hash::{Hash, Hasher};

use prometheus_client::encoding::{EncodeLabel as _, EncodeLabelSet, LabelSetEncoder};

/// Longest value of a label in bytes. A longer value is no name that a configuration has.
const MAX_VALUE: usize = 128;

/// Value in place of one that is not counted by itself.
const OTHER: &str = "other";

/// The labels of a series. The names are those of the metric.
#[derive(Debug, Clone)]
pub(crate) struct Labels {
    names: &'static [&'static str],
    values: Box<[Box<str>]>,
}

impl Labels {
    pub(crate) fn new(names: &'static [&'static str], values: &[&str]) -> Self {
        let value = |value: &&str| if value.len() > MAX_VALUE { OTHER.into() } else { Box::from(*value) };
        Self { names, values: values.iter().map(value).collect() }
    }

    /// Returns the labels of the series for all values that have no series of their own.
    pub(crate) fn into_other(self) -> Self {
        Self { values: self.names.iter().map(|_| OTHER.into()).collect(), ..self }
    }
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.values.hash(state);
    }
}

impl EncodeLabelSet for Labels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), fmt::Error> {
        for (name, value) in self.names.iter().zip(&*self.values) {
            (*name, &**value).encode(encoder.encode_label())?;
        }
        Ok(())
    }
}
