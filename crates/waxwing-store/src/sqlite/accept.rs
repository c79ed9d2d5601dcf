//! Storage of webhook items.

use std::collections::HashSet;

use waxwing_types::PhoneNumberId;

use super::fault::Fault;
use super::status::StatusEffect;
use super::tables::conversation::arrival::{self, Arrival};
use super::tables::conversation::{owner, window};
use super::tables::{deduplication, inbox, quarantine};
use super::thread::StoredSign;
use super::tx::Tx;
use super::{call, charge, identity, outgoing, preference, senders, status, thread};
use crate::{
    AcceptSummary, ConversationId, Disposition, Error, InboxMessage, MarketingPreference, Origin, QuarantineId,
    Timestamp, WebhookItem,
};

/// Result for one item.
enum Accepted {
    /// A pending message of this conversation.
    Pending(ConversationId),
    /// A message that was stored with its outcome.
    Ignored,
    /// A known message, identity change or quarantined item.
    Duplicate,
    /// A status with its effect.
    Status(StatusEffect),
    /// A quarantined item.
    Quarantined,
    /// A preference, or another item that needs no turn.
    Recorded,
    /// An item that queued a message.
    Queued,
    /// An identity change, with the conversations that are due for another reason than before.
    IdentityChange(Vec<ConversationId>),
}

/// Stores a batch. If the database rejects the batch, the items are stored one by one, and rejected items are quarantined.
pub(super) fn accept(tx: &Tx<'_>, items: &[WebhookItem]) -> Result<AcceptSummary, Fault> {
    tx.last_webhook.set(Some(tx.now));
    let batch = tx.atomically(|tx| items.iter().map(|item| store(tx, item)).collect::<Result<Vec<_>, _>>());
    let accepted = match batch {
        Err(fault) if fault.is_about_data() => {
            items.iter().map(|item| store_or_quarantine(tx, item)).collect::<Result<_, _>>()?
        }
        batch => batch?,
    };
    Ok(summarize(accepted))
}

/// Removes a quarantined item and stores `items` in its place.
pub(super) fn requeue_quarantined(
    tx: &Tx<'_>,
    id: QuarantineId,
    items: &[WebhookItem],
) -> Result<AcceptSummary, Fault> {
    let body = quarantine::remove(tx, id)?.ok_or(Fault::Refused(Error::NotFound))?;
    // The same data may be quarantined again.
    deduplication::remove(tx, &quarantine_key(&body))?;
    let accepted = items.iter().map(|item| store_or_quarantine(tx, item)).collect::<Result<_, _>>()?;
    Ok(summarize(accepted))
}

fn summarize(accepted: Vec<Accepted>) -> AcceptSummary {
    let mut summary = AcceptSummary::default();
    let mut seen = HashSet::new();
    for item in accepted {
        let due = match item {
            Accepted::Pending(conversation) => {
                summary.messages += 1;
                vec![conversation]
            }
            Accepted::IdentityChange(due) => due,
            Accepted::Ignored => {
                summary.messages += 1;
                continue;
            }
            Accepted::Duplicate => {
                summary.duplicates += 1;
                continue;
            }
            Accepted::Status(effect) => {
                summary.wakes_sends |= effect.wakes_send;
                summary.counted.extend(effect.counted);
                continue;
            }
            Accepted::Queued => {
                summary.wakes_sends = true;
                continue;
            }
            Accepted::Quarantined | Accepted::Recorded => continue,
        };
        summary.conversations.extend(due.into_iter().filter(|conversation| seen.insert(*conversation)));
    }
    summary
}

fn store_or_quarantine(tx: &Tx<'_>, item: &WebhookItem) -> Result<Accepted, Fault> {
    match tx.atomically(|tx| store(tx, item)) {
        Err(fault) if fault.is_about_data() => {
            tracing::warn!("webhook item rejected by the database; quarantining");
            let (number, body) = match item {
                WebhookItem::Message(message) | WebhookItem::MessageEcho(message) => {
                    (Some(&message.number), &message.body)
                }
                WebhookItem::Status(status) => (None, &status.body),
                WebhookItem::IdentityChange(change) => (None, &change.body),
                WebhookItem::MarketingPreference(preference) => (Some(&preference.number), &preference.body),
                WebhookItem::Event(event, body) => (event.number.as_ref(), body),
                WebhookItem::Call(call) => (Some(&call.number), &call.body),
                WebhookItem::Standby(standby) => (Some(&standby.message.number), &standby.message.body),
                WebhookItem::ThreadChange(change) => (Some(&change.number), &change.body),
                WebhookItem::Quarantined(item) => (item.number.as_ref(), &item.body),
            };
            store_quarantined(tx, number, "rejected by the database", body)
        }
        result => result,
    }
}

fn store(tx: &Tx<'_>, item: &WebhookItem) -> Result<Accepted, Fault> {
    match item {
        WebhookItem::Message(message) => store_message(tx, message, Origin::User),
        WebhookItem::MessageEcho(message) => store_message(tx, message, Origin::BusinessApp),
        WebhookItem::Status(update) => {
            if !deduplication::insert(tx, &charge::status_key(update, update.status))? {
                return Ok(Accepted::Status(StatusEffect::default()));
            }
            Ok(Accepted::Status(status::accept(tx, update)?))
        }
        WebhookItem::IdentityChange(change) => {
            if !deduplication::insert(tx, &[b"identity", &change.body])? {
                return Ok(Accepted::Duplicate);
            }
            Ok(Accepted::IdentityChange(identity::apply(tx, change)?))
        }
        WebhookItem::MarketingPreference(preference) => store_preference(tx, preference),
        WebhookItem::Event(event, body) => {
            if deduplication::insert(tx, &[b"event", event.kind.as_str().as_bytes(), body])? {
                outgoing::record_new(tx, event)?;
            }
            Ok(Accepted::Recorded)
        }
        WebhookItem::Call(call) => Ok(match call::accept(tx, call)? {
            None => Accepted::Duplicate,
            Some(true) => Accepted::Queued,
            Some(false) => Accepted::Recorded,
        }),
        WebhookItem::Standby(standby) => Ok(match thread::accept_standby(tx, standby)? {
            StoredSign::Duplicate => Accepted::Duplicate,
            StoredSign::Recorded => Accepted::Ignored,
            StoredSign::Due(conversation) => Accepted::Pending(conversation),
        }),
        WebhookItem::ThreadChange(change) => Ok(match thread::accept_change(tx, change)? {
            StoredSign::Duplicate => Accepted::Duplicate,
            StoredSign::Recorded => Accepted::Recorded,
            StoredSign::Due(conversation) => Accepted::Pending(conversation),
        }),
        WebhookItem::Quarantined(item) => store_quarantined(tx, item.number.as_ref(), &item.reason, &item.body),
    }
}

fn store_preference(tx: &Tx<'_>, preference: &MarketingPreference) -> Result<Accepted, Fault> {
    let key: [&[u8]; 3] = [b"preference", preference.number.as_str().as_bytes(), &preference.body];
    if !deduplication::insert(tx, &key)? {
        return Ok(Accepted::Duplicate);
    }
    let conversation = senders::place(tx, &preference.number, &preference.user, None)?.conversation;
    // A choice without a time is the newest one.
    let at = if preference.at > 0 { Timestamp::from_millis(preference.at.saturating_mul(1000)) } else { tx.now };
    preference::choose(tx, conversation, preference.choice, at)?;
    Ok(Accepted::Recorded)
}

fn store_message(tx: &Tx<'_>, message: &InboxMessage, origin: Origin) -> Result<Accepted, Fault> {
    if message.sender.wa_id.is_none() && message.sender.bsuid.is_none() {
        return store_quarantined(tx, Some(&message.number), "message without a sender", &message.body);
    }
    let key: [&[u8]; 3] = [b"message", message.number.as_str().as_bytes(), message.id.as_str().as_bytes()];
    if !deduplication::insert(tx, &key)? {
        return Ok(Accepted::Duplicate);
    }
    let place = senders::place(tx, &message.number, &message.sender, message.group.as_ref())?;
    let seq = inbox::insert(tx, place.conversation, place.sender, message, origin)?;
    if origin == Origin::User {
        outgoing::record_received(tx, place.conversation, seq, message)?;
    }
    let is_change = match message.disposition {
        Disposition::Pending => false,
        Disposition::Change => true,
        Disposition::Ignored(_) | Disposition::Context(_) => return Ok(Accepted::Ignored),
    };
    let is_from_user = origin == Origin::User;
    let arrival = Arrival {
        wakes: message.wakes && !is_change,
        window_end: (is_from_user && message.opens_window).then(|| window::end(tx, message.sent_at)),
        // Messages of a conversation that another app owns come as standby messages.
        owned_at: is_from_user.then(|| owner::time_of_sign(tx, message.sent_at)),
    };
    if place.may_be_idle {
        arrival::make_due(tx, place.conversation, &arrival)?;
    } else {
        arrival::record(tx, place.conversation, &arrival)?;
    }
    Ok(Accepted::Pending(place.conversation))
}

fn store_quarantined(
    tx: &Tx<'_>,
    number: Option<&PhoneNumberId>,
    reason: &str,
    body: &[u8],
) -> Result<Accepted, Fault> {
    if !deduplication::insert(tx, &quarantine_key(body))? {
        return Ok(Accepted::Duplicate);
    }
    quarantine::insert(tx, number, reason, body)?;
    Ok(Accepted::Quarantined)
}

/// Key of quarantined data for its deduplication.
fn quarantine_key(body: &[u8]) -> [&[u8]; 2] {
    [b"part", body]
}
