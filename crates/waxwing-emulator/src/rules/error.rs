//! Errors of the Graph API.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>

use serde_json::{Value, json};

use super::Rule;

/// An answer of the Graph API that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphError {
    pub(crate) http: u16,
    pub(crate) code: u32,
    /// The rule that was broken; none for an error that was asked for.
    pub(crate) rule: Option<Rule>,
    subcode: Option<u32>,
    kind: &'static str,
    details: Option<String>,
}

impl GraphError {
    /// An error that no rule asks for, with Meta's title for `code`.
    pub(crate) fn new(http: u16, code: u32) -> Self {
        Self { http, code, rule: None, subcode: None, kind: "OAuthException", details: None }
    }

    /// A breach of a rule that says all itself.
    pub(crate) fn broken(rule: Rule) -> Self {
        Self { rule: Some(rule), ..Self::new(rule.http(), rule.code()) }
    }

    /// A breach of a rule, with what exactly is wrong.
    pub(crate) fn because(rule: Rule, details: impl Into<String>) -> Self {
        Self { details: Some(details.into()), ..Self::broken(rule) }
    }

    /// There is no such object, or it belongs to somebody else.
    pub(crate) fn unknown_object() -> Self {
        Self { subcode: Some(33), kind: "GraphMethodException", ..Self::broken(Rule::UnknownObject) }
    }

    /// The medium has expired, was deleted, or belongs to another number.
    pub(crate) fn unknown_medium() -> Self {
        Self { rule: Some(Rule::MediaId), ..Self::unknown_object() }
    }

    /// The object has no such field.
    pub(crate) fn unknown_field(name: &str) -> Self {
        Self::because(Rule::UnknownField, format!("tried accessing nonexisting field ({name})"))
    }

    /// The path or method is none of the API's.
    pub(crate) fn unknown_path() -> Self {
        Self { kind: "GraphMethodException", ..Self::broken(Rule::UnknownPath) }
    }

    /// The body is not what the endpoint reads at all.
    pub(crate) fn malformed(details: &str) -> Self {
        Self::because(Rule::Body, details)
    }

    /// The parameter has to be there.
    pub(crate) fn missing(parameter: &str) -> Self {
        Self::because(Rule::Required, format!("the parameter {parameter} is required"))
    }

    /// The parameter is there, with a value of the wrong kind.
    pub(crate) fn invalid(parameter: &str, why: &str) -> Self {
        Self::because(Rule::Form, format!("{parameter}: {why}"))
    }

    /// What exactly is wrong, as the answer says it.
    pub(crate) fn details(&self) -> Option<&str> {
        self.details.as_deref()
    }

    /// The body of the answer.
    pub(crate) fn body(&self, trace: &str) -> Value {
        let mut error = json!({
            "message": format!("(#{}) {}", self.code, title(self.code)),
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

/// An error inside a webhook.
pub(crate) fn webhook_error(code: u32) -> Value {
    json!({
        "code": code,
        "title": title(code),
        "message": title(code),
        "error_data": { "details": title(code) },
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    })
}

/// What Meta calls the code.
fn title(code: u32) -> &'static str {
    match code {
        1 => "API unknown",
        2 => "API service",
        4 => "API too many calls",
        10 => "Permission denied",
        100 => "Invalid parameter",
        190 => "Access token has expired or is invalid",
        368 => "Temporarily blocked for policies violations",
        2200 => "Callback verification failed",
        2500 => "Unknown path components",
        130_429 => "Rate limit hit",
        131_000 => "Something went wrong",
        131_008 => "Required parameter is missing",
        131_009 => "Parameter value is not valid",
        131_016 => "Service unavailable",
        131_021 => "Recipient cannot be sender",
        131_026 => "Message undeliverable",
        131_041 => "Group does not exist",
        131_042 => "Business eligibility payment issue",
        131_047 => "Re-engagement message",
        131_048 => "Spam rate limit hit",
        131_049 => "Message not delivered to keep the ecosystem healthy",
        131_050 => "User has stopped marketing messages",
        131_051 => "Unsupported message type",
        131_052 => "Media download error",
        131_053 => "Media upload error",
        131_056 => "(Business account, consumer account) pair rate limit hit",
        131_057 => "Business account is in maintenance mode",
        131_062 => "Business-scoped user ids are not supported for this message",
        132_000 => "Number of parameters does not match the expected number of params",
        132_001 => "Template name does not exist in the translation",
        132_005 => "Translated text too long",
        132_012 => "Parameter format does not match format in the created template",
        132_015 => "Template is paused",
        132_016 => "Template is disabled",
        132_018 => "Template parameters are not valid",
        139_100 => "Failed to block or unblock some users",
        139_101 => "Blocklist limit reached",
        _ => "An error occurred",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meta: error codes.
    #[test]
    fn bodies_have_metas_shape() {
        let body = GraphError::missing("to").body("Atrace");
        assert_eq!(
            body,
            json!({"error": {
                "message": "(#131008) Required parameter is missing", "type": "OAuthException", "code": 131_008,
                "fbtrace_id": "Atrace",
                "error_data": {"messaging_product": "whatsapp", "details": "the parameter to is required"},
            }})
        );
        let body = GraphError::unknown_object().body("A");
        assert_eq!((&body["error"]["code"], &body["error"]["error_subcode"]), (&json!(100), &json!(33)));
    }
}
