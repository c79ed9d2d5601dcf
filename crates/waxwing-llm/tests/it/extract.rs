//! Structured output.

use serde::Deserialize;
use waxwing_llm::schemars::JsonSchema;
use waxwing_llm::{
    ChatMessage, ChatRequest, ChatResponse, ModelErrorKind, ScriptedModel, StopReason, TokenUsage, extract,
};

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
