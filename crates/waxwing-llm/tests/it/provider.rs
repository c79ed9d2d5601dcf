//! Requests to providers and their responses, with stub servers on loopback.

mod anthropic;
mod bedrock;
mod clouds;
mod failures;
mod gemini;
mod media;
mod openai;
mod strict;
mod transcription;

use bytes::Bytes;
use serde_json::{Value, json};
use waxwing_llm::{
    Blob, ChatMessage, ChatModel, ChatRequest, ChatResponse, ContentPart, ModelError, Provider, ReasoningEffort,
    ResponseFormat, ToolCall, ToolResult, ToolSpec,
};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// A provider that gives the same response to all requests.
struct Stub(MockServer);

impl Stub {
    async fn responding(answer: ResponseTemplate) -> Self {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        Self(server)
    }

    async fn responding_json(answer: Value) -> Self {
        Self::responding(ResponseTemplate::new(200).set_body_json(answer)).await
    }

    async fn chat(&self, provider: Provider, model: &str, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
        provider.base_url(format!("{}/base/v1", self.0.uri())).model(model).unwrap().chat(request).await
    }

    async fn request(&self) -> Request {
        let requests = self.0.received_requests().await.unwrap();
        assert_eq!(requests.len(), 1);
        requests.into_iter().next().unwrap()
    }

    async fn body(&self) -> Value {
        self.request().await.body_json().unwrap()
    }
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.get(name).map(|value| value.to_str().unwrap())
}

fn weather() -> ToolSpec {
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]});
    ToolSpec::new("weather", "The weather of a city.", parameters)
}

/// Returns a conversation with every kind of message.
fn everything() -> ChatRequest {
    let picture = Blob::new("image/png", Bytes::from_static(b"png"));
    let calls =
        [ToolCall::new("c1", "weather", json!({"city": "Vigo"})), ToolCall::new("c2", "weather", json!("{\"city\":"))];
    let results = vec![ToolResult::new(&calls[0], "rain"), ToolResult::new(&calls[1], "no JSON")];
    let mut request = ChatRequest::new([
        ChatMessage::user("What is the weather in Vigo?"),
        ChatResponse::tool_calls(calls).to_message(),
        ChatMessage::Tools(results),
        ChatMessage::assistant("Rain."),
        ChatMessage::User(vec![ContentPart::Text("And what is this?".into()), ContentPart::Image(picture)]),
    ])
    .with_system("Be brief.");
    request.tools = vec![weather()];
    request.parameters.temperature = Some(0.5);
    request.parameters.max_tokens = Some(300);
    request.parameters.stop_sequences = vec!["END".into()];
    request.parameters.seed = Some(7);
    request.idempotency_key = Some("run:é:0".into());
    request
}

/// Returns a request with a response format and a reasoning effort.
fn formatted() -> ChatRequest {
    let mut request = ChatRequest::new([ChatMessage::user("How old is Ana?")]);
    request.parameters.reasoning_effort = Some(ReasoningEffort::Low);
    request.response_format = Some(ResponseFormat::new(
        "person",
        json!({"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}),
    ));
    request
}

fn hello() -> ChatRequest {
    ChatRequest::new([ChatMessage::user("Hello")])
}
