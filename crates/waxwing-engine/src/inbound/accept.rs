//! Taking in a webhook: everything in it is on disk before it is acknowledged.

use bytes::Bytes;
use waxwing_store::{
    Disposition, IdentityChange, InboxMessage, QuarantinedItem, StatusKind, StatusUpdate, WebhookItem,
};
use waxwing_types::PhoneNumberId;
use waxwing_webhook::{
    DeliveryStatus, MessageEchoEvent, MessageEvent, Notification, OtherEvent, StatusEvent, WebhookEvent,
};

use crate::shared::Shared;

/// Types of messages that call for no answer, not even an apology: they tell something about the chat, or about another message.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
const SILENT: [&str; 5] = ["reaction", "system", "edit", "revoke", "request_welcome"];

/// What a webhook was, once it was taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// Everything in it is stored.
    Stored,
    /// It is about something other than WhatsApp. Kept only if it was odd.
    Ignored,
}

/// A webhook could not be taken in. Meta should send it again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// The store did not commit in time. The webhook may be stored all the same; a repeat is recognised.
    #[error("the store did not commit in time")]
    Busy,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] waxwing_store::Error),
}

impl Shared {
    /// Takes in a parsed webhook.
    pub(crate) async fn accept(&self, notification: Notification) -> Result<Receipt, AcceptError> {
        match notification {
            Notification::WhatsApp(events) => {
                let arrivals = events.into_iter().map(|event| self.arrival(event)).collect();
                self.commit(arrivals).await?;
                Ok(Receipt::Stored)
            }
            Notification::Unrecognized(body) => {
                self.set_aside("JSON, but not a webhook", body).await?;
                Ok(Receipt::Ignored)
            }
            Notification::OtherObject(object) => {
                let object: String = object.chars().take(64).collect();
                self.log_once
                    .once("object", &object, || tracing::warn!(object, "a webhook of another product was ignored"));
                Ok(Receipt::Ignored)
            }
        }
    }

    /// Keeps a body that is not a notification.
    pub(crate) async fn set_aside(&self, reason: &'static str, body: Bytes) -> Result<(), AcceptError> {
        self.log_once.once("aside", reason, || tracing::warn!(reason, "a webhook was set aside"));
        self.commit(vec![WebhookItem::Quarantined(QuarantinedItem { number: None, reason: reason.into(), body })]).await
    }

    async fn commit(&self, arrivals: Vec<WebhookItem>) -> Result<(), AcceptError> {
        if arrivals.is_empty() {
            return Ok(());
        }
        let received: Vec<_> = arrivals.iter().filter_map(pending_number).cloned().collect();
        let wake = WakeUnlessTold(Some(self));
        let commit = self.store.accept(arrivals);
        let accepted =
            tokio::time::timeout(self.settings.accept_timeout, commit).await.map_err(|_| AcceptError::Busy)??;
        wake.told();
        if accepted.messages > 0 {
            for number in &received {
                self.rate_limiter.count_received(number);
            }
        }
        tracing::debug!(messages = accepted.messages, repeats = accepted.duplicates, "a webhook was stored");
        if !accepted.conversations.is_empty() {
            self.turn_signals.wake(&accepted.conversations);
            self.turns_due.notify_one();
        }
        if accepted.resolved_in_doubt {
            self.sends_due.notify_one();
        }
        Ok(())
    }

    fn arrival(&self, event: WebhookEvent) -> WebhookItem {
        match event {
            WebhookEvent::Message(message) => self.message(message),
            WebhookEvent::MessageEcho(echo) => self.echo(echo),
            WebhookEvent::Status(status) => self.status(status),
            WebhookEvent::Identity(change) => WebhookItem::IdentityChange(IdentityChange {
                old: change.old,
                new: change.new,
                at: change.timestamp,
                body: change.raw,
            }),
            WebhookEvent::Other(other) => self.other(other),
        }
    }

    fn message(&self, event: MessageEvent) -> WebhookItem {
        if event.sender.wa_id.is_none() && event.sender.bsuid.is_none() {
            return self.aside(Some(event.phone_number_id), format!("{} message from nobody", event.kind), event.raw);
        }
        let disposition = self.disposition(&event.phone_number_id, &event.kind);
        WebhookItem::Message(InboxMessage {
            number: event.phone_number_id,
            id: event.id,
            sender: event.sender,
            group: event.group_id,
            sent_at: event.timestamp,
            kind: event.kind,
            body: event.raw,
            disposition,
        })
    }

    /// What a person of the business typed in the Business app.
    fn echo(&self, event: MessageEchoEvent) -> WebhookItem {
        if event.recipient.wa_id.is_none() && event.recipient.bsuid.is_none() {
            return self.aside(Some(event.phone_number_id), format!("{} echo to nobody", event.kind), event.raw);
        }
        let disposition = self.disposition(&event.phone_number_id, &event.kind);
        WebhookItem::MessageEcho(InboxMessage {
            number: event.phone_number_id,
            id: event.id,
            sender: event.recipient,
            group: None,
            sent_at: event.timestamp,
            kind: event.kind,
            body: event.raw,
            disposition,
        })
    }

    fn disposition(&self, number: &PhoneNumberId, kind: &str) -> Disposition {
        if self.routes.get(number).is_none() {
            let number = number.as_str();
            self.log_once.once("number", number, || {
                tracing::warn!(
                    number,
                    "messages came in for a business number that is not configured; they are stored and not answered"
                );
            });
            return Disposition::Ignored("number not configured".into());
        }
        if SILENT.contains(&kind) {
            return Disposition::Ignored(format!("{kind} calls for no answer"));
        }
        Disposition::Pending
    }

    fn status(&self, event: StatusEvent) -> WebhookItem {
        let status = match event.status {
            DeliveryStatus::Sent => StatusKind::Sent,
            DeliveryStatus::Delivered => StatusKind::Delivered,
            DeliveryStatus::Read => StatusKind::Read,
            DeliveryStatus::Played => StatusKind::Played,
            DeliveryStatus::Failed => StatusKind::Failed,
            unknown => {
                return self.aside(Some(event.phone_number_id), format!("status:{}", unknown.as_str()), event.raw);
            }
        };
        let error = event.errors.into_iter().next().map(|error| (error.code, error.title));
        if status == StatusKind::Failed {
            let code = error.as_ref().map(|(code, _)| *code);
            tracing::debug!(code, "Meta tells that a message will not arrive");
        }
        WebhookItem::Status(StatusUpdate {
            id: event.id,
            status,
            at: event.timestamp,
            participant: event.participant,
            callback_data: event.callback_data,
            error,
            body: event.raw,
        })
    }

    fn other(&self, event: OtherEvent) -> WebhookItem {
        self.aside(event.phone_number_id, event.reason, event.raw)
    }

    fn aside(&self, number: Option<PhoneNumberId>, reason: String, body: Bytes) -> WebhookItem {
        self.log_once.once("aside", &reason, || {
            tracing::info!(reason, "part of a webhook has no use here and is kept as it came");
        });
        WebhookItem::Quarantined(QuarantinedItem { number, reason, body })
    }
}

/// Wakes both loops and all turns when it is dropped before anybody told it what was stored: a commit goes on when nobody waits for it any more, and a
/// repeat of the webhook would find nothing new.
struct WakeUnlessTold<'a>(Option<&'a Shared>);

impl WakeUnlessTold<'_> {
    fn told(mut self) {
        self.0 = None;
    }
}

impl Drop for WakeUnlessTold<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            shared.turn_signals.wake_all();
            shared.turns_due.notify_one();
            shared.sends_due.notify_one();
        }
    }
}

fn pending_number(arrival: &WebhookItem) -> Option<&PhoneNumberId> {
    match arrival {
        WebhookItem::Message(message) if message.disposition == Disposition::Pending => Some(&message.number),
        _ => None,
    }
}
