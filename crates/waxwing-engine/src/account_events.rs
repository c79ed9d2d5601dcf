//! Converts Meta's webhooks about accounts to events for other systems.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use waxwing_store::{EventType, NewOutgoingEvent, WebhookItem};
use waxwing_types::{PhoneNumberId, WabaId};
use waxwing_webhook::{AccountChange, AccountEvent, CallEvent, TemplateChange, TemplateEvent, WebhookEvent};

/// States of a ban that need no alarm.
const NO_BAN: [&str; 1] = ["REINSTATE"];

/// Events of a number's quality that need an alarm.
const BAD_QUALITY: [&str; 2] = ["FLAGGED", "DOWNGRADE"];

/// Events of a template after which Meta does not send it, or may soon not send it.
const BAD_TEMPLATE: [&str; 3] = ["PAUSED", "DISABLED", "FLAGGED"];

/// Decisions after which an account or a display name cannot be used.
const REJECTED: &str = "REJECTED";

/// Returns the items of the events that a webhook event causes, each with an alarm if an operator has to act.
pub(crate) fn items(event: &WebhookEvent) -> Vec<WebhookItem> {
    match event {
        WebhookEvent::Account(event) => of_account(event),
        WebhookEvent::Template(event) => of_template(event),
        // The store records a call that rings, with its conversation.
        WebhookEvent::Call(event) if !event.rings() => of_call(event),
        _ => Vec::new(),
    }
}

fn of_account(event: &AccountEvent) -> Vec<WebhookItem> {
    let (kind, mut data) = described(&event.change);
    data.insert("field".into(), event.field.clone().into());
    let subject = Subject { number: event.phone_number_id.as_ref(), account: event.waba_id.as_ref(), raw: &event.raw };
    let time = event.time.map(|time| time.to_string()).unwrap_or_default();
    subject.items(kind, data, alarm(&event.change), &time)
}

fn of_template(event: &TemplateEvent) -> Vec<WebhookItem> {
    let mut data = object(json!({ "template": event.name, "language": event.language, "id": event.template_id }));
    let (kind, more, alarm) = match &event.change {
        TemplateChange::Status { event, reason } => {
            let is_bad = BAD_TEMPLATE.contains(&&**event);
            let alarm = is_bad.then(|| ("template_paused", event.clone()));
            (EventType::TemplateStatusChanged, json!({ "event": event, "reason": reason }), alarm)
        }
        TemplateChange::Quality { score } => (EventType::TemplateQualityChanged, json!({ "score": score }), None),
        TemplateChange::Category { category } => {
            (EventType::TemplateCategoryChanged, json!({ "category": category }), None)
        }
        _ => (EventType::TemplateComponentsChanged, json!({}), None),
    };
    data.extend(object(more));
    Subject { number: None, account: event.waba_id.as_ref(), raw: &event.raw }.items(kind, data, alarm, "")
}

fn of_call(event: &CallEvent) -> Vec<WebhookItem> {
    let data = json!({ "event": event.event, "call": event.id.as_str(), "status": event.status });
    let subject = Subject { number: Some(&event.phone_number_id), account: None, raw: &event.raw };
    subject.items(EventType::CallChanged, object(data), None, "")
}

/// The rest of an event.
struct Subject<'a> {
    number: Option<&'a PhoneNumberId>,
    account: Option<&'a WabaId>,
    raw: &'a Bytes,
}

impl Subject<'_> {
    fn items(
        &self,
        kind: EventType,
        mut data: Map<String, Value>,
        alarm: Option<(&'static str, String)>,
        time: &str,
    ) -> Vec<WebhookItem> {
        let account = self.account.map(WabaId::as_str);
        data.insert("account".into(), account.into());
        data.retain(|_, value| !value.is_null());
        let key: Bytes = [time.as_bytes(), b" ", self.raw].concat().into();
        let alarm = alarm.map(|(alarm, reason)| {
            let number = self.number.map(PhoneNumberId::as_str);
            tracing::error!(alarm, reason, number, account, "meta reports a problem; an operator has to act");
            let mut data = data.clone();
            data.insert("alarm".into(), alarm.into());
            data.insert("reason".into(), reason.into());
            self.item(EventType::AlarmRaised, data, key.clone())
        });
        data.insert("raw".into(), serde_json::from_slice(self.raw).unwrap_or(Value::Null));
        std::iter::once(self.item(kind, data, key.clone())).chain(alarm).collect()
    }

    fn item(&self, kind: EventType, data: Map<String, Value>, key: Bytes) -> WebhookItem {
        let number = self.number.cloned();
        WebhookItem::Event(NewOutgoingEvent { kind, conversation: None, number, data: Value::Object(data) }, key)
    }
}

/// Returns the type of a change, and its data.
fn described(change: &AccountChange) -> (EventType, Map<String, Value>) {
    let (kind, data) = match change {
        AccountChange::Account { event, ban_state, violation, restrictions } => {
            let data =
                json!({ "event": event, "ban": ban_state, "violation": violation, "restrictions": restrictions });
            (EventType::AccountUpdated, data)
        }
        AccountChange::Alert { kind, severity, status } => {
            (EventType::AccountAlerted, json!({ "alert": kind, "severity": severity, "status": status }))
        }
        AccountChange::Review { decision } => (EventType::AccountReviewed, json!({ "decision": decision })),
        AccountChange::NumberQuality { event, limit } => {
            (EventType::NumberQualityChanged, json!({ "event": event, "limit": limit }))
        }
        AccountChange::NumberName { decision } => (EventType::NumberNameReviewed, json!({ "decision": decision })),
        AccountChange::Security { event } => (EventType::SecurityChanged, json!({ "event": event })),
        AccountChange::Flow { event, flow } => (EventType::FlowChanged, json!({ "event": event, "flow": flow })),
        AccountChange::Group { event, group } => (EventType::GroupChanged, json!({ "event": event, "group": group })),
        AccountChange::Call { status, call } => (EventType::CallChanged, json!({ "event": status, "call": call })),
        AccountChange::Payment { status, reference } => {
            (EventType::PaymentChanged, json!({ "status": status, "reference": reference }))
        }
        AccountChange::PaymentConfiguration { status } => {
            (EventType::PaymentConfigurationChanged, json!({ "status": status }))
        }
        _ => (EventType::AccountCapabilityChanged, json!({})),
    };
    (kind, object(data))
}

/// Returns the name and the reason of the alarm that a change raises.
fn alarm(change: &AccountChange) -> Option<(&'static str, String)> {
    match change {
        AccountChange::Account { event, ban_state, violation, restrictions } => match event.as_str() {
            "DISABLED_UPDATE" => {
                let state = ban_state.clone().unwrap_or_default();
                (!NO_BAN.contains(&&*state)).then_some(("account_banned", state))
            }
            "ACCOUNT_RESTRICTION" => Some(("account_restricted", restrictions.join(", "))),
            "ACCOUNT_VIOLATION" => Some(("account_violation", violation.clone().unwrap_or_default())),
            "ACCOUNT_DELETED" => Some(("account_deleted", String::new())),
            _ => None,
        },
        AccountChange::Alert { kind, severity, .. } if severity.as_deref() == Some("CRITICAL") => {
            Some(("account_alert", kind.clone()))
        }
        AccountChange::Review { decision } if decision == REJECTED => Some(("account_rejected", decision.clone())),
        AccountChange::NumberQuality { event, .. } if BAD_QUALITY.contains(&&**event) => {
            Some(("number_quality", event.clone()))
        }
        AccountChange::NumberName { decision } if decision == REJECTED => Some(("number_name", decision.clone())),
        _ => None,
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_webhook::{Notification, VerifiedBody};

    /// Returns the events of a webhook.
    fn events(field: &str, value: &Value) -> Vec<NewOutgoingEvent> {
        let changes = json!([{ "field": field, "value": value }]);
        let body =
            json!({ "object": "whatsapp_business_account", "entry": [{ "id": "9", "time": 1, "changes": changes }] });
        let Ok(Notification::WhatsApp(events)) = Notification::parse(&VerifiedBody::unsigned(body.to_string())) else {
            panic!("no webhook")
        };
        let of = |item| match item {
            WebhookItem::Event(event, _) => event,
            item => panic!("{item:?}"),
        };
        events.iter().flat_map(items).map(of).collect()
    }

    #[track_caller]
    fn check(field: &str, value: Value, kind: EventType, data: Value, alarm: Option<(&str, &str)>) {
        let events = events(field, &value);
        let mut expected = object(data);
        if field.contains("template") {
            expected.extend(object(json!({ "template": "order", "language": "en" })));
        } else {
            expected.insert("field".into(), field.into());
        }
        expected.insert("account".into(), "9".into());
        expected.insert("raw".into(), value);
        assert_eq!((events[0].kind, &events[0].data), (kind, &Value::Object(expected)));
        let raised = events.get(1).map(|event| {
            assert_eq!(event.kind, EventType::AlarmRaised);
            assert!(event.data.get("raw").is_none());
            (event.data["alarm"].as_str().unwrap(), event.data["reason"].as_str().unwrap())
        });
        assert_eq!(raised, alarm);
        assert!(events.len() <= 2);
    }

    #[test]
    fn a_ban_a_restriction_and_a_violation_raise_alarms() {
        let account = |event: &str, more: Value| {
            let mut value = object(json!({ "event": event }));
            value.extend(object(more));
            Value::Object(value)
        };
        let check =
            |value: Value, data: Value, alarm| check("account_update", value, EventType::AccountUpdated, data, alarm);
        let ban = |state: &str| account("DISABLED_UPDATE", json!({ "ban_info": { "waba_ban_state": state } }));
        let banned = |state: &str| json!({ "event": "DISABLED_UPDATE", "ban": state, "restrictions": [] });
        check(ban("DISABLE"), banned("DISABLE"), Some(("account_banned", "DISABLE")));
        check(ban("REINSTATE"), banned("REINSTATE"), None);
        let restriction = account("ACCOUNT_RESTRICTION", json!({ "restriction_info": [{ "restriction_type": "A" }] }));
        let data = json!({ "event": "ACCOUNT_RESTRICTION", "restrictions": ["A"] });
        check(restriction, data, Some(("account_restricted", "A")));
        let violation = account("ACCOUNT_VIOLATION", json!({ "violation_info": { "violation_type": "SCAM" } }));
        let data = json!({ "event": "ACCOUNT_VIOLATION", "violation": "SCAM", "restrictions": [] });
        check(violation, data, Some(("account_violation", "SCAM")));
        check(account("NEW", json!({})), json!({ "event": "NEW", "restrictions": [] }), None);
    }

    #[test]
    fn numbers_and_templates_raise_alarms() {
        let quality = |event: &str, alarm| {
            let kind = EventType::NumberQualityChanged;
            check("phone_number_quality_update", json!({ "event": event }), kind, json!({ "event": event }), alarm);
        };
        quality("FLAGGED", Some(("number_quality", "FLAGGED")));
        quality("UPGRADE", None);
        let template = |event: &str, alarm| {
            let value = json!({ "message_template_name": "order", "message_template_language": "en", "event": event });
            let kind = EventType::TemplateStatusChanged;
            check("message_template_status_update", value, kind, json!({ "event": event }), alarm);
        };
        template("PAUSED", Some(("template_paused", "PAUSED")));
        template("APPROVED", None);
        let review = json!({ "decision": "REJECTED" });
        let rejected = Some(("account_rejected", "REJECTED"));
        check("account_review_update", review.clone(), EventType::AccountReviewed, review, rejected);
    }

    #[test]
    fn other_events_of_webhooks_cause_no_event() {
        assert!(events("automatic_events", &json!({ "automatic_events": [{}] })).is_empty());
    }
}
