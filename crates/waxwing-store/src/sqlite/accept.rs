//! Taking in what webhooks bring.

use std::collections::HashSet;

use rusqlite::params;
use sha2::{Digest, Sha256};
use waxwing_types::PhoneNumberId;

use super::fault::Fault;
use super::tx::Tx;
use super::{identity, status, turn, user};
use crate::{
    AcceptSummary, ConversationId, Disposition, IdentityChange, InboxMessage, Origin, StatusUpdate, WebhookItem,
};

/// What became of one arrival.
enum Taken {
    /// A message that waits in this conversation.
    Message(ConversationId),
    /// A message that was stored with its outcome.
    Ignored,
    /// A message or a part that was known.
    Repeat,
    /// A status; true if it settled a send whose fate was unknown.
    Status(bool),
    /// A part that was set aside.
    Quarantined,
    /// A user who has other ids now, and the conversations in which something waits for another reason than before.
    Identity(Vec<ConversationId>),
}

/// Takes in a batch. If the database refuses it, its arrivals are taken in one by one and those at fault are set aside.
pub(super) fn accept(tx: &Tx<'_>, arrivals: &[WebhookItem]) -> Result<AcceptSummary, Fault> {
    tx.heard.set(Some(tx.now));
    let whole = tx.whole(|tx| arrivals.iter().map(|arrival| take(tx, arrival)).collect::<Result<Vec<_>, _>>());
    let taken = match whole {
        Err(fault) if fault.is_about_data() => {
            arrivals.iter().map(|arrival| accept_or_quarantine(tx, arrival)).collect::<Result<_, _>>()?
        }
        whole => whole?,
    };
    Ok(sum(taken))
}

fn sum(taken: Vec<Taken>) -> AcceptSummary {
    let mut accepted = AcceptSummary::default();
    let mut named = HashSet::new();
    let mut name = |accepted: &mut AcceptSummary, conversation| {
        if named.insert(conversation) {
            accepted.conversations.push(conversation);
        }
    };
    for item in taken {
        match item {
            Taken::Message(conversation) => {
                accepted.messages += 1;
                name(&mut accepted, conversation);
            }
            Taken::Identity(woken) => woken.into_iter().for_each(|conversation| name(&mut accepted, conversation)),
            Taken::Ignored => accepted.messages += 1,
            Taken::Repeat => accepted.duplicates += 1,
            Taken::Status(settled) => accepted.resolved_in_doubt |= settled,
            Taken::Quarantined => {}
        }
    }
    accepted
}

fn accept_or_quarantine(tx: &Tx<'_>, arrival: &WebhookItem) -> Result<Taken, Fault> {
    match tx.whole(|tx| take(tx, arrival)) {
        Err(fault) if fault.is_about_data() => {
            tracing::warn!("the database refused a part of a webhook, which is set aside");
            let (number, body) = match arrival {
                WebhookItem::Message(message) | WebhookItem::MessageEcho(message) => {
                    (Some(&message.number), &message.body)
                }
                WebhookItem::Status(status) => (None, &status.body),
                WebhookItem::IdentityChange(change) => (None, &change.body),
                WebhookItem::Quarantined(part) => (part.number.as_ref(), &part.body),
            };
            quarantine(tx, number, "refused by the database", body)
        }
        result => result,
    }
}

fn take(tx: &Tx<'_>, arrival: &WebhookItem) -> Result<Taken, Fault> {
    match arrival {
        WebhookItem::Message(message) => take_message(tx, message, Origin::User),
        WebhookItem::MessageEcho(message) => take_message(tx, message, Origin::BusinessApp),
        WebhookItem::Status(update) => take_status(tx, update),
        WebhookItem::IdentityChange(change) => take_identity(tx, change),
        WebhookItem::Quarantined(part) => quarantine(tx, part.number.as_ref(), &part.reason, &part.body),
    }
}

fn take_message(tx: &Tx<'_>, message: &InboxMessage, origin: Origin) -> Result<Taken, Fault> {
    if message.sender.wa_id.is_none() && message.sender.bsuid.is_none() {
        return quarantine(tx, Some(&message.number), "a message without a sender", &message.body);
    }
    if !is_new(tx, &[b"message", message.number.as_str().as_bytes(), message.id.as_str().as_bytes()])? {
        return Ok(Taken::Repeat);
    }
    let place = user::place(tx, &message.number, &message.sender, message.group.as_ref())?;
    let (outcome, reason) = match &message.disposition {
        Disposition::Pending => (None, None),
        Disposition::Ignored(reason) => (Some("ignored"), Some(reason)),
    };
    let now = tx.now.as_millis();
    tx.run(
        "INSERT INTO inbox (conversation, message_id, origin, sender, sent_at, received_at, kind, body, outcome, reason, done_at)
         VALUES (?1, ?2, ?11, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            place.conversation.0,
            message.id.as_str(),
            place.sender,
            message.sent_at,
            now,
            message.kind,
            &message.body[..],
            outcome,
            reason,
            outcome.map(|_| now),
            origin.as_str(),
        ],
    )?;
    if outcome.is_some() {
        return Ok(Taken::Ignored);
    }
    if place.may_be_idle {
        turn::wake(tx, place.conversation)?;
    }
    Ok(Taken::Message(place.conversation))
}

fn take_status(tx: &Tx<'_>, update: &StatusUpdate) -> Result<Taken, Fault> {
    let kind = status::state(update.status).as_str();
    let participant = update.participant.as_deref().unwrap_or_default();
    if !is_new(tx, &[b"status", update.id.as_str().as_bytes(), kind.as_bytes(), participant.as_bytes()])? {
        return Ok(Taken::Status(false));
    }
    Ok(Taken::Status(status::take(tx, update)?))
}

fn take_identity(tx: &Tx<'_>, change: &IdentityChange) -> Result<Taken, Fault> {
    if !is_new(tx, &[b"identity", &change.body])? {
        return Ok(Taken::Repeat);
    }
    Ok(Taken::Identity(identity::change(tx, change)?))
}

fn quarantine(tx: &Tx<'_>, number: Option<&PhoneNumberId>, reason: &str, body: &[u8]) -> Result<Taken, Fault> {
    if !is_new(tx, &[b"part", body])? {
        return Ok(Taken::Repeat);
    }
    tx.run(
        "INSERT INTO quarantine (number, reason, body, received_at) VALUES (?1, ?2, ?3, ?4)",
        params![number.map(PhoneNumberId::as_str), reason, body, tx.now.as_millis()],
    )?;
    Ok(Taken::Quarantined)
}

/// How much of a SHA-256 is kept, in bytes: so much that no two parts of the world's webhooks share it, and half the b-tree.
const HASH: usize = 16;

/// Remembers something by its parts; false if it was known.
fn is_new(tx: &Tx<'_>, parts: &[&[u8]]) -> Result<bool, Fault> {
    let mut hash = Sha256::new();
    for part in parts {
        // The length keeps ("ab", "c") and ("a", "bc") apart.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let changed = tx.run(
        "INSERT INTO deduplication (hash, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        params![&hash.finalize()[..HASH], tx.now.as_millis()],
    )?;
    Ok(changed == 1)
}
