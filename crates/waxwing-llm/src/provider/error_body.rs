//! Error in the body of a response.

use serde_json::Value;

/// Returns the error in a body. Gemini wraps the errors of some requests in an array.
pub(super) fn error_of(body: &Value) -> Option<&Value> {
    body.get("error").or_else(|| body.get(0)?.get("error"))
}
