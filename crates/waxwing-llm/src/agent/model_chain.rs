//! Models of an agent: a primary model with its fallbacks.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use waxwing_agent::{AgentError, Backend, RunContext};

use super::context_budget::{Fitting, SizedModel};
use super::discarded::{DiscardedResponses, ModelUsage};
use super::model_circuit::ModelCircuit;
use super::prompt;
use super::reduction::Layout;
use super::refused_picture::RefusedPictures;
use super::retry::{RetryPolicy, with_retries};
use super::written_calls;
use crate::tool::Toolbox;
use crate::{ChatMessage, ChatRequest, ChatResponse, ContentPart, Modalities, ModelParameters};
use crate::{ModelError, ModelErrorKind, StopReason};

/// Models of an agent, in the order in which they are asked.
pub(super) struct ModelChain {
    pub(super) models: Vec<SizedModel>,
    pub(super) parameters: ModelParameters,
    pub(super) retry: RetryPolicy,
}

/// Number of empty responses after which no model is asked again.
const MAX_EMPTY: u32 = 2;

/// A request to the models of a chain.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) request: &'a ChatRequest,
    pub(super) layout: Layout,
    /// Tools of the agent. `None` if the request has none.
    pub(super) toolbox: Option<&'a Toolbox>,
    pub(super) retry: RetryPolicy,
    /// False if the models are asked again after an empty response.
    pub(super) may_be_empty: bool,
    pub(super) deadline: Option<Instant>,
    /// Has the circuits of the models.
    pub(super) ctx: &'a RunContext,
}

/// A response and the name of the model that gave it.
#[derive(Serialize, Deserialize)]
pub(super) struct ModelAnswer {
    pub(super) model: String,
    pub(super) response: ChatResponse,
    /// Usage of the responses before it that were no answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) discarded: Vec<ModelUsage>,
}

/// No model answered.
pub(super) struct NoAnswer {
    /// Error of the last model.
    pub(super) error: ModelError,
    /// Usage of the responses that were no answer.
    pub(super) discarded: Vec<ModelUsage>,
}

/// One request to one model.
#[derive(Clone, Copy)]
pub(super) struct ModelAttempt<'a> {
    pub(super) provider: &'a str,
    pub(super) model: &'a str,
    pub(super) duration: Duration,
    pub(super) result: Result<&'a ChatResponse, &'a ModelError>,
}

impl ModelChain {
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.models.iter().map(|sized| sized.model.name())
    }

    /// Returns the backends of the models.
    pub(super) fn backends(&self) -> Vec<Backend> {
        self.models.iter().map(|sized| sized.model.backend()).collect()
    }

    /// Returns the media kinds that at least one model accepts.
    pub(super) fn modalities(&self) -> Modalities {
        self.models.iter().map(|sized| sized.model.modalities()).fold(Modalities::text(), Modalities::union)
    }

    /// Returns the size that a prompt for the first model may have, in estimated tokens. `None` if the context is not known.
    pub(super) fn prompt_budget(&self) -> Option<u64> {
        self.models.first()?.prompt_budget(&self.parameters)
    }

    /// Asks the models one after the other until one answers. A model whose circuit is open is left out. A request that exceeds the context of a
    /// model is reduced. After an empty response the next model is asked, or the last one again; the second empty response is returned. `report`
    /// gets each attempt.
    ///
    /// # Errors
    ///
    /// Returns the error of the last model.
    pub(super) async fn chat(&self, ask: Ask<'_>, report: impl Fn(ModelAttempt<'_>)) -> Result<ModelAnswer, NoAnswer> {
        let discarded = DiscardedResponses::default();
        let result = self.first_answer(ask, &discarded, report).await;
        let discarded = discarded.into_usage();
        match result {
            Ok((model, response)) => Ok(ModelAnswer { model: model.to_owned(), response, discarded }),
            Err(error) => Err(NoAnswer { error, discarded }),
        }
    }

    /// Returns the first answer, with the name of its model.
    async fn first_answer(
        &self,
        ask: Ask<'_>,
        discarded: &DiscardedResponses,
        report: impl Fn(ModelAttempt<'_>),
    ) -> Result<(&str, ChatResponse), ModelError> {
        let mut failure = ModelError::new(ModelErrorKind::Rejected).with_detail("no model is configured");
        let (mut nth, mut empty) = (0, 0);
        let mut repeated = None;
        while let Some(sized) = self.models.get(nth) {
            let ask = Ask { request: repeated.as_ref().unwrap_or(ask.request), ..ask };
            let result = self.chat_with(sized, ask, discarded, &report).await;
            match result {
                Ok(response) if !ask.may_be_empty && is_empty(&response) && empty + 1 < MAX_EMPTY => {
                    tracing::warn!(model = sized.model.name(), "model response is empty");
                    empty += 1;
                    discarded.add(sized.model.name(), response.usage);
                    // A server that knows the key would repeat its empty response.
                    let mut request = ask.request.clone();
                    request.extend_key("empty");
                    repeated = Some(request);
                    nth = (nth + 1).min(self.models.len() - 1);
                }
                Ok(response) => return Ok((sized.model.name(), response)),
                Err(error) => {
                    failure = error;
                    nth += 1;
                }
            }
        }
        Err(failure)
    }

    /// Asks one model, with less of the conversation each time that the request exceeds the context, and without a picture that the provider
    /// refuses.
    async fn chat_with(
        &self,
        sized: &SizedModel,
        ask: Ask<'_>,
        discarded: &DiscardedResponses,
        report: &impl Fn(ModelAttempt<'_>),
    ) -> Result<ChatResponse, ModelError> {
        let model = &sized.model;
        let circuit = ModelCircuit::new(ask.ctx, &**model);
        let request = sized.refused.leave_out(describe_unsupported_media(ask.request, model.modalities()));
        let mut fitting = Fitting::new(sized, request, ask.layout, &self.parameters);
        let mut refused = RefusedPictures::default();
        loop {
            let request = fitting.request();
            let discard = |response: &ChatResponse, duration| {
                discarded.add(model.name(), response.usage);
                report(ModelAttempt {
                    provider: model.provider(),
                    model: model.name(),
                    duration,
                    result: Ok(response),
                });
            };
            let send = || async {
                circuit.begin_request()?;
                written_calls::ask(&**model, request, ask.toolbox, discard).await
            };
            let observe = |result: &Result<ChatResponse, ModelError>, duration| {
                circuit.end_request(result);
                let result = result.as_ref();
                report(ModelAttempt { provider: model.provider(), model: model.name(), duration, result });
            };
            match with_retries(ask.retry, model.name(), ask.deadline, send, observe).await {
                Err(error) if error.kind() == ModelErrorKind::ContextOverflow && fitting.shrink(&error) => {}
                Err(error) if error.kind() == ModelErrorKind::PictureRefused => {
                    let request = refused.without(fitting.request()).ok_or(error)?;
                    tracing::warn!(model = model.name(), "model provider refused a picture; asking without it");
                    fitting.replace(request);
                }
                result => {
                    if result.is_ok() {
                        fitting.remember();
                        sized.refused.remember(&refused);
                    }
                    return result;
                }
            }
        }
    }
}

/// Converts the error of a model into the error of a run.
pub(super) fn run_error(error: ModelError) -> AgentError {
    let create = match error.kind() {
        ModelErrorKind::Unreachable
        | ModelErrorKind::RateLimited
        | ModelErrorKind::ServerError
        | ModelErrorKind::CircuitOpen => AgentError::outage,
        _ if error.is_retryable() => AgentError::retryable,
        _ => AgentError::new,
    };
    let retry_after = error.retry_after();
    let failure = create(error.to_string()).with_source(error);
    retry_after.into_iter().fold(failure, AgentError::with_retry_after)
}

fn is_empty(response: &ChatResponse) -> bool {
    response.is_empty() && response.stop_reason != StopReason::Refused
}

/// Replaces media that a model does not accept with descriptions.
fn describe_unsupported_media(request: &ChatRequest, modalities: Modalities) -> Cow<'_, ChatRequest> {
    let is_supported = |part: &ContentPart| match part {
        ContentPart::Text(_) => true,
        ContentPart::Image(_) => modalities.images,
        ContentPart::Audio(_) => modalities.audio,
        ContentPart::Document(_) => modalities.documents,
    };
    let has_unsupported =
        |message: &ChatMessage| matches!(message, ChatMessage::User(parts) if !parts.iter().all(is_supported));
    if !request.messages.iter().any(has_unsupported) {
        return Cow::Borrowed(request);
    }
    let mut request = request.clone();
    for message in &mut request.messages {
        let ChatMessage::User(parts) = message else { continue };
        for part in parts.iter_mut().filter(|part| !is_supported(part)) {
            *part = ContentPart::Text(prompt::description(part));
        }
    }
    Cow::Owned(request)
}
