//! One connection to an MCP server.

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

use super::http;
use super::notification_filter::NotificationFilter;
use super::process::{self, ServerProcess};
use super::server::{Endpoint, McpServer};

/// Maximum number of tools of a server. Models cannot choose among so many.
const MAX_TOOLS: usize = 512;

/// Maximum length of the instructions of a server, in bytes. They are a part of each request to a model.
const MAX_INSTRUCTIONS: usize = 8 * 1024;

/// An open connection.
pub(super) struct Connection {
    /// Handle to send requests.
    pub(super) peer: Peer<RoleClient>,
    /// Completes when the connection has ended by itself. Dropping the future ends the connection.
    pub(super) ended: BoxFuture<'static, ()>,
    /// Child process of a stdio server.
    process: Option<ServerProcess>,
}

/// Handler of notifications from the server.
pub(super) struct Handler {
    tools_changed: Arc<Notify>,
}

impl ClientHandler for Handler {
    fn get_info(&self) -> ClientConfig {
        ClientConfig::new(ClientCapabilities::default(), Implementation::new("waxwing", env!("CARGO_PKG_VERSION")))
    }

    async fn on_tool_list_changed(&self, _: NotificationContext<RoleClient>) {
        self.tools_changed.notify_one();
    }
}

/// Opens a connection. `tools_changed` is notified when the server announces a change of its tools.
///
/// # Errors
///
/// Returns a description of the problem that holds no secret.
pub(super) async fn connect(server: &McpServer, tools_changed: &Arc<Notify>) -> Result<Connection, String> {
    match timeout(server.connect_timeout, handshake(server, tools_changed)).await {
        Ok(result) => result,
        Err(_) => Err(format!("not ready after {:?}", server.connect_timeout)),
    }
}

/// Starts with the `initialize` handshake, because older servers may hang up on anything else. A server that rejects it gets a second
/// connection without the handshake, as of protocol version 2026-07-28.
async fn handshake(server: &McpServer, tools_changed: &Arc<Notify>) -> Result<Connection, String> {
    let discover = ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] };
    match open(server, tools_changed, ClientLifecycleMode::Initialize).await {
        Err(HandshakeError::Rejected(_)) => open(server, tools_changed, discover).await,
        result => result,
    }
    .map_err(|error| match error {
        HandshakeError::Rejected(code) => format!("handshake rejected (JSON-RPC error {code})"),
        HandshakeError::Other(problem) => problem,
    })
}

enum HandshakeError {
    /// The server rejected the handshake with this JSON-RPC code.
    Rejected(i32),
    Other(String),
}

async fn open(
    server: &McpServer,
    tools_changed: &Arc<Notify>,
    lifecycle: ClientLifecycleMode,
) -> Result<Connection, HandshakeError> {
    match &server.endpoint {
        Endpoint::Stdio { command, args, env, directory } => {
            let (process, pipes) = process::start(&server.name, command, args, env, directory.as_deref())
                .map_err(|error| HandshakeError::Other(format!("the program cannot be started: {}", error.kind())))?;
            let service = serve(server, pipes, tools_changed, lifecycle).await?;
            Ok(Connection::new(service, Some(process)))
        }
        Endpoint::Http { url, headers, network } => {
            let transport = http::transport(url, headers, *network, server.user_token_signer())
                .map_err(|_| HandshakeError::Other("the TLS library cannot be initialized".into()))?;
            let service = serve(server, transport, tools_changed, lifecycle).await?;
            Ok(Connection::new(service, None))
        }
    }
}

async fn serve<T: Transport<RoleClient> + 'static>(
    server: &McpServer,
    transport: T,
    tools_changed: &Arc<Notify>,
    lifecycle: ClientLifecycleMode,
) -> Result<RunningService<RoleClient, Handler>, HandshakeError> {
    let handler = Handler { tools_changed: tools_changed.clone() };
    serve_client_with_lifecycle(handler, NotificationFilter(transport), lifecycle).await.map_err(|error| {
        tracing::debug!(server = server.name, %error, "mcp handshake failed");
        let closed = || "connection closed during the handshake".into();
        match error {
            ClientInitializeError::JsonRpcError(error) => HandshakeError::Rejected(error.code.0),
            ClientInitializeError::TransportError { error, .. } => {
                let http = error.error.downcast_ref::<http::Error>();
                HandshakeError::Other(http.map_or_else(closed, http::describe))
            }
            ClientInitializeError::ConnectionClosed(_) => HandshakeError::Other(closed()),
            _ => HandshakeError::Other("the server does not speak MCP".into()),
        }
    })
}

impl Connection {
    fn new(service: RunningService<RoleClient, Handler>, process: Option<ServerProcess>) -> Self {
        let peer = service.peer().clone();
        Self { peer, ended: service.waiting().map(drop).boxed(), process }
    }

    /// Closes the connection, and ends the child process if there is one. `server` is the name for the log.
    pub(super) async fn close(self, server: &str) {
        drop(self.ended);
        if let Some(process) = self.process {
            process.end(server).await;
        }
    }
}

/// Returns the instructions that the server gave in the handshake, cut to a maximum length.
pub(super) fn instructions(peer: &Peer<RoleClient>) -> Option<String> {
    let info = peer.peer_info()?;
    let text = info.instructions.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
    Some(text[..text.floor_char_boundary(MAX_INSTRUCTIONS)].to_owned())
}

/// Requests the list of tools.
///
/// # Errors
///
/// Returns a description of the problem that holds no secret.
pub(super) async fn list_tools(server: &McpServer, peer: &Peer<RoleClient>) -> Result<Vec<Tool>, String> {
    match timeout(server.list_timeout, list_pages(server, peer)).await {
        Ok(Ok(tools)) => Ok(tools),
        Ok(Err(error)) => {
            tracing::debug!(server = server.name, %error, "mcp tool listing failed");
            Err("the tools cannot be listed".into())
        }
        Err(_) => Err(format!("no list of tools after {:?}", server.list_timeout)),
    }
}

async fn list_pages(server: &McpServer, peer: &Peer<RoleClient>) -> Result<Vec<Tool>, ServiceError> {
    let mut tools = Vec::new();
    let mut cursor = None;
    loop {
        let mut params = PaginatedRequestParams::default();
        params.cursor = cursor;
        // `Peer::list_tools` may answer from its cache. The request must reach the server, because it also tests the connection.
        let request = ListToolsRequest { params: Some(params), ..ListToolsRequest::default() };
        let options = PeerRequestOptions::with_timeout(server.list_timeout);
        let request = peer.send_request_with_option(ClientRequest::ListToolsRequest(request), options).await?;
        let ServerResult::ListToolsResult(page) = request.await_response().await? else {
            return Err(ServiceError::UnexpectedResponse);
        };
        tools.extend(page.tools);
        if tools.len() > MAX_TOOLS {
            tracing::warn!(server = server.name, MAX_TOOLS, "mcp server lists too many tools; ignoring the rest");
            tools.truncate(MAX_TOOLS);
            return Ok(tools);
        }
        cursor = page.next_cursor;
        if cursor.is_none() {
            return Ok(tools);
        }
    }
}
