//! Observation of a running store.

use waxwing_store::OutboxState::{Accepted, DeadLetter, Delivered, Failed};
use waxwing_store::{ConversationId, QueueDepth, StatusKind};

use crate::fixture::{
    Fixture, accepted, dead, in_doubt, message, number, other_number, refused, secs, status, status_of,
};

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

/// The lengths of the queues follow what waits, for each number by itself.
pub async fn the_queues_are_measured(b: Fixture) {
    let numbers = [number(), other_number()];
    let depth = async || {
        let [depth, other] = b.store.queue_depths(&numbers).await.unwrap().try_into().unwrap();
        assert_eq!(other, QueueDepth::empty(other_number()));
        depth
    };
    assert_eq!(depth().await, QueueDepth::empty(number()));
    b.receive(message("a")).await;
    b.pass(7);
    let waiting = QueueDepth { pending: 1, turn_due_for: secs(7), ..QueueDepth::empty(number()) };
    assert_eq!(depth().await, waiting);
    let claim = b.claim().await;
    let held = QueueDepth { turn_due_for: secs(0), ..waiting };
    assert_eq!(depth().await, held, "a turn in progress is not late");
    b.answer(&claim, "run", &["1", "2", "3"]).await;
    b.pass(3);
    let counted = |counts: [u64; 6]| QueueDepth::STATES.into_iter().zip(counts).collect::<Vec<_>>();
    let answered = QueueDepth { outbox: counted([3, 0, 0, 0, 0, 0]), send_due_for: secs(3), ..depth().await };
    assert_eq!(depth().await, answered);
    assert_eq!(answered.pending, 0);
    let first = b.send().await;
    assert_eq!(depth().await.outbox, counted([2, 1, 0, 0, 0, 0]));
    let second = b.record(&first, in_doubt()).await;
    assert!(second.is_none(), "later messages wait for a message in doubt");
    assert_eq!(depth().await.outbox, counted([2, 0, 1, 0, 0, 0]));
    b.status(status_of(StatusKind::Delivered, "wamid.1", &first)).await;
    let second = b.send().await;
    let third = b.record(&second, dead()).await.unwrap();
    b.record(&third, refused()).await;
    assert_eq!(depth().await.outbox, counted([0, 0, 0, 0, 1, 1]));
}

/// A working store passes a health check, with a test write and without.
pub async fn a_health_check_succeeds(b: Fixture) {
    b.store.check_health().await.unwrap();
    b.accept([message("a")]).await;
    b.store.check_health().await.unwrap();
}
