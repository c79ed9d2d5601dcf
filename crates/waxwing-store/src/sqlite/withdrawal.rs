//! Withdrawal of queued messages of a campaign.

use std::collections::HashSet;

use super::fault::Fault;
use super::tables::campaign_recipient::{self as recipient, UnsentRow};
use super::tables::{entry, outbox, send_queue};
use super::tx::Tx;
use crate::{CampaignId, OutboxId};

/// Takes the unsent messages of a campaign out of the outbox and out of the conversation logs. Their recipients wait again.
pub(super) fn take_back(tx: &Tx<'_>, campaign: CampaignId) -> Result<(), Fault> {
    recipient::unsent(tx, campaign)?.iter().try_for_each(|unsent| take_back_one(tx, unsent))
}

/// Takes the unsent messages of these recipients back. Other messages stay.
pub(super) fn take_back_places(tx: &Tx<'_>, campaign: CampaignId, places: &[u32]) -> Result<(), Fault> {
    let places: HashSet<_> = places.iter().collect();
    let unsent = recipient::unsent(tx, campaign)?;
    unsent.iter().filter(|unsent| places.contains(&unsent.place)).try_for_each(|unsent| take_back_one(tx, unsent))
}

/// Takes a message back whose campaign was paused or cancelled while an attempt was running. Other messages stay.
pub(super) fn take_back_if_stopped(tx: &Tx<'_>, row: OutboxId) -> Result<(), Fault> {
    recipient::unsent_of_stopped(tx, row)?.iter().try_for_each(|unsent| take_back_one(tx, unsent))
}

fn take_back_one(tx: &Tx<'_>, unsent: &UnsentRow) -> Result<(), Fault> {
    recipient::set_waiting(tx, unsent.campaign, unsent.place)?;
    outbox::delete_unsent(tx, unsent.row)?;
    entry::delete_of_run(tx, unsent.log, &unsent.run)?;
    send_queue::update_due(tx, unsent.queue)
}
