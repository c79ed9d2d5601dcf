//! Claims of sends.

use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::Instant;
use waxwing_store::{Claims, Error, SendLimits};
use waxwing_types::PhoneNumberId;

use super::Crew;
use super::claim_loop::{self, CLAIM_LIMIT, Claimed, Job, STORE_BACKOFF};
use crate::outbound::send;
use crate::rate_limit::{HalfOpenNumber, SendableNumbers};
use crate::send_slots::SendSlots;
use crate::shared::Shared;

/// Shortest wait for the next message of a campaign after the share of the rate was used.
const CAMPAIGN_WAIT: Duration = Duration::from_millis(5);

/// Conversations with messages to send.
pub(super) struct Sends(pub(super) SendSlots);

#[async_trait]
impl Job for Sends {
    const NAME: &str = "sends";

    async fn free(&self) -> usize {
        self.0.healthy_free().await.min(CLAIM_LIMIT)
    }

    fn due<'a>(&self, shared: &'a Shared) -> &'a Notify {
        &shared.due.sends
    }

    async fn claim(&self, crew: &Crew, limit: usize) -> Result<Claimed, Error> {
        // Numbers with an open circuit are not claimed. A number with a half-open circuit gets a few messages, as probes.
        let SendableNumbers { closed, half_open, throughput_in, circuit_in } = sendable(crew);
        let next_due_in = throughput_in.into_iter().chain(circuit_in).min();
        let mut claimed = Claimed { next_due_in, ..Claimed::default() };
        let failing = if crew.shared.due.campaigns.holds_failing() { 0 } else { self.0.free_failing() };
        let limits = SendLimits { healthy: limit, failing: failing.min(CLAIM_LIMIT), campaign: 0 };
        claimed.add(&self.claim_numbers(crew, &closed, limits).await?);
        // Messages of campaigns wait until no other message is due.
        if !claimed.has_more {
            for number in &closed {
                claimed.add(&self.claim_campaigns(crew, number, CLAIM_LIMIT).await?);
            }
        }
        for number in half_open {
            claimed.add(&self.claim_probes(crew, number).await?);
        }
        Ok(claimed)
    }
}

impl Sends {
    /// Sends everything that is due before `end`, and waits for the sends in progress until `end`.
    ///
    /// Retries of failing conversations, and numbers whose circuit is not closed, are not waited for.
    pub(super) async fn finish(&self, crew: &Crew, end: Instant) {
        loop {
            let free = crew.shutdown.abort.run_until_cancelled(self.free());
            let Ok(Some(free)) = tokio::time::timeout_at(end, free).await else { return };
            if Instant::now() >= end {
                return;
            }
            let next_due_in = match self.claim_rest(crew, free).await {
                Ok(Claimed { has_more: true, .. }) => continue,
                Ok(Claimed { next_due_in, .. }) => next_due_in,
                Err(error) => {
                    claim_loop::log_failure::<Self>(&error);
                    Some(STORE_BACKOFF)
                }
            };
            let next = next_due_in.map(|wait| Instant::now() + wait).filter(|next| *next < end);
            if crew.sends.is_empty() && next.is_none() {
                return;
            }
            tokio::select! {
                () = crew.shared.due.sends.notified() => {}
                () = crew.sends.wait(), if !crew.sends.is_empty() => {}
                () = tokio::time::sleep_until(next.unwrap_or(end)) => {}
            }
        }
    }

    /// Claims sends. The due time is that of conversations that are not failing.
    async fn claim_rest(&self, crew: &Crew, limit: usize) -> Result<Claimed, Error> {
        let claimed = self.claim(crew, limit).await?;
        if claimed.has_more {
            return Ok(claimed);
        }
        let SendableNumbers { closed, throughput_in, .. } = sendable(crew);
        let mut rest = Claimed { next_due_in: throughput_in, ..Claimed::default() };
        rest.add(&self.claim_numbers(crew, &closed, SendLimits { healthy: limit, failing: 0, campaign: 0 }).await?);
        Ok(rest)
    }

    /// Claims messages of campaigns of one number, up to `max`, as far as their slots and their share of the rate of the number allow.
    async fn claim_campaigns(&self, crew: &Crew, number: &PhoneNumberId, max: usize) -> Result<Claimed, Error> {
        let shared = &crew.shared;
        // Messages of campaigns are not waited for in a shutdown.
        let version = shared.due.campaigns.may_wait(number).filter(|_| !crew.shutdown.drain.is_cancelled());
        let Some(version) = version else { return Ok(Claimed::default()) };
        let (room, next_in) = shared.rate_limiter.campaign_room(number);
        // Without a free slot, the end of a send wakes the loop.
        let soon = || Some(next_in.max(CAMPAIGN_WAIT)).filter(|_| self.0.has_slot_for_campaign());
        let limit = room.min(self.0.free_for_campaigns()).min(max);
        if limit == 0 {
            return Ok(Claimed { next_due_in: soon(), ..Claimed::default() });
        }
        let limits = SendLimits { healthy: 0, failing: 0, campaign: limit };
        let found = self.claim_numbers(crew, std::slice::from_ref(number), limits).await?;
        if found.count == 0 && found.next_due_in.is_none() {
            shared.due.campaigns.note_empty(number, version);
        }
        let next_due_in = if found.count == limit { soon() } else { found.next_due_in };
        Ok(Claimed { has_more: false, next_due_in, ..found })
    }

    /// Claims messages of one number as probes.
    async fn claim_probes(&self, crew: &Crew, number: HalfOpenNumber) -> Result<Claimed, Error> {
        let HalfOpenNumber { number, probes, allows_failing } = number;
        let numbers = [number];
        let mut claimed =
            self.claim_numbers(crew, &numbers, SendLimits { healthy: probes, failing: 0, campaign: 0 }).await?;
        if claimed.count == 0 && allows_failing {
            claimed.add(&self.claim_numbers(crew, &numbers, SendLimits { healthy: 0, failing: 1, campaign: 0 }).await?);
        }
        if claimed.count == 0 {
            let [number] = &numbers;
            claimed.add(&self.claim_campaigns(crew, number, 1).await?);
        }
        // The end of a probe wakes the loop, so the due time matters only without a probe.
        let next_due_in = claimed.next_due_in.filter(|_| claimed.count == 0);
        Ok(Claimed { has_more: false, next_due_in, ..claimed })
    }

    async fn claim_numbers(
        &self,
        crew: &Crew,
        numbers: &[PhoneNumberId],
        limits: SendLimits,
    ) -> Result<Claimed, Error> {
        if numbers.is_empty() {
            return Ok(Claimed::default());
        }
        let Crew { shared, shutdown, sends, .. } = crew;
        let claimed_at = Instant::now();
        let policy = shared.settings.retry.send_policy();
        let Claims { claimed, next_due_in } = shared.store.claim_sends(numbers, limits, policy).await?;
        let (count, failing) = (claimed.len(), claimed.iter().filter(|first| first.failing_for.is_some()).count());
        for first in claimed {
            let slot = self.0.take(first.failing_for.is_some(), first.source.is_campaign);
            sends.spawn(send::send_queue(shared.clone(), shutdown.clone(), first, claimed_at, slot));
        }
        Ok(Claimed { count, has_more: limits.healthy > 0 && count - failing >= limits.healthy, next_due_in })
    }
}

fn sendable(crew: &Crew) -> SendableNumbers {
    crew.shared.rate_limiter.sendable(crew.shared.routes.numbers())
}
