//! Calls of users.

use std::sync::Arc;
use std::time::Duration;

use waxwing_store::{IncomingCall, NewLogEntry, Timestamp, WebhookItem};
use waxwing_types::{CallId, OutboundContent, PhoneNumberId, Text};
use waxwing_webhook::CallEvent;

use crate::brief_request::attempt;
use crate::graph::Graph;
use crate::history;
use crate::inbound::accept::label;
use crate::settings::CallPolicy;
use crate::shared::Shared;

/// Age from which a call has ended. Meta ends a call that is not accepted within a minute.
const MAX_AGE: Duration = Duration::from_mins(2);

/// A call to reject.
pub(crate) struct RejectedCall {
    id: CallId,
    graph: Arc<dyn Graph>,
}

impl Shared {
    /// Returns the item of a call that rings. Other events of calls are events for other systems only.
    pub(crate) fn call(&self, event: CallEvent) -> Option<WebhookItem> {
        if !event.rings() {
            return None;
        }
        let message = self.rejects(&event.phone_number_id).then(|| self.call_rejected(&event)).flatten();
        let CallEvent { phone_number_id: number, id, user, timestamp: at, raw: body, .. } = event;
        Some(WebhookItem::Call(IncomingCall { number, id, user, at, message, body }))
    }

    fn rejects(&self, number: &PhoneNumberId) -> bool {
        self.routes.get(number).is_some_and(|route| route.policies.calls == Some(CallPolicy::Reject))
    }

    /// Returns the message to a user whose call is rejected.
    fn call_rejected(&self, event: &CallEvent) -> Option<(OutboundContent, NewLogEntry)> {
        let (config, number) = (self.config(), &event.phone_number_id);
        let catalog = &config.system_messages;
        let language = catalog.language_of(number, label(&event.user), "");
        let text = catalog.call_rejected(number, language);
        (!text.is_empty()).then(|| (Text::new(text).into(), history::system_text(text)))
    }

    /// Returns the calls among these items that are to be rejected and may still ring.
    pub(crate) fn rejected_calls(&self, items: &[WebhookItem]) -> Vec<RejectedCall> {
        let rejected = |item: &WebhookItem| {
            let WebhookItem::Call(call) = item else { return None };
            let age = self.clock.now().since(Timestamp::from_millis(call.at.saturating_mul(1000)));
            let rings = call.at <= 0 || age < MAX_AGE;
            let route = self.routes.get(&call.number).filter(|_| rings && self.rejects(&call.number))?;
            Some(RejectedCall { id: call.id.clone(), graph: route.graph.clone() })
        };
        items.iter().filter_map(rejected).collect()
    }

    /// Rejects calls in tasks. A call that cannot be rejected rings until it ends.
    pub(crate) fn reject(&self, calls: Vec<RejectedCall>) {
        for RejectedCall { id, graph } in calls {
            let Some(slot) = self.slots.brief_requests.slot("rejection of a call") else { continue };
            drop(tokio::spawn(async move {
                let reject = || {
                    let (graph, id) = (graph.clone(), id.clone());
                    async move { graph.reject_call(&id).await }
                };
                attempt("rejection of a call", reject).await;
                drop(slot);
            }));
        }
    }
}
