//! The listener for Prometheus.

use std::net::SocketAddr;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use waxwing::{ConnectionLimits, HttpServer, MetricsSettings, ServerMetrics, metrics};

use crate::error::AdminError;
use crate::server::authorization::{Token, authorize};

/// Serves `GET /metrics` of a running server in the text format of Prometheus.
///
/// Each request needs the bearer token of the settings. The listener stops when this is dropped.
#[derive(Debug)]
pub struct MetricsServer {
    http: JoinHandle<()>,
    address: SocketAddr,
}

impl MetricsServer {
    /// Starts the listener on its address.
    ///
    /// # Errors
    ///
    /// [`AdminError::ListenMetrics`] if the address cannot be bound.
    pub async fn start(settings: &MetricsSettings, metrics: ServerMetrics) -> Result<Self, AdminError> {
        let failed = |source| AdminError::ListenMetrics { address: settings.address, source };
        let listener = TcpListener::bind(settings.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let router = Router::new()
            .route("/metrics", get(page))
            .with_state(metrics)
            .layer(middleware::from_fn_with_state(Token::new(&settings.token), authorize));
        let http = tokio::spawn(async move {
            let http = HttpServer::new(router, ConnectionLimits::default());
            if let Err(error) = http.serve(listener, std::future::pending()).await {
                tracing::error!(error = &error as &dyn std::error::Error, "metrics listener stopped");
            }
        });
        Ok(Self { http, address })
    }

    /// Returns the address on which the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn page(State(metrics): State<ServerMetrics>) -> Response {
    ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics.page().await).into_response()
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        self.http.abort();
    }
}
