//! Tool calls over the current connection to an MCP server.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, JsonObject, RequestMetaObject};
use rmcp::{Peer, RoleClient, ServiceError};
use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;
use waxwing_agent::AgentError;

use super::error::McpError;
use super::identity::CallUser;
use super::listing::ListedTool;
use super::server::McpServer;
use super::supervisor::{ServerState, Supervisor};
use super::{IDEMPOTENCY_KEY, USER, http, pinned_argument};
use crate::ToolContext;

/// Maximum time that a call waits for a connection. A call never waits longer than half of its timeout.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// Message for the model if a call was certainly not made.
const UNREACHABLE: &str = "the server of this tool cannot be reached at the moment";

/// Client of a server. When the client is dropped, the connection ends.
pub(super) struct McpClient {
    pub(super) settings: Arc<McpServer>,
    state: watch::Receiver<ServerState>,
    /// Requests a new listing of the tools, which also shows whether the server still responds.
    check: Arc<Notify>,
    /// Number of listings that have been started.
    listings: Arc<AtomicU64>,
}

impl McpClient {
    /// Starts a supervisor that connects in the background.
    pub(super) fn start(server: McpServer, runtime: &tokio::runtime::Handle) -> Self {
        let (sender, state) = watch::channel(ServerState::default());
        let (check, listings) = (Arc::new(Notify::new()), Arc::new(AtomicU64::new(0)));
        let server = Arc::new(server);
        let client = Self { settings: server.clone(), state, check: check.clone(), listings: listings.clone() };
        runtime.spawn(async move { Supervisor { server, state: sender, check, listings }.run().await });
        client
    }

    /// Returns the tools that the server listed last.
    pub(super) fn tools(&self) -> Vec<Arc<ListedTool>> {
        self.state.borrow().tools.clone()
    }

    /// Returns the instructions that the server gave when it was last connected.
    pub(super) fn instructions(&self) -> Option<String> {
        self.state.borrow().instructions.clone()
    }

    /// Waits until the first attempt to connect has succeeded or failed.
    pub(super) async fn ready(&self) -> Result<(), McpError> {
        let mut state = self.state.clone();
        let is_known = |state: &ServerState| state.peer.is_some() || state.failure.is_some();
        let gone = || McpError::new(&self.settings.name, "its Tokio runtime has ended");
        let state = state.wait_for(is_known).await.map_err(|_| gone())?;
        match &state.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }

    /// Waits until the state of the server changes. Waits forever if the runtime of the supervisor has ended.
    pub(super) async fn changed(&self) {
        let mut state = self.state.clone();
        state.mark_unchanged();
        if state.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Calls a tool. If the connection breaks during the call, a call of an idempotent tool is repeated once.
    pub(super) async fn call(
        &self,
        tool: &ListedTool,
        mut arguments: JsonObject,
        ctx: &ToolContext,
    ) -> Result<CallToolResult, AgentError> {
        let user = CallUser::of(ctx);
        pinned_argument::apply(&self.settings.pinned, &tool.pinned, &user, &mut arguments)?;
        let mut params = CallToolRequestParams::new(tool.name.clone()).with_arguments(arguments);
        let mut meta = RequestMetaObject::new();
        meta.0.insert(IDEMPOTENCY_KEY.to_owned(), Value::String(ctx.idempotency_key().as_str().to_owned()));
        if self.settings.tells_user {
            meta.0.insert(USER.to_owned(), user.to_meta());
        }
        params.meta = Some(meta);
        let time = self.settings.call_timeout;
        timeout(time, self.attempt(params, tool.is_idempotent)).await.unwrap_or_else(|_| {
            self.check.notify_one();
            Err(AgentError::new(format!("no result after {time:?}; the outcome of the call is unknown")))
        })
    }

    async fn attempt(&self, params: CallToolRequestParams, is_idempotent: bool) -> Result<CallToolResult, AgentError> {
        let lost = match outcome(self.peer(0).await?.call_tool_once(params.clone()).await) {
            Ok(result) => return result,
            Err(lost) => lost,
        };
        self.check.notify_one();
        if lost.is_refused || !is_idempotent && lost.may_have_arrived {
            return Err(lost.into_error());
        }
        // A listing that has already been started may have used the broken connection.
        let started = self.listings.load(Ordering::SeqCst);
        outcome(self.peer(started + 1).await?.call_tool_once(params).await).unwrap_or_else(|lost| {
            self.check.notify_one();
            Err(lost.into_error())
        })
    }

    /// Waits for a connection over which this listing or a later one succeeded.
    async fn peer(&self, listing: u64) -> Result<Peer<RoleClient>, AgentError> {
        let mut state = self.state.clone();
        let is_up = |state: &ServerState| state.listing >= listing && state.peer.is_some();
        let max_wait = MAX_WAIT.min(self.settings.call_timeout / 2);
        let state = timeout(max_wait, state.wait_for(is_up)).await.ok().and_then(Result::ok);
        let peer = state.and_then(|state| state.peer.clone());
        peer.ok_or_else(|| AgentError::new(UNREACHABLE))
    }
}

/// The connection broke during a call, or the response was not readable.
struct ConnectionLost {
    /// False if the tool certainly did not run.
    may_have_arrived: bool,
    /// True if the server refused the session, also the one that the transport has opened in its place.
    is_refused: bool,
}

impl ConnectionLost {
    fn into_error(self) -> AgentError {
        AgentError::new(if self.may_have_arrived {
            "the connection to the server broke; the outcome of the call is unknown"
        } else {
            UNREACHABLE
        })
    }
}

fn outcome(
    response: Result<CallToolResponse, ServiceError>,
) -> Result<Result<CallToolResult, AgentError>, ConnectionLost> {
    match response {
        Ok(CallToolResponse::Complete(result)) => Ok(Ok(result)),
        Ok(_) => Ok(Err(AgentError::new("the tool asks for interactive input, which is not supported"))),
        // The message of the server is for the model, which reads the source. The log shows only the error.
        Err(ServiceError::McpError(error)) => {
            Ok(Err(AgentError::new("the mcp server rejected a call").with_source(error.message.into_owned())))
        }
        Err(ServiceError::TransportSend(error)) => {
            let error = error.error.downcast_ref::<http::Error>();
            let is_refused = error.is_some_and(http::is_session_refused);
            let is_unsent = error.is_some_and(http::is_unsent);
            Err(ConnectionLost { may_have_arrived: !is_unsent && !is_refused, is_refused })
        }
        Err(_) => Err(ConnectionLost { may_have_arrived: true, is_refused: false }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rmcp::transport::{DynamicTransportError, StreamableHttpClientTransport};

    type Transport = StreamableHttpClientTransport<http::Client>;

    #[tokio::test]
    async fn a_request_without_a_connection_surely_did_not_arrive() {
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", closed.local_addr().unwrap());
        drop(closed);
        let unsent = http::Error::Client(reqwest::get(url).await.unwrap_err());
        let refused = http::Error::SessionExpired;
        let broken = http::Error::UnexpectedEndOfStream;
        for (error, expected) in [(unsent, (false, false)), (refused, (false, true)), (broken, (true, false))] {
            let error = ServiceError::TransportSend(DynamicTransportError::new::<Transport, RoleClient>(error));
            let lost = outcome(Err(error)).err().map(|lost| (lost.may_have_arrived, lost.is_refused));
            assert_eq!(lost, Some(expected));
        }
    }
}
