//! Tools of a connected MCP server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use waxwing_agent::AgentError;

use super::client::McpClient;
use super::error::McpError;
use super::listing::ListedTool;
use super::server::McpServer;
use super::{pinned_argument, result};
use crate::{Tool, ToolContext, ToolOutput, ToolSource, ToolSpec};

/// Tools of an MCP server, over a connection that reconnects by itself.
///
/// Cheap to clone. The connection ends when the last clone and the last tool are dropped.
#[derive(Clone)]
pub struct McpTools {
    client: Arc<McpClient>,
}

impl McpServer {
    /// Connects, and waits until the tools are listed.
    ///
    /// # Errors
    ///
    /// Returns an error if a setting is invalid, if the first attempt to connect fails, or outside of a Tokio runtime. After the first
    /// connection, the connection reconnects by itself.
    pub async fn connect(self) -> Result<McpTools, McpError> {
        let tools = self.connect_in_background()?;
        tools.ready().await?;
        Ok(tools)
    }

    /// Starts to connect in the background and returns at once, so that a program can start while the server is down.
    ///
    /// [`McpTools::tools`] is empty until the server is reachable. An agent sees the tools from then on if it was given
    /// [the source](crate::LlmAgentBuilder::tools_from).
    ///
    /// # Errors
    ///
    /// Returns an error if a setting is invalid, or outside of a Tokio runtime.
    pub fn connect_in_background(self) -> Result<McpTools, McpError> {
        self.validate()?;
        let runtime = tokio::runtime::Handle::try_current();
        let runtime = runtime.map_err(|_| McpError::new(&self.name, "no Tokio runtime; connect from async code"))?;
        Ok(McpTools { client: Arc::new(McpClient::start(self, &runtime)) })
    }
}

impl McpTools {
    /// Returns the name of the server.
    pub fn server(&self) -> &str {
        &self.client.settings.name
    }

    /// Waits until the first attempt to connect has succeeded or failed. After a failure, the connection keeps trying.
    ///
    /// # Errors
    ///
    /// Returns the error of the latest attempt.
    pub async fn ready(&self) -> Result<(), McpError> {
        self.client.ready().await
    }

    /// Waits until the state of the server changes: connected, not reachable, disconnected, or tools listed again.
    pub async fn changed(&self) {
        self.client.changed().await;
    }

    /// Returns the tools that the server listed last. Empty until the server is reachable.
    pub fn tools(&self) -> Vec<Arc<dyn Tool>> {
        let tool = |listed: &Arc<ListedTool>| -> Arc<dyn Tool> {
            Arc::new(McpTool { listed: listed.clone(), client: self.client.clone() })
        };
        self.client.tools().iter().map(tool).collect()
    }
}

impl ToolSource for McpTools {
    fn tools(&self) -> Vec<Arc<dyn Tool>> {
        Self::tools(self)
    }

    fn name(&self) -> Option<&str> {
        Some(self.server())
    }

    fn instructions(&self) -> Option<String> {
        self.client.instructions()
    }
}

impl fmt::Debug for McpTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpTools").field("server", &self.client.settings.name).finish_non_exhaustive()
    }
}

struct McpTool {
    listed: Arc<ListedTool>,
    client: Arc<McpClient>,
}

#[async_trait]
impl Tool for McpTool {
    fn spec(&self) -> &ToolSpec {
        &self.listed.spec
    }

    fn is_at_most_once(&self) -> bool {
        !self.listed.is_idempotent
    }

    /// Returns a timeout that is longer than that of the client, because it includes the conversion of the result.
    fn timeout(&self) -> Option<Duration> {
        Some(self.client.settings.call_timeout + Duration::from_secs(5))
    }

    /// Returns a question without pinned arguments: the user does not decide about them.
    fn approval_prompt(&self, arguments: &Value) -> Option<String> {
        let question = self.listed.approval_question.as_ref()?;
        let mut arguments = arguments.clone();
        if let Some(object) = arguments.as_object_mut() {
            pinned_argument::strip(&self.client.settings.pinned, object);
        }
        Some(question.render(&arguments))
    }

    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        let Value::Object(arguments) = arguments else {
            return Err(AgentError::new("the arguments are not a JSON object"));
        };
        result::output(self.client.call(&self.listed, arguments, ctx).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_network::PlainHttpRefused;

    #[track_caller]
    fn check(server: McpServer, expected: &str) {
        let shown = format!("{server:?}");
        for secret in ["s3cret", "hunter2"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        let error = server.connect_in_background().unwrap_err().to_string();
        assert!(error.contains(expected) && !error.contains("s3cret"), "{error}");
    }

    #[test]
    fn settings_are_validated_and_show_no_secret() {
        let http = || McpServer::http("https://user:hunter2@mcp.example/v1?key=s3cret");
        let stdio = || McpServer::stdio("/usr/bin/files.sh", ["--token", "s3cret"]);
        check(http(), "MCP server \"mcp.example\": no Tokio runtime");
        check(stdio().env("TOKEN", "s3cret"), "MCP server \"files\": no Tokio runtime");
        check(http().header("authorization", "Bearer s3cret").name("x"), "MCP server \"x\": no Tokio runtime");
        check(http().env("TOKEN", "s3cret"), "an HTTP server has no environment");
        check(stdio().header("authorization", "s3cret"), "a stdio server has no headers");
        check(http().header("authorization", "s3cret\n"), "invalid header");
        check(McpServer::http("file:///s3cret"), "invalid URL");
        check(http().tell_user(), "`tell_user` needs `user_secret`");
        check(http().tell_user().user_secret("s3cret"), "too short");
        check(http().user_secret("s3cret".repeat(6)), "no effect without `tell_user`");
        check(stdio().tell_user().user_secret("s3cret".repeat(6)), "a stdio server needs no `user_secret`");
        check(stdio().tell_user().pin_argument("phone", "${user.fax}"), "unknown placeholder `${user.fax}`");
        let plain = McpServer::http("http://mcp.example/v1").tell_user().user_secret("s3cret".repeat(6));
        check(plain, PlainHttpRefused::MESSAGE);
        check(McpServer::http("http://"), "invalid URL");
    }
}
