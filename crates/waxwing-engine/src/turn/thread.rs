//! Passes a conversation to the next app after a human handoff.

use std::collections::HashSet;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio_util::task::TaskTracker;
use waxwing_store::{ConversationId, DeliveryEvents};
use waxwing_types::Address;

use super::context::TurnContext;
use crate::brief_request::attempt;
use crate::shutdown::ShutdownSignal;

/// Longest wait for the messages of the turn. A message of this business that is sent later takes the conversation back.
const MAX_WAIT: Duration = Duration::from_mins(2);

/// A conversation to pass once its last messages are sent.
pub(super) struct PassedThread {
    user: Address,
    deliveries: DeliveryEvents,
    conversation: ConversationId,
    /// Number of messages that the turn sends.
    messages: usize,
}

impl PassedThread {
    /// Returns the conversation of a turn that hands it off, if its number passes such conversations. Call this before the commit.
    pub(super) fn of(context: &TurnContext, messages: usize) -> Option<Self> {
        let passes = context.has_handed_off() && context.route.policies.passes_thread == Some(true);
        let user = context.address().filter(|address| passes && !matches!(address, Address::Group(_)))?;
        let (deliveries, conversation) = (context.shared.store.delivery_events(), context.conversation().id);
        Some(Self { user, deliveries, conversation, messages })
    }

    /// Passes the conversation in a task.
    pub(super) fn pass(self, context: &TurnContext, shutdown: &ShutdownSignal, tasks: &TaskTracker) {
        let Some(slot) = context.shared.slots.brief_requests.slot("pass of a conversation") else { return };
        let (graph, abort) = (context.route.graph.clone(), shutdown.abort.clone());
        drop(tasks.spawn(abort.run_until_cancelled_owned(async move {
            let user = self.user.clone();
            let _ = tokio::time::timeout(MAX_WAIT, self.sent()).await;
            let pass = || {
                let (graph, user) = (graph.clone(), user.clone());
                async move { graph.pass_thread(&user).await }
            };
            attempt("pass of a conversation", pass).await;
            drop(slot);
        })));
    }

    /// Waits until Meta has taken the messages of the turn, or they have failed.
    async fn sent(mut self) {
        let mut sent = HashSet::new();
        while sent.len() < self.messages {
            match self.deliveries.recv().await {
                Ok(event) if event.conversation == self.conversation => drop(sent.insert(event.outbox)),
                Ok(_) => {}
                Err(RecvError::Lagged(_) | RecvError::Closed) => return,
            }
        }
    }
}
