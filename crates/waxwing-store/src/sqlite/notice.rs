//! Notices that are queued outside a commit.

use super::fault::Fault;
use super::tables::conversation::notices::{self, FIRST_CONTACT};
use super::tables::outbox::RowPart;
use super::tables::send_queue;
use super::tx::Tx;
use super::{lease, log, outbox};
use crate::{Lease, NewFirstContact, NewNotices, OutboxClass, QueuedNotice, RunId};

/// Key of the away text.
const AWAY: &str = "away";

/// Lets a held conversation wait until the business opens. The away text is queued, if there is one.
pub(super) fn wait_for_opening(
    tx: &Tx<'_>,
    held: &Lease,
    away: Option<&QueuedNotice>,
    agent: Option<&str>,
) -> Result<(), Fault> {
    notices::wait_for_opening(tx, held.conversation)?;
    let Some(away) = away else { return Ok(()) };
    queue(tx, held, AWAY, away, agent)?;
    notices::record(tx, held.conversation, &NewNotices { is_away: true, ..NewNotices::default() })
}

/// Queues the first-contact text of this version.
pub(super) fn first_contact(tx: &Tx<'_>, held: &Lease, version: &str, notice: &QueuedNotice) -> Result<(), Fault> {
    lease::check(tx.conn, held)?;
    queue(tx, held, FIRST_CONTACT, notice, None)?;
    let text = NewFirstContact { version: version.to_owned(), messages: 1 };
    let notices = NewNotices { first_contact: Some(text), ..NewNotices::default() };
    notices::record(tx, held.conversation, &notices)
}

/// Queues a notice under a run of its own, so that it survives a run that is abandoned.
pub(super) fn queue(
    tx: &Tx<'_>,
    held: &Lease,
    key: &str,
    notice: &QueuedNotice,
    agent: Option<&str>,
) -> Result<(), Fault> {
    // An identity change can move the row to another conversation, which has the same epochs.
    let (id, run) = (held.conversation, RunId(format!("{key}-{}-{}", held.conversation.0, held.epoch)));
    let part =
        RowPart { run: &run, number: 0, interim: Some(key), from_operator: false, agent, class: OutboxClass::Reply };
    outbox::push(tx, id, part, &notice.draft)?;
    log::insert(tx, id, &notice.entry, &run, false)?;
    send_queue::update_due(tx, id)
}
