//! Spans of sent messages: their attempts with the statuses that Meta reports.

use std::time::{Duration, SystemTime};

use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use waxwing_store::{DeliveryEvent, DeliveryEvents, OutboxState, RunId, SendAttempt, SendOutcome, Timestamp};
use waxwing_traces::{Span, SpanKind, Trace, Traces};

use crate::events::outcome_name;

/// Records an attempt to send a message, which ends now. A delay by the rate limits is no attempt.
pub(crate) fn attempt(traces: &Traces, send: &SendAttempt, outcome: &SendOutcome, duration: Duration) {
    if matches!(outcome, SendOutcome::NotAttempted { .. }) {
        return;
    }
    let Some((trace, span)) = span(traces, &send.source.run, send.source.agent.as_ref(), "send", SpanKind::Client)
    else {
        return;
    };
    let now = SystemTime::now();
    let (name, error) = outcome_name(outcome);
    let code = error.and_then(|error| error.code);
    let mut span = span
        .between(now.checked_sub(duration).unwrap_or(now), now)
        .with("waxwing.outbox.id", send.id.0)
        .with("waxwing.number", send.number.as_str().to_owned())
        .with("waxwing.message.type", send.content.kind())
        .with("waxwing.send.attempt", send.attempt)
        .with("waxwing.send.outcome", name)
        .with_some("waxwing.meta.code", code);
    if error.is_some() && !matches!(outcome, SendOutcome::Park { .. }) {
        span = span.failed(code.map_or_else(|| name.to_owned(), |code| code.to_string()));
    }
    trace.record(span);
}

/// Records the statuses of messages until `stop`. Statuses that arrive faster than they are recorded have no span.
pub(crate) async fn run(traces: Traces, mut events: DeliveryEvents, stop: CancellationToken) {
    loop {
        let event = tokio::select! {
            biased;
            event = events.recv() => event,
            () = stop.cancelled() => return,
        };
        match event {
            Ok(event) => status(&traces, &event),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Records a status that Meta reported. Other delivery events are outcomes of attempts.
fn status(traces: &Traces, event: &DeliveryEvent) {
    let is_reported = match event.state {
        OutboxState::Sent | OutboxState::Delivered | OutboxState::Read | OutboxState::Played => true,
        // A message that the response refused has no id.
        OutboxState::Failed => event.message_id.is_some(),
        _ => false,
    };
    if !is_reported {
        return;
    }
    let Some((trace, span)) = span(traces, &event.run, event.agent.as_ref(), "status", SpanKind::Consumer) else {
        return;
    };
    let (at, code) = (system_time(event.at), event.error.as_ref().and_then(|error| error.code));
    let mut span = span
        .between(at, at)
        .with("waxwing.outbox.id", event.outbox.0)
        .with("waxwing.number", event.number.as_str().to_owned())
        .with("waxwing.status", event.state.as_str())
        .with_some("waxwing.meta.code", code);
    if event.state == OutboxState::Failed {
        span = span.failed(code.map_or_else(|| "failed".to_owned(), |code| code.to_string()));
    }
    trace.record(span);
}

/// Creates a span of a message that a run has queued. Only the run of a turn has a root, so the spans of other messages have no parent: those
/// without an agent, and texts of the channel that have a run of their own, such as `away-7-2`.
fn span(
    traces: &Traces,
    run: &RunId,
    agent: Option<&String>,
    name: &'static str,
    kind: SpanKind,
) -> Option<(Trace, Span)> {
    let trace = traces.of_run(&run.0)?;
    let mut span = trace.span(name, kind);
    if agent.is_none() || !trace.is_turn() {
        span.parent = None;
    }
    Some((trace, span))
}

/// Returns a time of the store.
pub(crate) fn system_time(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(at.as_millis().try_into().unwrap_or_default())
}
