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
        let version = living(version);
        let is_app = id == app.settings.app_id && bears_app_token(app, parts);
        if !is_app && !bears_token(app, parts) {
            return Err(reply(app, &version, Err(GraphError::broken(Rule::Token))));
        }
        Ok(Self { version, id })
    }
}

/// Whether a request bears the access token in its header. Meta's API takes it in the query too; a client should not.
pub(super) fn bears_token(app: &App, parts: &Parts) -> bool {
    token(parts).is_some_and(|token| token == app.settings.access_token)
}

/// Whether a request bears the app's own token, its id and secret. cloud-api 9.1.
fn bears_app_token(app: &App, parts: &Parts) -> bool {
    let parts = token(parts).and_then(|token| token.split_once('|'));
    parts.is_some_and(|(id, secret)| id == app.settings.app_id && app.settings.app_secret.as_deref() == Some(secret))
}

fn token(parts: &Parts) -> Option<&str> {
    parts.headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// The version that serves a call: one that has ended is served by the oldest that lives. cloud-api 9.1 (Meta: versions; unverified).
fn living(version: String) -> String {
    const OLDEST: u32 = 21;
    let major =
        version.strip_prefix('v').and_then(|rest| rest.split_once('.')).and_then(|(major, _)| major.parse().ok());
    if major.is_some_and(|major: u32| major < OLDEST) { format!("v{OLDEST}.0") } else { version }
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

    /// cloud-api 9.1 (Meta: versions).
    #[test]
    fn versions_that_have_ended() {
        assert_eq!(living("v20.0".to_owned()), "v21.0");
        assert_eq!(living("v21.0".to_owned()), "v21.0");
        assert_eq!(living("v26.0".to_owned()), "v26.0");
    }

    #[test]
    fn versions() {
        assert!(is_version("v25.0") && is_version("v2.10"));
        assert!(!is_version("25.0") && !is_version("v25") && !is_version("v.0") && !is_version("phone"));
    }
}
