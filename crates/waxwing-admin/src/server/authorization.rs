//! Authorization by bearer token.

use std::io;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use waxwing::webhook::VerifyToken;

/// The token of a server. The comparison takes constant time.
#[derive(Debug, Clone)]
pub(crate) struct Token(VerifyToken);

impl Token {
    /// Creates the token of the settings.
    pub(crate) fn new(token: &SecretString) -> Self {
        Self(VerifyToken::new(token.expose_secret()))
    }

    /// Creates a random token. Returns it with its text.
    pub(crate) fn generate() -> io::Result<(Self, String)> {
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let text = hex::encode(random);
        Ok((Self(VerifyToken::new(&text)), text))
    }
}

/// Rejects a request without the token.
pub(crate) async fn authorize(State(Token(token)): State<Token>, request: Request, next: Next) -> Response {
    let sent = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sent = sent.strip_prefix("Bearer ").unwrap_or_default();
    if token.matches(sent) {
        return next.run(request).await;
    }
    let detail = json!({ "detail": "the header Authorization needs `Bearer` and the token of the API" });
    (StatusCode::UNAUTHORIZED, Json(detail)).into_response()
}
