//! Passes a conversation to the next app after a human handoff.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::task::TaskTracker;
use waxwing_store::{ConversationFilter, ConversationId, DeliveryEvents};
use waxwing_types::Address;

use super::context::TurnContext;
use crate::brief_request::attempt;
use crate::shared::Shared;
use crate::shutdown::ShutdownSignal;
use crate::store_log::log_store_error;

/// Longest wait for the messages of the conversation. A message of this business that is sent later takes the conversation back.
const MAX_WAIT: Duration = Duration::from_mins(2);

/// Time after which the messages are counted again although no delivery was reported: a message may have been parked or erased.
const RECOUNT_AFTER: Duration = Duration::from_secs(5);

/// A conversation to pass once its last messages are sent.
pub(super) struct PassedThread {
    shared: Arc<Shared>,
    user: Address,
    deliveries: DeliveryEvents,
    conversation: ConversationId,
}

impl PassedThread {
    /// Returns the conversation of a turn that hands it off, if its number passes such conversations. Call this before the commit.
    pub(super) fn of(context: &TurnContext) -> Option<Self> {
        let passes = context.has_handed_off() && context.route.policies.passes_thread == Some(true);
        let user = context.address().filter(|address| passes && !matches!(address, Address::Group(_)))?;
        let (shared, conversation) = (context.shared.clone(), context.conversation().id);
        Some(Self { deliveries: shared.store.delivery_events(), shared, user, conversation })
    }

    /// Passes the conversation in a task.
    pub(super) fn pass(mut self, context: &TurnContext, shutdown: &ShutdownSignal, tasks: &TaskTracker) {
        let (graph, abort) = (context.route.graph.clone(), shutdown.abort.clone());
        let Some(waiting) = self.shared.slots.passes.slot("wait for the pass of a conversation") else { return };
        drop(tasks.spawn(abort.run_until_cancelled_owned(async move {
            let _ = tokio::time::timeout(MAX_WAIT, self.sent()).await;
            drop(waiting);
            if !self.is_handed_off().await {
                return;
            }
            let Some(slot) = self.shared.slots.brief_requests.slot("pass of a conversation") else { return };
            let pass = || {
                let (graph, user) = (graph.clone(), self.user.clone());
                async move { graph.pass_thread(&user).await }
            };
            attempt("pass of a conversation", pass).await;
            drop(slot);
        })));
    }

    /// Returns whether a human still answers the conversation: the user or an operator may have ended the handoff meanwhile.
    async fn is_handed_off(&self) -> bool {
        match self.shared.store.conversations(&ConversationFilter::Id(self.conversation), 1).await {
            Ok(found) => found.first().is_some_and(|found| found.paused_until.is_some()),
            Err(error) => {
                log_store_error!(
                    error,
                    "responder of a conversation not read; the conversation stays with this business"
                );
                false
            }
        }
    }

    /// Waits until Meta has taken all messages of the conversation, or they have failed.
    async fn sent(&mut self) {
        loop {
            match self.shared.store.has_unsent_messages(self.conversation).await {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => log_store_error!(error, "unsent messages of a conversation not counted; trying again"),
            }
            let _ = tokio::time::timeout(RECOUNT_AFTER, self.delivered()).await;
        }
    }

    /// Waits for a delivery event of the conversation, or for lost events.
    async fn delivered(&mut self) {
        while self.deliveries.recv().await.is_ok_and(|event| event.conversation != self.conversation) {}
    }
}
