//! A run's own ways to write while it goes on: interim messages and recorded steps, each checked against the lease.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use waxwing_agent::{AgentError, Conversation, Entry, Journal, Recorded, Reply};
use waxwing_store::{Error, InboxSeq, Lease, RunId, RunRef, StepKey, StepRecord};
use waxwing_types::Address;

use crate::compile::compile;
use crate::engine::Shared;
use crate::history::entry_of_agent;

/// One run, as its agent can reach it.
pub(crate) struct Run {
    shared: Arc<Shared>,
    lease: Lease,
    id: RunId,
    messages: Vec<InboxSeq>,
    address: Address,
    recorded: HashMap<StepKey, Option<Bytes>>,
    parts: AtomicU32,
    said: Mutex<Vec<Entry>>,
}

impl Run {
    pub(crate) fn new(
        shared: Arc<Shared>,
        lease: Lease,
        id: RunId,
        messages: Vec<InboxSeq>,
        address: Address,
        steps: Vec<StepRecord>,
    ) -> Self {
        let recorded = steps.into_iter().map(|step| (step.key, step.result)).collect();
        Self { shared, lease, id, messages, address, recorded, parts: AtomicU32::new(0), said: Mutex::default() }
    }

    /// What the agent said before it ended, for the session.
    pub(crate) fn take_said(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn reference(&self) -> RunRef<'_> {
        RunRef { lease: &self.lease, run: &self.id, messages: &self.messages }
    }
}

#[async_trait]
impl Conversation for Run {
    async fn send(&self, interim: Reply) -> Result<(), AgentError> {
        let said = entry_of_agent(&interim, self.shared.clock.now());
        for draft in compile(interim, &self.address, &self.shared.settings.texts.no_medium).await? {
            let part = self.parts.fetch_add(1, Ordering::Relaxed);
            self.shared.store.enqueue(self.reference(), part, draft).await.map_err(refused)?;
            self.shared.sends_due.notify_one();
        }
        self.said.lock().unwrap_or_else(PoisonError::into_inner).extend(said);
        Ok(())
    }
}

#[async_trait]
impl Journal for Run {
    async fn recorded(&self, key: &waxwing_agent::StepKey) -> Result<Recorded, AgentError> {
        Ok(match self.recorded.get(&stored(key)) {
            None => Recorded::Nothing,
            Some(None) => Recorded::Begun,
            Some(Some(result)) => Recorded::Finished(result.to_vec()),
        })
    }

    async fn begin(&self, key: &waxwing_agent::StepKey) -> Result<(), AgentError> {
        self.shared.store.begin_step(self.reference(), &stored(key)).await.map_err(refused)
    }

    async fn finish(&self, key: &waxwing_agent::StepKey, result: Vec<u8>) -> Result<(), AgentError> {
        self.shared.store.finish_step(self.reference(), &stored(key), result.into()).await.map_err(refused)
    }
}

fn stored(key: &waxwing_agent::StepKey) -> StepKey {
    StepKey { name: key.name.clone(), nth: key.nth }
}

fn refused(error: Error) -> AgentError {
    AgentError::retryable(error.to_string()).with_source(error)
}
