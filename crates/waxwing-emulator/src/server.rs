//! HTTP server: Graph API, phone page, control API.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
#[cfg(feature = "https-proxy")]
use axum::middleware;
use tokio::net::TcpListener;

use crate::connection::{ConnectionSwitch, DroppableListener};
use crate::error::Error;
use crate::shared::Shared;
use crate::{control, graph, inspector, phone};

/// Returns the router for all endpoints.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .merge(phone::router(&shared))
        .merge(control::router(&shared))
        .merge(inspector::router(&shared))
        .fallback_service(graph::service(&shared))
        .with_state(shared)
}

/// Returns the router for clients of the HTTPS proxy: the Graph API.
#[cfg(feature = "https-proxy")]
pub(crate) fn proxied_router(shared: &Arc<Shared>) -> Router {
    let handle = async |request, next: middleware::Next| graph::origin::proxied(next.run(request)).await;
    Router::new().fallback_service(graph::service(shared)).layer(middleware::from_fn(handle))
}

/// Binds a socket. Returns it with its actual address.
pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let error = |source| Error::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(error)?;
    let bound = listener.local_addr().map_err(error)?;
    Ok((listener, bound))
}

/// Serves requests until the emulator stops.
pub(crate) async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let stopped = shared.stopped.clone().cancelled_owned();
    let service = router(shared).into_make_service_with_connect_info::<ConnectionSwitch>();
    if let Err(error) = axum::serve(DroppableListener(listener), service).with_graceful_shutdown(stopped).await {
        tracing::error!(%error, "emulator server failed");
    }
}

/// Returns the URL by which this machine reaches a listener.
pub(crate) fn origin(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}
