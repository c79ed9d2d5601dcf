//! Ids of traces with their spans.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// Id of a trace: that of its run.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId([u8; 16]);

impl TraceId {
    /// Returns the id of the trace of a run: the run id itself if it has 32 hexadecimal digits, else the first half of its SHA-256 digest. Each process
    /// finds the same id.
    ///
    /// ```
    /// use waxwing_traces::TraceId;
    ///
    /// let run = "0af7651916cd43dd8448eb211c80319c";
    /// assert_eq!(TraceId::of_run(run).to_string(), run);
    /// assert_eq!(TraceId::of_run("campaign-7-3"), TraceId::of_run("campaign-7-3"));
    /// ```
    pub fn of_run(run: &str) -> Self {
        Self::same_as_run(run).unwrap_or_else(|| {
            let mut id = [0; 16];
            id.copy_from_slice(&Sha256::digest(run)[..16]);
            Self(id)
        })
    }

    /// Returns the run id as a trace id, if it has that form, as the runs of turns have.
    pub(crate) fn same_as_run(run: &str) -> Option<Self> {
        let mut id = [0; 16];
        hex::decode_to_slice(run, &mut id).ok()?;
        (id != [0; 16]).then_some(Self(id))
    }

    /// Returns the bytes of the id.
    pub fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// Returns the id of the root span, which every process finds without asking another one.
    pub(crate) fn root(self) -> SpanId {
        SpanId::from_random(Sha256::new().chain_update(b"root").chain_update(self.0).finalize().into())
    }

    /// Returns the last 32 bits of the id as a fraction of 1. They are random in a hash, and in a UUID of version 7, whose other bits are a time and a
    /// counter within the millisecond.
    pub(crate) fn fraction(self) -> f64 {
        let random = self.0[12..].iter().fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        f64::from(random) / 2_f64.powi(32)
    }
}

/// Id of a span.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId([u8; 8]);

impl SpanId {
    /// Returns a random id.
    pub(crate) fn random() -> Self {
        // Two of them, since a UUID has fixed bits in the middle.
        let [left, right] = [(); 2].map(|()| uuid::Uuid::new_v4().into_bytes());
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&left[..4]);
        bytes[4..8].copy_from_slice(&right[..4]);
        Self::from_random(bytes)
    }

    /// Returns the id with the first of these bytes. The id with zeros only is invalid.
    fn from_random(bytes: [u8; 32]) -> Self {
        let mut id = [0; 8];
        id.copy_from_slice(&bytes[..8]);
        if id == [0; 8] {
            id[7] = 1;
        }
        Self(id)
    }

    /// Returns the bytes of the id.
    pub fn to_bytes(self) -> [u8; 8] {
        self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_has_a_valid_trace_id() {
        let zeros = "0".repeat(32);
        for run in ["campaign-7-3", "", "0af7651916cd43dd", &zeros] {
            assert_ne!(TraceId::of_run(run).to_bytes(), [0; 16], "{run}");
        }
        assert_ne!(TraceId::of_run("campaign-7-3"), TraceId::of_run("campaign-7-4"));
    }

    #[test]
    fn the_root_span_follows_from_the_run() {
        let root = |run| TraceId::of_run(run).root();
        assert_eq!(root("campaign-7-3"), root("campaign-7-3"));
        assert_ne!(root("campaign-7-3"), root("campaign-7-4"));
        assert_ne!(SpanId::random(), SpanId::random());
    }
}
