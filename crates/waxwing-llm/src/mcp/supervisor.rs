//! Supervisor that keeps an MCP server connected.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rmcp::{Peer, RoleClient};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};
use waxwing_backoff::Backoff;

use super::connection::{self, Connection};
use super::error::McpError;
use super::listing::{self, ListedTool};
use super::server::McpServer;

/// Delay before the first reconnect. The delay doubles with each failed attempt.
const INITIAL_BACKOFF: Duration = Duration::from_millis(500);

/// Maximum delay before a reconnect. A connection that lasted longer is opened again at once.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// Minimum time between two listings of the tools.
const LIST_INTERVAL: Duration = Duration::from_millis(200);

/// State of a server.
#[derive(Default)]
pub(super) struct ServerState {
    /// Handle to send requests, while the server is connected.
    pub(super) peer: Option<Peer<RoleClient>>,
    /// Number of the latest successful listing.
    pub(super) listing: u64,
    /// Tools of the latest listing.
    pub(super) tools: Vec<Arc<ListedTool>>,
    /// Instructions of the server, cut to a maximum length.
    pub(super) instructions: Option<String>,
    /// Error of the latest attempt to connect.
    pub(super) failure: Option<McpError>,
}

/// Keeps a server connected until the receivers of the state are dropped.
pub(super) struct Supervisor {
    pub(super) server: Arc<McpServer>,
    pub(super) state: watch::Sender<ServerState>,
    /// Requests a new listing of the tools.
    pub(super) check: Arc<Notify>,
    /// Number of listings that have been started.
    pub(super) listings: Arc<AtomicU64>,
}

impl Supervisor {
    pub(super) async fn run(self) {
        let mut attempt = 0;
        loop {
            let start = Instant::now();
            self.run_connection().await;
            if start.elapsed() > MAX_BACKOFF {
                attempt = 0;
            } else {
                attempt += 1;
                let delay = Backoff::new(INITIAL_BACKOFF, MAX_BACKOFF).delay(attempt);
                tokio::select! {
                    () = self.state.closed() => {}
                    () = sleep(delay) => {}
                }
            }
            if self.state.is_closed() {
                return;
            }
        }
    }

    /// Opens a connection, and serves it until it ends.
    async fn run_connection(&self) {
        let server = self.server.name.as_str();
        let connected = tokio::select! {
            () = self.state.closed() => return,
            connected = self.connect() => connected,
        };
        let mut connection = match connected {
            Ok(connection) => connection,
            Err(problem) => return self.report_failure(&problem),
        };
        tracing::info!(server, "mcp server connected");
        let problem = loop {
            tokio::select! {
                () = self.state.closed() => break None,
                () = &mut connection.ended => break Some("connection closed".to_owned()),
                () = self.check.notified() => {
                    if let Err(problem) = self.list_tools(&connection.peer).await {
                        break Some(problem);
                    }
                    sleep(LIST_INTERVAL).await;
                }
            }
        };
        if let Some(problem) = problem {
            tracing::warn!(server, problem, "mcp server disconnected; reconnecting");
            self.state.send_modify(|state| state.peer = None);
        }
        connection.close(server).await;
    }

    async fn connect(&self) -> Result<Connection, String> {
        let connection = connection::connect(&self.server, &self.check).await?;
        self.list_tools(&connection.peer).await?;
        Ok(connection)
    }

    /// Lists the tools, and publishes the new state.
    async fn list_tools(&self, peer: &Peer<RoleClient>) -> Result<(), String> {
        let listing = self.listings.fetch_add(1, Ordering::SeqCst) + 1;
        let tools = connection::list_tools(&self.server, peer).await?;
        let tools = listing::select_tools(&self.server, &tools);
        let instructions = connection::instructions(peer);
        self.state.send_modify(|state| {
            *state = ServerState { peer: Some(peer.clone()), listing, tools, instructions, failure: None };
        });
        Ok(())
    }

    fn report_failure(&self, problem: &str) {
        let failure = McpError::new(&self.server.name, problem);
        // A failure that persists is logged once, a changed failure again: the first reason may be solved and hide another.
        if self.state.borrow().failure.as_ref() != Some(&failure) {
            tracing::warn!(server = self.server.name, problem, "mcp server unavailable; retrying");
        }
        self.state.send_modify(|state| state.failure = Some(failure));
    }
}
