//! The calls: found, timed, contained, recorded.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tokio::time::Instant;
use waxwing_agent::{AgentError, RunContext, Step, UserMessage};

use super::outcome::ToolOutcome;
use super::state_changes::{Changes, Snapshot};
use super::{Tool, ToolContext, ToolOutput, ToolSource};
use crate::{ToolCall, ToolSpec};

/// So long before the end of a run no call is waited for any more.
const RESERVE: Duration = Duration::from_secs(1);

/// The tools of an agent.
pub(crate) struct Toolbox {
    pub(crate) tools: Vec<Arc<dyn Tool>>,
    pub(crate) sources: Vec<Arc<dyn ToolSource>>,
    /// How long a call may take, unless its tool says otherwise.
    pub(crate) timeout: Duration,
}

/// A call as a step of its run.
pub(crate) struct CallStep<'a> {
    /// Names it within the run.
    pub(crate) name: String,
    /// What the user said.
    pub(crate) messages: &'a Arc<[UserMessage]>,
    /// Whether the user has consented to this very call: then it is never made twice.
    pub(crate) is_approved: bool,
    pub(crate) ctx: &'a RunContext,
}

impl Toolbox {
    pub(crate) fn specs(&self) -> Vec<ToolSpec> {
        self.all().iter().map(|tool| tool.spec().clone()).collect()
    }

    /// The tools that there are now. Where a name is taken, the first tool has it: what a server lists must not stop an agent, nor stand in for a tool of its own.
    fn all(&self) -> Vec<Arc<dyn Tool>> {
        let mut all = self.tools.clone();
        for tool in self.sources.iter().flat_map(|source| source.tools()) {
            let name = &tool.spec().name;
            if is_tool_name(name) && all.iter().all(|other| other.spec().name != *name) {
                all.push(tool);
            } else {
                tracing::debug!(tool = name, "a tool is left out, since its name is taken or none");
            }
        }
        all
    }

    /// What the user is asked before a call is made; none if it can be made at once.
    pub(crate) fn question(&self, call: &ToolCall) -> Option<String> {
        let arguments = object(&call.arguments)?;
        self.tool(&call.name)?.approval_prompt(&arguments)
    }

    /// Makes a call, or finds what came of it in an earlier run.
    ///
    /// # Errors
    ///
    /// Those of the journal. Whatever goes wrong with the call itself is for the model to read.
    pub(crate) async fn call(&self, call: &ToolCall, step: CallStep<'_>) -> Result<ToolOutcome, AgentError> {
        let CallStep { name: step, messages, is_approved, ctx } = step;
        let Some(tool) = self.tool(&call.name) else {
            let names: Vec<_> = self.specs().into_iter().map(|spec| spec.name).collect();
            return Ok(ToolOutcome::text(format!("Error: there is no such tool. There are: {}.", names.join(", "))));
        };
        if !is_approved && object(&call.arguments).is_some_and(|arguments| tool.approval_prompt(&arguments).is_some()) {
            // The tools of a server come and go: this one was not there when the calls were looked through.
            return Ok(ToolOutcome::text("Error: this needs the user's consent. Call the tool again."));
        }
        // What the tool says and does in between is counted by itself: it is left out where the result is found in the journal.
        let run = ctx.scoped(&step);
        if tool.records_own_steps() && !is_approved {
            let context = ToolContext::new(run, ctx.idempotency_key(&step)).with_messages(messages.clone());
            return Ok(self.outcome(&*tool, &call.arguments, &context).await);
        }
        let step = if is_approved || tool.is_at_most_once() { Step::once(step) } else { Step::repeatable(step) };
        let is_made = AtomicBool::new(false);
        let work = async |key| {
            is_made.store(true, Ordering::Relaxed);
            let before = Snapshot::of(ctx);
            let context = ToolContext::new(run, key).with_messages(messages.clone());
            let mut outcome = self.outcome(&*tool, &call.arguments, &context).await;
            outcome.changes = Changes::since(&before, ctx);
            Ok::<_, AgentError>(outcome)
        };
        match ctx.step_with(step, work).await {
            Err(error) if error.is_unfinished_step() => Ok(ToolOutcome::text(
                "Error: this call was interrupted, and nobody knows whether it took effect. It was not made again, and must not be: \
                 tell the user, or find out by other means.",
            )),
            Ok(outcome) => {
                if !is_made.load(Ordering::Relaxed) {
                    outcome.changes.apply(ctx)?;
                }
                Ok(outcome)
            }
            Err(error) => Err(error),
        }
    }

    fn tool(&self, name: &str) -> Option<Arc<dyn Tool>> {
        self.all().into_iter().find(|tool| tool.spec().name == name)
    }

    /// A failure is an outcome too: it is recorded, so that a repeated run tells the model the same.
    async fn outcome(&self, tool: &dyn Tool, arguments: &Value, ctx: &ToolContext) -> ToolOutcome {
        let timeout = tool.timeout().unwrap_or(self.timeout).min(left(ctx.run()));
        let Some(arguments) = object(arguments) else {
            return ToolOutcome::text("Error: the arguments are not a JSON object. Call the tool again with one.");
        };
        let call = AssertUnwindSafe(tool.call(arguments, ctx)).catch_unwind();
        let result = match tokio::time::timeout(timeout, call).await {
            Ok(Ok(result)) => keep(result).await,
            Ok(Err(_)) => {
                // The words of the panic may quote anything; the panic hook has shown them.
                tracing::error!(tool = tool.spec().name, "a tool panicked");
                return ToolOutcome::text("Error: the tool is broken.");
            }
            Err(_) => {
                Err(AgentError::new(format!("no result after {timeout:?}; nobody knows whether the call took effect")))
            }
        };
        result.unwrap_or_else(|error| {
            let words = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            tracing::debug!(tool = tool.spec().name, "a tool failed");
            ToolOutcome::text(format!("Error: {words}"))
        })
    }
}

/// How long a call may take within its run: the run must come to tell what came of it.
pub(crate) fn left(run: &RunContext) -> Duration {
    run.deadline().map_or(Duration::MAX, |deadline| {
        Instant::from_std(deadline).saturating_duration_since(Instant::now()).saturating_sub(RESERVE)
    })
}

/// The arguments of a call, if they are any.
fn object(arguments: &Value) -> Option<Value> {
    match arguments {
        Value::Object(_) => Some(arguments.clone()),
        Value::Null => Some(json!({})),
        _ => None,
    }
}

async fn keep(result: Result<ToolOutput, AgentError>) -> Result<ToolOutcome, AgentError> {
    ToolOutcome::of(result?).await
}

/// What all providers take for the name of a tool.
pub(crate) fn is_tool_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}
