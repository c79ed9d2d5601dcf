#![doc = include_str!("../README.md")]

use std::time::Duration;

/// Exponential backoff: the delay doubles with each attempt, up to a maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    base: Duration,
    max: Duration,
}

impl Backoff {
    /// Creates a backoff that waits `base` after the first attempt, and never longer than `max`.
    pub const fn new(base: Duration, max: Duration) -> Self {
        Self { base, max }
    }

    /// Returns the delay after a failed attempt, without jitter. Attempts count from 1; 0 counts as 1.
    pub fn delay(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        self.base.saturating_mul(1 << doublings).min(self.max)
    }
}

/// Returns a random delay from zero to `delay`. `random` lies in `0.0..=1.0`; see [`random_fraction`].
pub fn full_jitter(delay: Duration, random: f64) -> Duration {
    delay.mul_f64(random)
}

/// Returns a random delay from half of `delay` to `delay`. `random` lies in `0.0..=1.0`; see [`random_fraction`].
pub fn equal_jitter(delay: Duration, random: f64) -> Duration {
    delay.mul_f64(0.5 + random / 2.0)
}

/// Returns a random number, evenly distributed over `0.0..=1.0`.
///
/// Returns 1.0 if the operating system has no randomness: a delay then has no jitter.
pub fn random_fraction() -> f64 {
    getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_delay_doubles_up_to_the_maximum() {
        let backoff = Backoff::new(SECOND, 10 * SECOND);
        let delays = [0, 1, 2, 3, 4, 5, u32::MAX].map(|attempt| backoff.delay(attempt).as_secs());
        assert_eq!(delays, [1, 1, 2, 4, 8, 10, 10]);
        assert_eq!(Backoff::new(Duration::MAX, Duration::MAX).delay(2), Duration::MAX);
    }

    #[test]
    fn jitter_stays_within_its_bounds() {
        assert_eq!([0.0, 0.5, 1.0].map(|random| full_jitter(2 * SECOND, random).as_millis()), [0, 1000, 2000]);
        assert_eq!([0.0, 0.5, 1.0].map(|random| equal_jitter(2 * SECOND, random).as_millis()), [1000, 1500, 2000]);
        assert!((0..100).all(|_| (0.0..=1.0).contains(&random_fraction())));
    }
}
