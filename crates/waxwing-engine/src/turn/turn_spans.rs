//! Spans of a turn: the root of its trace, with the receipt of its messages.

use waxwing_agent::{Reply, ReplyPart};
use waxwing_store::PendingMessage;
use waxwing_traces::{SpanKind, Trace};

use super::arrivals::Execution;
use super::context::{TurnContext, TurnState};
use super::receipt::Receipt;
use crate::delivery_spans::system_time;
use crate::run_trace::RunTrace;

/// Notes the messages that a turn handles, while traces are on.
pub(super) fn note_receipts(context: &TurnContext, state: &mut TurnState, pending: &[PendingMessage]) {
    if !context.shared.reports.traces.is_on() {
        return;
    }
    let taken_at = system_time(context.shared.clock.now());
    let receipt = |message: &PendingMessage| {
        let (kind, received_at) = (message.kind.clone(), system_time(message.received_at));
        Receipt { kind, origin: message.origin, received_at, taken_at }
    };
    state.receipts = pending.iter().map(receipt).collect();
}

/// Records the spans of a turn that is committed.
pub(super) fn committed(context: &TurnContext, state: &TurnState) {
    let Some(trace) = ended(context, state, "committed") else { return };
    for receipt in &state.receipts {
        let span = trace.span("receive", SpanKind::Consumer).between(receipt.received_at, receipt.taken_at);
        let span = span.with("waxwing.message.type", receipt.kind.clone());
        trace.record(span.with("waxwing.message.origin", receipt.origin.as_str()));
    }
}

/// Records the root span of a run that is over for good, and returns its trace if it is recorded. A turn that is released has no root span yet, since
/// it is claimed again.
pub(super) fn ended(context: &TurnContext, state: &TurnState, outcome: &'static str) -> Option<Trace> {
    let trace = context.shared.reports.traces.of_run(&state.run.0)?;
    let now = system_time(context.shared.clock.now());
    let start = state.receipts.iter().map(|receipt| receipt.received_at).min().unwrap_or(now);
    let (conversation, counts) = (context.conversation(), context.events.tally().counts());
    let span = trace
        .root_span("turn", SpanKind::Consumer)
        .between(start, now)
        .with("gen_ai.conversation.id", conversation.key.clone())
        .with("gen_ai.agent.name", context.route.agent.name().to_owned())
        .with("waxwing.number", conversation.number.as_str().to_owned())
        .with("waxwing.turn.outcome", outcome)
        .with("waxwing.turn.messages", state.receipts.len())
        .with("waxwing.turn.model_calls", counts.model_calls)
        .with("waxwing.turn.tool_calls", counts.tool_calls)
        .with("waxwing.cost", state.cost);
    trace.record(span);
    Some(trace)
}

/// Records the span of an agent that was called, if its run is recorded. `input` is the text that the agent got.
pub(super) fn agent_called(
    context: &TurnContext,
    trace: Option<&RunTrace>,
    execution: &Execution,
    input: Option<String>,
    cost: f64,
) {
    let Some(trace) = trace else { return };
    let span = trace
        .agent_span(context.route.agent.name())
        .with("gen_ai.conversation.id", context.conversation().key.clone())
        .with("waxwing.cost", cost)
        .with_some("gen_ai.input.messages", input);
    let span = match execution {
        Ok(Ok(reply)) => {
            let output = trace.output(|| text(reply));
            span.with("waxwing.run.outcome", "replied").with_some("gen_ai.output.messages", output)
        }
        Ok(Err(_)) => span.with("waxwing.run.outcome", "failed").failed("agent_error"),
        Err(_) => span.with("waxwing.run.outcome", "cancelled"),
    };
    trace.record(span);
}

fn text(reply: &Reply) -> String {
    let text = |part: &ReplyPart| match part {
        ReplyPart::Text(text) | ReplyPart::Markdown(text) => Some(text.clone()),
        _ => None,
    };
    reply.parts().iter().filter_map(text).collect::<Vec<_>>().join("\n")
}
