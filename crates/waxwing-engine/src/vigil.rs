//! What goes on beside a turn: its lease is renewed, and the user sees that an answer is being written.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use waxwing_store::{Error, Lease};
use waxwing_types::MessageId;

use crate::engine::{Route, Shared};

/// Lasts as long as it is kept.
#[derive(Debug)]
pub(crate) struct Vigil {
    tasks: Vec<JoinHandle<()>>,
}

impl Vigil {
    /// Keeps `lease`, and cancels `run` if that fails.
    pub(crate) fn keep(shared: &Arc<Shared>, lease: &Lease, run: &CancellationToken) -> Self {
        Self { tasks: vec![tokio::spawn(renew(shared.clone(), lease.clone(), run.clone()))] }
    }

    /// Marks a message as read at once, shows that an answer is being written, and renews that.
    pub(crate) fn show_typing(&mut self, shared: &Shared, route: &Route, message: MessageId) {
        self.tasks.push(tokio::spawn(show_typing(route.clone(), message, shared.settings.typing_renewal)));
    }
}

impl Drop for Vigil {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
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
        tokio::time::sleep(renewal).await;
    }
}
