//! Counts of one turn.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use waxwing_agent::RunEvent;

/// Counts of the model calls and tool calls of all runs of a turn, with the time of the runs.
#[derive(Debug, Default)]
pub(crate) struct RunTally {
    model_calls: AtomicU64,
    tool_calls: AtomicU64,
    input_tokens: AtomicU64,
    cached_input_tokens: AtomicU64,
    output_tokens: AtomicU64,
    run_milliseconds: AtomicU64,
}

/// The counts at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RunCounts {
    pub(crate) model_calls: u64,
    pub(crate) tool_calls: u64,
    pub(crate) input_tokens: u64,
    pub(crate) cached_input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) run_milliseconds: u64,
}

impl RunTally {
    /// Counts an event of a run.
    pub(crate) fn count(&self, event: &RunEvent) {
        let add = |counter: &AtomicU64, amount| counter.fetch_add(amount, Ordering::Relaxed);
        match event {
            RunEvent::ModelCalled(call) => {
                add(&self.model_calls, 1);
                add(&self.input_tokens, call.input_tokens);
                add(&self.cached_input_tokens, call.cached_input_tokens);
                add(&self.output_tokens, call.output_tokens);
            }
            RunEvent::ToolCalled(_) => {
                add(&self.tool_calls, 1);
            }
            _ => {}
        }
    }

    /// Adds the time of a run.
    pub(crate) fn add_run(&self, duration: Duration) {
        let milliseconds = duration.as_millis().try_into().unwrap_or(u64::MAX);
        self.run_milliseconds.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// Returns the counts so far.
    pub(crate) fn counts(&self) -> RunCounts {
        let value = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RunCounts {
            model_calls: value(&self.model_calls),
            tool_calls: value(&self.tool_calls),
            input_tokens: value(&self.input_tokens),
            cached_input_tokens: value(&self.cached_input_tokens),
            output_tokens: value(&self.output_tokens),
            run_milliseconds: value(&self.run_milliseconds),
        }
    }
}
