//! What goes on beside a turn: its lease is renewed, and the user sees that an answer is being written.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use waxwing_store::{Error, Lease};
use waxwing_types::MessageId;

use crate::engine::{Route, Shared};

/// Whatever the settings say, Meta is not asked more often than this.
const SHORTEST_RENEWAL: Duration = Duration::from_millis(100);

/// Lasts as long as it is kept.
#[derive(Debug)]
pub(crate) struct Vigil {
    renewal: JoinHandle<()>,
    typing: Option<(MessageId, JoinHandle<()>)>,
}

impl Vigil {
    /// Keeps `lease`, and cancels `run` if that fails.
    pub(crate) fn keep(shared: &Arc<Shared>, lease: &Lease, run: &CancellationToken) -> Self {
        Self { renewal: tokio::spawn(renew(shared.clone(), lease.clone(), run.clone())), typing: None }
    }

    /// Marks a message as read at once, shows that an answer is being written, and renews that; from now on for this message.
    pub(crate) fn show_typing(&mut self, shared: &Shared, route: &Route, message: &MessageId) {
        if self.typing.as_ref().is_some_and(|(shown, _)| shown == message) {
            return;
        }
        let task = tokio::spawn(show_typing(route.clone(), message.clone(), shared.settings.typing_renewal));
        if let Some((_, earlier)) = self.typing.replace((message.clone(), task)) {
            earlier.abort();
        }
    }
}

impl Drop for Vigil {
    fn drop(&mut self) {
        self.renewal.abort();
        if let Some((_, typing)) = &self.typing {
            typing.abort();
        }
    }
}

async fn renew(shared: Arc<Shared>, lease: Lease, run: CancellationToken) {
    let mut until = lease.until;
    loop {
        tokio::time::sleep(shared.settings.lease / 3).await;
        match shared.store.renew(&lease, shared.settings.lease).await {
            Ok(renewed) => until = renewed,
            Err(Error::LeaseLost) => return run.cancel(),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a lease could not be renewed");
                if shared.clock.now() >= until {
                    return run.cancel();
                }
            }
        }
    }
}

/// A user who sees no indicator still gets the answer, so a failure is of little interest.
async fn show_typing(route: Route, message: MessageId, renewal: Duration) {
    loop {
        if let Err(error) = route.graph.show_typing(&message).await {
            tracing::debug!(error = &error as &dyn std::error::Error, "the typing indicator could not be shown");
        }
        tokio::time::sleep(renewal.max(SHORTEST_RENEWAL)).await;
    }
}
