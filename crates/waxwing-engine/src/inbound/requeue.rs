//! Requeue of quarantined items.

use bytes::Bytes;
use serde_json::json;
use serde_json::value::RawValue;
use waxwing_store::{QuarantineId, QuarantineRecord, WebhookItem};
use waxwing_webhook::{Notification, VerifiedBody};

use super::accept::{WakeAllOnDrop, pending_number};
use crate::message_size::TOO_LARGE;
use crate::operator::OperatorError;
use crate::replay_guard::STALE;
use crate::shared::Shared;

impl Shared {
    /// Accepts a quarantined item like a webhook that arrives now, and removes the item from the quarantine.
    pub(crate) async fn requeue_quarantined(&self, id: QuarantineId) -> Result<(), OperatorError> {
        let record = self.store.quarantine_record(id).await?;
        let items = self.usable_items(&record)?;
        let received: Vec<_> = items.iter().filter_map(pending_number).cloned().collect();
        let wake = WakeAllOnDrop(Some(self));
        let accepted = self.store.requeue_quarantined(id, items).await?;
        wake.defuse();
        self.stored(&received, &accepted);
        Ok(())
    }

    /// Reads the data as a webhook. Fails if a part of it would be quarantined again.
    fn usable_items(&self, record: &QuarantineRecord) -> Result<Vec<WebhookItem>, OperatorError> {
        let sizes = &self.guards.sizes;
        let mut refusal = OperatorError::Unusable;
        for body in webhooks(record) {
            let Ok(Notification::WhatsApp(events)) = Notification::parse(&VerifiedBody::unsigned(body)) else {
                continue;
            };
            if let Some(size) = events.iter().find_map(|event| sizes.exceeded_by(event)) {
                refusal = OperatorError::TooLarge { size, limit: sizes.max_bytes() };
                continue;
            }
            let items: Vec<_> = events.into_iter().filter_map(|event| self.item(event)).collect();
            let is_usable = items.iter().all(|item| !matches!(item, WebhookItem::Quarantined(_)));
            if is_usable && !items.is_empty() {
                return Ok(items);
            }
        }
        Err(refusal)
    }
}

/// Returns the webhooks that the data can be: the data as a whole webhook, as a message, as a status, or as a field.
fn webhooks(record: &QuarantineRecord) -> Vec<Bytes> {
    let mut webhooks = vec![record.body.clone()];
    let Ok(part) = serde_json::from_slice::<&RawValue>(&record.body) else { return webhooks };
    let webhook = |field: &str, value: serde_json::Value| {
        let changes = json!([{ "field": field, "value": value }]);
        json!({ "object": "whatsapp_business_account", "entry": [{ "changes": changes }] }).to_string().into()
    };
    if let Some(number) = &record.row.number {
        let metadata = json!({ "phone_number_id": number.as_str() });
        // Only a message echo names a recipient. It must not be read as a message of a user.
        if [STALE, TOO_LARGE].contains(&&*record.row.reason) && has_recipient(part) {
            let value = json!({ "metadata": metadata, "message_echoes": [part] });
            return vec![webhook("smb_message_echoes", value)];
        }
        webhooks.push(webhook("messages", json!({ "metadata": metadata, "messages": [part] })));
        webhooks.push(webhook("messages", json!({ "metadata": metadata, "statuses": [part] })));
    }
    if let Some(field) = record.row.reason.strip_prefix("field:") {
        webhooks.push(webhook(field, json!(part)));
    }
    if record.row.reason == STALE {
        webhooks.push(webhook("user_id_update", json!({ "user_id_update": [part] })));
    }
    webhooks
}

fn has_recipient(part: &RawValue) -> bool {
    #[derive(serde::Deserialize)]
    struct Recipient {
        to: Option<serde::de::IgnoredAny>,
        to_user_id: Option<serde::de::IgnoredAny>,
    }

    let recipient = serde_json::from_str::<Recipient>(part.get());
    recipient.is_ok_and(|recipient| recipient.to.is_some() || recipient.to_user_id.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_store::{QuarantineRow, Timestamp};
    use waxwing_types::PhoneNumberId;

    #[track_caller]
    fn check(reason: &str, number: Option<&str>, body: &str, expected: &[&str]) {
        let row = QuarantineRow {
            id: QuarantineId(1),
            number: number.map(PhoneNumberId::new),
            reason: reason.to_owned(),
            size: body.len(),
            received_at: Timestamp::from_millis(0),
        };
        let record = QuarantineRecord { row, body: Bytes::from(body.to_owned()) };
        let webhooks = webhooks(&record);
        assert_eq!(webhooks.len(), expected.len(), "{webhooks:?}");
        for (webhook, part) in webhooks.iter().zip(expected) {
            let webhook = String::from_utf8_lossy(webhook);
            assert!(webhook.contains(part), "{part} is not in {webhook}");
        }
    }

    #[test]
    fn data_is_read_as_a_webhook_or_as_a_part_of_one() {
        check("not JSON", None, "{", &["{"]);
        check("JSON, but not a webhook", None, "[7]", &["[7]"]);
        check(
            "message",
            Some("1"),
            r#"{"id":"a"}"#,
            &[r#"{"id":"a"}"#, r#""messages":[{"id":"a"}]"#, r#""statuses":[{"id":"a"}]"#],
        );
        let echo = r#"{"id":"a","to":"34600000001"}"#;
        for reason in ["stale", "too_large"] {
            check(reason, Some("1"), echo, &[r#""message_echoes":[{"id":"a","to":"34600000001"}]"#]);
        }
        let update = r#"{"wa_id":"34600000001"}"#;
        check("stale", None, update, &[update, r#""field":"user_id_update""#]);
        check("field:sky", None, r#"{"a":1}"#, &["a", r#""field":"sky","value":{"a":1}"#]);
    }
}
