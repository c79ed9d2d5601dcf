//! Quarantined items.

use bytes::Bytes;
use waxwing_store::{ConversationId, Error, QuarantineId, QuarantinedItem, WebhookItem};
use waxwing_types::PhoneNumberId;

use crate::fixture::{Fixture, from, phone};

fn item(reason: &str, body: &'static str) -> WebhookItem {
    let number = Some(PhoneNumberId::new("1000001"));
    WebhookItem::Quarantined(QuarantinedItem {
        number,
        reason: reason.into(),
        body: Bytes::from_static(body.as_bytes()),
    })
}

/// Quarantined items are listed, the newest first, and shown with their data.
pub async fn quarantined_items_are_listed(b: Fixture) {
    b.store.accept(vec![item("field:a", "{}"), item("field:b", "[7]")]).await.unwrap();
    let rows = b.store.quarantine(10).await.unwrap();
    let reasons: Vec<_> = rows.iter().map(|row| (row.reason.as_str(), row.size)).collect();
    assert_eq!(reasons, [("field:b", 3), ("field:a", 2)]);
    assert_eq!(b.store.quarantine(1).await.unwrap(), rows[..1]);
    let record = b.store.quarantine_record(rows[0].id).await.unwrap();
    assert_eq!((&record.row, &record.body[..]), (&rows[0], &b"[7]"[..]));
    assert_eq!(record.row.number, Some(PhoneNumberId::new("1000001")));
    let unknown = b.store.quarantine_record(QuarantineId(999)).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
}

/// A requeue replaces the item by a message, once.
pub async fn a_requeued_item_becomes_a_message(b: Fixture) {
    b.store.accept(vec![item("field:a", "{}")]).await.unwrap();
    let id = b.store.quarantine(1).await.unwrap()[0].id;
    let message = || vec![WebhookItem::Message(from(phone("34600000001"), "a"))];
    let summary = b.store.requeue_quarantined(id, message()).await.unwrap();
    assert_eq!((summary.messages, summary.conversations.len()), (1, 1));
    assert!(b.store.quarantine(10).await.unwrap().is_empty());
    let again = b.store.requeue_quarantined(id, message()).await;
    assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
}

/// Data that is quarantined again after its requeue is stored again.
pub async fn a_requeued_item_may_be_quarantined_again(b: Fixture) {
    b.store.accept(vec![item("field:a", "{}")]).await.unwrap();
    let id = b.store.quarantine(1).await.unwrap()[0].id;
    b.store.requeue_quarantined(id, vec![item("field:a", "{}")]).await.unwrap();
    let rows = b.store.quarantine(10).await.unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].id > id, "{rows:?}");
}

/// A conversation is reported with its counts.
pub async fn a_conversation_is_reported(b: Fixture) {
    let claim = b.turn(from(phone("34600000001"), "a")).await;
    let report = b.store.conversation_report(claim.conversation.id).await.unwrap();
    assert_eq!((report.row.id, report.received, report.sent), (claim.conversation.id, 1, 0));
    let unknown = b.store.conversation_report(ConversationId(999)).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
}
