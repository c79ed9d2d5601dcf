//! Stores the items of a webhook before the webhook is acknowledged.

use bytes::Bytes;
use waxwing_metrics::Metric;
use waxwing_store::{AcceptSummary, Disposition, IdentityChange, InboxMessage, QuarantinedItem, WebhookItem};
use waxwing_types::{Bsuid, PhoneNumberId, UserProfile, WaId};
use waxwing_webhook::{
    InboundContent, InboundMessage, MessageEchoEvent, MessageEvent, Notification, OtherEvent, WebhookEvent,
};

use super::content::needs_no_answer;
use crate::account_events;
use crate::event_hook::EventHook;
use crate::events::EngineEventKind;
use crate::message_size::TOO_LARGE;
use crate::quality_alert;
use crate::replay_guard::{self, STALE};
use crate::settings::Reactions;
use crate::shared::{Route, Shared};

/// Types of messages that need no answer, not even an apology: they are about the chat.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
const SILENT: [&str; 2] = ["system", "request_welcome"];

/// Types of messages that change an earlier message or comment on one.
pub(crate) const CHANGES: [&str; 3] = [REACTION, "edit", REVOKE];

/// Type of a reaction.
const REACTION: &str = "reaction";

/// Meta's name of a deletion.
pub(crate) const REVOKE: &str = "revoke";

/// Types of messages whose content Meta does not pass on. Some need an answer.
const WITHHELD: [&str; 2] = ["unsupported", "unknown"];

/// How the engine received a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// All items of the webhook are committed.
    Stored,
    /// The webhook is not about WhatsApp. If its format is unknown, the quarantine keeps it.
    Ignored,
}

/// Why a webhook was not stored. Meta has to send it again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptError {
    /// Backpressure: the store did not commit in time. The commit may still succeed; the store drops the repeated webhook then.
    #[error("the store did not commit in time")]
    Busy,
    /// The store failed.
    #[error("the store failed to commit the webhook")]
    Store(#[from] waxwing_store::Error),
}

impl AcceptError {
    /// Returns whether the store has logged the cause already, as it does once for a fault that it latches.
    pub fn is_logged(&self) -> bool {
        matches!(self, Self::Store(waxwing_store::Error::Faulted(_)))
    }
}

impl Shared {
    /// Stores a parsed webhook.
    pub(crate) async fn accept(&self, notification: Notification) -> Result<Receipt, AcceptError> {
        let hooked = self.reports.hook.as_ref().map(|_| EventHook::events(&notification));
        match notification {
            Notification::WhatsApp(events) => {
                let (accounts, flagged) = (self.learn_accounts(&events), quality_alert::flagged(&events));
                let items = events.into_iter().flat_map(|event| self.fresh_items(event)).collect();
                self.commit(items).await?;
                self.pass_on(hooked);
                self.store_accounts(accounts).await;
                self.pause_flagged(flagged).await;
                Ok(Receipt::Stored)
            }
            Notification::Unrecognized(body) => {
                self.quarantine("JSON, but not a webhook", body).await?;
                Ok(Receipt::Ignored)
            }
            Notification::OtherObject(object) => {
                let object: String = object.chars().take(64).collect();
                self.reports
                    .log_once
                    .once("object", &object, || tracing::warn!(object, "webhook of another product ignored"));
                Ok(Receipt::Ignored)
            }
        }
    }

    /// Stores a body that is not a notification in the quarantine.
    pub(crate) async fn quarantine(&self, reason: &'static str, body: Bytes) -> Result<(), AcceptError> {
        self.reports.log_once.once("quarantine", reason, || tracing::warn!(reason, "webhook quarantined"));
        self.commit(vec![WebhookItem::Quarantined(QuarantinedItem { number: None, reason: reason.into(), body })]).await
    }

    async fn commit(&self, items: Vec<WebhookItem>) -> Result<(), AcceptError> {
        if items.is_empty() {
            return Ok(());
        }
        let received: Vec<_> = items.iter().filter_map(pending_number).cloned().collect();
        let watched = self.reports.events.is_watched().then(|| received_messages(&items));
        let calls = self.rejected_calls(&items);
        let wake = WakeAllOnDrop(Some(self));
        let commit = self.store.accept(items);
        let accepted =
            tokio::time::timeout(self.settings.accept_timeout, commit).await.map_err(|_| AcceptError::Busy)??;
        wake.defuse();
        self.stored(&received, &accepted);
        self.reject(calls);
        self.publish_received(watched.unwrap_or_default(), &accepted);
        Ok(())
    }

    fn publish_received(&self, messages: Vec<WatchedMessage>, accepted: &AcceptSummary) {
        let is_duplicate = match (accepted.messages, accepted.duplicates) {
            (_, 0) => Some(false),
            (0, _) => Some(true),
            _ => None,
        };
        for WatchedMessage { user, message, kind } in messages {
            let received = EngineEventKind::MessageReceived { message, kind, is_duplicate };
            self.reports.events.publish(None, Some(user), received);
        }
    }

    /// Counts stored messages for the rate limits of the numbers that `received` them, and wakes the loops that have work now.
    pub(super) fn stored(&self, received: &[PhoneNumberId], accepted: &AcceptSummary) {
        if accepted.messages > 0 {
            for number in received {
                self.rate_limiter.count_received(number);
            }
        }
        tracing::debug!(messages = accepted.messages, duplicates = accepted.duplicates, "webhook stored");
        let metrics = &self.reports.metrics;
        metrics.count(Metric::MessagesReceived, [], accepted.messages as u64);
        metrics.count(Metric::Duplicates, [], accepted.duplicates as u64);
        if !accepted.conversations.is_empty() {
            self.turn_signals.wake(&accepted.conversations);
            self.due.turns.notify_one();
        }
        if accepted.wakes_sends {
            self.due.sends.notify_one();
        }
        self.guards.budgets.count(&accepted.counted);
    }

    /// Passes stored events on to the function of the program.
    fn pass_on(&self, events: Option<Vec<WebhookEvent>>) {
        if let (Some(hook), Some(events)) = (&self.reports.hook, events) {
            hook.pass_on(events, &self.reports.log_once);
        }
    }

    /// Converts an event to its items: one for the engine, and those for other systems.
    fn fresh_items(&self, event: WebhookEvent) -> Vec<WebhookItem> {
        let mut items = account_events::items(&event);
        items.extend(self.fresh_item(event));
        items
    }

    /// Converts an event, or quarantines it if it is so old that a replay of it would not be recognized, or too large for a turn.
    fn fresh_item(&self, event: WebhookEvent) -> Option<WebhookItem> {
        match replay_guard::subject(&event) {
            Some((sent_at, number, body)) if self.guards.replays.is_stale(sent_at, self.clock.now()) => {
                Some(self.quarantined(number, STALE.into(), body))
            }
            _ => match self.guards.sizes.refuse(&event) {
                Some((number, body)) => Some(self.quarantined(number, TOO_LARGE.into(), body)),
                None => self.item(event),
            },
        }
    }

    /// Returns the item of an event for the store. A changed template takes effect at once and is not stored, since its definition is asked for
    /// again after the next start.
    pub(super) fn item(&self, event: WebhookEvent) -> Option<WebhookItem> {
        Some(match event {
            WebhookEvent::Message(message) => self.message(message),
            WebhookEvent::MessageEcho(echo) => self.message_echo(echo),
            WebhookEvent::Status(status) => self.status(status),
            WebhookEvent::Identity(change) => WebhookItem::IdentityChange(IdentityChange {
                old: change.old,
                new: change.new,
                at: change.timestamp,
                body: change.raw,
            }),
            WebhookEvent::Preference(preference) => self.preference(preference),
            WebhookEvent::Template(change) => {
                self.template_changed(&change);
                return None;
            }
            WebhookEvent::Call(call) => return self.call(call),
            WebhookEvent::StandbyMessage(message) => self.standby_message(message),
            WebhookEvent::StandbyEcho(echo) => self.standby_echo(echo),
            WebhookEvent::Handover(change) => self.thread_change(change),
            // The data stay readable for operators after the event is delivered.
            WebhookEvent::Account(account) => {
                self.quarantined(account.phone_number_id, format!("field:{}", account.field), account.raw)
            }
            WebhookEvent::Other(other) => self.other(other),
        })
    }

    pub(crate) fn message(&self, event: MessageEvent) -> WebhookItem {
        if event.sender.wa_id.is_none() && event.sender.bsuid.is_none() {
            let reason = format!("{} message without a sender", event.kind);
            return self.quarantined(Some(event.phone_number_id), reason, event.raw);
        }
        if let Some(phone) = &event.display_phone_number {
            self.routes.record_phone(&event.phone_number_id, phone);
        }
        let disposition = self.disposition(&event.phone_number_id, &event.kind, &event.raw);
        let opens_window = !CHANGES.contains(&&*event.kind);
        let wakes = self.works(&event.phone_number_id) || may_be_command(&event.kind, &event.raw);
        WebhookItem::Message(InboxMessage { wakes, opens_window, ..received(event, disposition) })
    }

    /// Returns true unless the agent of a number is known not to work.
    fn works(&self, number: &PhoneNumberId) -> bool {
        let config = self.config();
        let is_closed = |route: &Route| {
            let agent = config.agents.get(number).unwrap_or(&route.agent);
            self.guards.agents.is_closed(&**agent)
        };
        self.routes.get(number).is_none_or(is_closed)
    }

    /// Returns the item of a message that an operator typed in the WhatsApp Business app.
    fn message_echo(&self, event: MessageEchoEvent) -> WebhookItem {
        if event.recipient.wa_id.is_none() && event.recipient.bsuid.is_none() {
            return self.quarantined(
                Some(event.phone_number_id),
                format!("{} message echo without a recipient", event.kind),
                event.raw,
            );
        }
        let disposition = match &*event.kind {
            // A change by the business concerns its own messages.
            kind if CHANGES.contains(&kind) => Disposition::Ignored(format!("type needs no answer: {kind}")),
            kind => self.disposition(&event.phone_number_id, kind, &event.raw),
        };
        WebhookItem::MessageEcho(InboxMessage { wakes: true, ..echoed(event, disposition) })
    }

    fn disposition(&self, number: &PhoneNumberId, kind: &str, raw: &[u8]) -> Disposition {
        if self.routes.get(number).is_none() {
            let number = number.as_str();
            self.reports.log_once.once("number", number, || {
                tracing::warn!(number, "message to an unknown business number; stored without a reply");
            });
            return Disposition::Ignored("unknown business number".into());
        }
        if SILENT.contains(&kind) || WITHHELD.contains(&kind) && needs_no_answer(raw) {
            return Disposition::Ignored(format!("type needs no answer: {kind}"));
        }
        match self.settings.reactions {
            Reactions::Ignore if kind == REACTION => Disposition::Ignored("reactions are ignored".into()),
            reactions if is_change(kind, reactions) => Disposition::Change,
            _ => Disposition::Pending,
        }
    }

    fn other(&self, event: OtherEvent) -> WebhookItem {
        self.quarantined(event.phone_number_id, event.reason, event.raw)
    }

    pub(crate) fn quarantined(&self, number: Option<PhoneNumberId>, reason: String, body: Bytes) -> WebhookItem {
        self.reports.log_once.once("quarantine", &reason, || {
            tracing::info!(reason, "webhook item quarantined");
        });
        WebhookItem::Quarantined(QuarantinedItem { number, reason, body })
    }
}

/// Returns a message of a user that neither wakes a conversation nor opens the customer service window.
pub(crate) fn received(event: MessageEvent, disposition: Disposition) -> InboxMessage {
    InboxMessage {
        number: event.phone_number_id,
        id: event.id,
        sender: event.sender,
        group: event.group_id,
        sent_at: event.timestamp,
        kind: event.kind,
        body: event.raw,
        disposition,
        wakes: false,
        opens_window: false,
    }
}

/// Returns a message of the business, or of another app, that does not wake a conversation.
pub(crate) fn echoed(event: MessageEchoEvent, disposition: Disposition) -> InboxMessage {
    InboxMessage {
        number: event.phone_number_id,
        id: event.id,
        sender: event.recipient,
        group: None,
        sent_at: event.timestamp,
        kind: event.kind,
        body: event.raw,
        disposition,
        wakes: false,
        opens_window: false,
    }
}

/// Returns true if a message may be a command, which needs no agent.
fn may_be_command(kind: &str, raw: &[u8]) -> bool {
    kind == "text"
        && InboundMessage::parse(raw).is_ok_and(
            |message| matches!(message.content, InboundContent::Text { body } if body.trim_start().starts_with('/')),
        )
}

/// Returns true if a message of this type only changes an earlier message or comments on one, so that it starts no run.
pub(crate) fn is_change(kind: &str, reactions: Reactions) -> bool {
    CHANGES.contains(&kind) && (kind != REACTION || reactions != Reactions::Run)
}

/// Wakes the loops and all turns when it is dropped armed: a commit whose caller stopped waiting still takes effect, and the repeated webhook
/// would contain nothing new.
pub(super) struct WakeAllOnDrop<'a>(pub(super) Option<&'a Shared>);

impl WakeAllOnDrop<'_> {
    pub(super) fn defuse(mut self) {
        self.0 = None;
    }
}

impl Drop for WakeAllOnDrop<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            shared.turn_signals.wake_all();
            shared.due.turns.notify_one();
            shared.due.sends.notify_one();
        }
    }
}

/// The data of a message for watchers.
struct WatchedMessage {
    user: String,
    message: String,
    kind: String,
}

/// Returns the id under which agents know a user.
pub(crate) fn label(user: &UserProfile) -> &str {
    let phone = user.wa_id.as_ref().map(WaId::as_str);
    phone.or_else(|| user.bsuid.as_ref().map(Bsuid::as_str)).unwrap_or_default()
}

fn received_messages(items: &[WebhookItem]) -> Vec<WatchedMessage> {
    let watched = |item: &WebhookItem| match item {
        WebhookItem::Message(message) => Some(WatchedMessage {
            user: label(&message.sender).to_owned(),
            message: message.id.as_str().to_owned(),
            kind: message.kind.clone(),
        }),
        _ => None,
    };
    items.iter().filter_map(watched).collect()
}

/// Returns the business number of a message that waits for a turn.
pub(super) fn pending_number(item: &WebhookItem) -> Option<&PhoneNumberId> {
    match item {
        WebhookItem::Message(message) if message.disposition == Disposition::Pending => Some(&message.number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_recognized_as_meta_writes_it() {
        for (kind, raw, expected) in [
            ("text", r#"{"id":"1","type":"text","text":{"body":"\/stop"}}"#, true),
            ("text", r#"{"id":"1","type":"text","text":{"body":" /stop"}}"#, true),
            ("text", r#"{"id":"1","type":"text","text":{"body":"and\/or"}}"#, false),
            ("image", r#"{"id":"1","type":"image","image":{"id":"7","caption":"\/stop"}}"#, false),
            ("text", "not JSON", false),
        ] {
            assert_eq!(may_be_command(kind, raw.as_bytes()), expected, "{raw}");
        }
    }
}
