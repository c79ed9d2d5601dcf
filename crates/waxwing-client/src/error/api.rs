//! Error response of the Graph API.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::ErrorCode;

/// Error response of the Graph API.
///
/// Branch on [`code`](Self::code) and read [`details`](Self::details). Meta is removing titles and subcodes. `Display` and `Debug`
/// leave out Meta's texts, which can contain a phone number or the message.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// HTTP status of the response.
    pub status: u16,
    /// Meta's error code.
    pub code: i64,
    /// Meta's error subcode.
    pub subcode: Option<i64>,
    /// English description of the error.
    pub message: String,
    /// Title for display.
    pub title: Option<String>,
    /// Details of this occurrence.
    pub details: Option<String>,
    /// Trace id for Meta's support.
    pub fbtrace_id: Option<String>,
    /// Whether Meta states that the same request may succeed later.
    pub is_transient: bool,
}

impl ApiError {
    /// Parses a response body. `None` if it is not an error of the Graph API, which always has a code.
    pub(crate) fn read(status: u16, body: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Envelope {
            error: Value,
        }

        let Envelope { error } = serde_json::from_slice(body).ok()?;
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let data = &error["error_data"];
        Some(Self {
            status,
            code: integer(&error["code"])?,
            subcode: integer(&error["error_subcode"]),
            message: text(&error["message"]).unwrap_or_default(),
            title: text(&error["error_user_title"]),
            details: text(&data["details"]).or_else(|| text(data)).or_else(|| text(&error["error_user_msg"])),
            fbtrace_id: text(&error["fbtrace_id"]),
            is_transient: error["is_transient"] == true,
        })
    }
}

impl ApiError {
    /// Returns the cause for an operator, with the remedy if there is one.
    pub(super) fn for_operator(&self) -> &'static str {
        ErrorCode::find(self.code).map_or("see Meta's list of error codes", |entry| entry.for_operator)
    }
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, status, .. } = self;
        write!(f, "graph api refused the request with code {code} (HTTP {status}); {}", self.for_operator())
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiError")
            .field("status", &self.status)
            .field("code", &self.code)
            .field("subcode", &self.subcode)
            .field("fbtrace_id", &self.fbtrace_id)
            .field("is_transient", &self.is_transient)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for ApiError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fields_of_an_error_are_read() {
        let body = br#"{"error":{"message":"(#131056) to 34600000000","type":"OAuthException","code":131056,
            "error_subcode":2494055,"error_data":{"messaging_product":"whatsapp","details":"slow down"},
            "error_user_title":"Pair limit","error_user_msg":"m","is_transient":true,"fbtrace_id":"Abc"}}"#;
        let error = ApiError::read(400, body).unwrap();
        let expected = ApiError {
            status: 400,
            code: 131_056,
            subcode: Some(2_494_055),
            message: "(#131056) to 34600000000".into(),
            title: Some("Pair limit".into()),
            details: Some("slow down".into()),
            fbtrace_id: Some("Abc".into()),
            is_transient: true,
        };
        assert_eq!(error, expected);
        assert_eq!(
            error.to_string(),
            "graph api refused the request with code 131056 (HTTP 400); too many messages to one user in a short time"
        );
        assert!(!format!("{error:?}").contains("346"));
    }

    #[test]
    fn an_error_needs_only_a_code() {
        #[track_caller]
        fn check(body: &str, expected: Option<(i64, &str)>) {
            let error = ApiError::read(400, body.as_bytes());
            assert_eq!(error.as_ref().map(|error| (error.code, error.details.as_deref().unwrap_or("-"))), expected);
        }
        check(r#"{"error":{"code":190}}"#, Some((190, "-")));
        check(r#"{"error":{"code":"190","error_data":"plain"}}"#, Some((190, "plain")));
        check(r#"{"error":{"code":190,"error_data":{},"error_user_msg":"hm"}}"#, Some((190, "hm")));
        check(r#"{"error":{"message":"no code"}}"#, None);
        check(r#"{"error":"bad gateway"}"#, None);
        check(r#"{"error":null}"#, None);
        check(r#"{"messages":[{"id":"wamid.A"}]}"#, None);
        check("<html>502</html>", None);
        check("[]", None);
        check("", None);
    }
}
