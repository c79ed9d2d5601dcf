//! Authentication of calls.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api/get-started#access-tokens>

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;

use super::parameters;
use super::response::respond;
use crate::rules::{GraphError, Rule};
use crate::shared::Shared;
use crate::world::account::NumberIndex;

/// Oldest version of the Graph API that Meta serves.
pub(super) const OLDEST_VERSION: u32 = 21;

/// Authenticated call to an object.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) version: String,
    /// Id of the object in the path.
    pub(super) id: String,
}

/// First parts of the path of a call.
#[derive(Debug, Deserialize)]
struct CallPath {
    version: String,
    id: String,
}

impl Call {
    /// Returns the business number in the path.
    pub(super) fn number(&self, shared: &Shared) -> Result<NumberIndex, GraphError> {
        shared.world().account.find_for_call(&self.id)
    }

    /// Checks that the path contains the id of a certain object.
    pub(super) fn expect_id(&self, id: &str) -> Result<(), GraphError> {
        if self.id == id { Ok(()) } else { Err(GraphError::unknown_object()) }
    }
}

impl FromRequestParts<Arc<Shared>> for Call {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Response> {
        let path = Path::<CallPath>::from_request_parts(parts, shared).await;
        let Ok(Path(CallPath { version, id })) = path else {
            return Err(respond(shared, "", Err(GraphError::unknown_path())));
        };
        let version = served_version(version);
        let is_app = (id == shared.settings.app_id || is_upload(&id)) && has_app_token(shared, parts);
        if !is_app && !has_access_token(shared, parts) {
            return Err(respond(shared, &version, Err(GraphError::violates(Rule::Token))));
        }
        Ok(Self { version, id })
    }
}

/// Returns whether an id belongs to the session of an upload.
pub(super) fn is_upload(id: &str) -> bool {
    id.starts_with("upload:")
}

/// Returns whether a request has the access token, in its header or in its query.
pub(super) fn has_access_token(shared: &Shared, parts: &Parts) -> bool {
    token(parts).is_some_and(|token| token == shared.settings.access_token)
}

/// Returns whether the token of a request is right. `None` without a token.
pub(super) fn has_right_token(shared: &Shared, parts: &Parts) -> Option<bool> {
    token(parts).map(|_| has_access_token(shared, parts) || has_app_token(shared, parts))
}

/// Returns whether a request has the access token of the app: its id and its secret.
fn has_app_token(shared: &Shared, parts: &Parts) -> bool {
    let settings = &shared.settings;
    let token = token(parts);
    let parts = token.as_deref().and_then(|token| token.split_once('|'));
    parts.is_some_and(|(id, secret)| id == settings.app_id && settings.app_secret.as_deref() == Some(secret))
}

/// Returns the access token of a request: of its header, whose scheme may be in any case, or of its query.
fn token(parts: &Parts) -> Option<String> {
    let Some(header) = parts.headers.get(AUTHORIZATION) else {
        return parameters::query(&parts.uri).remove("access_token");
    };
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    // The guide for uploads names the scheme OAuth.
    let is_known = ["bearer", "oauth"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    is_known.then(|| token.trim().to_owned())
}

/// Returns the version that serves a call. The oldest supported version replaces expired versions. Meta: versions (unverified).
fn served_version(version: String) -> String {
    let major =
        version.strip_prefix('v').and_then(|rest| rest.split_once('.')).and_then(|(major, _)| major.parse().ok());
    let is_expired = major.is_some_and(|major: u32| major < OLDEST_VERSION);
    if is_expired { format!("v{OLDEST_VERSION}.0") } else { version }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meta: versions.
    #[test]
    fn the_oldest_version_replaces_expired_versions() {
        assert_eq!(served_version("v20.0".to_owned()), "v21.0");
        assert_eq!(served_version("v21.0".to_owned()), "v21.0");
        assert_eq!(served_version("v26.0".to_owned()), "v26.0");
    }
}
