//! The listener for Prometheus.

use std::net::SocketAddr;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use waxwing::{MetricsSettings, ServerMetrics, metrics};

use crate::error::AdminError;
use crate::token_listener::TokenListener;

/// Serves `GET /metrics` of a running server in the text format of Prometheus.
///
/// Each request needs the bearer token of the settings. The listener stops when this is dropped.
#[derive(Debug)]
pub struct MetricsServer(TokenListener);

impl MetricsServer {
    /// Starts the listener on its address.
    ///
    /// # Errors
    ///
    /// [`AdminError::ListenMetrics`] if the address cannot be bound.
    pub async fn start(settings: &MetricsSettings, metrics: ServerMetrics) -> Result<Self, AdminError> {
        let router = Router::new().route("/metrics", get(page)).with_state(metrics);
        let listener = TokenListener::start("metrics", settings.address, &settings.token, router).await;
        listener.map(Self).map_err(|source| AdminError::ListenMetrics { address: settings.address, source })
    }

    /// Returns the address on which the server listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }
}

async fn page(State(metrics): State<ServerMetrics>) -> Response {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics.page().await).into_response()
}
