//! Effects outside the emulated world.

use tokio_util::sync::CancellationToken;

use super::accepted_message::AcceptedMessage;
use super::flow_sessions::EndpointRequest;
use super::webhook_queues::QueueKey;
use crate::timeline::EmulatedUserId;

/// Effect with the world that has requested it.
#[derive(Debug)]
pub(crate) struct RequestedEffect {
    pub(crate) effect: Effect,
    /// Is cancelled when another world replaces that one.
    pub(crate) replaced: CancellationToken,
}

/// Work outside the world, to be run after the lock is released.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Delivers the webhooks of a queue that has become non-empty.
    DeliverQueue(QueueKey),
    /// Downloads the linked media file of an accepted message.
    Download { message: Box<AcceptedMessage>, link: String },
    /// Sends a request to the endpoint of a flow that a user has open.
    ExchangeFlow { user: EmulatedUserId, exchange: u64, request: Box<EndpointRequest> },
}
