//! Outages of agents.

use super::fault::Fault;
use super::tables::conversation::outage as state;
use super::tables::{outbox as rows, step};
use super::tx::Tx;
use super::{notice, run};
use crate::{Lease, OutageRelease};

/// Key of the interim message of an outage.
const INTERIM: &str = "outage";

/// Records that the agent of a held conversation, which has this name, cannot work. The interim message of the outage is queued once.
pub(super) fn record(tx: &Tx<'_>, held: &Lease, outage: &OutageRelease, agent: Option<&str>) -> Result<(), Fault> {
    let id = held.conversation;
    let is_told = state::record(tx, id, outage.has_run)?;
    if let (false, Some(interim)) = (is_told, &outage.interim) {
        notice::queue(tx, held, INTERIM, interim, agent)?;
        state::set_told(tx, id)?;
    }
    // A run without a record may be replaced by another one, which takes the messages that arrive meanwhile as well.
    if !step::exists(tx, id)? && !rows::unfinished_run_has_rows(tx, id)? {
        run::forget(tx, id)?;
    }
    Ok(())
}
