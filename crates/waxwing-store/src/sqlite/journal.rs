//! Journal of an unfinished run.

use super::fault::Fault;
use super::run::{self, Run};
use super::tables::outbox::RowPart;
use super::tables::{outbox as rows, send_queue, step};
use super::tx::Tx;
use super::{lease, log, outbox};
use crate::{Draft, Lease, NewLogEntry, OutboxClass, RunId, StepKey, StepRecord};

/// Returns the steps of a run.
pub(super) fn steps(tx: &Tx<'_>, lease: &Lease, run: &RunId) -> Result<Vec<StepRecord>, Fault> {
    lease::check(tx.conn, lease)?;
    step::list(tx, lease.conversation, run)
}

/// Records the start of a step.
pub(super) fn begin_step(tx: &Tx<'_>, run: &Run, key: &StepKey) -> Result<(), Fault> {
    run::tie(tx, run)?;
    step::insert(tx, run.lease.conversation, &run.id, key)
}

/// Records the result of a step.
pub(super) fn finish_step(tx: &Tx<'_>, run: &Run, key: &StepKey, result: &[u8]) -> Result<(), Fault> {
    run::tie(tx, run)?;
    step::set_result(tx, run.lease.conversation, &run.id, key, result)
}

/// Queues an interim message, unless the run has queued one under the same key.
pub(super) fn enqueue(
    tx: &Tx<'_>,
    run: &Run,
    key: &str,
    draft: &Draft,
    entry: Option<&NewLogEntry>,
) -> Result<(), Fault> {
    run::tie(tx, run)?;
    let conversation = run.lease.conversation;
    if rows::has_interim(tx, conversation, &run.id, key)? {
        return Ok(());
    }
    // The commit of the turn gives the entry its place, after the messages that the run answers.
    entry.map_or(Ok(()), |entry| log::insert(tx, conversation, entry, &run.id, false))?;
    let number = rows::next_part(tx, conversation, &run.id)?;
    let agent = entry.and_then(|entry| entry.author.as_deref());
    let part =
        RowPart { run: &run.id, number, interim: Some(key), from_operator: false, agent, class: OutboxClass::Reply };
    outbox::push(tx, conversation, part, draft)?;
    send_queue::update_due(tx, conversation)
}
