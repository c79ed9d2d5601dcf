//! Tools from servers of the [Model Context Protocol](https://modelcontextprotocol.io).
//!
//! [`McpServer`] says how a server is reached, [`McpTools`] is the connection: it keeps itself up, and gives the server's tools as [`Tool`](crate::Tool)s.
//!
//! | what happens | what comes of it |
//! |---|---|
//! | the server cannot be reached at the start | [`McpServer::connect`] fails and names it; [`McpServer::connect_in_background`] goes on trying, and the tools appear when it is there |
//! | it dies, hangs or loses its session | it is connected to again, at once after a long life, else after a wait that doubles up to half a minute |
//! | a tool is called meanwhile | the call waits a while for the connection, then the model reads that the server cannot be reached |
//! | the connection breaks during a call | a repeatable call is made once more, under its key; of any other the model reads that nobody knows whether it took effect |
//! | a call takes too long | the server is told that it is called off, the model reads of it, and a server that does not even list its tools any more is connected to anew |
//! | the server changes its tools | they are listed again when it says so, and whenever it was connected to again |
//!
//! The protocol's library logs under the target `rmcp`, and is best kept out of the log: what matters is logged by this crate.
//!
//! A tool that says of itself that it only reads, or that it may be called twice, is repeatable; any other is called [once](crate::Tool::is_at_most_once), so that a crash
//! does not repeat it. The call's idempotency key travels in its `_meta`, as [`IDEMPOTENCY_KEY`].
//!
//! Results are bounded: 24 MiB a message, of which the user gets at most ten media of 15 MiB together, and the model 64 KiB of text. What goes beyond is left out and said so; a message
//! beyond is as good as none.

mod client;
mod connection;
mod http;
mod listing;
mod notification_filter;
mod process;
mod result;
mod server;
mod tools;

use std::fmt;

pub use server::McpServer;
pub use tools::McpTools;

/// The name under which a call's idempotency key travels in the `_meta` of `tools/call`.
pub const IDEMPOTENCY_KEY: &str = "waxwing/idempotencyKey";

/// The longest message that is taken from a server, in bytes: media of 15 MiB as base64, and some words.
const MAX_MESSAGE: usize = 24 * 1024 * 1024;

/// Why the tools of a server cannot be had.
///
/// Names the server, and shows no secret: neither an address nor an argument nor what the server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpError {
    server: String,
    problem: String,
}

impl McpError {
    fn new(server: &str, problem: impl Into<String>) -> Self {
        Self { server: server.to_owned(), problem: problem.into() }
    }

    /// The name of the server.
    pub fn server(&self) -> &str {
        &self.server
    }
}

impl fmt::Display for McpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the MCP server {:?} {}", self.server, self.problem)
    }
}

impl std::error::Error for McpError {}
