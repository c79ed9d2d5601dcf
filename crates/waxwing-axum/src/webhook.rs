//! The endpoints of one webhook.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use waxwing_engine::{AcceptError, Engine, Receipt};
use waxwing_webhook::{AppSecrets, ChallengeQuery, Notification, VerifiedBody, VerifyToken};

use crate::body::BodyReader;
use crate::prefix::Prefix;
use crate::response::{self, ErrorResponse};

/// The header that carries the signature.
///
/// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads>
const SIGNATURE: &str = "x-hub-signature-256";

/// What may come with every request is logged this often.
const NOTICE_INTERVAL: Duration = Duration::from_mins(1);

/// A webhook: an engine behind the endpoints that Meta calls. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Webhook(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: Engine,
    verification: Verification,
    verify_token: Option<VerifyToken>,
    bodies: BodyReader,
    unsigned: LogThrottle,
    refused: LogThrottle,
}

/// Whether requests must be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// With one of these secrets.
    Signed(AppSecrets),
    /// Nothing is checked: for development, on a machine that nobody else reaches.
    Unsigned,
}

impl Webhook {
    /// A webhook. Without a verify token, Meta's challenge is answered with 500.
    pub fn new(engine: Engine, verification: Verification, verify_token: Option<VerifyToken>) -> Self {
        Self(Arc::new(Inner {
            engine,
            verification,
            verify_token,
            bodies: BodyReader::default(),
            unsigned: LogThrottle::default(),
            refused: LogThrottle::default(),
        }))
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// True if requests must be signed.
    pub fn is_signed(&self) -> bool {
        matches!(self.0.verification, Verification::Signed(_))
    }

    /// The endpoints under `prefix`.
    pub fn router(&self, prefix: &Prefix) -> Router {
        Router::new()
            .route(&format!("{prefix}/status"), get(|| async { response::status("available") }))
            .route(&format!("{prefix}/webhook"), get(challenge).post(deliver))
            .layer(CatchPanicLayer::custom(panicked))
            .with_state(self.clone())
    }

    /// Proves that a body comes from Meta, or lets it pass where nothing is checked.
    fn verify(&self, body: Bytes, headers: &HeaderMap) -> Result<VerifiedBody, ErrorResponse> {
        match &self.0.verification {
            Verification::Signed(secrets) => {
                let header = headers.get(SIGNATURE).map(axum::http::HeaderValue::as_bytes);
                secrets.verify(body, header).map_err(|error| {
                    // Anybody can cause this as often as they like.
                    self.0.refused.log(|| tracing::warn!(reason = %error, "requests with a bad signature are refused"));
                    ErrorResponse::new(StatusCode::FORBIDDEN, "the signature is missing or wrong")
                })
            }
            Verification::Unsigned => {
                self.0.unsigned.log(|| {
                    tracing::warn!("development mode: webhooks are taken without a check of their signature");
                });
                Ok(VerifiedBody::unsigned(body))
            }
        }
    }
}

/// Logs at most once in a while.
#[derive(Debug, Default)]
struct LogThrottle(Mutex<Option<Instant>>);

impl LogThrottle {
    fn log(&self, log: impl FnOnce()) {
        let mut logged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if logged.is_none_or(|at| at.elapsed() >= NOTICE_INTERVAL) {
            *logged = Some(Instant::now());
            drop(logged);
            log();
        }
    }
}

/// Meta asks whether the server is ours.
///
/// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests>
async fn challenge(State(webhook): State<Webhook>, query: Result<Query<ChallengeQuery>, QueryRejection>) -> Response {
    let query = query.map(|Query(query)| query).unwrap_or_default();
    match query.answer(webhook.0.verify_token.as_ref()) {
        // Words of a stranger: no browser may take them for anything but text.
        Ok(challenge) => ([(X_CONTENT_TYPE_OPTIONS, "nosniff")], challenge).into_response(),
        Err(error) => {
            tracing::warn!(reason = %error, "a verification request was refused");
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            ErrorResponse::new(status, error.to_string()).into_response()
        }
    }
}

/// Meta delivers.
async fn deliver(State(webhook): State<Webhook>, headers: HeaderMap, body: Body) -> Result<Response, ErrorResponse> {
    let body = webhook.verify(webhook.0.bodies.read(body).await?, &headers)?;
    let engine = webhook.engine();
    let Ok(notification) = Notification::parse(&body) else {
        engine.set_aside("not JSON", body.into_bytes()).await.map_err(|error| refuse(&error))?;
        return Err(ErrorResponse::new(StatusCode::BAD_REQUEST, "the body is not JSON"));
    };
    Ok(match engine.accept(notification).await.map_err(|error| refuse(&error))? {
        Receipt::Stored => response::status("processing"),
        Receipt::Ignored => response::status("ignored"),
    })
}

fn refuse(error: &AcceptError) -> ErrorResponse {
    tracing::error!(error = error as &dyn std::error::Error, "a webhook was not taken in; Meta sends it again");
    ErrorResponse::new(StatusCode::SERVICE_UNAVAILABLE, "the webhook could not be stored in time; send it again")
}

fn panicked(_panic: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a request handler panicked");
    ErrorResponse::new(StatusCode::INTERNAL_SERVER_ERROR, "internal error").into_response()
}
