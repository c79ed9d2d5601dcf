//! Refusal of a request.

use std::fmt;

use serde_json::{Value, json};

/// A refused request, with the wording of the provider.
///
/// ```
/// use waxwing_scripted_provider::Refusal;
///
/// let refusal = Refusal::new("Unknown parameter: 'foo'.", "https://platform.openai.com/docs/api-reference/chat").at("foo");
/// assert_eq!((refusal.status, refusal.param.as_deref()), (400, Some("foo")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// HTTP status of the response.
    pub status: u16,
    /// Message of the provider.
    pub message: String,
    /// Path of the refused parameter, if the provider names it in a field of its own.
    pub param: Option<String>,
    /// Code of the provider, if there is one.
    pub code: Option<&'static str>,
    /// Page of the provider or public issue that documents the rule.
    pub source: &'static str,
}

impl Refusal {
    /// Creates a refusal with status 400. `source` is the address of a page or an issue.
    pub fn new(message: impl Into<String>, source: &'static str) -> Self {
        Self { status: 400, message: message.into(), param: None, code: None, source }
    }

    /// Sets the path of the refused parameter.
    #[must_use]
    pub fn at(self, param: impl Into<String>) -> Self {
        Self { param: Some(param.into()), ..self }
    }

    /// Sets the code.
    #[must_use]
    pub fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    /// Sets the HTTP status.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// Returns the body as OpenAI sends it.
    pub(crate) fn openai(&self) -> Value {
        let kind = if self.status == 401 { "authentication_error" } else { "invalid_request_error" };
        json!({ "error": { "message": self.message, "type": kind, "param": self.param, "code": self.code } })
    }

    /// Returns the body as Anthropic sends it.
    pub(crate) fn anthropic(&self) -> Value {
        let kind = match self.status {
            401 => "authentication_error",
            404 => "not_found_error",
            413 => "request_too_large",
            _ => "invalid_request_error",
        };
        json!({ "type": "error", "error": { "type": kind, "message": self.message }, "request_id": "req_scripted" })
    }

    /// Returns the body as Gemini sends it.
    pub(crate) fn gemini(&self) -> Value {
        let status = if self.status == 404 { "NOT_FOUND" } else { "INVALID_ARGUMENT" };
        json!({ "error": { "code": self.status, "message": self.message, "status": status } })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {}: {} ({})", self.status, self.message, self.source)
    }
}
