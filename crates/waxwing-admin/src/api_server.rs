//! The API for other systems of the business.

use std::net::SocketAddr;

use axum::Router;
use waxwing::ApiSettings;
use waxwing::engine::Operator;

use crate::error::AdminError;
use crate::operations::Operations;
use crate::server::{campaigns, messages, opt_outs};
use crate::token_listener::TokenListener;

/// The API for other systems of a running server: they send messages and ask for their states. `/v1/openapi.json` describes it.
///
/// Each request needs the bearer token of the settings. The API stops when this is dropped.
#[derive(Debug)]
pub struct ApiServer(TokenListener);

impl ApiServer {
    /// Starts the API on its address. `operator` is the handle of the engine.
    ///
    /// # Errors
    ///
    /// [`AdminError::Listen`] if the address cannot be bound.
    pub async fn start(settings: &ApiSettings, operator: Operator) -> Result<Self, AdminError> {
        let router = Router::new()
            .merge(messages::routes())
            .merge(campaigns::routes())
            .merge(opt_outs::routes())
            .with_state(Operations::of_server(operator));
        let listener = TokenListener::start("API", settings.address, &settings.token, router).await;
        listener.map(Self).map_err(|source| AdminError::Listen { address: settings.address, source })
    }

    /// Returns the address on which the API listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }
}
