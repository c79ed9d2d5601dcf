//! Ties of messages to their run.

use super::fault::Fault;
use super::tables::{conversation, inbox, send_queue, step};
use super::tx::Tx;
use super::{lease, outbox};
use crate::{ConversationId, InboxSeq, Lease, RunId, RunRef};

/// An owned [`RunRef`].
#[derive(Debug)]
pub(super) struct Run {
    pub(super) lease: Lease,
    pub(super) id: RunId,
    messages: Vec<InboxSeq>,
    pub(super) agent: String,
}

impl From<RunRef<'_>> for Run {
    fn from(run: RunRef<'_>) -> Self {
        Self {
            lease: run.lease.clone(),
            id: run.run.clone(),
            messages: run.messages.to_vec(),
            agent: run.agent.to_owned(),
        }
    }
}

/// Checks the lease of a run and ties its messages to the run.
pub(super) fn tie(tx: &Tx<'_>, run: &Run) -> Result<(), Fault> {
    lease::check(tx.conn, &run.lease)?;
    run.messages.iter().try_for_each(|message| inbox::tie_to_run(tx, run.lease.conversation, *message, &run.id))
}

/// Abandons the unfinished run of a claimed conversation. Discards its unsent messages for this reason, if there is one.
pub(super) fn abandon(tx: &Tx<'_>, lease: &Lease, discard_unsent: Option<&str>) -> Result<(), Fault> {
    lease::check(tx.conn, lease)?;
    if let Some(reason) = discard_unsent {
        outbox::discard_unsent(tx, lease.conversation, reason)?;
        send_queue::update_due(tx, lease.conversation)?;
    }
    // The next run is isolated only if its process says so.
    conversation::set_isolated(tx, lease.conversation, false)?;
    forget(tx, lease.conversation)
}

/// Removes the ties and the journal of the unfinished run.
pub(super) fn forget(tx: &Tx<'_>, conversation: ConversationId) -> Result<(), Fault> {
    inbox::untie_from_run(tx, conversation)?;
    step::delete_all(tx, conversation)
}
