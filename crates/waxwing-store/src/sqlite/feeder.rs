//! Moves of recipients into the outbox.

use std::time::Duration;

use waxwing_types::PhoneNumberId;

use super::fault::Fault;
use super::outbox::OwnMessage;
use super::tables::campaign::{self, DueRow};
use super::tables::campaign_recipient::{self as recipient, WaitingRow};
use super::tables::conversation::{activity, marketing, window};
use super::tables::{conversation, outbox as rows};
use super::tx::Tx;
use super::{log, outbox, senders};
use crate::{
    CampaignId, CampaignKind, CampaignState, CampaignVisit, CampaignVisits, ConversationId, FeedDecision, FeedOutcome,
    MAX_QUEUED, OutboxClass, RecipientMessage, RecipientState, RunId, SkipReason, VisitRequest,
};

/// Number of the last results that decide whether a campaign goes on.
const RESULTS: u32 = 200;

/// Time between the visits of a scheduled message that is in the outbox.
const SCHEDULED_RESULT: Duration = Duration::from_mins(1);

/// Returns the campaigns that are due, and finishes those without work.
pub(super) fn visit(tx: &Tx<'_>, numbers: &[PhoneNumberId], request: VisitRequest) -> Result<CampaignVisits, Fault> {
    let mut found = CampaignVisits::default();
    for number in numbers {
        for due in campaign::due(tx, number, request.campaigns)? {
            visit_one(tx, number, due, request, &mut found)?;
        }
        found.next_due_in = found.next_due_in.into_iter().chain(campaign::next_due_in(tx, number)?).min();
    }
    Ok(found)
}

fn visit_one(
    tx: &Tx<'_>,
    number: &PhoneNumberId,
    due: DueRow,
    request: VisitRequest,
    found: &mut CampaignVisits,
) -> Result<(), Fault> {
    let DueRow { id, kind, plan, resumed_at } = due;
    let open = recipient::count(tx, id, RecipientState::Queued, request.ahead)?;
    let next = recipient::next_due_at(tx, id)?;
    if open == 0 && next.is_none() {
        campaign::stop(tx, id, CampaignState::Finished, None)?;
        found.finished.push(id);
        return Ok(());
    }
    let waiting = recipient::due(tx, id, request.ahead.saturating_sub(open))?;
    let soon = tx.now.after(request.next_visit);
    // While messages are on their way, their results can pause the campaign. The result of a scheduled message finishes it only.
    let next_visit = match next {
        Some(next) if open == 0 => next.max(soon),
        None if kind != CampaignKind::Campaign => tx.now.after(SCHEDULED_RESULT),
        _ => soon,
    };
    campaign::set_due(tx, id, next_visit)?;
    let results = match kind {
        CampaignKind::Campaign => recipient::results(tx, id, resumed_at, RESULTS)?,
        CampaignKind::Scheduled | CampaignKind::Reminder => Vec::new(),
    };
    found.visits.push(CampaignVisit { id, number: number.clone(), kind, plan, waiting, results });
    Ok(())
}

/// Carries out a decision about a waiting recipient.
pub(super) fn feed(
    tx: &Tx<'_>,
    campaign: CampaignId,
    place: u32,
    decision: &FeedDecision,
) -> Result<FeedOutcome, Fault> {
    let Some(found) = recipient::waiting(tx, campaign, place)? else { return Ok(FeedOutcome::NotWaiting) };
    match decision {
        FeedDecision::Later(after) => {
            recipient::set_later(tx, campaign, place, tx.now.after(*after), None)?;
            Ok(FeedOutcome::Later)
        }
        FeedDecision::Skip(reason, error) => skip(tx, campaign, place, *reason, error),
        FeedDecision::Queue(message) => queue(tx, campaign, place, &found, message),
    }
}

fn skip(tx: &Tx<'_>, campaign: CampaignId, place: u32, reason: SkipReason, error: &str) -> Result<FeedOutcome, Fault> {
    recipient::set_skipped(tx, campaign, place, reason, error)?;
    Ok(FeedOutcome::Skipped(reason))
}

fn queue(
    tx: &Tx<'_>,
    campaign: CampaignId,
    place: u32,
    found: &WaitingRow,
    message: &RecipientMessage,
) -> Result<FeedOutcome, Fault> {
    let skip = |reason, error| skip(tx, campaign, place, reason, error);
    let closed = "the service window is closed";
    let Some(id) = conversation_of(tx, found, message)? else { return skip(SkipReason::NoWindow, closed) };
    if recipient::has_other(tx, campaign, place, id)? {
        return skip(SkipReason::Duplicate, "another recipient of the campaign is the same user");
    }
    if message.is_marketing && marketing::is_stopped(tx, id)? {
        return skip(SkipReason::MarketingStopped, "the user has stopped marketing messages");
    }
    let is_closed = window::rest(tx, id)?.is_zero();
    if message.needs_window && is_closed {
        return skip(SkipReason::NoWindow, closed);
    }
    if let Some(later) = wait_if_busy(tx, campaign, place, found, message, id)? {
        return Ok(later);
    }
    let Some(to) = conversation::get(tx, id)?.peer.address() else {
        return skip(SkipReason::NoAddress, "no address of the user is known");
    };
    let run = RunId(format!("campaign-{}-{place}", campaign.0));
    let class = if found.is_list { OutboxClass::Campaign } else { OutboxClass::Proactive };
    let own = OwnMessage { content: &message.content, upload: None, from_operator: false, class };
    let row = outbox::push_own_to(tx, id, to, &run, own)?;
    log::insert(tx, id, &message.log, &run, true)?;
    let outside_at = (is_closed && found.is_list).then_some(tx.now);
    recipient::set_queued(tx, (campaign, place), id, row, outside_at)?;
    Ok(FeedOutcome::Queued(row))
}

/// Returns the conversation of a recipient. Creates the conversation of a user who has none, unless the message needs the service window, which
/// would be closed.
fn conversation_of(
    tx: &Tx<'_>,
    found: &WaitingRow,
    message: &RecipientMessage,
) -> Result<Option<ConversationId>, Fault> {
    if found.conversation.is_some() {
        return Ok(found.conversation);
    }
    if message.needs_window {
        let known = conversation::of_unchanged_user(tx, &found.number, &found.user)?;
        return Ok(known.map(|known| known.conversation));
    }
    Ok(Some(senders::place(tx, &found.number, &found.user, None)?.conversation))
}

/// Lets a recipient wait whose conversation has something else to do, for a limited time.
fn wait_if_busy(
    tx: &Tx<'_>,
    campaign: CampaignId,
    place: u32,
    found: &WaitingRow,
    message: &RecipientMessage,
    id: ConversationId,
) -> Result<Option<FeedOutcome>, Fault> {
    let queued = rows::open_count(tx, id)?;
    let policy = match message.busy {
        Some(policy) if queued > 0 || activity::is_busy(tx, id)? => policy,
        None if queued >= MAX_QUEUED => {
            return skip(tx, campaign, place, SkipReason::Busy, "too many messages of the conversation wait").map(Some);
        }
        _ => return Ok(None),
    };
    let since = found.busy_since.unwrap_or(tx.now);
    if tx.now.since(since) >= policy.give_up_after {
        let reason =
            "the conversation had unanswered or queued messages, or a person or another app answered it, for too long";
        return skip(tx, campaign, place, SkipReason::Busy, reason).map(Some);
    }
    recipient::set_later(tx, campaign, place, tx.now.after(policy.retry_after), Some(since))?;
    Ok(Some(FeedOutcome::Later))
}
