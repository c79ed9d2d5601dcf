//! Campaigns, also those of one message.

use std::time::Duration;

use super::conversation_key::conversation_key;
use super::fault::Fault;
use super::run::{self, Run};
use super::tables::campaign::{self, NewRow};
use super::tables::{campaign_recipient as recipient, conversation, idempotency};
use super::tx::Tx;
use super::{operator, proactive, withdrawal};
use crate::{
    AddedRecipients, CampaignChange, CampaignId, CampaignKind, CampaignState, ConversationId, Error, MAX_CAMPAIGNS,
    MAX_RECIPIENTS, MAX_RECIPIENTS_PER_CALL, MAX_SCHEDULED, MAX_SCHEDULED_PER_CONVERSATION, NewCampaign, NewRecipient,
    NewReminder, NewScheduledMessage, OutboxId, PauseReason, ScheduledMessage,
};

/// Creates a draft.
pub(super) fn create(tx: &Tx<'_>, new: &NewCampaign) -> Result<CampaignId, Fault> {
    let mut open = 0;
    for state in [CampaignState::Draft, CampaignState::Running, CampaignState::Paused] {
        open += campaign::count(tx, CampaignKind::Campaign, state, MAX_CAMPAIGNS)?;
    }
    if open >= MAX_CAMPAIGNS {
        return Err(limit("100 campaigns are not over; cancel one, or wait until one has finished"));
    }
    let NewCampaign { number, name, plan } = new;
    campaign::insert(tx, &NewRow { number, kind: CampaignKind::Campaign, name, key: None, plan, starts_at: None })
}

fn limit(limit: &'static str) -> Fault {
    Fault::Refused(Error::LimitReached { limit })
}

fn wrong_state(state: &'static str) -> Fault {
    Fault::Refused(Error::WrongState { state })
}

/// Adds recipients to a draft.
pub(super) fn add(tx: &Tx<'_>, id: CampaignId, new: &[NewRecipient]) -> Result<AddedRecipients, Fault> {
    let (state, before) = campaign::state(tx, id)?;
    if state != CampaignState::Draft {
        return Err(wrong_state(state.as_str()));
    }
    if new.len() > MAX_RECIPIENTS_PER_CALL {
        return Err(limit("a call adds at most 1,000 recipients; add them in several calls"));
    }
    let (mut total, mut duplicates) = (before, Vec::new());
    for (position, one) in new.iter().enumerate() {
        if !recipient::insert(tx, id, total + 1, one)? {
            duplicates.push(position);
            continue;
        }
        total += 1;
        if total > MAX_RECIPIENTS {
            return Err(limit("a campaign has at most 100,000 recipients; create another campaign for the rest"));
        }
    }
    campaign::set_last_place(tx, id, total)?;
    Ok(AddedRecipients { added: total - before, total, duplicates })
}

/// Schedules a message, unless an earlier call with the same key has scheduled it.
pub(super) fn schedule(tx: &Tx<'_>, message: &NewScheduledMessage) -> Result<ScheduledMessage, Fault> {
    if let Some(known) = proactive::repeated(tx, message.idempotency.as_ref())?
        && let Some(campaign) = known.campaign
    {
        return Ok(scheduled(tx, campaign, known.conversation, true));
    }
    let conversation = operator::conversation_of(tx, &message.target)?;
    let id = insert_single(tx, CampaignKind::Scheduled, conversation, None, (&message.data, message.send_in))?;
    if let Some(key) = &message.idempotency {
        idempotency::insert(tx, key, conversation, OutboxId(0), Some(id))?;
    }
    Ok(scheduled(tx, id, conversation, false))
}

fn scheduled(tx: &Tx<'_>, campaign: CampaignId, conversation: ConversationId, is_repeated: bool) -> ScheduledMessage {
    let conversation_key = conversation_key(tx.namespace, conversation);
    ScheduledMessage { campaign, conversation, conversation_key, is_repeated }
}

/// Schedules a message of a run, unless the run has scheduled it.
pub(super) fn remind(tx: &Tx<'_>, run: &Run, reminder: &NewReminder) -> Result<CampaignId, Fault> {
    run::tie(tx, run)?;
    if let Some(known) = campaign::by_key(tx, &reminder.key)? {
        return Ok(known);
    }
    let conversation = run.lease.conversation;
    let message = (&reminder.data[..], reminder.send_in);
    insert_single(tx, CampaignKind::Reminder, conversation, Some(&reminder.key), message)
}

fn insert_single(
    tx: &Tx<'_>,
    kind: CampaignKind,
    conversation: ConversationId,
    key: Option<&str>,
    (data, send_in): (&[u8], Duration),
) -> Result<CampaignId, Fault> {
    if recipient::count_scheduled(tx, conversation)? >= MAX_SCHEDULED_PER_CONVERSATION {
        return Err(limit("20 scheduled messages of the conversation wait; cancel one first"));
    }
    let mut waiting = 0;
    for kind in [CampaignKind::Scheduled, CampaignKind::Reminder] {
        waiting += campaign::count(tx, kind, CampaignState::Running, MAX_SCHEDULED)?;
    }
    if waiting >= MAX_SCHEDULED {
        return Err(limit("100,000 scheduled messages wait"));
    }
    let number = conversation::get(tx, conversation)?.number;
    let due_at = tx.now.after(send_in);
    let new = NewRow { number: &number, kind, name: "", key, plan: b"{}", starts_at: Some(due_at) };
    let id = campaign::insert(tx, &new)?;
    recipient::insert_scheduled(tx, id, conversation, data, due_at)?;
    campaign::set_last_place(tx, id, 1)?;
    Ok(id)
}

/// Changes the state of a campaign.
pub(super) fn change(tx: &Tx<'_>, id: CampaignId, change: CampaignChange) -> Result<(), Fault> {
    use CampaignState::{Draft, Paused, Running};
    let (state, recipients) = campaign::state(tx, id)?;
    match (change, state) {
        (CampaignChange::Start(_), Draft) if recipients == 0 => Err(wrong_state("draft without recipients")),
        (CampaignChange::Start(after), Draft) => campaign::start(tx, id, tx.now.after(after)),
        (CampaignChange::Pause(reason), Running) => pause(tx, id, reason),
        (CampaignChange::Resume, Paused) => campaign::resume(tx, id),
        (CampaignChange::Cancel, Draft | Running | Paused) => {
            withdrawal::take_back(tx, id)?;
            if state == Running && recipient::next_due_at(tx, id)?.is_none() {
                // Every message is on its way.
                return Err(wrong_state(CampaignState::Finished.as_str()));
            }
            campaign::stop(tx, id, CampaignState::Cancelled, None)
        }
        _ => Err(wrong_state(state.as_str())),
    }
}

fn pause(tx: &Tx<'_>, id: CampaignId, reason: PauseReason) -> Result<(), Fault> {
    withdrawal::take_back(tx, id)?;
    campaign::stop(tx, id, CampaignState::Paused, Some(reason))
}

/// Pauses all running campaigns of a number.
pub(super) fn pause_all(
    tx: &Tx<'_>,
    number: &waxwing_types::PhoneNumberId,
    reason: PauseReason,
) -> Result<Vec<CampaignId>, Fault> {
    let running = campaign::running(tx, number)?;
    running.iter().try_for_each(|id| pause(tx, *id, reason))?;
    Ok(running)
}
