//! Journal of an unfinished run.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;

use crate::ids::{InboxSeq, RunId};
use crate::lease::Lease;
use crate::log::NewLogEntry;
use crate::outbox::Draft;
use crate::{Error, redact};

/// Records the effects of a running agent, so that a repeated run does not repeat them.
///
/// Every write ties the messages of the run to the run, and fails with [`Error::LeaseLost`] if the lease is no longer held.
#[async_trait]
pub trait JournalStore: Send + Sync + fmt::Debug {
    /// Returns the recorded steps of a run, in the order in which they were started.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn steps(&self, lease: &Lease, run: &RunId) -> Result<Vec<StepRecord>, Error>;

    /// Records the start of a step. Has no effect if the step is recorded already.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn begin_step(&self, run: RunRef<'_>, key: &StepKey) -> Result<(), Error>;

    /// Records the result of a step.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn finish_step(&self, run: RunRef<'_>, key: &StepKey, result: Bytes) -> Result<(), Error>;

    /// Queues an interim message: a message that is sent while the run continues.
    ///
    /// `key` names the message within the run. If the run has queued a message under this key before, that message stays as it is. `entry` is
    /// appended to the conversation log.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn enqueue(&self, run: RunRef<'_>, key: &str, draft: Draft, entry: Option<NewLogEntry>) -> Result<(), Error>;
}

/// A run that makes a write.
#[derive(Debug, Clone, Copy)]
pub struct RunRef<'a> {
    /// Lease on the conversation.
    pub lease: &'a Lease,
    /// Key of the run.
    pub run: &'a RunId,
    /// Messages that the run handles. From the first write on, they are tied to the run, so that a repeated run handles the same messages.
    pub messages: &'a [InboxSeq],
    /// Name of the agent of the run. Its interim messages count for this agent.
    pub agent: &'a str,
}

/// Key of a step within a run.
///
/// ```
/// use waxwing_store::StepKey;
///
/// // The second payment of the run.
/// let key = StepKey { name: "charge_card".into(), nth: 1 };
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StepKey {
    /// Name that the agent gave to the step.
    pub name: String,
    /// Number of earlier steps with this name in the run.
    pub nth: u32,
}

/// A recorded step. `Debug` output contains no result.
#[derive(Clone, PartialEq, Eq)]
pub struct StepRecord {
    /// Key of the step.
    pub key: StepKey,
    /// Result; `None` if the step was started and did not finish.
    pub result: Option<Bytes>,
}

impl fmt::Debug for StepRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StepRecord")
            .field("key", &self.key)
            .field("result", &redact::optional_length(self.result.as_ref()))
            .finish()
    }
}
