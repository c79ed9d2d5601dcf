//! Claims of turns.

use async_trait::async_trait;
use tokio::sync::Notify;
use tokio::time::Instant;
use waxwing_store::{Claims, Error};
use waxwing_types::PhoneNumberId;

use super::Crew;
use super::claim_loop::{Claimed, Job};
use crate::shared::Shared;
use crate::turn;

/// Conversations with pending messages.
pub(super) struct Turns;

#[async_trait]
impl Job for Turns {
    const NAME: &str = "turns";

    fn due<'a>(&self, shared: &'a Shared) -> &'a Notify {
        &shared.due.turns
    }

    /// Claims turns of all numbers with enough room together. A number with less room is claimed alone, within its room.
    async fn claim(&self, crew: &Crew, limit: usize) -> Result<Claimed, Error> {
        let shared = &crew.shared;
        if shared.guards.pause.is_paused(&*shared.store).await? {
            return Ok(Claimed::default());
        }
        let (roomy, scarce): (Vec<_>, Vec<_>) =
            shared.routes.numbers().iter().cloned().partition(|number| shared.slots.runs.room(number, limit) == limit);
        let mut claimed = claim_numbers(crew, &roomy, limit).await?;
        for number in scarce {
            let room = shared.slots.runs.room(&number, limit);
            claimed.add(&claim_numbers(crew, std::slice::from_ref(&number), room).await?);
        }
        Ok(claimed)
    }
}

/// Claims up to `limit` turns of these numbers and starts them.
async fn claim_numbers(crew: &Crew, numbers: &[PhoneNumberId], limit: usize) -> Result<Claimed, Error> {
    if numbers.is_empty() || limit == 0 {
        return Ok(Claimed::default());
    }
    let Crew { shared, shutdown, turns, sends } = crew;
    let claimed_at = Instant::now();
    let Claims { claimed, next_due_in } = shared.store.claim_turns(numbers, limit, shared.settings.lease).await?;
    let count = claimed.len();
    for claim in claimed {
        let slot = shared.slots.runs.try_take(&claim.conversation.number);
        turns.spawn(turn::run(shared.clone(), shutdown.clone(), sends.clone(), claim, claimed_at, slot));
    }
    Ok(Claimed { count, has_more: count == limit, next_due_in })
}
