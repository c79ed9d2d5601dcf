//! Stops endless exchanges of an agent with another bot.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_store::ConversationId;

/// The time in which turns are counted, and for which a conversation gets no answer after too many turns.
const WINDOW: Duration = Duration::from_mins(10);

/// Ended windows are removed in bulk at this number of windows, or at twice the number that the last removal left.
const CLEANUP_AT: usize = 10_000;

/// Counts the turns of each conversation.
#[derive(Debug)]
pub(crate) struct LoopGuard {
    limit: u32,
    state: Mutex<TurnCounts>,
}

#[derive(Debug)]
struct TurnCounts {
    windows: HashMap<ConversationId, Window>,
    cleanup_at: usize,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Instant,
    turns: u32,
}

/// Whether a turn gets an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoopDecision {
    /// The turn gets an answer.
    Allow,
    /// The turn is the first one above the limit.
    Tripped,
    /// An earlier turn tripped the guard less than [`WINDOW`] ago.
    Suppressed,
}

impl LoopGuard {
    /// Creates a guard that allows `limit` turns in a window; 0 allows any number.
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, state: Mutex::new(TurnCounts { windows: HashMap::new(), cleanup_at: CLEANUP_AT }) }
    }

    /// Counts a turn of the conversation.
    pub(crate) fn record_turn(&self, conversation: ConversationId) -> LoopDecision {
        if self.limit == 0 {
            return LoopDecision::Allow;
        }
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.windows.len() >= state.cleanup_at {
            state.windows.retain(|_, window| now < window.began + WINDOW);
            state.cleanup_at = CLEANUP_AT.max(state.windows.len() * 2);
        }
        let window = state.windows.entry(conversation).or_insert(Window { began: now, turns: 0 });
        if now >= window.began + WINDOW {
            *window = Window { began: now, turns: 0 };
        }
        window.turns = window.turns.saturating_add(1);
        if window.turns <= self.limit {
            return LoopDecision::Allow;
        }
        if window.turns == self.limit + 1 {
            // Suppression lasts for a whole window from here on.
            window.began = now;
            return LoopDecision::Tripped;
        }
        LoopDecision::Suppressed
    }

    /// Forgets a turn that was counted and allowed, but did not run.
    pub(crate) fn forget_turn(&self, conversation: ConversationId) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(window) = state.windows.get_mut(&conversation) {
            window.turns = window.turns.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::LoopDecision::{Allow, Suppressed, Tripped};
    use super::*;

    const ANA: ConversationId = ConversationId(1);

    #[tokio::test(start_paused = true)]
    async fn a_conversation_above_the_limit_gets_no_answer_for_a_window() {
        let guard = LoopGuard::new(3);
        let mut decisions = Vec::new();
        for _ in 0..5 {
            tokio::time::advance(Duration::from_secs(20)).await;
            decisions.push(guard.record_turn(ANA));
        }
        assert_eq!(decisions, [Allow, Allow, Allow, Tripped, Suppressed]);
        assert_eq!(guard.record_turn(ConversationId(2)), Allow);
        tokio::time::advance(WINDOW.saturating_sub(Duration::from_secs(21))).await;
        assert_eq!(guard.record_turn(ANA), Suppressed);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(guard.record_turn(ANA), Allow);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_conversation_is_no_loop() {
        let guard = LoopGuard::new(3);
        for _ in 0..100 {
            assert_eq!(guard.record_turn(ANA), Allow);
            tokio::time::advance(WINDOW / 3).await;
        }
    }

    #[test]
    fn a_turn_that_did_not_run_does_not_count() {
        let guard = LoopGuard::new(3);
        for _ in 0..100 {
            assert_eq!(guard.record_turn(ANA), Allow);
            guard.forget_turn(ANA);
        }
    }

    #[test]
    fn without_a_limit_no_turn_is_counted() {
        let guard = LoopGuard::new(0);
        assert!((0..1000).all(|_| guard.record_turn(ANA) == Allow));
        assert!(guard.state.lock().unwrap().windows.is_empty());
    }
}
