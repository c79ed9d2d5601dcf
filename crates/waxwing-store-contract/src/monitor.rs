//! Observation of a running store.

use waxwing_store::OutboxState::{Accepted, DeadLetter, Delivered, Failed};
use waxwing_store::{ConversationId, StatusKind};

use crate::fixture::{Fixture, accepted, dead, in_doubt, message, number, status, status_of};

/// Receivers get one event for each change.
pub async fn delivery_events_report_each_change(b: Fixture) {
    let mut deliveries = b.store.delivery_events();
    let send = b.send_accepted().await;
    for kind in [StatusKind::Delivered, StatusKind::Sent, StatusKind::Delivered, StatusKind::Failed] {
        b.status(status(kind, "wamid.1")).await;
    }
    b.queue("run 2", &["2", "+3"]).await;
    let refused = b.send().await;
    b.record(&refused, dead()).await;
    let mut heard = Vec::new();
    while let Ok(delivery) = deliveries.try_recv() {
        assert_eq!(delivery.number, number());
        let id = delivery.message_id.as_ref().map(waxwing_types::MessageId::as_str);
        assert_eq!(id, (delivery.outbox == send.id).then_some("wamid.1"));
        heard.push((delivery.state, delivery.error.and_then(|error| error.code)));
    }
    let failed = (Failed, Some(131_026));
    assert_eq!(heard, [(Accepted, None), (Delivered, None), failed, (DeadLetter, Some(131_000)), (DeadLetter, None)]);
}

/// A conversation has unsent messages until the last one has an outcome.
pub async fn unsent_messages_are_known(b: Fixture) {
    let has_unsent = || b.store.has_unsent_messages(ConversationId(1));
    b.queue("run 1", &["1", "2"]).await;
    assert!(has_unsent().await.unwrap());
    let first = b.send().await;
    let second = b.record(&first, accepted("wamid.1")).await.unwrap();
    b.status(status(StatusKind::Delivered, "wamid.1")).await;
    assert!(has_unsent().await.unwrap(), "the second message is being sent");
    b.record(&second, in_doubt()).await;
    assert!(has_unsent().await.unwrap(), "the second message is in doubt");
    b.status(status_of(StatusKind::Delivered, "wamid.2", &second)).await;
    assert!(!has_unsent().await.unwrap());
    assert!(!b.store.has_unsent_messages(ConversationId(99)).await.unwrap());
}

/// A working store passes a health check, with a test write and without.
pub async fn a_health_check_succeeds(b: Fixture) {
    b.store.check_health().await.unwrap();
    b.accept([message("a")]).await;
    b.store.check_health().await.unwrap();
}
