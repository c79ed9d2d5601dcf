//! Origin of the URLs in responses.
//!
//! A client of the HTTPS proxy reaches the emulator only under the names of Meta's hosts.

use crate::world::World;

/// Host of the Graph API.
pub(crate) const GRAPH_HOST: &str = "graph.facebook.com";
/// Host of Meta's media files.
pub(crate) const MEDIA_HOST: &str = "lookaside.fbsbx.com";

tokio::task_local! {
    /// Is set while the task handles a request that came through the HTTPS proxy.
    static PROXIED: ();
}

/// Handles a request that came through the HTTPS proxy.
#[cfg(feature = "https-proxy")]
pub(crate) async fn proxied<T>(handler: impl Future<Output = T>) -> T {
    PROXIED.scope((), handler).await
}

/// Returns the origin of URLs of the Graph API.
pub(super) fn graph_origin(world: &World) -> String {
    origin(world, GRAPH_HOST)
}

/// Returns the origin of URLs of files.
pub(super) fn media_origin(world: &World) -> String {
    origin(world, MEDIA_HOST)
}

fn origin(world: &World, host: &str) -> String {
    let is_proxied = PROXIED.try_with(|()| ()).is_ok();
    if is_proxied { format!("https://{host}") } else { world.account.first_number().origin.clone() }
}
