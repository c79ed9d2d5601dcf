//! One connection: made, asked for its tools, ended.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rmcp::model::{
    ClientCapabilities, ClientConfig, ClientRequest, Implementation, ListToolsRequest, PaginatedRequestParams,
    ProtocolVersion, ServerResult, Tool,
};
use rmcp::service::{ClientInitializeError, NotificationContext, PeerRequestOptions, RunningService};
use rmcp::transport::Transport;
use rmcp::{ClientHandler, ClientLifecycleMode, Peer, RoleClient, ServiceError, serve_client_with_lifecycle};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::notification_filter::Quiet;
use super::process::{self, Process};
use super::server::Way;
use super::{McpServer, http};

/// The most tools that are taken from a server; models are at a loss long before.
const MAX_TOOLS: usize = 512;

/// A connection that stands.
pub(super) struct Connection {
    /// The way to make requests.
    pub(super) peer: Peer<RoleClient>,
    /// Comes true when the connection has ended by itself. Dropped, it ends the connection.
    pub(super) ended: BoxFuture<'static, ()>,
    /// The server, if it is a child.
    process: Option<Process>,
}

/// What this side does when the server speaks first.
pub(super) struct Handler {
    changed: Arc<Notify>,
}

impl ClientHandler for Handler {
    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(ClientCapabilities::default(), Implementation::new("waxwing", env!("CARGO_PKG_VERSION")))
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.changed.notify_one();
    }
}

/// Connects; `changed` is notified when the server says that its tools have changed.
///
/// # Errors
///
/// What is wrong, as the end of a sentence about the server.
pub(super) async fn connect(server: &McpServer, changed: &Arc<Notify>) -> Result<Connection, String> {
    match timeout(server.connect_timeout, shake_hands(server, changed)).await {
        Ok(result) => result,
        Err(_) => Err(format!("was not ready after {:?}", server.connect_timeout)),
    }
}

/// Greets as servers have expected it for years, for older ones may hang up on anything else; then, over a new connection, as the version of 2026-07-28 wants it, which has done without a
/// greeting since.
async fn shake_hands(server: &McpServer, changed: &Arc<Notify>) -> Result<Connection, String> {
    let discover = ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] };
    match greet(server, changed, ClientLifecycleMode::Initialize).await {
        Err(Failure::Refused(_)) => greet(server, changed, discover).await,
        result => result,
    }
    .map_err(|failure| match failure {
        Failure::Refused(code) => format!("refused to begin (JSON-RPC error {code})"),
        Failure::Other(problem) => problem,
    })
}

/// How a greeting fails.
enum Failure {
    /// With this code of JSON-RPC: the server is there, and does not know the greeting.
    Refused(i32),
    Other(String),
}

async fn greet(
    server: &McpServer,
    changed: &Arc<Notify>,
    lifecycle: ClientLifecycleMode,
) -> Result<Connection, Failure> {
    match &server.way {
        Way::Stdio { command, args, env, directory } => {
            let (process, pipes) = process::start(&server.name, command, args, env, directory.as_deref())
                .map_err(|error| Failure::Other(format!("cannot be started: {}", error.kind())))?;
            let service = serve(server, pipes, changed, lifecycle).await?;
            Ok(Connection::new(service, Some(process)))
        }
        Way::Http { url, headers } => {
            let transport = http::transport(url, headers)
                .map_err(|_| Failure::Other("needs the TLS library, which cannot be initialised".into()))?;
            let service = serve(server, transport, changed, lifecycle).await?;
            Ok(Connection::new(service, None))
        }
    }
}

async fn serve<T: Transport<RoleClient> + 'static>(
    server: &McpServer,
    transport: T,
    changed: &Arc<Notify>,
    lifecycle: ClientLifecycleMode,
) -> Result<RunningService<RoleClient, Handler>, Failure> {
    let handler = Handler { changed: changed.clone() };
    serve_client_with_lifecycle(handler, Quiet(transport), lifecycle).await.map_err(|error| {
        tracing::debug!(server = server.name, %error, "an MCP server did not shake hands");
        match error {
            ClientInitializeError::JsonRpcError(error) => Failure::Refused(error.code.0),
            ClientInitializeError::TransportError { error, .. } => {
                let http = error.error.downcast_ref::<http::Error>();
                Failure::Other(http.map_or_else(|| "hung up at once".into(), http::in_words))
            }
            ClientInitializeError::ConnectionClosed(_) => Failure::Other("hung up at once".into()),
            _ => Failure::Other("does not speak the protocol".into()),
        }
    })
}

impl Connection {
    fn new(service: RunningService<RoleClient, Handler>, process: Option<Process>) -> Self {
        let peer = service.peer().clone();
        Self { peer, ended: service.waiting().map(drop).boxed(), process }
    }

    /// Ends the connection, and the server if it is a child.
    pub(super) async fn end(self, server: &str) {
        drop(self.ended);
        if let Some(process) = self.process {
            process.end(server).await;
        }
    }
}

/// Asks for the tools.
///
/// # Errors
///
/// What is wrong, as the end of a sentence about the server.
pub(super) async fn list(server: &McpServer, peer: &Peer<RoleClient>) -> Result<Vec<Tool>, String> {
    match timeout(server.list_timeout, list_pages(server, peer)).await {
        Ok(Ok(tools)) => Ok(tools),
        Ok(Err(error)) => {
            tracing::debug!(server = server.name, %error, "an MCP server did not list its tools");
            Err("does not list its tools".into())
        }
        Err(_) => Err(format!("did not list its tools within {:?}", server.list_timeout)),
    }
}

async fn list_pages(server: &McpServer, peer: &Peer<RoleClient>) -> Result<Vec<Tool>, ServiceError> {
    let mut tools = Vec::new();
    let mut cursor = None;
    loop {
        let mut params = PaginatedRequestParams::default();
        params.cursor = cursor;
        // `Peer::list_tools` might answer from its cache, and this is also how a connection is tried.
        let request = ListToolsRequest { params: Some(params), ..ListToolsRequest::default() };
        let options = PeerRequestOptions::with_timeout(server.list_timeout);
        let request = peer.send_request_with_option(ClientRequest::ListToolsRequest(request), options).await?;
        let ServerResult::ListToolsResult(page) = request.await_response().await? else {
            return Err(ServiceError::UnexpectedResponse);
        };
        tools.extend(page.tools);
        if tools.len() > MAX_TOOLS {
            tracing::warn!(
                server = server.name,
                MAX_TOOLS,
                "an MCP server has too many tools: the others are left out"
            );
            tools.truncate(MAX_TOOLS);
            return Ok(tools);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(tools);
        }
    }
}
