//! Structured output: a response of a model as a Rust value.

use std::fmt;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::output::clean_response;
use crate::schema::schema_of;
use crate::tool::short_tool_name;
use crate::{ChatMessage, ChatModel, ChatRequest, ChatResponse, ModelError, ModelErrorKind, ResponseFormat};
use crate::{StopReason, TokenUsage};

/// A value that a model returned.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Extracted<T> {
    /// The value.
    pub value: T,
    /// Tokens of all requests that were needed: one, or two if the first response did not match the schema.
    pub usage: TokenUsage,
}

/// Prints the usage only: the value comes from the conversation.
impl<T> fmt::Debug for Extracted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Extracted").field("usage", &self.usage).finish_non_exhaustive()
    }
}

/// Requests a value of the type `T` from a model (structured output).
///
/// The JSON schema is derived from `T`; the doc comments of its fields become descriptions for the model. [`ChatRequest::response_format`]
/// is replaced. Thoughts and calls of tools in the text of a response are no part of the value. If the response does not match the schema, the
/// model is asked once more, with the parse error.
///
/// ```
/// use schemars::JsonSchema;
/// use waxwing_llm::{ChatMessage, ChatRequest, ScriptedModel, extract, schemars};
///
/// #[derive(Debug, PartialEq, serde::Deserialize, JsonSchema)]
/// struct Order {
///     /// Name of the dish.
///     dish: String,
///     count: u8,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), waxwing_llm::ModelError> {
/// let model = ScriptedModel::new([r#"{"dish": "soup", "count": 2}"#]);
/// let request = ChatRequest::new([ChatMessage::user("Two soups, please!")]).with_system("Extract the order.");
/// let order: Order = extract(&model, request).await?.value;
/// assert_eq!(order, Order { dish: "soup".into(), count: 2 });
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// Returns the errors of the model, [`ModelErrorKind::Refused`] if the model refuses, and [`ModelErrorKind::InvalidResponse`] if the second
/// response does not match the schema either. Failed requests are not retried.
pub async fn extract<T>(model: &dyn ChatModel, mut request: ChatRequest) -> Result<Extracted<T>, ModelError>
where
    T: JsonSchema + DeserializeOwned,
{
    // The names of formats have the rules of the names of tools.
    let name = short_tool_name(&T::schema_name());
    request.response_format = Some(ResponseFormat::new(name, schema_of::<T>()));

    let first = chat(model, &request).await?;
    let mut usage = first.usage;
    let problem = match parse(&first.text) {
        Ok(value) => return Ok(Extracted { value, usage }),
        Err(problem) => problem,
    };
    let repair = format!(
        "Your answer does not match the JSON schema: {problem}. Answer again with JSON that matches the schema and nothing else."
    );
    // Some providers reject a conversation that has an empty message.
    let answer = if first.is_empty() { "[empty answer]".to_owned() } else { first.text };
    // A server that knows the key would repeat its answer.
    request.extend_key("repair");
    request.messages.extend([ChatMessage::assistant(answer), ChatMessage::user(repair)]);
    let second = chat(model, &request).await?;
    usage += second.usage;
    let value = parse(&second.text).map_err(|_| {
        ModelError::new(ModelErrorKind::InvalidResponse).with_detail("it does not match the JSON schema")
    })?;
    Ok(Extracted { value, usage })
}

async fn chat(model: &dyn ChatModel, request: &ChatRequest) -> Result<ChatResponse, ModelError> {
    let (response, _) = clean_response(model.chat(request).await?, true);
    match response.stop_reason {
        StopReason::Refused => Err(ModelError::new(ModelErrorKind::Refused)),
        _ => Ok(response),
    }
}

/// Parses the JSON in a response, which may be surrounded by a code block or by text.
fn parse<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
    let text = text.trim();
    serde_json::from_str(text).or_else(|error| {
        let inner = text.find(['{', '[']).zip(text.rfind(['}', ']'])).filter(|(start, end)| start < end);
        inner.map_or(Err(error), |(start, end)| serde_json::from_str(&text[start..=end]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&[u8]>) {
        assert_eq!(parse::<Vec<u8>>(text).ok().as_deref(), expected);
    }

    #[test]
    fn json_is_found_in_code_blocks_and_in_text() {
        check(" [1] ", Some(&[1]));
        check("```json\n[1, 2]\n```", Some(&[1, 2]));
        check("Here you are: [3]. Enjoy!", Some(&[3]));
        check("{}", None);
        check("]1[", None);
        check("", None);
    }
}
