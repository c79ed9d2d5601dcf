//! How fast messages may go out: Meta's limits, kept before Meta refuses.
//!
//! Two limits stand side by side. A business number carries so many messages a second, in and out together. And one user gets one
//! message per interval; a burst may go beyond that, as a debt: after n messages in one interval the pair is closed for n intervals.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/overview#throughput>

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_store::ConversationId;
use waxwing_types::PhoneNumberId;

use crate::settings::PaceSettings;

/// Pairs are forgotten in bulk once there are this many and their debt is paid.
const SWEEP_AT: usize = 10_000;

/// Keeps the limits of all numbers of one process.
#[derive(Debug)]
pub(crate) struct Pacer {
    settings: PaceSettings,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    numbers: HashMap<PhoneNumberId, Throughput>,
    pairs: HashMap<ConversationId, Pair>,
    sweep_at: usize,
}

/// When the next message of a number would go out if all went at the even pace; a second's worth of messages may run ahead of it.
#[derive(Debug, Clone, Copy)]
struct Throughput(Instant);

/// The messages of one interval, and when it began.
#[derive(Debug, Clone, Copy)]
struct Pair {
    began: Instant,
    count: u32,
}

impl Pacer {
    pub(crate) fn new(settings: PaceSettings) -> Self {
        Self { settings, state: Mutex::new(State { sweep_at: SWEEP_AT, ..State::default() }) }
    }

    /// Counts a message that came in. However many come, they leave room for one answer at a time: Meta refuses what is too much, and what
    /// came in cannot be sent back.
    pub(crate) fn received(&self, number: &PhoneNumberId) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.number_wait(number, Instant::now()).is_zero() {
            state.spend(number, &self.settings);
        }
    }

    /// Takes the right to send one message, or says how long to wait before asking again; then nothing is taken.
    pub(crate) fn take(&self, number: &PhoneNumberId, conversation: ConversationId) -> Result<(), Duration> {
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = state.pair_wait(conversation, now, &self.settings).max(state.number_wait(number, now));
        if !wait.is_zero() {
            return Err(wait);
        }
        state.spend(number, &self.settings);
        state.open_pair(conversation, now, &self.settings);
        Ok(())
    }
}

impl State {
    fn number_wait(&self, number: &PhoneNumberId, now: Instant) -> Duration {
        let ahead =
            self.numbers.get(number).map_or(Duration::ZERO, |Throughput(next)| next.saturating_duration_since(now));
        ahead.saturating_sub(Duration::from_secs(1))
    }

    fn spend(&mut self, number: &PhoneNumberId, settings: &PaceSettings) {
        let now = Instant::now();
        let interval = Duration::from_secs(1) / settings.per_second.max(1);
        let Throughput(next) = self.numbers.entry(number.clone()).or_insert(Throughput(now));
        *next = (*next).max(now) + interval;
    }

    fn pair_wait(&self, conversation: ConversationId, now: Instant, settings: &PaceSettings) -> Duration {
        match self.pairs.get(&conversation) {
            Some(pair) if !pair.is_open(now, settings) => pair.paid(settings).saturating_duration_since(now),
            _ => Duration::ZERO,
        }
    }

    fn open_pair(&mut self, conversation: ConversationId, now: Instant, settings: &PaceSettings) {
        if settings.pair_interval.is_zero() {
            return;
        }
        let pair = self.pairs.entry(conversation).or_insert(Pair { began: now, count: 0 });
        if now < pair.began + settings.pair_interval {
            pair.count += 1;
        } else {
            *pair = Pair { began: now, count: 1 };
        }
        if self.pairs.len() >= self.sweep_at {
            self.pairs.retain(|_, pair| pair.paid(settings) > now);
            self.sweep_at = SWEEP_AT.max(self.pairs.len() * 2);
        }
    }
}

impl Pair {
    /// True while the burst of the interval may go on.
    fn is_open(self, now: Instant, settings: &PaceSettings) -> bool {
        now < self.began + settings.pair_interval && self.count < settings.pair_burst
    }

    /// When the debt of the interval's messages is paid.
    fn paid(self, settings: &PaceSettings) -> Instant {
        self.began + settings.pair_interval * self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: ConversationId = ConversationId(1);

    fn number() -> PhoneNumberId {
        PhoneNumberId::new("1000001")
    }

    fn burst(pacer: &Pacer, conversation: ConversationId, count: usize) -> usize {
        (0..count).take_while(|_| pacer.take(&number(), conversation).is_ok()).count()
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_burst_of_twenty_the_pair_is_closed_for_two_minutes() {
        let pacer = Pacer::new(PaceSettings::default());
        assert_eq!(burst(&pacer, ANA, 20), 20);
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(pacer.take(&number(), ANA), Err(Duration::from_secs(114)));
        assert_eq!(pacer.take(&number(), ConversationId(2)), Ok(()), "another pair is open");
        tokio::time::advance(Duration::from_secs(114)).await;
        assert_eq!(pacer.take(&number(), ANA), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_burst_ends_at_forty_five() {
        let pacer = Pacer::new(PaceSettings::default());
        assert_eq!(burst(&pacer, ANA, 60), 45);
        assert_eq!(pacer.take(&number(), ANA), Err(Duration::from_secs(45 * 6)));
    }

    #[tokio::test(start_paused = true)]
    async fn one_message_per_interval_never_waits() {
        let pacer = Pacer::new(PaceSettings::default());
        for _ in 0..100 {
            assert_eq!(pacer.take(&number(), ANA), Ok(()));
            tokio::time::advance(Duration::from_secs(6)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_number_carries_so_many_messages_a_second_in_and_out() {
        let pacer = Pacer::new(PaceSettings { pair_interval: Duration::ZERO, ..PaceSettings::default() });
        (0..40).for_each(|_| pacer.received(&number()));
        assert_eq!(burst(&pacer, ANA, 100), 41);
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(burst(&pacer, ANA, 100), 40);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_of_messages_does_not_silence_the_answers() {
        let pacer = Pacer::new(PaceSettings::default());
        (0..10_000).for_each(|_| pacer.received(&number()));
        let wait = pacer.take(&number(), ANA).unwrap_err();
        assert!(wait <= Duration::from_millis(13), "{wait:?}");
    }
}
