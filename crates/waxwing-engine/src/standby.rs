//! Conversations that several apps share.

use waxwing_store::{Disposition, Origin, StandbyMessage, ThreadChange, WebhookItem};
use waxwing_types::PhoneNumberId;
use waxwing_webhook::{HandoverEvent, MessageEchoEvent, MessageEvent};

use crate::history;
use crate::inbound::accept::{echoed, received};
use crate::inbound::classify::is_resume_command;
use crate::operator::{NextResponder, StoredAction};
use crate::shared::Shared;
use crate::stored_event::StoredEvent;

/// Meta's name of the change by which this business gets a conversation.
const PASSED: &str = "control_passed";

/// Meta's name of the change by which this business loses a conversation.
const TAKEN: &str = "control_taken";

/// Name of the event on which the agent runs when it gets a conversation.
const EVENT: &str = "conversation.control_passed";

/// Why the messages of a conversation that another app owns get no answer.
const NOT_OWNED: &str = "another app answers the conversation";

impl Shared {
    /// Returns the item of a message of a user that another app answers.
    pub(crate) fn standby_message(&self, event: MessageEvent) -> WebhookItem {
        if event.sender.wa_id.is_none() && event.sender.bsuid.is_none() {
            let reason = format!("standby: {} message without a sender", event.kind);
            return self.quarantined(None, reason, event.raw);
        }
        if self.passes_thread(&event.phone_number_id) && is_resume_command(&event.kind, &event.raw) {
            // The user wants the agent back. The answer takes the conversation over.
            return self.message(event);
        }
        let message = received(event, Disposition::Context(NOT_OWNED.into()));
        WebhookItem::Standby(StandbyMessage { message, is_from_app: false })
    }

    /// Returns whether human handoffs of a number give the conversation to another app.
    fn passes_thread(&self, number: &PhoneNumberId) -> bool {
        self.routes.get(number).is_some_and(|route| route.policies.passes_thread == Some(true))
    }

    /// Returns the item of a message that another app sent as the owner of the conversation.
    pub(crate) fn standby_echo(&self, event: MessageEchoEvent) -> WebhookItem {
        if event.recipient.wa_id.is_none() && event.recipient.bsuid.is_none() {
            let reason = format!("standby: {} message echo without a recipient", event.kind);
            // With a number, a requeue would take the sender, which is the business, for a user.
            return self.quarantined(None, reason, event.raw);
        }
        let message = echoed(event, Disposition::Context(NOT_OWNED.into()));
        WebhookItem::Standby(StandbyMessage { message, is_from_app: true })
    }

    /// Returns the item of a changed owner. A conversation that another app took is no longer answered; in one that was passed to this business, the agent
    /// runs, since the user waits for an answer.
    pub(crate) fn thread_change(&self, event: HandoverEvent) -> WebhookItem {
        let key = format!("thread-{}", uuid::Uuid::now_v7().simple());
        let (to_other_app, log, item) = match event.change.as_str() {
            TAKEN => {
                let action = StoredAction { text: None, responder: NextResponder::Unchanged };
                (true, history::handed_off(&"other_app".into()), (Origin::Operator, key, action.to_bytes()))
            }
            PASSED => {
                let data = serde_json::json!({ "from": event.previous_owner, "note": event.metadata });
                let passed = StoredEvent { name: EVENT.to_owned(), data };
                (false, history::resumed(), (Origin::External, key, passed.to_bytes()))
            }
            other => return self.quarantined(Some(event.phone_number_id), format!("handover {other}"), event.raw),
        };
        let HandoverEvent { phone_number_id: number, user, timestamp: at, raw: body, .. } = event;
        // The other app was the person who answered.
        let ends_handoff = !to_other_app && self.passes_thread(&number);
        WebhookItem::ThreadChange(ThreadChange { number, user, to_other_app, ends_handoff, at, log, item, body })
    }
}
