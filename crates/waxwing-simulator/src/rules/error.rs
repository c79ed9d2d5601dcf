//! Errors of the Graph API.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>

use serde_json::{Value, json};

/// An answer of the Graph API that is not a success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GraphError {
    pub(crate) http: u16,
    pub(crate) code: u32,
    subcode: Option<u32>,
    kind: &'static str,
    details: Option<String>,
}

impl GraphError {
    /// An error with Meta's title for `code`.
    pub(crate) fn new(http: u16, code: u32) -> Self {
        Self { http, code, subcode: None, kind: "OAuthException", details: None }
    }

    fn details(mut self, details: impl Into<String>) -> Self {
        self.details = Some(details.into());
        self
    }

    /// The access token is missing or wrong.
    pub(crate) fn token() -> Self {
        Self::new(401, 190)
    }

    /// There is no such object, or it belongs to somebody else.
    pub(crate) fn unknown_object() -> Self {
        Self { subcode: Some(33), kind: "GraphMethodException", ..Self::new(400, 100) }
    }

    /// The object has no such field.
    pub(crate) fn unknown_field(name: &str) -> Self {
        Self::new(400, 100).details(format!("tried accessing nonexisting field ({name})"))
    }

    /// The path or method is none of the API's.
    pub(crate) fn unknown_path() -> Self {
        Self { http: 404, kind: "GraphMethodException", ..Self::new(404, 2500) }
    }

    /// The body is not what the endpoint reads at all.
    pub(crate) fn malformed(details: &str) -> Self {
        Self::new(400, 1).details(details)
    }

    /// The parameter has to be there.
    pub(crate) fn missing(parameter: &str) -> Self {
        Self::new(400, 131_008).details(format!("the parameter {parameter} is required"))
    }

    /// The parameter is there, with a value that cannot be.
    pub(crate) fn invalid(parameter: &str, why: &str) -> Self {
        Self::new(400, 131_009).details(format!("{parameter}: {why}"))
    }

    /// `type` names nothing that can be sent.
    pub(crate) fn unsupported_type() -> Self {
        Self::new(400, 131_051)
    }

    /// The user's last message is more than 24 hours old, or there is none.
    pub(crate) fn window_closed() -> Self {
        Self::new(400, 131_047)
            .details("more than 24 hours have passed since the customer last replied to this number; send a template")
    }

    /// Nobody can be reached under this address.
    pub(crate) fn undeliverable() -> Self {
        Self::new(400, 131_026)
    }

    /// The group does not exist.
    pub(crate) fn unknown_group() -> Self {
        Self::new(400, 131_041)
    }

    /// The medium has the wrong type or size.
    pub(crate) fn media(why: impl Into<String>) -> Self {
        Self::new(400, 131_053).details(why)
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
        100 => "Invalid parameter",
        190 => "Access token has expired or is invalid",
        368 => "Temporarily blocked for policies violations",
        2500 => "Unknown path components",
        130_429 => "Rate limit hit",
        131_000 => "Something went wrong",
        131_008 => "Required parameter is missing",
        131_009 => "Parameter value is not valid",
        131_016 => "Service unavailable",
        131_026 => "Message undeliverable",
        131_041 => "Group does not exist",
        131_047 => "Re-engagement message",
        131_051 => "Unsupported message type",
        131_052 => "Media download error",
        131_053 => "Media upload error",
        131_056 => "(Business account, consumer account) pair rate limit hit",
        131_057 => "Business account is in maintenance mode",
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
