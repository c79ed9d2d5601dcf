//! Clock of the emulator.
//!
//! Everything that depends on time reads this clock: the customer service window, the lifetime of media URLs, delays, backoff.
//! Advancing the clock moves the whole emulated world at once.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio::time::Instant;

/// Clock that can be advanced. Clones share the same time.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    epoch: SystemTime,
    /// `None` for a frozen clock, which moves only when it is advanced.
    started: Option<Instant>,
    skipped: watch::Sender<Duration>,
}

impl Clock {
    /// Returns a clock that shows the system time and keeps running.
    pub(crate) fn start() -> Self {
        Self { epoch: SystemTime::now(), started: Some(Instant::now()), skipped: watch::Sender::new(Duration::ZERO) }
    }

    /// Returns a clock that stands at `start` until it is advanced.
    pub(crate) fn frozen(start: SystemTime) -> Self {
        Self { epoch: start, started: None, skipped: watch::Sender::new(Duration::ZERO) }
    }

    pub(crate) fn now(&self) -> SystemTime {
        let elapsed = self.started.map(|started| started.elapsed()).unwrap_or_default();
        self.epoch + elapsed + *self.skipped.borrow()
    }

    /// Skips `by` and wakes the sleepers whose time has come.
    pub(crate) fn advance(&self, by: Duration) {
        self.skipped.send_modify(|skipped| *skipped = skipped.saturating_add(by));
    }

    /// Waits until `duration` has passed on this clock.
    pub(crate) async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.now() + duration).await;
    }

    /// Waits until this clock shows `deadline`.
    pub(crate) async fn sleep_until(&self, deadline: SystemTime) {
        let mut skips = self.skipped.subscribe();
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

    #[tokio::test(start_paused = true)]
    async fn a_running_clock_moves_by_itself() {
        let clock = Clock::start();
        let before = clock.now();
        clock.sleep(Duration::from_secs(3)).await;
        assert!(clock.now().duration_since(before).unwrap() >= Duration::from_secs(3));
    }
}
