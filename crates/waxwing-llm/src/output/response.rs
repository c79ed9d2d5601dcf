//! Responses of models with nothing but the answer in their text.

use serde::de::IgnoredAny;

use super::{WrittenCall, clean};
use crate::ChatResponse;

/// Takes thoughts and calls out of the text of a response. The thoughts become a part of its reasoning.
///
/// With `is_json`, a text that is JSON as a whole stays as it is: the strings in it may contain anything.
pub(crate) fn clean_response(mut response: ChatResponse, is_json: bool) -> (ChatResponse, Vec<WrittenCall>) {
    if is_json && serde_json::from_str::<IgnoredAny>(&response.text).is_ok() {
        return (response, Vec::new());
    }
    let output = clean(&response.text);
    response.text = output.text;
    let reasoning: Vec<_> = response.reasoning.take().into_iter().chain(output.thoughts).collect();
    response.reasoning = (!reasoning.is_empty()).then(|| reasoning.join("\n"));
    (response, output.calls)
}
