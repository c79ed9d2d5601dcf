//! The API for other systems of the business.

use std::net::SocketAddr;

use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use waxwing::engine::Operator;
use waxwing::{ApiSettings, ConnectionLimits, HttpServer};

use crate::error::AdminError;
use crate::operations::Operations;
use crate::server::authorization::{Token, authorize};
use crate::server::{campaigns, messages, opt_outs};

/// The API for other systems of a running server: they send messages and ask for their states. `/v1/openapi.json` describes it.
///
/// Each request needs the bearer token of the settings. The API stops when this is dropped.
#[derive(Debug)]
pub struct ApiServer {
    http: JoinHandle<()>,
    address: SocketAddr,
}

impl ApiServer {
    /// Starts the API on its address. `operator` is the handle of the engine.
    ///
    /// # Errors
    ///
    /// [`AdminError::Listen`] if the address cannot be bound.
    pub async fn start(settings: &ApiSettings, operator: Operator) -> Result<Self, AdminError> {
        let failed = |source| AdminError::Listen { address: settings.address, source };
        let listener = TcpListener::bind(settings.address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let token = Token::new(&settings.token);
        let router = Router::new()
            .merge(messages::routes())
            .merge(campaigns::routes())
            .merge(opt_outs::routes())
            .with_state(Operations::of_server(operator))
            .layer(middleware::from_fn_with_state(token, authorize));
        let http = tokio::spawn(async move {
            let http = HttpServer::new(router, ConnectionLimits::default());
            if let Err(error) = http.serve(listener, std::future::pending()).await {
                tracing::error!(error = &error as &dyn std::error::Error, "API stopped");
            }
        });
        Ok(Self { http, address })
    }

    /// Returns the address on which the API listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        self.http.abort();
    }
}
