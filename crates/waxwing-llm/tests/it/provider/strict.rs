//! Requests at a provider that is as strict as the real ones.

use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use tracing_subscriber::fmt::MakeWriter;
use waxwing_llm::{
    ChatMessage, ChatModel as _, ChatRequest, ChatResponse, LlmAgent, Modalities, OpenAiApi, Provider, ProviderModel,
    ReasoningEffort, RetryPolicy, ToolCall, ToolChoice, ToolResult, tool,
};
use waxwing_scripted_provider::{Api, ScriptedAnswer, ScriptedProvider};

use super::{everything, hello, weather};
use crate::support::{markdown, run};

/// Returns a provider of each API with models of all families.
fn providers(server: &ScriptedProvider) -> Vec<(Provider, &'static [&'static str])> {
    let openai = || Provider::openai("k").base_url(server.base_url(Api::OpenAiChat));
    let models = &["gpt-5-mini", "gpt-5.1", "gpt-5.4", "gpt-5.6-terra", "gpt-4.1", "gpt-5-chat-latest", "o3-mini"];
    let claude = &[
        "claude-3-5-haiku-latest",
        "claude-sonnet-4-5",
        "claude-opus-4-20250514",
        "claude-opus-4-5",
        "claude-sonnet-4-6",
        "claude-opus-4-8",
        "claude-sonnet-5",
        "claude-opus-5-5",
        "claude-fable-5",
    ];
    let gemini = &[
        "gemini-2.0-flash",
        "gemini-2.5-flash",
        "gemini-2.5-flash-lite",
        "gemini-2.5-pro",
        "gemini-3-pro-preview",
        "gemini-3-flash-preview",
    ];
    vec![
        (openai(), models),
        (openai().api(OpenAiApi::Chat), models),
        (Provider::anthropic("k").base_url(server.base_url(Api::Anthropic)), claude),
        (Provider::gemini("k").base_url(server.base_url(Api::Gemini)), gemini),
    ]
}

#[tokio::test]
async fn every_family_accepts_every_parameter() {
    let server = ScriptedProvider::start().await.unwrap();
    server.then_always("hi");
    let efforts = [ReasoningEffort::Off, ReasoningEffort::Low, ReasoningEffort::Medium, ReasoningEffort::High];
    for (provider, models) in providers(&server) {
        for name in models {
            let model = provider.model(*name).unwrap();
            for effort in efforts.into_iter().map(Some).chain([None]) {
                for (tool_choice, max_tokens) in [(ToolChoice::Auto, Some(10)), (ToolChoice::Required, None)] {
                    let mut request = everything();
                    request.parameters.temperature = Some(1.5);
                    request.parameters.max_tokens = max_tokens;
                    request.parameters.seed = Some(u64::MAX);
                    request.parameters.reasoning_effort = effort;
                    request.tool_choice = tool_choice;
                    let result = model.chat(&request).await;
                    assert_eq!(server.refusals(), [], "{name} {effort:?} {tool_choice:?}: {result:?}");
                    assert_eq!(result.unwrap().text, "hi");
                }
            }
        }
    }
}

/// Returns one model of each API.
fn models(server: &ScriptedProvider) -> Vec<ProviderModel> {
    providers(server).into_iter().map(|(provider, models)| provider.model(models[1]).unwrap()).collect()
}

#[tokio::test]
async fn conversations_of_any_form_are_accepted() {
    let server = ScriptedProvider::start().await.unwrap();
    server.then_always("hi");
    let calls = |ids: [&str; 2]| {
        let calls = ids.map(|id| ToolCall::new(id, "get weather!", json!("{\"city\":")));
        (ChatResponse::tool_calls(calls.clone()).to_message(), calls)
    };
    let (first, first_calls) = calls(["functions.weather:0", "functions.weather:0"]);
    let (second, _) = calls(["", "functions.weather:0"]);
    let results = first_calls.iter().map(|call| ToolResult::new(call, "Error")).collect();
    let messages = [
        ChatMessage::assistant("Your order is ready."),
        ChatMessage::user("Thanks"),
        first,
        ChatMessage::Tools(results),
        ChatMessage::user(" "),
        second,
        ChatMessage::user("Hello?"),
        ChatMessage::assistant("Yes, I"),
    ];
    for model in models(&server) {
        for tools in [vec![], vec![weather()]] {
            let result = model.chat(&ChatRequest::new(messages.clone()).with_tools(tools)).await;
            assert_eq!(server.refusals(), [], "{model:?}: {result:?}");
        }
    }
}

#[tokio::test]
async fn reasoning_continues_over_tool_rounds() {
    for (api, model) in [
        (Api::OpenAiResponses, "gpt-5.6"),
        (Api::Anthropic, "claude-sonnet-4-5"),
        (Api::Anthropic, "claude-opus-4-8"),
        (Api::Gemini, "gemini-3-pro-preview"),
    ] {
        let server = ScriptedProvider::start().await.unwrap();
        let call = || ScriptedAnswer::calls([("weather", json!({})), ("weather", json!({}))]).with_reasoning("Rain?");
        server.answer(call()).answer(call()).answer("Rain.");
        let provider = match api {
            Api::Anthropic => Provider::anthropic("k"),
            Api::Gemini => Provider::gemini("k"),
            _ => Provider::openai("k"),
        };
        let provider = provider.base_url(server.base_url(api)).model(model).unwrap();
        let parameters = waxwing_llm::ModelParameters::default().with_reasoning_effort(ReasoningEffort::Low);
        let weather = tool("weather", "The weather.", |_: Value, _| async { Ok("rain") });
        let agent = LlmAgent::builder("a", provider).parameters(parameters).tool(weather).build().unwrap();
        let reply = run(&agent, "Weather?").await;
        assert_eq!(server.refusals(), [], "{model}: {reply:?}");
        assert_eq!(markdown(&reply.unwrap()), "Rain.");
        let last = String::from_utf8(server.requests()[2].bytes.to_vec()).unwrap();
        let signature = if api == Api::OpenAiResponses { "enc-1" } else { "sig-1" };
        assert!(last.contains(signature), "{model}: the model gets its own reasoning back: {last}");
    }
}

#[tokio::test]
async fn a_tool_round_of_another_model_continues_with_anthropic() {
    let server = ScriptedProvider::start().await.unwrap();
    server.answer("Rain.");
    let call = ToolCall::new("call#weather#0", "weather", json!({}));
    let round = [
        ChatResponse::tool_calls([call.clone()]).to_message(),
        ChatMessage::Tools(vec![ToolResult::new(&call, "rain")]),
    ];
    let messages = [ChatMessage::user("Weather?")].into_iter().chain(round);
    let mut request = ChatRequest::new(messages).with_tools([weather()]);
    request.parameters.reasoning_effort = Some(ReasoningEffort::High);
    let model = Provider::anthropic("k").base_url(server.base_url(Api::Anthropic)).model("claude-sonnet-4-5").unwrap();
    let response = model.chat(&request).await;
    assert_eq!(server.refusals(), []);
    assert_eq!(response.unwrap().text, "Rain.");
}

#[tokio::test]
async fn a_model_with_audio_stays_on_chat_completions() {
    let server = ScriptedProvider::start().await.unwrap();
    server.then_always("hi");
    let model = |provider: Provider| {
        let model = provider.base_url(server.base_url(Api::OpenAiChat)).model("gpt-audio").unwrap();
        model.with_modalities(Modalities::all())
    };
    let audio = model(Provider::openai("k"));
    audio.chat(&hello()).await.unwrap();
    let text = model(Provider::openai("k").api(OpenAiApi::Responses));
    text.chat(&hello()).await.unwrap();
    assert!(audio.modalities().audio && !text.modalities().audio);
    let apis: Vec<_> = server.requests().iter().map(|request| request.api).collect();
    assert_eq!(apis, [Api::OpenAiChat, Api::OpenAiResponses]);
}

#[tokio::test]
async fn azure_gets_its_header_its_query_and_more_fields() {
    let server = ScriptedProvider::start().await.unwrap();
    server.answer("hi");
    let fields: Map<_, _> = [("user".to_owned(), json!("shop"))].into_iter().collect();
    let provider = Provider::openai_compatible(server.base_url(Api::AzureChat))
        .header("Api-Key", "secret")
        .query("api-version", "2024-10-21")
        .extra_body(fields);
    assert!(!format!("{provider:?}").contains("secret"));
    let response = provider.model("gpt").unwrap().chat(&hello()).await;
    assert_eq!(server.refusals(), []);
    assert_eq!(response.unwrap().text, "hi");
    let request = &server.requests()[0];
    assert_eq!(request.uri, "/azure/openai/deployments/gpt/chat/completions?api-version=2024-10-21");
    assert_eq!((request.headers.get("authorization"), &request.body["user"]), (None, &json!("shop")));
    assert!(provider.header("a b", "c").model("gpt").is_err());
}

fn refusal(message: &str, param: Option<&str>) -> ScriptedAnswer {
    let error = json!({ "message": message, "type": "invalid_request_error", "param": param, "code": null });
    ScriptedAnswer::raw(400, json!({ "error": error }))
}

#[tokio::test]
async fn a_refused_parameter_is_left_out_and_remembered() {
    let server = ScriptedProvider::start().await.unwrap();
    let name =
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
    server.answer(refusal(name, Some("max_tokens")));
    server.answer(refusal("`temperature` is deprecated for this model.", None));
    server.then_always("hi");
    let model = Provider::openai_compatible(server.base_url(Api::OpenAiChat)).api_key("k").model("deployment").unwrap();
    let mut request = hello();
    request.parameters.temperature = Some(0.3);
    request.parameters.max_tokens = Some(800);
    request.parameters.seed = Some(7);
    request.idempotency_key = Some("r:1".into());
    assert_eq!(model.chat(&request).await.unwrap().text, "hi");
    assert_eq!(model.clone().chat(&request).await.unwrap().text, "hi");
    let keys: Vec<_> = server.requests().iter().map(|sent| sent.headers["idempotency-key"].clone()).collect();
    assert!(keys[0] == "r:1" && keys[0] != keys[1] && keys[1] != keys[2] && keys[3] == "r:1", "{keys:?}");
    let sent: Vec<_> = server.requests().into_iter().map(|request| request.body).collect();
    assert_eq!(sent.len(), 4, "the second call needs no repetition");
    assert_eq!((&sent[0]["temperature"], &sent[0]["max_tokens"]), (&json!(0.3), &json!(800)));
    assert_eq!(sent[1]["max_completion_tokens"], 800);
    for body in &sent[2..] {
        assert_eq!((body.get("temperature"), body.get("max_tokens"), &body["seed"]), (None, None, &json!(7)));
    }
    // A refusal of something else is not repeated.
    let server = ScriptedProvider::start().await.unwrap();
    server.answer(refusal("Incorrect API key provided.", None)).answer("hi");
    let model = Provider::openai_compatible(server.base_url(Api::OpenAiChat)).api_key("k").model("deployment").unwrap();
    assert!(model.chat(&request).await.is_err());
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_deployment_of_a_reasoning_model_is_told_not_to_reason_with_tools() {
    let server = ScriptedProvider::start().await.unwrap();
    let message = "Function tools with reasoning_effort are not supported for gpt-5.6 in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.";
    server.answer(refusal(message, Some("reasoning_effort"))).then_always("hi");
    let model = Provider::openai_compatible(server.base_url(Api::AzureChat)).header("api-key", "k");
    let model = model.query("api-version", "1").model("gpt").unwrap();
    let request = hello().with_tools([weather()]);
    assert_eq!(model.chat(&request).await.unwrap().text, "hi");
    let last = server.requests().pop().unwrap().body;
    assert_eq!(last["reasoning_effort"], "none");
}

/// Collects the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn operators_read_the_providers_message_without_the_conversation() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let server = ScriptedProvider::start().await.unwrap();
    server.answer(refusal("Billing hard limit has been reached for 'Maria Lopez' at 34600000001 with sk-123.", None));
    let model = Provider::openai_compatible(server.base_url(Api::OpenAiChat)).api_key("sk-123").model("m").unwrap();
    let retry = RetryPolicy::default().with_max_attempts(1);
    let agent = LlmAgent::builder("a", model).retry(retry).build().unwrap();
    let error = run(&agent, "I am Maria Lopez").await.unwrap_err();
    let shown = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(
        shown.contains("WARN") && shown.contains("Billing hard limit has been reached for … at … with …"),
        "{shown}"
    );
    for secret in ["Maria", "Lopez", "34600000001", "sk-123"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(!format!("{error:?} {error}").contains("Billing"), "users may see the error");
}
