//! Errors of the Graph API.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>

mod titles;

use serde_json::{Value, json};

use super::Rule;
pub(crate) use titles::title;

/// Error response of the Graph API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphError {
    pub(crate) http: u16,
    pub(crate) code: u32,
    /// Violated rule. `None` for an error that a fault injects.
    pub(crate) rule: Option<Rule>,
    subcode: Option<u32>,
    kind: &'static str,
    details: Option<String>,
    /// JSON pointer to a string of the request which may be an object or an array in JSON-encoded form.
    pub(super) encoded: Option<String>,
}

/// Sub-code of a parameter that has the right type and a value which breaks a rule.
const INVALID_VALUE: u32 = 2_494_010;
/// Sub-code of an app that wants to take a conversation and is not the escalation partner.
const NO_ESCALATION_PARTNER: u32 = 2_494_191;

impl GraphError {
    /// Returns an error that violates no rule, with Meta's title for `code`.
    pub(crate) fn new(http: u16, code: u32) -> Self {
        Self { http, code, rule: None, subcode: None, kind: "OAuthException", details: None, encoded: None }
    }

    /// Returns the error for a violation of `rule`, without further details.
    pub(crate) fn violates(rule: Rule) -> Self {
        let subcode = match rule {
            Rule::ThreadTake => Some(NO_ESCALATION_PARTNER),
            _ => (rule.code() == 131_009).then_some(INVALID_VALUE),
        };
        Self { rule: Some(rule), subcode, ..Self::new(rule.http(), rule.code()) }
    }

    /// Returns the error for a violation of `rule`, with details.
    pub(crate) fn with_details(rule: Rule, details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..Self::violates(rule) }
    }

    /// Returns the error for an object that does not exist or that belongs to another account.
    pub(crate) fn unknown_object() -> Self {
        Self { subcode: Some(33), kind: "GraphMethodException", ..Self::violates(Rule::UnknownObject) }
    }

    /// Returns the error for a media id that has expired, was deleted, or belongs to another number.
    pub(crate) fn unknown_media() -> Self {
        Self { rule: Some(Rule::MediaId), ..Self::unknown_object() }
    }

    /// Returns the error for a field that the object does not have.
    pub(crate) fn unknown_field(name: &str) -> Self {
        Self::with_details(Rule::UnknownField, format!("tried accessing nonexisting field ({name})"))
    }

    /// Returns the error for a path or method that the API does not have.
    pub(crate) fn unknown_path() -> Self {
        Self { kind: "GraphMethodException", ..Self::violates(Rule::UnknownPath) }
    }

    /// Returns the error for a call that Meta has and the emulator does not play.
    pub(crate) fn not_played(call: &str) -> Self {
        let details = format!("the emulator does not play {call}; only Meta's live API has this call");
        Self { details: Some(details), ..Self::new(501, 1) }
    }

    /// Returns the error for a body that cannot be parsed.
    pub(crate) fn malformed(details: &str) -> Self {
        Self::with_details(Rule::Body, details)
    }

    /// Returns the error for a missing parameter.
    pub(crate) fn missing(parameter: &str) -> Self {
        Self::with_details(Rule::Required, format!("The parameter {parameter} is required"))
    }

    /// Returns the error for a parameter of the wrong type, or with a value that is not in its list.
    pub(crate) fn invalid(parameter: &str, why: &str) -> Self {
        Self::with_details(Rule::Form, format!("Param {parameter} {why}"))
    }

    /// Returns the same error as a violation of another rule.
    pub(super) fn with_rule(self, rule: Rule) -> Self {
        Self { details: self.details, encoded: self.encoded, ..Self::violates(rule) }
    }

    /// Returns the same error with a pointer to the string that may be encoded.
    pub(super) fn with_encoded(mut self, pointer: &str) -> Self {
        self.encoded = Some(pointer.to_owned());
        self
    }

    /// Returns the details of the error.
    pub(crate) fn details(&self) -> Option<&str> {
        self.details.as_deref()
    }

    /// Returns the response body.
    pub(crate) fn body(&self, trace: &str) -> Value {
        // Meta names the parameter in the message if the form of the request is wrong.
        let is_form = matches!(self.rule, Some(Rule::Required | Rule::Form | Rule::UnknownKey));
        let text = self.details.as_deref().filter(|_| is_form).unwrap_or_else(|| title(self.code));
        let mut error = json!({
            "message": format!("(#{}) {text}", self.code),
            "type": self.kind,
            "code": self.code,
            "fbtrace_id": trace,
        });
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = subcode.into();
        }
        if let Some(details) = &self.details {
            error["error_data"] = json!({ "messaging_product": "whatsapp", "details": details });
        }
        json!({ "error": error })
    }
}

/// Returns an item of `errors` in a webhook.
pub(crate) fn webhook_error(code: u32) -> Value {
    json!({
        "code": code,
        "title": title(code),
        "message": title(code),
        "error_data": { "details": title(code) },
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    })
}

/// Returns the errors of a message that the Cloud API cannot represent.
pub(crate) fn unsupported_message() -> Value {
    let title = "Message type unknown";
    let details = "Message type is currently not supported.";
    json!([{ "code": 131_051, "title": title, "message": title, "error_data": { "details": details } }])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meta: error codes.
    #[test]
    fn bodies_have_the_form_of_metas_errors() {
        let body = GraphError::missing("to").body("Atrace");
        assert_eq!(
            body,
            json!({"error": {
                "message": "(#100) The parameter to is required", "type": "OAuthException", "code": 100,
                "fbtrace_id": "Atrace",
                "error_data": {"messaging_product": "whatsapp", "details": "The parameter to is required"},
            }})
        );
        let body = GraphError::unknown_object().body("A");
        assert_eq!((&body["error"]["code"], &body["error"]["error_subcode"]), (&json!(100), &json!(33)));
    }
}
