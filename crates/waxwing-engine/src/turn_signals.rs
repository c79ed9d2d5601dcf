//! Wakes a running turn when something arrives for its conversation.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use waxwing_store::ConversationId;

/// Registry of the turns that run in the process.
#[derive(Debug, Default)]
pub(crate) struct TurnSignals(Mutex<HashMap<ConversationId, Arc<Notify>>>);

impl TurnSignals {
    /// Registers the turn that holds the lease of the conversation, until the returned signal is dropped.
    pub(crate) fn subscribe(self: &Arc<Self>, conversation: ConversationId) -> TurnSignal {
        let notify = Arc::new(Notify::new());
        self.turns().insert(conversation, notify.clone());
        TurnSignal { signals: self.clone(), conversation, notify }
    }

    /// Wakes the running turns of these conversations.
    pub(crate) fn wake(&self, conversations: &[ConversationId]) {
        let turns = self.turns();
        for turn in conversations.iter().filter_map(|conversation| turns.get(conversation)) {
            turn.notify_one();
        }
    }

    /// Wakes all running turns.
    pub(crate) fn wake_all(&self) {
        self.turns().values().for_each(|turn| turn.notify_one());
    }

    fn turns(&self) -> MutexGuard<'_, HashMap<ConversationId, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Receives the wake-ups of one turn.
#[derive(Debug)]
pub(crate) struct TurnSignal {
    signals: Arc<TurnSignals>,
    conversation: ConversationId,
    notify: Arc<Notify>,
}

impl TurnSignal {
    /// Wakes the turn itself, so that it looks for new messages once more.
    pub(crate) fn wake(&self) {
        self.notify.notify_one();
    }

    /// Waits for a wake-up. A wake-up that came while the turn was not waiting counts.
    pub(crate) async fn woken(&self) {
        self.notify.notified().await;
    }
}

impl Drop for TurnSignal {
    fn drop(&mut self) {
        let mut turns = self.signals.turns();
        // A turn that lost its lease can end after the next turn of the conversation has subscribed.
        if turns.get(&self.conversation).is_some_and(|current| Arc::ptr_eq(current, &self.notify)) {
            turns.remove(&self.conversation);
        }
    }
}
