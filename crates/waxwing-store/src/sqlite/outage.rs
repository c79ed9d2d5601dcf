//! Outages of agents.

use super::fault::Fault;
use super::tables::outbox::RowPart;
use super::tables::{conversation, outbox as rows, send_queue, step};
use super::tx::Tx;
use super::{lease, outbox, run};
use crate::{Lease, OutageRelease, RunId};

/// Key of the interim message of an outage.
const INTERIM: &str = "outage";

/// Releases a conversation whose agent cannot work. The interim message of the outage is queued once.
pub(super) fn release(tx: &Tx<'_>, held: &Lease, outage: &OutageRelease) -> Result<(), Fault> {
    lease::check(tx.conn, held)?;
    let id = held.conversation;
    let is_told = conversation::record_outage(tx, id, outage.has_run)?;
    if let (false, Some(draft)) = (is_told, &outage.interim) {
        let run = RunId(format!("{INTERIM}-{}", held.epoch));
        let part = RowPart { run: &run, number: 0, interim: Some(INTERIM), from_operator: false };
        outbox::push(tx, id, part, draft)?;
        send_queue::update_due(tx, id)?;
        conversation::set_outage_told(tx, id)?;
    }
    // A run without a record may be replaced by another one, which takes the messages that arrive meanwhile as well.
    if !step::exists(tx, id)? && !rows::has_unfinished_run(tx, id)? {
        run::forget(tx, id)?;
    }
    conversation::release(tx, id, tx.now.after(outage.delay))?;
    Ok(())
}
