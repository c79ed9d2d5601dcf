//! Requests that exceed the context of a model.

use serde_json::{Map, Value, json};
use waxwing_agent::{Agent as _, HistoryEntry, Media, Role, RunContext, Session, UserMessage};
use waxwing_llm::{
    ChatMessage, ChatResponse, ContentPart, HistoryLimit, LlmAgent, Modalities, ModelError, ModelErrorKind, OpenAiApi,
    Provider, ScriptedModel, ScriptedReply, tool,
};
use waxwing_scripted_provider::{Api, ScriptedProvider};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{markdown, run, tool_calls, tool_results, user_parts};

/// Returns a run in a session with this number of long turns.
fn after(turns: usize) -> RunContext {
    let said = |n: usize| {
        let words = "blah ".repeat(40);
        [HistoryEntry::new(Role::User, format!("ask {n} {words}")), HistoryEntry::new(Role::Agent, words)]
    };
    let history = (0..turns).flat_map(said).collect();
    RunContext::builder("1", Session::restored("s", history, Map::new())).build()
}

fn overflow() -> ModelError {
    ModelError::new(ModelErrorKind::ContextOverflow).with_status(400)
}

/// Starts a provider that refuses bodies of more than 3,000 bytes with `status` and `refusal`. The refusal can quote the length.
async fn small(status: u16, refusal: impl Fn(usize) -> Value + Send + Sync + 'static, answer: Value) -> MockServer {
    let server = MockServer::start().await;
    let respond = move |request: &Request| match request.body.len() {
        0..=3000 => ResponseTemplate::new(200).set_body_json(&answer),
        len => ResponseTemplate::new(status).set_body_json(refusal(len)),
    };
    Mock::given(any()).respond_with(respond).mount(&server).await;
    server
}

/// Checks that an agent of the provider answers after a long conversation, and that the second turn needs one request only.
async fn check(
    provider: Provider,
    status: u16,
    refusal: impl Fn(usize) -> Value + Send + Sync + 'static,
    answer: Value,
) {
    let server = small(status, refusal, answer).await;
    let model = provider.base_url(server.uri()).model("m").unwrap();
    let agent = LlmAgent::builder("a", model).instructions("Be brief.").build().unwrap();
    let reply = agent.run("And now?".into(), &after(20)).await.unwrap();
    assert_eq!(markdown(&reply), "Still here.");
    let requests = server.received_requests().await.unwrap();
    let last = String::from_utf8(requests.last().unwrap().body.clone()).unwrap();
    assert!(last.contains("Be brief.") && last.contains("And now?") && last.contains("ask 19"), "{last}");
    assert!(!last.contains("ask 0 "), "the oldest turns are gone: {last}");

    if status != 413 {
        agent.run("And then?".into(), &after(20)).await.unwrap();
        let more = server.received_requests().await.unwrap().len() - requests.len();
        assert_eq!(more, 1, "the length that fits is remembered");
    }
}

#[tokio::test]
async fn openai_and_servers_with_its_api_report_an_overflow_in_their_own_words() {
    let answer =
        || json!({"choices": [{"message": {"role": "assistant", "content": "Still here."}, "finish_reason": "stop"}]});
    let provider = || Provider::openai_compatible("http://127.0.0.1");
    let openai = |len: usize| {
        let message = format!(
            "This model's maximum context length is 3000 tokens. However, your messages resulted in {len} tokens."
        );
        json!({"error": {"message": message, "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded"}})
    };
    check(Provider::openai("k").api(OpenAiApi::Chat), 400, openai, answer()).await;
    let vllm = |len: usize| {
        let message = format!(
            "This model's maximum context length is 3000 tokens. However, you requested {len} tokens ({len} in the messages, 0 in the completion)."
        );
        json!({"object": "error", "message": message, "type": "BadRequestError", "param": null, "code": 400})
    };
    check(provider(), 400, vllm, answer()).await;
    let llama = |len: usize| {
        let message = "the request exceeds the available context size, try increasing it";
        json!({"error": {"code": 400, "message": message, "type": "exceed_context_size_error", "n_prompt_tokens": len, "n_ctx": 3000}})
    };
    check(provider(), 400, llama, answer()).await;
    let ollama = |_| json!({"error": {"message": "the input length exceeds the context length", "type": "api_error"}});
    check(provider(), 400, ollama, answer()).await;
    check(provider(), 413, |_| json!("Payload Too Large"), answer()).await;
}

#[tokio::test]
async fn anthropic_reports_an_overflow_in_its_own_words() {
    let answer =
        || json!({"content": [{"type": "text", "text": "Still here."}], "stop_reason": "end_turn", "usage": {}});
    let refusal =
        |message: String| json!({"type": "error", "error": {"type": "invalid_request_error", "message": message}});
    let long = move |len: usize| refusal(format!("prompt is too long: {len} tokens > 3000 maximum"));
    check(Provider::anthropic("k"), 400, long, answer()).await;
    let sum = move |len: usize| {
        refusal(format!(
            "input length and `max_tokens` exceed context limit: {len} + 1000 > 4000, decrease input length or `max_tokens` and try again"
        ))
    };
    check(Provider::anthropic("k"), 400, sum, answer()).await;
    let large = |_| json!({"type": "error", "error": {"type": "request_too_large", "message": "Request exceeds the maximum size"}});
    check(Provider::anthropic("k"), 413, large, answer()).await;
}

#[tokio::test]
async fn gemini_reports_an_overflow_in_its_own_words() {
    let refusal = |len: usize| {
        let message = format!("The input token count ({len}) exceeds the maximum number of tokens allowed (3000).");
        json!([{"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}}])
    };
    let part = json!({"content": {"role": "model", "parts": [{"text": "Still here."}]}, "finishReason": "STOP"});
    check(Provider::gemini("k"), 400, refusal, json!({"candidates": [part]})).await;
}

#[tokio::test]
async fn a_known_context_shortens_the_request_before_it_is_sent() {
    let model = ScriptedModel::new(["ok"]).with_context(1000);
    let noop = tool("noop", "x".repeat(400), |_: Map<String, Value>, _| async { Ok("ok") });
    let agent = LlmAgent::builder("a", model.clone()).instructions("y".repeat(400)).tool(noop).build().unwrap();
    agent.run("And now?".into(), &after(20)).await.unwrap();
    let [request] = &model.requests()[..] else { panic!("one request") };
    // Of 1,000 tokens, 250 are for the response and about 230 for the instructions and the tool. A turn has more than 110.
    assert!((3..=9).contains(&request.messages.len()), "{}", request.messages.len());
    assert_eq!(user_parts(request), ["And now?"]);
}

#[tokio::test]
async fn long_tool_results_are_dropped_before_the_question() {
    let noop = tool("read", "Reads.", |_: Map<String, Value>, _| async { Ok("page ".repeat(4000)) });
    let script: [ScriptedReply; 3] = [tool_calls(&[("read", json!({}))]).into(), overflow().into(), "done".into()];
    let model = ScriptedModel::new(script);
    let agent = LlmAgent::builder("a", model.clone()).tool(noop).build().unwrap();
    assert_eq!(markdown(&run(&agent, "What does it say?").await.unwrap()), "done");
    let requests = model.requests();
    assert!(tool_results(&requests[1])[0].len() > 10_000);
    assert_eq!(
        tool_results(&requests[2]),
        ["<note>This result was removed because the conversation is too long.</note>"]
    );
    assert_eq!(user_parts(&requests[2]), ["What does it say?"]);
    assert_ne!(requests[1].idempotency_key, requests[2].idempotency_key, "another request has another key");
}

#[tokio::test]
async fn a_medium_and_then_the_text_of_the_message_itself_make_room() {
    let model = ScriptedModel::new([Err(overflow()), Err(overflow()), Ok(ChatResponse::text("I see."))]);
    let model = model.with_modalities(Modalities::all());
    let agent = LlmAgent::builder("a", model.clone()).build().unwrap();
    let message = UserMessage::text("word ".repeat(1000)).with_media(Media::image("image/png", vec![1; 2000]));
    assert_eq!(markdown(&run(&agent, message).await.unwrap()), "I see.");
    let requests = model.requests();
    assert!(user_parts(&requests[0]).contains(&"<image>"));
    assert!(!user_parts(&requests[1]).contains(&"<image>"), "{:?}", user_parts(&requests[1]).len());
    let ChatMessage::User(parts) = &requests[2].messages[0] else { panic!("a user message") };
    let text = parts.iter().find_map(|part| match part {
        ContentPart::Text(text) if text.contains("left out because it is too long") => Some(text),
        _ => None,
    });
    assert!(text.is_some_and(|text| text.len() < 4000));
}

#[tokio::test]
async fn a_picture_that_is_refused_after_a_reduction_keeps_the_reduction() {
    let refusal = ModelError::new(ModelErrorKind::PictureRefused).with_status(400);
    let script = [overflow().into(), refusal.into(), overflow().into(), ScriptedReply::from("I see."), "Still.".into()];
    let model = ScriptedModel::new(script).with_modalities(Modalities::all());
    let agent = LlmAgent::builder("a", model.clone()).history(HistoryLimit::Turns(100)).build().unwrap();
    let message = UserMessage::text("look").with_media(Media::image("image/png", vec![1; 2000]));
    let reply = agent.run(message.into(), &after(20)).await.unwrap();
    assert_eq!(markdown(&reply), "I see.");
    let lengths: Vec<_> = model.requests().iter().map(|request| request.messages.len()).collect();
    assert!(lengths[0] > lengths[1] && lengths[1] == lengths[2] && lengths[2] > lengths[3], "{lengths:?}");
    assert!(!user_parts(&model.requests()[3]).contains(&"<image>"));
    agent.run("And now?".into(), &after(20)).await.unwrap();
    assert!(model.requests()[4].messages.len() < lengths[1], "the length that fits is remembered");
}

#[tokio::test]
async fn a_model_that_refuses_every_length_is_asked_a_bounded_number_of_times() {
    let model = ScriptedModel::new(std::iter::repeat_with(overflow).take(50));
    let agent = LlmAgent::builder("a", model.clone()).history(HistoryLimit::Turns(100)).build().unwrap();
    let error = agent.run("hi".into(), &after(80)).await.unwrap_err();
    assert!(!error.is_retryable());
    assert!(model.requests().len() <= 7, "{}", model.requests().len());
}

#[tokio::test]
async fn a_strict_provider_answers_after_its_refusal() {
    let providers = [
        (Provider::openai("sk-test").api(OpenAiApi::Chat), Api::OpenAiChat),
        (Provider::openai("sk-test"), Api::OpenAiResponses),
        (Provider::anthropic("sk-test"), Api::Anthropic),
        (Provider::gemini("sk-test"), Api::Gemini),
    ];
    for (provider, api) in providers {
        let server = ScriptedProvider::start().await.unwrap();
        server.limit_context(1000).then_always("Still here.");
        let model = provider.base_url(server.base_url(api)).model("m-1").unwrap();
        let agent = LlmAgent::builder("a", model).instructions("Be brief.").build().unwrap();
        for _ in 0..2 {
            let reply = agent.run("And now?".into(), &after(20)).await.unwrap();
            assert_eq!(markdown(&reply), "Still here.", "{api:?}");
        }
        let (requests, refusals) = (server.requests().len(), server.refusals().len());
        assert!((1..=3).contains(&refusals) && requests == refusals + 2, "{api:?}: {refusals} of {requests} refused");
    }
}
