//! One call of a model, from the request to the response.

use std::borrow::Cow;

use genai::adapter::AdapterKind;
use genai::chat::ToolChoice;
use genai::resolver::{AuthData, Endpoint};
use genai::{ModelIden, ServiceTarget};

use super::ProviderModel;
use super::failure::Failure;
use super::refused::Refused;
use super::shape::Shape;
use super::{bedrock, cache, decode, encode, endpoint, errors, operator_message};
use crate::{ChatRequest, ChatResponse, ModelError, ModelErrorKind};

/// Sends a request. A response that refuses an optional parameter is followed by the same request without it, and the parameter is
/// remembered. Each parameter can be refused once, so the repetitions end.
pub(super) async fn chat(model: &ProviderModel, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
    let kind = model.kind();
    let mut request = Cow::Borrowed(request);
    loop {
        let shape = Shape::of(kind, &model.name, &request, model.memory.refused());
        log_adjusted(model, &shape);
        let failure = match send(model, kind, &request, &shape).await {
            Ok(response) => return Ok(response),
            Err(failure) => failure,
        };
        let refused = failure.response().and_then(|(status, body)| Refused::find(status, body, &shape));
        let result = to_result(kind, *failure, &request);
        let is_overflow = matches!(&result, Err(error) if error.kind() == ModelErrorKind::ContextOverflow);
        match refused.filter(|refused| !is_overflow && model.memory.remember(*refused)) {
            Some(refused) => {
                let parameter = refused.name();
                tracing::warn!(model = model.name, parameter, "provider refused a parameter; requests go without it");
                // A server that knows the key would repeat its refusal.
                request.to_mut().extend_key(&format!("without-{parameter}"));
            }
            None => return result,
        }
    }
}

async fn send(
    model: &ProviderModel,
    kind: AdapterKind,
    request: &ChatRequest,
    shape: &Shape,
) -> Result<ChatResponse, Box<Failure>> {
    if kind == AdapterKind::BedrockApi {
        return bedrock::send(model, request, shape).await;
    }
    let extras = &model.provider.extras;
    let mut headers = endpoint::headers(kind, model.provider.api_key.as_ref(), extras);
    headers.merge(encode::idempotency_header(request));
    let url = endpoint::url(kind, &model.base_url, &model.name, extras);
    let target = ServiceTarget {
        endpoint: Endpoint::from_owned(model.base_url.as_str()),
        auth: AuthData::RequestOverride { url: url.into(), headers },
        model: ModelIden::new(kind, model.name.clone()),
    };
    let mut options = encode::options(kind, request, shape, &extras.body);
    let mut messages = encode::request(kind, request);
    if request.tools.is_empty() && messages.tools.is_some() {
        // The declared tools are those of earlier calls, and are not available now.
        options.tool_choice = Some(ToolChoice::None);
    }
    cache::mark(kind, model.provider.is_openai(), request, &mut messages, &mut options);
    match model.client.exec_chat(target, messages, Some(&options)).await {
        Ok(response) => decode::response(kind, response).map_err(Into::into),
        Err(error) => Err(Box::new(Failure::Genai(error))),
    }
}

fn to_result(kind: AdapterKind, failure: Failure, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
    let message = failure.response().and_then(|(_, body)| operator_message::for_operators(body, request));
    let error = match failure {
        Failure::Other(error) => error,
        Failure::Status { status, body, headers } => errors::from_status(status, &body, &headers),
        Failure::Genai(genai::Error::ChatResponseGeneration { response_body, .. }) => {
            return decode::salvage(kind, &response_body).ok_or_else(|| errors::unreadable_json(&response_body));
        }
        Failure::Genai(error) => errors::from_genai(error),
    };
    Err(error.with_provider_message(message))
}

/// Logs once for each model how its parameters differ from the settings.
fn log_adjusted(model: &ProviderModel, shape: &Shape) {
    if shape.adjusted.is_empty() || !model.memory.is_first_log() {
        return;
    }
    for adjusted in &shape.adjusted {
        let (parameter, effect) = (adjusted.name(), adjusted.effect());
        tracing::warn!(model = model.name, parameter, effect, "model parameter adjusted");
    }
}
