//! Usage reports of an agent.

use std::sync::Arc;

use waxwing_agent::{AgentError, ModelCallReport, RunContext, reported_text};

use super::discarded::ModelUsage;
use super::model_chain::{ModelAnswer, ModelAttempt, NoAnswer, run_error};
use crate::{Prices, RunUsage};

/// Hook that is called with the usage of each run.
pub(super) type UsageHook = dyn Fn(&RunUsage, &RunContext) + Send + Sync;

/// Counts usage during a run, and reports it at the end.
#[derive(Default)]
pub(super) struct UsageReporter {
    pub(super) prices: Prices,
    /// True if the session state keeps the total of all runs.
    pub(super) is_recorded: bool,
    pub(super) hook: Option<Arc<UsageHook>>,
}

impl UsageReporter {
    /// Adds a model response, and those before it that were no answer, to the usage of a run and to the cost of its context.
    pub(super) fn add_response(&self, answer: &ModelAnswer, ctx: &RunContext, usage: &mut RunUsage) {
        let ModelAnswer { model, response, discarded } = answer;
        self.add(discarded, ctx, usage);
        self.add(&[ModelUsage { model: model.clone(), tokens: response.usage }], ctx, usage);
    }

    /// Adds the responses that were no answer. Returns the error of the run.
    pub(super) fn add_failure(&self, failure: NoAnswer, ctx: &RunContext, usage: &mut RunUsage) -> AgentError {
        self.add(&failure.discarded, ctx, usage);
        run_error(failure.error)
    }

    fn add(&self, responses: &[ModelUsage], ctx: &RunContext, usage: &mut RunUsage) {
        for ModelUsage { model, tokens } in responses {
            usage.add_response(model, *tokens, &self.prices);
            match self.prices.cost(model, tokens) {
                Some(cost) => ctx.add_cost(cost),
                None => ctx.add_unpriced_tokens(tokens.input_tokens + tokens.output_tokens),
            }
        }
    }

    /// Returns the report of one request to a model, with its cost.
    pub(super) fn report_of(&self, agent: &str, attempt: ModelAttempt<'_>) -> ModelCallReport {
        let ModelAttempt { provider, model, duration, result } = attempt;
        let (agent, provider, model_name) = (agent.into(), provider.into(), model.into());
        let report = ModelCallReport { agent, provider, model: model_name, duration, ..ModelCallReport::default() };
        match result {
            Ok(response) => ModelCallReport {
                input_tokens: response.usage.input_tokens,
                cached_input_tokens: response.usage.cached_input_tokens,
                output_tokens: response.usage.output_tokens,
                cost: self.prices.cost(model, &response.usage),
                tools: response.tool_calls.iter().map(|call| call.name.clone()).collect(),
                text: reported_text(&response.text),
                ..report
            },
            Err(error) => ModelCallReport { error: Some(error.to_string()), ..report },
        }
    }

    /// Reports the usage of a finished run. `key` is the key of the total in the session state.
    pub(super) fn report(&self, key: &str, usage: &RunUsage, ctx: &RunContext) -> Result<(), AgentError> {
        if let Some(hook) = &self.hook {
            hook(usage, ctx);
        }
        if self.is_recorded {
            let mut total: RunUsage = ctx.session().get(key).unwrap_or_default();
            total += *usage;
            ctx.session().set(key, total)?;
        }
        Ok(())
    }
}
