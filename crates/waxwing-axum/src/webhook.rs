//! The endpoints of one webhook.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::time::Instant;
use tower_http::catch_panic::CatchPanicLayer;
use waxwing_engine::{AcceptError, Engine, Receipt};
use waxwing_metrics::Metric;
use waxwing_webhook::{ChallengeQuery, Notification, VerifiedBody, VerifyToken};

use crate::body_budget::BodyBudget;
use crate::prefix::Prefix;
use crate::response::{self, ErrorResponse};
use crate::signed_body::{BodyKind, SignedBodies, Verification};
use crate::webhook_result::WebhookResult;

/// The endpoints that Meta calls, in front of an engine. Clones share one webhook.
///
/// ```
/// use std::sync::Arc;
///
/// use axum::body::Body;
/// use axum::http::{Request, StatusCode};
/// use tower::ServiceExt as _;
/// use waxwing_axum::{Prefix, Verification, Webhook};
/// use waxwing_engine::Engine;
/// use waxwing_store::{SqliteStore, SystemClock};
/// use waxwing_webhook::{AppSecrets, VerifyToken};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let engine = Engine::builder(Arc::new(SqliteStore::in_memory(Arc::new(SystemClock))?)).build();
/// let verification = Verification::Signed(AppSecrets::parse("app secret")?);
/// let webhook = Webhook::new(engine, verification, Some(VerifyToken::new("a token of your choice")));
/// let app = axum::Router::new().merge(webhook.router(&Prefix::new("/whatsapp")?));
///
/// // A request without a signature is rejected.
/// let request = Request::post("/whatsapp/webhook").body(Body::from("{}"))?;
/// assert_eq!(app.oneshot(request).await?.status(), StatusCode::FORBIDDEN);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Webhook(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    engine: Engine,
    bodies: SignedBodies,
    verify_token: Option<VerifyToken>,
}

impl Webhook {
    /// Creates a webhook with a body budget of its own. Without a verify token, Meta's verification request gets status 500.
    pub fn new(engine: Engine, verification: Verification, verify_token: Option<VerifyToken>) -> Self {
        Self::with_budget(engine, verification, verify_token, BodyBudget::default())
    }

    /// Creates a webhook that shares `budget` with others.
    pub fn with_budget(
        engine: Engine,
        verification: Verification,
        verify_token: Option<VerifyToken>,
        budget: BodyBudget,
    ) -> Self {
        for result in WebhookResult::ALL {
            engine.metrics().add(Metric::Webhooks, [result.as_str()], 0.0);
        }
        let bodies = SignedBodies::new(BodyKind::Webhook, verification, budget);
        Self(Arc::new(Inner { engine, bodies, verify_token }))
    }

    /// Returns the engine that receives the notifications.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Returns true if requests must be signed.
    pub fn is_signed(&self) -> bool {
        self.0.bodies.is_signed()
    }

    /// Creates the router of the endpoints under `prefix`.
    pub fn router(&self, prefix: &Prefix) -> Router {
        Router::new()
            .route(&format!("{prefix}/status"), get(|| async { response::status("available") }))
            .route(&format!("{prefix}/webhook"), get(verify_endpoint).post(deliver))
            .layer(CatchPanicLayer::custom(response::panicked))
            .with_state(self.clone())
    }
}

/// Answers Meta's verification request.
///
/// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started#verification-requests>
async fn verify_endpoint(
    State(webhook): State<Webhook>,
    query: Result<Query<ChallengeQuery>, QueryRejection>,
) -> Response {
    let query = query.map(|Query(query)| query).unwrap_or_default();
    match query.answer(webhook.0.verify_token.as_ref()) {
        // The challenge is untrusted text; `nosniff` keeps browsers from treating it as anything else.
        Ok(challenge) => ([(X_CONTENT_TYPE_OPTIONS, "nosniff")], challenge).into_response(),
        Err(error) => {
            tracing::warn!(reason = %error, "rejected a verification request");
            let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            ErrorResponse::new(status, error.to_string()).into_response()
        }
    }
}

/// Accepts a webhook, and counts the result.
async fn deliver(State(webhook): State<Webhook>, headers: HeaderMap, body: Body) -> Result<Response, ErrorResponse> {
    let body = webhook.0.bodies.read(body, &headers).await;
    let started = Instant::now();
    let metrics = webhook.engine().metrics();
    let (answer, result) = match body {
        Err(refused) => {
            let result = WebhookResult::of_refused_body(refused.status());
            (Err(refused), result)
        }
        Ok(body) => {
            let stored = store(&webhook, body).await;
            metrics.observe(Metric::WebhookSeconds, [], started.elapsed().as_secs_f64());
            stored
        }
    };
    metrics.increment(Metric::Webhooks, [result.as_str()]);
    answer
}

/// Stores a webhook. Status 200 means that its content is committed.
async fn store(webhook: &Webhook, body: VerifiedBody) -> (Result<Response, ErrorResponse>, WebhookResult) {
    let engine = webhook.engine();
    let failed = |error: AcceptError| (Err(unavailable(&error)), WebhookResult::StoreFailure);
    let Ok(notification) = Notification::parse(&body) else {
        return match engine.quarantine("not JSON", body.into_bytes()).await {
            Ok(()) => {
                let unusable = ErrorResponse::new(StatusCode::BAD_REQUEST, "the body is not JSON");
                (Err(unusable), WebhookResult::Unusable)
            }
            Err(error) => failed(error),
        };
    };
    match engine.accept(notification).await {
        Ok(Receipt::Stored) => (Ok(response::status("processing")), WebhookResult::Accepted),
        Ok(Receipt::Ignored) => (Ok(response::status("ignored")), WebhookResult::Ignored),
        Err(error) => failed(error),
    }
}

fn unavailable(error: &AcceptError) -> ErrorResponse {
    if !error.is_logged() {
        tracing::error!(error = error as &dyn std::error::Error, "webhook not stored; meta will redeliver it");
    }
    ErrorResponse::new(StatusCode::SERVICE_UNAVAILABLE, "the webhook could not be stored in time; send it again")
}
