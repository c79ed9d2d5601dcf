//! What keeps a connection up, and what calls are made over.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, JsonObject, RequestMetaObject};
use rmcp::{Peer, RoleClient, ServiceError};
use serde_json::Value;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, timeout};
use waxwing_agent::{AgentError, IdempotencyKey};
use waxwing_backoff::Backoff;

use super::connection::{self, Connection};
use super::listing::{self, Listed};
use super::{IDEMPOTENCY_KEY, McpError, McpServer, http};

/// How long a call waits for a connection that is being made anew; half of its time at most.
const OUTAGE: Duration = Duration::from_secs(10);

/// Delay before the first attempt to connect again; doubled with each further attempt.
const RECONNECT_DELAY: Duration = Duration::from_millis(500);

/// Longest delay before an attempt to connect. A connection that lasted longer than this is connected again at once.
const MAX_RECONNECT_DELAY: Duration = Duration::from_secs(30);

/// The least time between two times that the tools are listed.
const PAUSE: Duration = Duration::from_millis(200);

/// What the model reads where a call was surely not made.
const UNREACHABLE: &str = "the server of this tool cannot be reached at the moment";

/// What is known of a server at a time.
#[derive(Default)]
pub(super) struct State {
    /// The way to it, while it can be reached.
    peer: Option<Peer<RoleClient>>,
    /// Which listing of its tools was the last to succeed.
    listing: u64,
    /// Its tools, when they were last listed.
    pub(super) tools: Vec<Arc<Listed>>,
    /// Why it cannot be reached.
    failure: Option<McpError>,
}

/// The way to a server for its tools. When nobody holds it any more, the connection ends.
pub(super) struct Link {
    pub(super) server: String,
    pub(super) call_timeout: Duration,
    state: watch::Receiver<State>,
    /// Asks for the tools to be listed again, which shows whether the server still answers.
    check: Arc<Notify>,
    /// How many listings have begun.
    listings: Arc<AtomicU64>,
}

impl Link {
    /// Begins to connect.
    pub(super) fn open(server: McpServer, runtime: &tokio::runtime::Handle) -> Self {
        let (sender, state) = watch::channel(State::default());
        let (check, listings) = (Arc::new(Notify::new()), Arc::new(AtomicU64::new(0)));
        let link = Self {
            server: server.name.clone(),
            call_timeout: server.call_timeout,
            state,
            check: check.clone(),
            listings: listings.clone(),
        };
        runtime.spawn(async move { Keeper { server, state: sender, check, listings }.run().await });
        link
    }

    pub(super) fn state(&self) -> watch::Ref<'_, State> {
        self.state.borrow()
    }

    /// Waits until the server was reached, or could not be.
    pub(super) async fn ready(&self) -> Result<(), McpError> {
        let mut state = self.state.clone();
        let is_known = |state: &State| state.peer.is_some() || state.failure.is_some();
        let gone = || McpError::new(&self.server, "was given up, since its runtime has ended");
        let state = state.wait_for(is_known).await.map_err(|_| gone())?;
        match &state.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }

    /// Waits for news of the server.
    pub(super) async fn changed(&self) {
        let mut state = self.state.clone();
        state.mark_unchanged();
        // Without its runtime there will be no more news.
        if state.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Calls a tool. One that is `repeatable` is called again if the connection breaks meanwhile.
    pub(super) async fn call(
        &self,
        tool: &str,
        arguments: JsonObject,
        key: &IdempotencyKey,
        repeatable: bool,
    ) -> Result<CallToolResult, AgentError> {
        let mut params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        let mut meta = RequestMetaObject::new();
        meta.0.insert(IDEMPOTENCY_KEY.to_owned(), Value::String(key.as_str().to_owned()));
        params.meta = Some(meta);
        timeout(self.call_timeout, self.attempts(params, repeatable)).await.unwrap_or_else(|_| {
            self.check.notify_one();
            let time = self.call_timeout;
            Err(AgentError::new(format!("no result after {time:?}; nobody knows whether the call took effect")))
        })
    }

    async fn attempts(&self, params: CallToolRequestParams, repeatable: bool) -> Result<CallToolResult, AgentError> {
        let broken = match outcome(self.peer(0).await?.call_tool_once(params.clone()).await) {
            Ok(result) => return result,
            Err(broken) => broken,
        };
        self.check.notify_one();
        if !repeatable && broken.may_be_made {
            return Err(broken.into_error());
        }
        // A listing that had begun by now may have succeeded over the connection that broke.
        let begun = self.listings.load(Ordering::SeqCst);
        outcome(self.peer(begun + 1).await?.call_tool_once(params).await).unwrap_or_else(|broken| {
            self.check.notify_one();
            Err(broken.into_error())
        })
    }

    /// The way to a server that has answered this listing, or a later one.
    async fn peer(&self, listing: u64) -> Result<Peer<RoleClient>, AgentError> {
        let mut state = self.state.clone();
        let is_up = |state: &State| state.listing >= listing && state.peer.is_some();
        let outage = OUTAGE.min(self.call_timeout / 2);
        let state = timeout(outage, state.wait_for(is_up)).await.ok().and_then(Result::ok);
        let peer = state.and_then(|state| state.peer.clone());
        peer.ok_or_else(|| AgentError::new(UNREACHABLE))
    }
}

/// The connection broke, or what came is no answer.
struct Broken {
    /// Whether the call may have reached the server.
    may_be_made: bool,
}

impl Broken {
    fn into_error(self) -> AgentError {
        AgentError::new(if self.may_be_made {
            "the connection to the server broke; nobody knows whether the call took effect"
        } else {
            UNREACHABLE
        })
    }
}

fn outcome(answer: Result<CallToolResponse, ServiceError>) -> Result<Result<CallToolResult, AgentError>, Broken> {
    match answer {
        Ok(CallToolResponse::Complete(result)) => Ok(Ok(result)),
        Ok(_) => Ok(Err(AgentError::new("the tool asks for something that only a person at a desk could give it"))),
        // The server's words are for the model: it reads the source, and the log does not show it.
        Err(ServiceError::McpError(error)) => {
            Ok(Err(AgentError::new("an MCP server refused a call").with_source(error.message.into_owned())))
        }
        Err(ServiceError::TransportSend(error)) => {
            let is_unsent = error.error.downcast_ref::<http::Error>().is_some_and(http::is_unsent);
            Err(Broken { may_be_made: !is_unsent })
        }
        Err(_) => Err(Broken { may_be_made: true }),
    }
}

/// Connects, and connects again, for as long as somebody holds the [`Link`].
struct Keeper {
    server: McpServer,
    state: watch::Sender<State>,
    check: Arc<Notify>,
    listings: Arc<AtomicU64>,
}

impl Keeper {
    async fn run(self) {
        let mut attempt = 0;
        loop {
            let since = Instant::now();
            self.live().await;
            if since.elapsed() > MAX_RECONNECT_DELAY {
                attempt = 0;
            } else {
                attempt += 1;
                let delay = Backoff::new(RECONNECT_DELAY, MAX_RECONNECT_DELAY).delay(attempt);
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

    /// One connection, from its beginning to its end.
    async fn live(&self) {
        let name = self.server.name.as_str();
        let connected = tokio::select! {
            () = self.state.closed() => return,
            connected = self.connect() => connected,
        };
        let mut connection = match connected {
            Ok(connection) => connection,
            Err(problem) => return self.fail(&problem),
        };
        tracing::info!(server = name, "connected to an MCP server");
        let problem = loop {
            tokio::select! {
                () = self.state.closed() => break None,
                () = &mut connection.ended => break Some("hung up".to_owned()),
                () = self.check.notified() => {
                    if let Err(problem) = self.list(&connection.peer).await {
                        break Some(problem);
                    }
                    sleep(PAUSE).await;
                }
            }
        };
        if let Some(problem) = problem {
            tracing::warn!(server = name, problem, "an MCP server is gone; connecting again");
            self.state.send_modify(|state| state.peer = None);
        }
        connection.end(name).await;
    }

    async fn connect(&self) -> Result<Connection, String> {
        let connection = connection::connect(&self.server, &self.check).await?;
        self.list(&connection.peer).await?;
        Ok(connection)
    }

    /// Has the tools listed, and lets everybody know.
    async fn list(&self, peer: &Peer<RoleClient>) -> Result<(), String> {
        let listing = self.listings.fetch_add(1, Ordering::SeqCst) + 1;
        let tools = connection::list(&self.server, peer).await?;
        let tools = listing::listed(&self.server, &tools);
        self.state.send_modify(|state| {
            *state = State { peer: Some(peer.clone()), listing, tools, failure: None };
        });
        Ok(())
    }

    fn fail(&self, problem: &str) {
        let failure = McpError::new(&self.server.name, problem);
        if self.state.borrow().failure.is_none() {
            tracing::warn!(server = self.server.name, problem, "an MCP server cannot be used; trying again");
        }
        self.state.send_modify(|state| state.failure = Some(failure));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rmcp::transport::{DynamicTransportError, StreamableHttpClientTransport};

    type Transport = StreamableHttpClientTransport<http::Client>;

    #[tokio::test]
    async fn a_call_that_never_left_was_surely_not_made() {
        let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", nobody.local_addr().unwrap());
        drop(nobody);
        let unsent = http::Error::Client(reqwest::get(url).await.unwrap_err());
        for (error, expected) in [(unsent, false), (http::Error::UnexpectedEndOfStream, true)] {
            let error = ServiceError::TransportSend(DynamicTransportError::new::<Transport, RoleClient>(error));
            assert_eq!(outcome(Err(error)).err().map(|broken| broken.may_be_made), Some(expected));
        }
    }
}
