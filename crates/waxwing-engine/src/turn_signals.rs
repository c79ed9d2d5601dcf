//! How what comes in reaches a turn that goes on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use waxwing_store::ConversationId;

use crate::engine::Shared;

/// The turns that go on in this process.
#[derive(Debug, Default)]
pub(crate) struct TurnSignals(Mutex<HashMap<ConversationId, Arc<Notify>>>);

impl TurnSignals {
    /// Tells the turns of these conversations, where there are any, that there is something new.
    pub(crate) fn call(&self, conversations: &[ConversationId]) {
        let turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for turn in conversations.iter().filter_map(|conversation| turns.get(conversation)) {
            turn.notify_one();
        }
    }

    /// Tells all turns.
    pub(crate) fn call_all(&self) {
        let turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.values().for_each(|turn| turn.notify_one());
    }
}

/// One turn's way to be called. It can be called for as long as it is kept.
pub(crate) struct TurnSignal {
    shared: Arc<Shared>,
    conversation: ConversationId,
    called: Arc<Notify>,
}

impl TurnSignal {
    /// The ear of the turn that holds the conversation: there is one at a time.
    pub(crate) fn new(shared: &Arc<Shared>, conversation: ConversationId) -> Self {
        let called = Arc::new(Notify::new());
        let mut turns = shared.turn_signals.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.insert(conversation, called.clone());
        drop(turns);
        Self { shared: shared.clone(), conversation, called }
    }

    /// Calls the turn, so that it looks once more.
    pub(crate) fn call(&self) {
        self.called.notify_one();
    }

    /// Waits for a call; a call that came while nobody waited counts.
    pub(crate) async fn called(&self) {
        self.called.notified().await;
    }
}

impl Drop for TurnSignal {
    fn drop(&mut self) {
        let mut turns = self.shared.turn_signals.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A turn that lost its lease may end after the next one has begun.
        if turns.get(&self.conversation).is_some_and(|current| Arc::ptr_eq(current, &self.called)) {
            turns.remove(&self.conversation);
        }
    }
}
