//! Tools of an agent.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt as _;
use serde_json::{Value, json};
use tokio::time::Instant;
use waxwing_agent::{AgentError, RunContext, RunEvent, Step, ToolCallReport, UserMessage, reported_text};

use super::outcome::ToolOutcome;
use super::state_changes::{StateChanges, StateSnapshot};
use super::{Tool, ToolContext, ToolOutput, ToolSource};
use crate::tag::Tag;
use crate::{ToolCall, ToolSpec};

/// Time before the deadline of a run at which the wait for a call ends, so that the run can still report the outcome.
const RESERVE: Duration = Duration::from_secs(1);

const NEEDS_APPROVAL: &str = "Error: this call needs the user's approval. Call the tool again.";

const UNKNOWN_OUTCOME: &str = "Error: this call was interrupted, and its outcome is unknown. The call was not repeated. Do not repeat the call yourself. \
     Tell the user, or check in another way whether the call succeeded.";

const NO_OBJECT: &str = "Error: the arguments are not a JSON object. Call the tool again with a JSON object.";

const SKIPPED: &str = "This call was not made, because this conversation is a rehearsal.";

const PANICKED: &str = "Error: the tool failed because of an internal error.";

/// Tools of an agent.
pub(crate) struct Toolbox {
    pub(crate) tools: Vec<Arc<dyn Tool>>,
    pub(crate) sources: Vec<Arc<dyn ToolSource>>,
    /// Timeout of calls of tools that have none of their own.
    pub(crate) timeout: Duration,
    /// True if no tool is called, except agents.
    pub(crate) is_skipped: bool,
}

/// A tool call as a step of its run.
pub(crate) struct CallStep<'a> {
    /// Name of the step, unique among the steps that run concurrently.
    pub(crate) name: String,
    /// Name of the agent that makes the call.
    pub(crate) agent: &'a str,
    /// Messages of the user in this turn.
    pub(crate) messages: &'a Arc<[UserMessage]>,
    /// True if the user has approved this call. An approved call is made at most once.
    pub(crate) is_approved: bool,
    pub(crate) ctx: &'a RunContext,
}

impl Toolbox {
    pub(crate) fn specs(&self) -> Vec<ToolSpec> {
        self.all().iter().map(|tool| tool.spec().clone()).collect()
    }

    /// Adds the instructions of sources to a system prompt. A source without tools adds none.
    pub(crate) fn add_instructions(&self, system: String) -> String {
        let available = self.sources.iter().filter(|source| !source.tools().is_empty());
        let instructions = available.filter_map(|source| {
            let text = source.instructions().filter(|text| !text.trim().is_empty())?;
            Some(Tag::new("tool_instructions").attr_if_some("server", source.name()).text(&text).to_string())
        });
        let paragraphs = (!system.is_empty()).then_some(system).into_iter().chain(instructions);
        paragraphs.collect::<Vec<_>>().join("\n\n")
    }

    /// Returns the tools that are available now. A tool of a source whose name is taken or invalid is left out: a source must not break the
    /// agent or replace one of its tools.
    fn all(&self) -> Vec<Arc<dyn Tool>> {
        let mut all = self.tools.clone();
        for tool in self.sources.iter().flat_map(|source| source.tools()) {
            let name = &tool.spec().name;
            if is_tool_name(name) && all.iter().all(|other| other.spec().name != *name) {
                all.push(tool);
            } else {
                tracing::debug!(tool = name, "tool skipped: name is invalid or taken");
            }
        }
        all
    }

    fn tool(&self, name: &str) -> Option<Arc<dyn Tool>> {
        self.all().into_iter().find(|tool| tool.spec().name == name)
    }

    /// Returns the question that the user must approve before a call. `None` if the call needs no approval.
    pub(crate) fn approval_prompt(&self, call: &ToolCall) -> Option<String> {
        let arguments = object(&call.arguments).filter(|_| !self.is_skipped)?;
        self.tool(&call.name)?.approval_prompt(&arguments)
    }

    /// Makes a call, or returns the outcome that an earlier attempt of the run recorded.
    ///
    /// # Errors
    ///
    /// Returns the errors of the journal. A failure of the call itself is an outcome for the model.
    pub(crate) async fn call(&self, call: &ToolCall, step: CallStep<'_>) -> Result<ToolOutcome, AgentError> {
        let CallStep { name, agent, messages, is_approved, ctx } = step;
        let Some(tool) = self.tool(&call.name) else {
            let names: Vec<_> = self.specs().into_iter().map(|spec| spec.name).collect();
            return Ok(ToolOutcome::text(format!("Error: unknown tool. Available tools: {}.", names.join(", "))));
        };
        if self.is_skipped && !tool.records_own_steps() {
            return Ok(ToolOutcome::text(SKIPPED));
        }
        let needs_approval = || object(&call.arguments).is_some_and(|args| tool.approval_prompt(&args).is_some());
        if !is_approved && needs_approval() {
            // A source has added or changed this tool since the run looked for calls that need approval.
            return Ok(ToolOutcome::text(NEEDS_APPROVAL));
        }
        // Interim messages of a tool are counted in a scope of their own, because they are not sent again when the outcome comes from the
        // journal.
        let run = ctx.scoped(&name);
        if tool.records_own_steps() && !is_approved {
            let context = ToolContext::new(run, ctx.idempotency_key(&name)).with_messages(messages.clone());
            return Ok(self.run(agent, &*tool, &call.arguments, &context).await);
        }
        let step = if is_approved || tool.is_at_most_once() { Step::once(name) } else { Step::repeatable(name) };
        let was_made = AtomicBool::new(false);
        let work = async |key| {
            was_made.store(true, Ordering::Relaxed);
            let before = StateSnapshot::take(ctx);
            let context = ToolContext::new(run, key).with_messages(messages.clone());
            let mut outcome = self.run(agent, &*tool, &call.arguments, &context).await;
            outcome.changes = StateChanges::since(&before, ctx);
            Ok::<_, AgentError>(outcome)
        };
        match ctx.step_with(step, work).await {
            Err(error) if error.is_unfinished_step() => Ok(ToolOutcome::text(UNKNOWN_OUTCOME)),
            Ok(outcome) => {
                if !was_made.load(Ordering::Relaxed) {
                    outcome.changes.apply(ctx)?;
                }
                Ok(outcome)
            }
            Err(error) => Err(error),
        }
    }

    /// Runs a tool for an agent, and reports the call to the observer of the run.
    async fn run(&self, agent: &str, tool: &dyn Tool, arguments: &Value, ctx: &ToolContext) -> ToolOutcome {
        let started = Instant::now();
        let result = self.run_within_timeout(tool, arguments, ctx).await;
        let is_error = result.is_err();
        let outcome = result.unwrap_or_else(ToolOutcome::text);
        ctx.run().report(|| {
            RunEvent::ToolCalled(ToolCallReport {
                agent: agent.into(),
                tool: tool.spec().name.clone(),
                duration: started.elapsed(),
                arguments: reported_text(&arguments.to_string()),
                result: reported_text(&outcome.text),
                is_error,
            })
        });
        outcome
    }

    /// Runs a tool within its timeout. A failure is an outcome too: it is recorded, so a repeated run tells the model the same.
    ///
    /// # Errors
    ///
    /// The text about a failure for the model.
    async fn run_within_timeout(
        &self,
        tool: &dyn Tool,
        arguments: &Value,
        ctx: &ToolContext,
    ) -> Result<ToolOutcome, String> {
        let timeout = tool.timeout().unwrap_or(self.timeout).min(time_left(ctx.run()));
        let arguments = object(arguments).ok_or_else(|| NO_OBJECT.to_owned())?;
        let call = AssertUnwindSafe(tool.call(arguments, ctx)).catch_unwind();
        let result = match tokio::time::timeout(timeout, call).await {
            Ok(Ok(result)) => to_outcome(result).await,
            Ok(Err(_)) => {
                // The panic message may hold user data. The panic hook has printed it already.
                tracing::error!(tool = tool.spec().name, "tool panicked");
                return Err(PANICKED.to_owned());
            }
            Err(_) => Err(AgentError::new(format!("no result after {timeout:?}; the outcome of the call is unknown"))),
        };
        result.map_err(|error| {
            let message = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            tracing::debug!(tool = tool.spec().name, "tool failed");
            format!("Error: {message}")
        })
    }
}

async fn to_outcome(result: Result<ToolOutput, AgentError>) -> Result<ToolOutcome, AgentError> {
    ToolOutcome::from_output(result?).await
}

/// Returns how long a call may take before its run must report the outcome.
pub(crate) fn time_left(run: &RunContext) -> Duration {
    run.deadline().map_or(Duration::MAX, |deadline| {
        Instant::from_std(deadline).saturating_duration_since(Instant::now()).saturating_sub(RESERVE)
    })
}

/// Returns the arguments as an object: an empty one if the model sent none, `None` if it sent something else.
fn object(arguments: &Value) -> Option<Value> {
    match arguments {
        Value::Object(_) => Some(arguments.clone()),
        Value::Null => Some(json!({})),
        _ => None,
    }
}

/// Maximum length of the name of a tool, which is the limit of all providers.
pub(crate) const MAX_TOOL_NAME: usize = 64;

/// Returns true if all providers accept this tool name.
pub(crate) fn is_tool_name(name: &str) -> bool {
    (1..=MAX_TOOL_NAME).contains(&name.len()) && name.chars().all(is_plain)
}

/// Returns a name in which an underscore replaces each character that a tool name may not have. The name is ASCII, of any length.
pub(crate) fn plain_tool_name(name: &str) -> String {
    name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
}

/// Returns a name like that of [`plain_tool_name`], cut to the length that a tool name may have.
pub(crate) fn short_tool_name(name: &str) -> String {
    let mut name = plain_tool_name(name);
    name.truncate(MAX_TOOL_NAME);
    name
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}
