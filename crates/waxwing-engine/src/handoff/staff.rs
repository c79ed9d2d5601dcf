//! Messages to an employee about human handoffs.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use serde::Deserialize;
use waxwing_store::{ConversationId, ConversationTarget, Error, EventType};
use waxwing_types::{OutboundContent, PhoneNumberId, TemplateMessage, TemplateParameter, Text, UserProfile};

use crate::event_subscription::{EventDelivery, EventReceipt, EventReceiver, EventSubscription};
use crate::proactive::{ProactiveMessage, SendMessageError};
use crate::settings::HandoffStaff;
use crate::shared::{Routes, Shared};

/// Name of the subscription that writes to [`NumberPolicies::handoff_staff`](crate::NumberPolicies::handoff_staff).
pub const STAFF_SUBSCRIPTION: &str = "handoff-staff";

/// Caller of the send API, for repeated events.
const CALLER: &str = "handoff-staff";

/// Longest notice in characters. WhatsApp allows 4,096 UTF-16 units, and a character has at most two.
const MAX_NOTICE: usize = 2000;

/// Longest notice in a template in characters. Meta allows 1,024 UTF-16 units in a body with its other text.
const MAX_VALUE: usize = 450;

/// Returns the subscription that writes to the employees, if a number has one.
pub(crate) fn subscription(routes: &Routes, shared: &Weak<Shared>) -> Option<EventSubscription> {
    let has_staff = routes.iter().any(|route| route.policies.handoff_staff.is_some());
    let notifier = || Arc::new(StaffNotifier { shared: shared.clone() });
    let types = [EventType::HandoffStarted, EventType::HandoffUnanswered];
    has_staff.then(|| EventSubscription::new(STAFF_SUBSCRIPTION, notifier(), types))
}

/// Writes to the employee of the number.
struct StaffNotifier {
    shared: Weak<Shared>,
}

impl fmt::Debug for StaffNotifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaffNotifier")
    }
}

/// The event, as far as a notice has it.
#[derive(Deserialize)]
struct HandoffEvent {
    number: PhoneNumberId,
    conversation: String,
    #[serde(default)]
    profile: Profile,
    data: Data,
}

#[derive(Default, Deserialize)]
struct Profile {
    phone: Option<String>,
    username: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Data {
    by: Option<String>,
    reason: Option<String>,
    summary: Option<String>,
    #[serde(default)]
    messages: Vec<LastMessage>,
}

#[derive(Deserialize)]
struct LastMessage {
    from: String,
    text: String,
}

#[async_trait]
impl EventReceiver for StaffNotifier {
    async fn receive(&self, delivery: EventDelivery) -> EventReceipt {
        let Some(shared) = self.shared.upgrade() else { return failed("the engine ends") };
        // The error could have a part of the event.
        let Ok(event) = serde_json::from_slice::<HandoffEvent>(&delivery.body) else {
            tracing::error!(event = delivery.event_id, "event of a handoff not read; no employee is told");
            return EventReceipt::Delivered;
        };
        let staff = shared.routes.get(&event.number).and_then(|route| route.policies.handoff_staff.clone());
        let Some(staff) = staff.filter(|staff| event.concerns(staff)) else { return EventReceipt::Delivered };
        let notice = Notice {
            text: event.notice(delivery.kind),
            about: event.conversation.parse().ok().map(ConversationId),
            to: ConversationTarget::User(event.number, UserProfile::from(staff.phone)),
            event_id: delivery.event_id,
        };
        match notice.send(&shared, staff.template).await {
            // The message of an earlier delivery of this event is queued.
            Ok(()) | Err(SendMessageError::Store(Error::IdempotencyConflict)) => EventReceipt::Delivered,
            Err(SendMessageError::Store(error)) => failed(&error.to_string()),
            Err(error @ SendMessageError::BudgetUsed(_)) => failed(&error.to_string()),
            Err(error) => {
                tracing::warn!(%error, "employee not told about a handoff");
                EventReceipt::Delivered
            }
        }
    }
}

/// A notice on its way.
struct Notice {
    text: String,
    /// The conversation of the user who waits.
    about: Option<ConversationId>,
    to: ConversationTarget,
    event_id: String,
}

impl Notice {
    async fn send(&self, shared: &Shared, template: Option<TemplateMessage>) -> Result<(), SendMessageError> {
        let text = || self.message(Text::new(&self.text));
        let Some(template) = template else { return self.queue(shared, text().by_policy()).await };
        match self.queue(shared, text()).await {
            Err(SendMessageError::Store(Error::WindowClosed)) => {}
            sent => return sent,
        }
        let name = template.name.clone();
        let template = template.body([TemplateParameter::text(one_line(&self.text))]);
        match self.queue(shared, self.message(template)).await {
            Err(SendMessageError::InvalidContent(reason)) => {
                tracing::warn!(template = name, reason, "template of notices to employees not usable");
                self.queue(shared, text().by_policy()).await
            }
            sent => sent,
        }
    }

    fn message(&self, content: impl Into<OutboundContent>) -> ProactiveMessage {
        let message = ProactiveMessage::new(self.to.clone(), content).idempotency_key(CALLER, &self.event_id);
        self.about.into_iter().fold(message, ProactiveMessage::about)
    }

    async fn queue(&self, shared: &Shared, message: ProactiveMessage) -> Result<(), SendMessageError> {
        shared.send_message(message).await.map(|_| ())
    }
}

impl HandoffEvent {
    /// Returns whether an employee has to know: someone waits for a person, and it is not the employee.
    fn concerns(&self, staff: &HandoffStaff) -> bool {
        let is_asked = self.data.by.as_deref().is_none_or(|by| matches!(by, "agent" | "user"));
        is_asked && self.profile.phone.as_deref() != Some(staff.phone.as_str())
    }

    /// Returns the notice: the user, the reason, and the summary or the last messages.
    fn notice(&self, kind: EventType) -> String {
        let Self { conversation, profile, data, .. } = self;
        let mark = if kind == EventType::HandoffUnanswered { "⏰" } else { "🙋" };
        let names = [profile.name.as_deref(), profile.username.as_deref()];
        let name = names.into_iter().flatten().next().unwrap_or("?");
        let mut notice = format!("{mark} {name}");
        let mut add = |text: fmt::Arguments<'_>| {
            let _ = notice.write_fmt(text);
        };
        if let Some(phone) = &profile.phone {
            add(format_args!(" +{phone}"));
        }
        add(format_args!(" (#{conversation})"));
        if let Some(reason) = &data.reason {
            add(format_args!("\n{reason}"));
        }
        match &data.summary {
            Some(summary) => add(format_args!("\n\n{summary}")),
            None => {
                for LastMessage { from, text } in &data.messages {
                    let mark = if from == "user" { "👤" } else { "🤖" };
                    add(format_args!("\n\n{mark} {text}"));
                }
            }
        }
        cut(notice, MAX_NOTICE)
    }
}

/// Returns a text in one line, as a value of a template has to be.
fn one_line(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    cut(lines.join(" · "), MAX_VALUE)
}

/// Cuts a text that has more characters than `max`, and marks the cut.
fn cut(mut text: String, max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(max) {
        text.truncate(end);
        text.push('…');
    }
    text
}

fn failed(reason: &str) -> EventReceipt {
    EventReceipt::Failed { reason: reason.to_owned(), retry_after: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use waxwing_types::WaId;

    fn event(data: &Value) -> HandoffEvent {
        let profile = json!({ "phone": "34600000000", "name": "Ana" });
        let event = json!({ "number": "1", "conversation": "7", "profile": profile, "data": data });
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn a_notice_has_the_summary_or_the_last_messages() {
        let messages = json!([{ "from": "user", "text": "Help!" }, { "from": "agent", "text": "Sure." }]);
        let asked = event(&json!({ "by": "user", "messages": messages }));
        let expected = "🙋 Ana +34600000000 (#7)\n\n👤 Help!\n\n🤖 Sure.";
        assert_eq!(asked.notice(EventType::HandoffStarted), expected);
        let data =
            json!({ "by": "agent", "reason": "refund", "summary": "Order\t17\ncame  back.", "messages": messages });
        let notice = event(&data).notice(EventType::HandoffUnanswered);
        assert_eq!(notice, "⏰ Ana +34600000000 (#7)\nrefund\n\nOrder\t17\ncame  back.");
        assert_eq!(one_line(&notice), "⏰ Ana +34600000000 (#7) · refund · Order 17 · came back.");
    }

    #[test]
    fn a_notice_has_a_limited_length() {
        let notice = event(&json!({ "summary": "ñ".repeat(10_000) })).notice(EventType::HandoffStarted);
        assert_eq!(notice.chars().count(), MAX_NOTICE + 1);
        assert_eq!(one_line(&notice).chars().count(), MAX_VALUE + 1);
    }

    #[test]
    fn an_employee_hears_of_others_who_wait() {
        let (bea, ana) = (HandoffStaff::new(WaId::new("34600000001")), HandoffStaff::new(WaId::new("34600000000")));
        let by = |by: &str| event(&json!({ "by": by }));
        assert!(by("agent").concerns(&bea) && by("user").concerns(&bea) && event(&json!({})).concerns(&bea));
        assert!(!by("operator").concerns(&bea) && !by("agent").concerns(&ana));
    }
}
