//! Pause of all agents by an operator.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::OnceCell;
use waxwing_store::{Error, Store};

/// Whether an operator has paused all agents. The store keeps the pause over restarts, and is read once.
#[derive(Debug, Default)]
pub(crate) struct AgentPause(OnceCell<AtomicBool>);

impl AgentPause {
    /// Returns true if the agents are paused.
    ///
    /// # Errors
    ///
    /// Those of the store, until the first success.
    pub(crate) async fn is_paused(&self, store: &dyn Store) -> Result<bool, Error> {
        Ok(self.load(store).await?.load(Ordering::SeqCst))
    }

    /// Pauses or resumes the agents.
    ///
    /// # Errors
    ///
    /// Those of the store. Nothing has changed then.
    pub(crate) async fn set(&self, store: &dyn Store, is_paused: bool) -> Result<(), Error> {
        let state = self.load(store).await?;
        store.set_agents_paused(is_paused).await?;
        state.store(is_paused, Ordering::SeqCst);
        if is_paused {
            tracing::warn!("an operator has paused all agents; messages wait");
        } else {
            tracing::info!("an operator has resumed all agents");
        }
        Ok(())
    }

    async fn load(&self, store: &dyn Store) -> Result<&AtomicBool, Error> {
        let read = async || {
            let is_paused = store.agents_paused_since().await?.is_some();
            if is_paused {
                tracing::warn!("all agents are paused; run `waxwing agents resume --all` to resume them");
            }
            Ok(AtomicBool::new(is_paused))
        };
        self.0.get_or_try_init(read).await
    }
}
