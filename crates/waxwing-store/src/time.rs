//! Time in the store.

use std::fmt;
use std::time::{Duration, SystemTime};

/// Point in time, in whole milliseconds since the Unix epoch.
///
/// A store takes and returns durations for everything that a caller schedules by, since the clock of the caller may differ from the clock of
/// the store. Timestamps are for reports, whose readers ask when something happened.
///
/// ```
/// use std::time::Duration;
/// use waxwing_store::Timestamp;
///
/// let noon = Timestamp::from_millis(1_767_268_800_000);
/// let later = noon.after(Duration::from_secs(90));
/// assert_eq!(later.since(noon), Duration::from_secs(90));
/// assert_eq!(noon.since(later), Duration::ZERO);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Latest point in time.
    pub const MAX: Self = Self(i64::MAX);

    /// Creates a timestamp from milliseconds since the Unix epoch.
    pub fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since the Unix epoch.
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the timestamp `duration` later, at most [`Timestamp::MAX`].
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns the timestamp `duration` earlier, at least the earliest one.
    pub fn before(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns the day in UTC, in days since the Unix epoch.
    pub fn day(self) -> i64 {
        self.0.div_euclid(24 * 60 * 60 * 1000)
    }

    /// Returns the time from `earlier` to this timestamp; zero if `earlier` is later.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        Self(0).after(time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
    }
}

/// Source of the current time for a store.
///
/// A store reads its clock once per operation. Tests use a clock that they control.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Returns the current time.
    fn now(&self) -> Timestamp;
}

/// Clock of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }
}

/// Clock for tests that moves only when a test advances it.
///
/// ```
/// use std::time::Duration;
/// use waxwing_store::{Clock, ManualClock, Timestamp};
///
/// let clock = ManualClock::new(Timestamp::from_millis(0));
/// clock.advance(Duration::from_secs(1));
/// assert_eq!(clock.now(), Timestamp::from_millis(1000));
/// ```
#[cfg(any(test, feature = "test-util"))]
#[derive(Debug)]
pub struct ManualClock(std::sync::atomic::AtomicI64);

#[cfg(any(test, feature = "test-util"))]
impl ManualClock {
    /// Creates a clock that shows `start`.
    pub fn new(start: Timestamp) -> Self {
        Self(start.0.into())
    }

    /// Moves the clock forward.
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

/// Clock for tests that follows the time of the Tokio runtime, so that `tokio::time::pause` and `advance` control it.
#[cfg(any(test, feature = "test-util"))]
#[derive(Debug)]
pub struct RuntimeClock {
    start: Timestamp,
    created_at: tokio::time::Instant,
}

#[cfg(any(test, feature = "test-util"))]
impl RuntimeClock {
    /// Creates a clock that shows `start` now.
    pub fn new(start: Timestamp) -> Self {
        Self { start, created_at: tokio::time::Instant::now() }
    }
}

#[cfg(any(test, feature = "test-util"))]
impl Clock for RuntimeClock {
    fn now(&self) -> Timestamp {
        self.start.after(self.created_at.elapsed())
    }
}
