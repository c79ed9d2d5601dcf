//! Claims of turns.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;
use waxwing_store::{Claims, Error};

use super::Crew;
use super::claim_loop::{Claimed, Job};
use crate::shared::Shared;
use crate::turn;

/// Conversations with pending messages.
pub(super) struct Turns(pub(super) Arc<Semaphore>);

#[async_trait]
impl Job for Turns {
    const NAME: &str = "turns";

    fn permits(&self) -> &Semaphore {
        &self.0
    }

    fn due<'a>(&self, shared: &'a Shared) -> &'a Notify {
        &shared.turns_due
    }

    async fn claim(&self, crew: &Crew, limit: usize) -> Result<Claimed, Error> {
        let Crew { shared, shutdown, turns, sends } = crew;
        let numbers = shared.routes.numbers();
        let claimed_at = Instant::now();
        let Claims { claimed, next_due_in } = shared.store.claim_turns(numbers, limit, shared.settings.lease).await?;
        let count = claimed.len();
        for claim in claimed {
            let permit = self.0.clone().try_acquire_owned();
            turns.spawn(turn::run(shared.clone(), shutdown.clone(), sends.clone(), claim, claimed_at, permit.ok()));
        }
        Ok(Claimed { count, has_more: count == limit, next_due_in })
    }
}
