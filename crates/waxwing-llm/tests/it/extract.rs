//! Structured output.

use serde::Deserialize;
use serde_json::json;
use waxwing_llm::schemars::JsonSchema;
use waxwing_llm::{
    ChatMessage, ChatRequest, ChatResponse, ModelErrorKind, OpenAiApi, Provider, ScriptedModel, StopReason, TokenUsage,
    extract,
};
use waxwing_scripted_provider::{Api, ReceivedRequest, ScriptedProvider};

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(crate = "waxwing_llm::schemars")]
struct Order {
    /// Name of the dish.
    dish: String,
    count: u8,
}

fn request() -> ChatRequest {
    ChatRequest::new([ChatMessage::user("two soups")])
}

fn soups() -> Order {
    Order { dish: "soup".into(), count: 2 }
}

#[tokio::test]
async fn a_matching_answer_is_parsed() {
    let model = ScriptedModel::new([r#"{"dish": "soup", "count": 2}"#]);
    assert_eq!(extract::<Order>(&model, request()).await.unwrap().value, soups());
    let format = model.requests()[0].response_format.clone().unwrap();
    assert_eq!((format.name.as_str(), &format.schema["type"]), ("Order", &"object".into()));
    assert_eq!(format.schema["properties"]["dish"]["description"], "Name of the dish.");
}

#[tokio::test]
async fn an_answer_that_does_not_match_is_requested_again() {
    let script = [r#"{"dish": "soup", "count": "two"}"#, r#"{"dish": "soup", "count": 2}"#];
    let model = ScriptedModel::new(script.map(|text| ChatResponse::text(text).with_usage(TokenUsage::new(10, 5))));
    let typed = extract::<Order>(&model, request()).await.unwrap();
    assert_eq!((typed.value, typed.usage), (soups(), TokenUsage::new(20, 10)));
    let messages = &model.requests()[1].messages;
    let repair = "Your answer does not match the JSON schema: invalid type: string \"two\", expected u8 at line 1 column 31. \
                  Answer again with JSON that matches the schema and nothing else.";
    assert_eq!(messages[1..], [ChatMessage::assistant(script[0]), ChatMessage::user(repair)]);
}

#[tokio::test]
async fn two_mismatches_or_a_refusal_are_errors() {
    let ask =
        async |script: Vec<ChatResponse>| extract::<Order>(&ScriptedModel::new(script), request()).await.unwrap_err();
    let error = ask(vec![ChatResponse::text("soup!"), ChatResponse::text("")]).await;
    assert_eq!(error.to_string(), "model response cannot be used: it does not match the JSON schema");
    assert_eq!(error.kind(), ModelErrorKind::InvalidResponse);
    let refusal = ChatResponse::text("no").with_stop_reason(StopReason::Refused);
    assert_eq!(ask(vec![refusal]).await.kind(), ModelErrorKind::Refused);
}

/// Extracts an order from the answers of a provider. Returns the requests.
async fn order_from<const N: usize>(answers: [&str; N]) -> (Order, Vec<ReceivedRequest>) {
    let server = ScriptedProvider::start().await.unwrap();
    for answer in answers {
        server.answer(answer);
    }
    let provider = Provider::openai("sk-1").api(OpenAiApi::Chat).base_url(server.base_url(Api::OpenAiChat));
    let mut request = request();
    request.idempotency_key = Some("k".into());
    let order = extract(&provider.model("gpt-4.1").unwrap(), request).await.unwrap().value;
    assert!(server.refusals().is_empty(), "{:?}", server.refusals());
    (order, server.requests())
}

#[tokio::test]
async fn thoughts_channels_and_calls_are_no_part_of_the_value() {
    const SOUPS: &str = r#"{"dish": "soup", "count": 2}"#;
    const TEA: &str = r#"{"dish": "tea", "count": 1}"#;
    for answer in [
        format!("<think>Is it {TEA}? No.</think>\n{SOUPS}"),
        format!("{TEA} is wrong.</think>{SOUPS}"),
        format!("<think>{TEA}</think>```json\n{SOUPS}\n```"),
        format!("<|channel|>analysis<|message|>{TEA}<|end|><|start|>assistant<|channel|>final<|message|>{SOUPS}"),
        format!("<tool_call>{{\"name\": \"order\", \"arguments\": {TEA}}}</tool_call>{SOUPS}"),
    ] {
        let (order, requests) = order_from([&answer]).await;
        assert_eq!((order, requests.len()), (soups(), 1), "{answer}");
    }
    for answer in [
        format!("<think>{TEA}</think>Sorry."),
        format!("<think>Maybe {TEA}"),
        format!("<tool_call>{TEA}</tool_call>"),
        format!("<|channel|>analysis<|message|>{TEA}"),
    ] {
        let (order, requests) = order_from([&answer, SOUPS]).await;
        assert_eq!((order, requests.len()), (soups(), 2), "a draft is no value: {answer}");
        assert!(!requests[1].body.to_string().contains("tea"), "{}", requests[1].body);
        let key = |nth: usize| requests[nth].headers["idempotency-key"].clone();
        assert_ne!(key(0), key(1), "a server that knows the key would repeat its answer");
    }
}

#[tokio::test]
async fn marks_in_the_strings_of_a_value_stay() {
    let answer = json!({ "dish": "<think>soup</think>", "count": 2 }).to_string();
    assert_eq!(order_from([&answer]).await.0.dish, "<think>soup</think>");
}
