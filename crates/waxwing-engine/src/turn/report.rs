//! Reports of what a turn has done.

use std::time::Duration;

use waxwing_metrics::Metric;
use waxwing_store::Error;

use super::arrivals::Execution;
use super::context::{TurnContext, TurnError, TurnState};
use crate::events::EngineEventKind;
use crate::run_tally::RunCounts;

/// Reports the end of a turn to watchers, to the metrics and to the log. The log has one line for each turn, without data of users.
pub(super) fn turn_finished(
    context: &TurnContext,
    state: &TurnState,
    ended: &Result<(), TurnError>,
    duration: Duration,
) {
    let outcome = match ended {
        Ok(()) => "committed",
        Err(TurnError::Released(_)) => "released",
        Err(TurnError::Store(_)) => "failed",
    };
    context.events.publish(|| EngineEventKind::TurnFinished { outcome, milliseconds: duration });
    let (metrics, agent) = (&context.shared.reports.metrics, context.route.agent.name());
    metrics.increment(Metric::Turns, [agent, outcome]);
    metrics.observe(Metric::TurnSeconds, [agent], duration.as_secs_f64());
    if let Err(TurnError::Store(Error::LeaseLost)) = ended {
        metrics.increment(Metric::LostLeases, []);
    }
    let RunCounts { model_calls, tool_calls, input_tokens, cached_input_tokens, output_tokens, run_milliseconds } =
        context.events.tally().counts();
    let conversation = context.conversation();
    tracing::info!(
        event = "turn.finished",
        conversation = conversation.id.0,
        conversation_key = conversation.key,
        number = conversation.number.as_str(),
        agent,
        outcome,
        milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        run_milliseconds,
        messages = state.messages,
        model_calls,
        tool_calls,
        input_tokens,
        cached_input_tokens,
        output_tokens,
        cost = state.cost,
        "turn finished"
    );
}

/// Reports the end of the call of an agent: its reply or its error, or why it was cancelled.
pub(super) fn run_finished(context: &TurnContext, execution: &Execution, milliseconds: Duration, cost: f64) {
    let (outcome, error) = match execution {
        Ok(Ok(_)) => ("replied", None),
        Ok(Err(error)) => ("failed", Some(error)),
        Err(_) => ("cancelled", None),
    };
    let (metrics, agent) = (&context.shared.reports.metrics, context.route.agent.name());
    metrics.increment(Metric::Runs, [agent, outcome]);
    metrics.observe(Metric::RunSeconds, [agent], milliseconds.as_secs_f64());
    context.events.tally().add_run(milliseconds);
    let error = || error.map(ToString::to_string);
    context.events.publish(|| EngineEventKind::AgentFinished { outcome, milliseconds, cost, error: error() });
}
