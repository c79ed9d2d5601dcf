//! Commits of turns.

use super::fault::Fault;
use super::tables::conversation::notices::{self, FIRST_CONTACT};
use super::tables::outbox::RowPart;
use super::tables::{conversation, cost, model_cost, outbox as rows, send_queue as queue};
use super::tx::Tx;
use super::{lease, log, outbox, preference, responder, run, send_queue, session};
use crate::{CommittedTurn, Lease, OutboxClass, TurnCommit};

/// Stores what a turn produced and releases the conversation.
pub(super) fn commit(tx: &Tx<'_>, lease: &Lease, commit: &TurnCommit) -> Result<CommittedTurn, Fault> {
    lease::check(tx.conn, lease)?;
    let id = lease.conversation;
    log::append(tx, id, commit)?;
    // Messages of the run without an outcome are free for another run.
    run::forget(tx, id)?;
    outbox::set_reported(tx, id, &commit.reported_undelivered, commit.sends_parked)?;
    if let Some(write) = &commit.session {
        session::write(tx, id, write)?;
    }
    if let Some(change) = commit.responder {
        responder::set(tx, id, change)?;
    }
    if let Some(choice) = commit.marketing {
        preference::choose(tx, id, choice, tx.now)?;
    }
    notices::record(tx, id, &commit.notices)?;
    if let Some(new) = &commit.begin_session {
        session::begin(tx, id, new)?;
    }
    if let Some(reason) = commit.discard_unsent {
        outbox::discard_unsent(tx, id, reason)?;
    }
    let first = rows::next_part(tx, id, &commit.run)?;
    let first_contact = commit.notices.first_contact.as_ref().map_or(0, |text| text.messages);
    for (nth, (number, draft)) in (first..).zip(&commit.reply).enumerate() {
        let interim = (nth < first_contact).then_some(FIRST_CONTACT);
        let agent = commit.agent.as_deref();
        let class = OutboxClass::Reply;
        let part = RowPart { run: &commit.run, number, interim, from_operator: false, agent, class };
        outbox::push(tx, id, part, draft)?;
    }
    cost::add(tx, id, commit.cost)?;
    model_cost::add(tx, id, commit.agent.as_deref(), commit.cost.amount)?;
    conversation::reset_failures(tx, id)?;
    let more = conversation::release(tx, id, tx.now)?;
    queue::update_due(tx, id)?;
    let send = match commit.send {
        Some(policy) => send_queue::claim_one(tx, id, policy)?,
        None => None,
    };
    Ok(CommittedTurn { send, more })
}
