//! The endpoint of a flow.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tower_http::catch_panic::CatchPanicLayer;
use waxwing_flow::{ExchangeError, FlowAction, FlowAnswer, FlowExchange, FlowKey, FlowRequest, FlowTokenError};

use crate::body_budget::BodyBudget;
use crate::flow_handler::FlowHandler;
use crate::log_throttle::LogThrottle;
use crate::prefix::Prefix;
use crate::response::{self, ErrorResponse};
use crate::signed_body::{BodyKind, SignedBodies, Verification};

/// Default time for a handler. Meta waits 10 s for an answer, which includes the network.
///
/// <https://developers.facebook.com/docs/whatsapp/flows/guides/healthmonitoring>
const TIMEOUT: Duration = Duration::from_secs(8);

/// The endpoint of a flow: checks signatures, decrypts requests, calls a handler, and encrypts its answers. Clones share one endpoint.
///
/// Health checks and notifications of errors are answered without the handler.
///
/// ```
/// use axum::body::Body;
/// use axum::http::{Request, StatusCode};
/// use serde_json::json;
/// use tower::ServiceExt as _;
/// use waxwing_axum::{FlowEndpoint, Prefix, Verification, flow_handler_fn};
/// use waxwing_flow::{FlowKey, FlowResponse};
/// use waxwing_webhook::AppSecrets;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let handler = flow_handler_fn(|request| async move { Ok(FlowResponse::complete().with_all(request.data)) });
/// let verification = Verification::Signed(AppSecrets::parse("app secret")?);
/// let endpoint = FlowEndpoint::new(FlowKey::generate()?, verification, handler);
/// let app = axum::Router::new().merge(endpoint.router(&Prefix::new("/flows/booking")?));
///
/// // A request without a signature is rejected.
/// let request = Request::post("/flows/booking").body(Body::from("{}"))?;
/// assert_eq!(app.oneshot(request).await?.status().as_u16(), 432);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct FlowEndpoint {
    shared: Arc<Shared>,
    timeout: Duration,
    requires_signed_tokens: bool,
}

struct Shared {
    key: Arc<FlowKey>,
    handler: Arc<dyn FlowHandler>,
    bodies: SignedBodies,
    undecryptable: LogThrottle,
    forged: LogThrottle,
    failed: LogThrottle,
    client_errors: LogThrottle,
}

impl FlowEndpoint {
    /// Creates an endpoint with a body budget of its own.
    pub fn new(key: FlowKey, verification: Verification, handler: impl FlowHandler + 'static) -> Self {
        Self::with_budget(Arc::new(key), verification, Arc::new(handler), BodyBudget::default())
    }

    /// Creates an endpoint that shares `budget` with webhooks.
    pub fn with_budget(
        key: Arc<FlowKey>,
        verification: Verification,
        handler: Arc<dyn FlowHandler>,
        budget: BodyBudget,
    ) -> Self {
        let shared = Shared {
            key,
            handler,
            bodies: SignedBodies::new(BodyKind::FlowRequest, verification, budget),
            undecryptable: LogThrottle::default(),
            forged: LogThrottle::default(),
            failed: LogThrottle::default(),
            client_errors: LogThrottle::default(),
        };
        Self { shared: Arc::new(shared), timeout: TIMEOUT, requires_signed_tokens: false }
    }

    /// Sets the time that the handler gets, 8 s by default. Meta waits 10 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Refuses requests without Meta's signature of the flow token. A wrong signature is always refused. Flows before version 7.3 have no signature, and
    /// the app of a user could leave it out. Has no effect on unsigned requests in development.
    pub fn require_signed_tokens(mut self) -> Self {
        self.requires_signed_tokens = true;
        self
    }

    /// Creates the router of the endpoint at `path`.
    pub fn router(&self, path: &Prefix) -> Router {
        let path = if path.as_str().is_empty() { "/" } else { path.as_str() };
        Router::new()
            .route(path, post(exchange))
            .layer(CatchPanicLayer::custom(response::panicked))
            .with_state(self.clone())
    }

    /// Returns the response for an exchange that failed.
    fn fail(&self, error: &ExchangeError) -> ErrorResponse {
        self.shared.undecryptable.log(|| tracing::warn!(reason = %error, "flow request could not be answered"));
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        ErrorResponse::new(status, error.to_string())
    }

    /// Checks Meta's signature of the flow token.
    fn check_token(&self, request: &FlowRequest) -> Result<(), ErrorResponse> {
        let Some(secrets) = self.shared.bodies.secrets() else { return Ok(()) };
        // These requests do not reach the handler's screens.
        let is_answered_here = matches!(request.action, FlowAction::Ping | FlowAction::ErrorNotification(_));
        match request.verify_flow_token(|message, mac| secrets.is_mac(message, mac)) {
            Ok(()) => Ok(()),
            Err(FlowTokenError::Missing) if is_answered_here || !self.requires_signed_tokens => Ok(()),
            Err(error) => {
                self.shared
                    .forged
                    .log(|| tracing::warn!(reason = %error, "rejected a flow request with a bad flow token"));
                Err(ErrorResponse::new(BodyKind::FlowRequest.wrong_signature(), error.to_string()))
            }
        }
    }

    /// Returns the answer of the handler within its time.
    async fn ask(&self, exchange: &FlowExchange) -> Result<Result<FlowAnswer, ExchangeError>, ErrorResponse> {
        let answer = self.shared.handler.answer(exchange.request().clone());
        match tokio::time::timeout(self.timeout, answer).await {
            Ok(Ok(response)) => Ok(exchange.answer(response)),
            Ok(Err(error)) => {
                // The error may contain data of the user.
                tracing::debug!(error = &*error as &dyn std::error::Error, "flow handler failed");
                self.shared.failed.log(|| tracing::error!("flow handler failed; the user of the flow sees an error"));
                Err(ErrorResponse::new(StatusCode::INTERNAL_SERVER_ERROR, "the handler failed"))
            }
            Err(_) => {
                let timeout = self.timeout;
                self.shared
                    .failed
                    .log(|| tracing::error!(?timeout, "flow handler timed out; the user of the flow sees an error"));
                Err(ErrorResponse::new(StatusCode::GATEWAY_TIMEOUT, "the handler took too long"))
            }
        }
    }

    /// Reports an answer that the app of the user could not use.
    async fn report(&self, exchange: &FlowExchange) {
        if let FlowAction::ErrorNotification(error) = &exchange.request().action {
            self.shared.client_errors.log(|| {
                tracing::warn!(error = error.error, "the app of a user could not use an answer of a flow endpoint");
            });
            let told = self.shared.handler.client_error(exchange.request().clone());
            // The acknowledgement does not depend on the handler.
            let _ = tokio::time::timeout(self.timeout, told).await;
        }
    }
}

/// Answers a request to the endpoint.
async fn exchange(
    State(endpoint): State<FlowEndpoint>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ErrorResponse> {
    let body = endpoint.shared.bodies.read(body, &headers).await?;
    let exchange = endpoint.shared.key.decrypt(body.bytes()).map_err(|error| endpoint.fail(&error))?;
    drop(body);
    endpoint.check_token(exchange.request())?;
    endpoint.report(&exchange).await;
    let answer = match exchange.automatic_answer() {
        Some(answer) => answer,
        None => endpoint.ask(&exchange).await?,
    };
    let FlowAnswer { status, content_type, body, .. } = answer.map_err(|error| endpoint.fail(&error))?;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Ok((status, [(CONTENT_TYPE, content_type)], body).into_response())
}

impl fmt::Debug for FlowEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlowEndpoint").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
