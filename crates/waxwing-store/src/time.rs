//! Points in time, and where a store takes them from.

use std::fmt;
use std::time::{Duration, SystemTime};

/// A point in time, in whole milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last one that can be told.
    pub const MAX: Self = Self(i64::MAX);

    /// From milliseconds since the Unix epoch.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// This point in time, `duration` later; the last one that can be told where that is too far.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This point in time, `duration` earlier; the first one that can be told where that is too far.
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long it is from `earlier` to this point in time; zero where `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(0).after(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
    }
}

/// Tells a store what time it is.
///
/// A store asks for the time once per operation, inside its transaction. Tests hand in a clock that they turn themselves.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// The clock of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }
}

/// A clock that stands still until it is turned.
#[cfg(any(test, feature = "test-util"))]
#[derive(Debug)]
pub struct ManualClock(std::sync::atomic::AtomicI64);

#[cfg(any(test, feature = "test-util"))]
impl ManualClock {
    /// A clock that shows `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(start.0.into())
    }

    /// Turns the clock forward.
    pub fn advance(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(any(test, feature = "test-util"))]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}

/// A clock that goes as the time of the Tokio runtime does, so that it can be paused and turned with that.
#[cfg(any(test, feature = "test-util"))]
#[derive(Debug)]
pub struct RuntimeClock {
    start: Timestamp,
    began: tokio::time::Instant,
}

#[cfg(any(test, feature = "test-util"))]
impl RuntimeClock {
    /// A clock that shows `start` now.
    pub fn new(start: Timestamp) -> Self {
        Self { start, began: tokio::time::Instant::now() }
    }
}

#[cfg(any(test, feature = "test-util"))]
impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        self.start.after(self.began.elapsed())
    }
}
