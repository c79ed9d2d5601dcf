//! A listener whose requests need a bearer token.

use std::io;
use std::net::SocketAddr;

use axum::{Router, middleware};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use waxwing::{ConnectionLimits, HttpServer};

use crate::server::authorization::{Token, authorize};

/// A listener of a running server whose requests need a bearer token. It stops when this is dropped.
#[derive(Debug)]
pub(crate) struct TokenListener {
    http: JoinHandle<()>,
    address: SocketAddr,
}

impl TokenListener {
    /// Starts the listener. `name` is its name in the log.
    pub(crate) async fn start(
        name: &'static str,
        address: SocketAddr,
        token: &SecretString,
        router: Router,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let router = router.layer(middleware::from_fn_with_state(Token::new(token), authorize));
        let http = tokio::spawn(async move {
            let http = HttpServer::new(router, ConnectionLimits::default());
            if let Err(error) = http.serve(listener, std::future::pending()).await {
                tracing::error!(listener = name, error = &error as &dyn std::error::Error, "listener stopped");
            }
        });
        Ok(Self { http, address })
    }

    /// Returns the address on which the listener accepts connections.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for TokenListener {
    fn drop(&mut self) {
        self.http.abort();
    }
}
