//! Error of an MCP server.

use std::fmt;

/// Error of a connection to an MCP server, or of its settings.
///
/// The message names the server. It holds no URL, no argument and no text of the server, because these may contain secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct McpError {
    server: String,
    problem: String,
}

impl McpError {
    pub(super) fn new(server: &str, problem: impl Into<String>) -> Self {
        Self { server: server.to_owned(), problem: problem.into() }
    }

    /// Returns the name of the server.
    pub fn server(&self) -> &str {
        &self.server
    }
}

impl fmt::Display for McpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MCP server {:?}: {}", self.server, self.problem)
    }
}

impl std::error::Error for McpError {}
