//! Clock of the emulator.
//!
//! Everything that depends on time reads this clock: the customer service window, the lifetime of media URLs, delays, backoff.
//! Advancing the clock moves the whole emulated world at once.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio::time::Instant;

/// Limit of the offset in nanoseconds: ten thousand years, which every time stamp can represent.
const MAX_OFFSET: i128 = 10_000 * 365 * 24 * 3_600 * 1_000_000_000;
const NANOS_PER_MILLI: i128 = 1_000_000;

/// Clock that can be advanced. Clones share the same time.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    epoch: SystemTime,
    /// `None` for a frozen clock, which moves only when it is advanced.
    started: Option<Instant>,
    /// Time by which the clock is ahead, in nanoseconds.
    offset: watch::Sender<i128>,
}

/// Written form of a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ClockState {
    /// Clock that runs, and is ahead of the system time by this many milliseconds.
    Running { offset: i64 },
    /// Clock that stands at this time, in milliseconds since 1970.
    Frozen { at: u64 },
}

impl Clock {
    /// Returns a clock that shows the system time and keeps running.
    pub(crate) fn start() -> Self {
        Self { epoch: SystemTime::now(), started: Some(Instant::now()), offset: watch::Sender::new(0) }
    }

    /// Returns a clock that stands at `start` until it is advanced.
    pub(crate) fn frozen(start: SystemTime) -> Self {
        Self { epoch: start, started: None, offset: watch::Sender::new(0) }
    }

    pub(crate) fn now(&self) -> SystemTime {
        let (base, offset) = (self.base(), *self.offset.borrow());
        let by = Duration::from_nanos_u128(offset.unsigned_abs().min(MAX_OFFSET.unsigned_abs()));
        if offset < 0 { base.checked_sub(by) } else { base.checked_add(by) }.unwrap_or(base)
    }

    /// Returns the time without the offset.
    fn base(&self) -> SystemTime {
        self.epoch + self.started.map(|started| started.elapsed()).unwrap_or_default()
    }

    /// Returns the state of the clock.
    pub(crate) fn state(&self) -> ClockState {
        match self.started {
            Some(_) => {
                let millis = *self.offset.borrow() / NANOS_PER_MILLI;
                ClockState::Running { offset: i64::try_from(millis).unwrap_or(i64::MAX) }
            }
            None => ClockState::Frozen { at: unix_millis(self.now()) },
        }
    }

    /// Sets the clock to a state, and wakes the sleepers. A running clock runs on from the time of a frozen one.
    pub(crate) fn restore(&self, state: ClockState) {
        let offset = match state {
            ClockState::Running { offset } => i128::from(offset) * NANOS_PER_MILLI,
            ClockState::Frozen { at } => (i128::from(at) - i128::from(unix_millis(self.base()))) * NANOS_PER_MILLI,
        };
        self.offset.send_replace(offset.clamp(-MAX_OFFSET, MAX_OFFSET));
    }

    /// Removes the offset.
    pub(crate) fn reset(&self) {
        self.offset.send_replace(0);
    }

    /// Returns whether time passes by itself.
    pub(crate) fn is_running(&self) -> bool {
        self.started.is_some()
    }

    /// Skips `by` and wakes the sleepers whose time has come.
    pub(crate) fn advance(&self, by: Duration) {
        let by = i128::try_from(by.as_nanos()).unwrap_or(MAX_OFFSET);
        self.offset.send_modify(|offset| *offset = offset.saturating_add(by).min(MAX_OFFSET));
    }

    /// Waits until `duration` has passed on this clock.
    pub(crate) async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now() + duration).await;
    }

    /// Waits until this clock shows `deadline`.
    pub(crate) async fn sleep_until(&self, deadline: SystemTime) {
        let mut skips = self.offset.subscribe();
        while let Ok(left) = deadline.duration_since(self.now()) {
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = tokio::time::sleep(left), if self.started.is_some() => {}
                _ = skips.changed() => {}
            }
        }
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::start()
    }
}

/// Returns whole seconds since 1970, the unit of Meta's time stamps.
pub(crate) fn unix_seconds(at: SystemTime) -> u64 {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// Returns milliseconds since 1970, the unit of the phone page.
pub(crate) fn unix_millis(at: SystemTime) -> u64 {
    u64::try_from(at.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn advancing_wakes_a_sleeper() {
        let clock = Clock::start();
        let day = Duration::from_hours(24);
        let before = Instant::now();
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(day).await }
        });
        tokio::task::yield_now().await;
        clock.advance(day);
        sleeper.await.unwrap();
        assert!(before.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn a_state_is_restored() {
        let (start, later) = (UNIX_EPOCH + Duration::from_secs(100), UNIX_EPOCH + Duration::from_secs(1_000));
        let frozen = Clock::frozen(later);
        frozen.advance(Duration::from_secs(5));
        let restored = Clock::frozen(start);
        restored.restore(frozen.state());
        assert_eq!(restored.now(), later + Duration::from_secs(5));
        frozen.restore(Clock::frozen(start).state());
        assert_eq!(frozen.now(), start, "a clock can go back");
        let running = Clock::start();
        running.advance(Duration::from_secs(9));
        assert_eq!(running.state(), ClockState::Running { offset: 9_000 });
        restored.reset();
        restored.restore(running.state());
        assert_eq!(restored.now(), start + Duration::from_secs(9));
        running.advance(Duration::MAX);
        assert!(running.now() > later, "no advance overflows");
    }

    #[tokio::test(start_paused = true)]
    async fn a_running_clock_moves_by_itself() {
        let clock = Clock::start();
        let before = clock.now();
        clock.sleep(Duration::from_secs(3)).await;
        assert!(clock.now().duration_since(before).unwrap() >= Duration::from_secs(3));
    }
}
