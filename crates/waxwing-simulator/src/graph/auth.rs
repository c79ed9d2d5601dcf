//! Who may call.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api/get-started#access-tokens>

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::Response;

use super::reply::reply;
use crate::app::App;
use crate::rules::{GraphError, Rule};

/// A call that bears the access token, to an object under a version.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) version: String,
    pub(super) id: String,
}

impl FromRequestParts<Arc<App>> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let path = Path::<(String, String)>::from_request_parts(parts, app).await;
        let Ok(Path((version, id))) = path else { return Err(reply(app, "", Err(GraphError::unknown_path()))) };
        if !is_version(&version) {
            return Err(reply(app, "", Err(GraphError::unknown_path())));
        }
        if !bears_token(app, parts) {
            return Err(reply(app, &version, Err(GraphError::broken(Rule::Token))));
        }
        Ok(Self { version, id })
    }
}

/// Whether a request bears the access token in its header. Meta's API takes it in the query too; a client should not.
pub(super) fn bears_token(app: &App, parts: &Parts) -> bool {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    header.and_then(|value| value.strip_prefix("Bearer ")).is_some_and(|token| token == app.settings.access_token)
}

/// `v`, digits, a dot, digits.
fn is_version(version: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    version
        .strip_prefix('v')
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(major, minor)| digits(major) && digits(minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions() {
        assert!(is_version("v25.0") && is_version("v2.10"));
        assert!(!is_version("25.0") && !is_version("v25") && !is_version("v.0") && !is_version("phone"));
    }
}
