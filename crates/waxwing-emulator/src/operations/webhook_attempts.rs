//! Results of webhook attempts.

use crate::message::DeliveryState;
use crate::timeline::{TimelineEventKind, WebhookSubject};
use crate::world::World;
use crate::world::webhook_queues::QueuedWebhook;

/// Records an attempt. A user's message counts as delivered after a 200.
pub(crate) fn record(world: &mut World, webhook: &QueuedWebhook, attempt: u32, status: Option<u16>) {
    for subject in webhook.subjects.clone() {
        if let (WebhookSubject::Message { message, .. }, Some(200)) = (&subject, status)
            && let Some(entry) = world.users.message_mut(message)
        {
            entry.message.state = entry.message.state.max(DeliveryState::Delivered);
        }
        world.record(TimelineEventKind::WebhookAttempt { subject, attempt, status });
    }
}
