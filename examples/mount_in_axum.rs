//! Webhook in an axum application, next to other pages.
//!
//! ```sh
//! cargo run -- emulator                                   # prints environment variables; export them in a second terminal
//! cargo run -p waxwing-examples --example mount_in_axum
//! ```
//!
//! <http://127.0.0.1:7777/> is a page of the application. The agent answers messages from the phone page.

use axum::Router;
use axum::routing::get;
use waxwing::AgentOs;
use waxwing::agent::Echo;
use waxwing::shutdown_signal;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().init();
    let os = AgentOs::from_env(Echo)?;
    let (running, listener) = os.start_with_listener().await?;
    let app = Router::new().route("/", get(|| async { "This page is mine." })).merge(running.router());
    tracing::info!(address = %listener.local_addr()?, "listening");
    axum::serve(listener, app).with_graceful_shutdown(shutdown_signal()).await?;
    running.shutdown().await;
    Ok(())
}
