//! Observation of a running store.

use waxwing_store::OutboxState::{Accepted, DeadLetter, Delivered, Failed};
use waxwing_store::StatusKind;

use crate::fixture::{Fixture, dead, message, number, status};

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

/// A working store passes a health check, with a test write and without.
pub async fn a_health_check_succeeds(b: Fixture) {
    b.store.check_health().await.unwrap();
    b.accept([message("a")]).await;
    b.store.check_health().await.unwrap();
}
