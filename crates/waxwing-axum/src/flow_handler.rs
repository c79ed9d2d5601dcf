//! Handlers of the requests to the endpoint of a flow.

use async_trait::async_trait;
use waxwing_flow::{FlowRequest, FlowResponse};

/// Error of a handler. The user of the flow sees a general error.
pub type FlowHandlerError = Box<dyn std::error::Error + Send + Sync>;

/// Answers the requests to the endpoint of a flow.
///
/// The endpoint answers health checks by itself, and it decrypts and encrypts. A handler that fails, panics or takes too long affects its
/// request only.
///
/// ```
/// use async_trait::async_trait;
/// use serde_json::json;
/// use waxwing_axum::{FlowHandler, FlowHandlerError};
/// use waxwing_flow::{FlowAction, FlowRequest, FlowResponse};
///
/// struct Booking;
///
/// #[async_trait]
/// impl FlowHandler for Booking {
///     async fn answer(&self, request: FlowRequest) -> Result<FlowResponse, FlowHandlerError> {
///         Ok(match request.action {
///             FlowAction::DataExchange => FlowResponse::complete().with_all(request.data),
///             _ => FlowResponse::screen("DATE").with("dates", json!(["2026-12-24", "2026-12-31"])),
///         })
///     }
/// }
/// ```
#[async_trait]
pub trait FlowHandler: Send + Sync {
    /// Returns the answer to a request: the next screen, the end of the flow, or a refusal.
    ///
    /// # Errors
    ///
    /// An error is logged without its text, which may be about the user, and answered with status 500.
    async fn answer(&self, request: FlowRequest) -> Result<FlowResponse, FlowHandlerError>;

    /// Is told that the app of a user could not use an earlier answer. The action of the request has the error. By default, this does nothing:
    /// the endpoint logs the error and acknowledges the notification.
    async fn client_error(&self, _notification: FlowRequest) {}
}

/// Handler made from a function, see [`flow_handler_fn`].
#[derive(Debug, Clone)]
pub struct FlowHandlerFn<F>(F);

/// Creates a handler from an async function.
///
/// ```
/// use waxwing_axum::flow_handler_fn;
/// use waxwing_flow::FlowResponse;
///
/// let handler = flow_handler_fn(|request| async move { Ok(FlowResponse::complete().with_all(request.data)) });
/// ```
pub fn flow_handler_fn<F, Fut>(answer: F) -> FlowHandlerFn<F>
where
    F: Fn(FlowRequest) -> Fut + Send + Sync,
    Fut: Future<Output = Result<FlowResponse, FlowHandlerError>> + Send,
{
    FlowHandlerFn(answer)
}

#[async_trait]
impl<F, Fut> FlowHandler for FlowHandlerFn<F>
where
    F: Fn(FlowRequest) -> Fut + Send + Sync,
    Fut: Future<Output = Result<FlowResponse, FlowHandlerError>> + Send,
{
    async fn answer(&self, request: FlowRequest) -> Result<FlowResponse, FlowHandlerError> {
        (self.0)(request).await
    }
}
