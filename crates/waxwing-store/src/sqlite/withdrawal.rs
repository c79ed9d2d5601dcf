//! Withdrawal of queued messages of a campaign.

use super::fault::Fault;
use super::tables::campaign_recipient::{self as recipient, UnsentRow};
use super::tables::{entry, outbox, send_queue};
use super::tx::Tx;
use crate::CampaignId;

/// Takes the messages of a campaign out of the outbox and out of the conversation logs. Their recipients wait again.
pub(super) fn take_back(tx: &Tx<'_>, campaign: CampaignId) -> Result<(), Fault> {
    for UnsentRow { place, row, conversation, run } in recipient::unsent(tx, campaign)? {
        recipient::set_waiting(tx, campaign, place)?;
        outbox::delete_unsent(tx, row)?;
        entry::delete_of_run(tx, conversation, &run)?;
        send_queue::update_due(tx, conversation)?;
    }
    Ok(())
}
