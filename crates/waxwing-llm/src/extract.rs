//! Answers that are values.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::schema::schema_of;
use crate::{
    ChatMessage, ChatModel, ChatRequest, ChatResponse, ModelError, ModelErrorKind, ResponseFormat, StopReason,
    TokenUsage,
};

/// A value that a model gave, and what it took.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Extracted<T> {
    /// The value.
    pub value: T,
    /// What it took, the second try included where there was one.
    pub usage: TokenUsage,
}

/// Asks a model for a value. The schema comes from its type, doc comments of fields included; an answer that does not fit goes back to the model once, with
/// the reason. Any [`format`](ChatRequest::format) of the request is replaced.
///
/// The call is made here and now: an agent wraps it in a step, and takes care of trying again.
///
/// # Errors
///
/// Those of the model; [`ModelErrorKind::Refused`] where it will not answer; [`ModelErrorKind::InvalidResponse`] where the second answer does not fit either.
pub async fn extract<T>(model: &dyn ChatModel, mut request: ChatRequest) -> Result<Extracted<T>, ModelError>
where
    T: JsonSchema + DeserializeOwned,
{
    let name = T::schema_name().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(64).collect();
    request.format = Some(ResponseFormat { name, schema: schema_of::<T>() });

    let (first, mut usage) = answer(model, &request).await?;
    let problem = match read(&first.text) {
        Ok(value) => return Ok(Extracted { value, usage }),
        Err(problem) => problem,
    };
    let repair =
        format!("That does not fit the JSON schema: {problem}. Answer again, with nothing but JSON that fits.");
    // Some models refuse a conversation with a message without words.
    let said = if first.is_empty() { "[no answer]".to_owned() } else { first.text };
    request.messages.extend([ChatMessage::assistant(said), ChatMessage::user(repair)]);
    let (second, more) = answer(model, &request).await?;
    usage += more;
    let value = read(&second.text)
        .map_err(|_| ModelError::new(ModelErrorKind::InvalidResponse).with_detail("it does not fit the JSON schema"))?;
    Ok(Extracted { value, usage })
}

async fn answer(model: &dyn ChatModel, request: &ChatRequest) -> Result<(ChatResponse, TokenUsage), ModelError> {
    let response = model.chat(request).await?;
    if response.stop == StopReason::Refused {
        return Err(ModelError::new(ModelErrorKind::Refused));
    }
    let usage = response.usage;
    Ok((response, usage))
}

/// Reads a value from an answer, which may wrap it in a block of code or in words.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, serde_json::Error> {
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
        assert_eq!(read::<Vec<u8>>(text).ok().as_deref(), expected);
    }

    #[test]
    fn values_in_answers() {
        check(" [1] ", Some(&[1]));
        check("```json\n[1, 2]\n```", Some(&[1, 2]));
        check("Here you are: [3]. Enjoy!", Some(&[3]));
        check("{}", None);
        check("]1[", None);
        check("", None);
    }
}
