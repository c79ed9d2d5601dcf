//! Keeps two bots from answering each other for ever.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use waxwing_store::ConversationId;

/// The time in which turns are counted, and for which a conversation is left alone after too many.
const WINDOW: Duration = Duration::from_mins(10);

/// Windows that are over are forgotten in bulk once there are this many, or twice as many as the last time.
const SWEEP_AT: usize = 10_000;

/// Counts the turns of each conversation.
#[derive(Debug)]
pub(crate) struct LoopGuard {
    limit: u32,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    windows: HashMap<ConversationId, Window>,
    sweep_at: usize,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Instant,
    turns: u32,
}

/// Whether a turn is to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoopDecision {
    /// It is.
    Allow,
    /// It is the first one too many.
    Tripped,
    /// An earlier one was caught, and the conversation is left alone.
    Suppressed,
}

impl LoopGuard {
    /// Allows so many turns in a window; 0 for any number.
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, state: Mutex::new(State { windows: HashMap::new(), sweep_at: SWEEP_AT }) }
    }

    /// Counts a turn.
    pub(crate) fn pass(&self, conversation: ConversationId) -> LoopDecision {
        if self.limit == 0 {
            return LoopDecision::Allow;
        }
        let now = Instant::now();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.windows.len() >= state.sweep_at {
            state.windows.retain(|_, window| now < window.began + WINDOW);
            state.sweep_at = SWEEP_AT.max(state.windows.len() * 2);
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
            // Left alone for a whole window from here on.
            window.began = now;
            return LoopDecision::Tripped;
        }
        LoopDecision::Suppressed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANA: ConversationId = ConversationId(1);

    #[tokio::test(start_paused = true)]
    async fn a_conversation_that_never_rests_is_left_alone_for_a_while() {
        let loops = LoopGuard::new(3);
        let mut passes = Vec::new();
        for _ in 0..5 {
            tokio::time::advance(Duration::from_secs(20)).await;
            passes.push(loops.pass(ANA));
        }
        assert_eq!(
            passes,
            [
                LoopDecision::Allow,
                LoopDecision::Allow,
                LoopDecision::Allow,
                LoopDecision::Tripped,
                LoopDecision::Suppressed
            ]
        );
        assert_eq!(loops.pass(ConversationId(2)), LoopDecision::Allow);
        tokio::time::advance(WINDOW.saturating_sub(Duration::from_secs(21))).await;
        assert_eq!(loops.pass(ANA), LoopDecision::Suppressed);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(loops.pass(ANA), LoopDecision::Allow);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_conversation_is_no_loop() {
        let loops = LoopGuard::new(3);
        for _ in 0..100 {
            assert_eq!(loops.pass(ANA), LoopDecision::Allow);
            tokio::time::advance(WINDOW / 3).await;
        }
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let loops = LoopGuard::new(0);
        assert!((0..1000).all(|_| loops.pass(ANA) == LoopDecision::Allow));
        assert!(loops.state.lock().unwrap().windows.is_empty());
    }
}
