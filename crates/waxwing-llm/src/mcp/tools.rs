//! The tools of a server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use waxwing_agent::AgentError;

use super::client::Link;
use super::listing::Listed;
use super::{McpError, McpServer, result};
use crate::tool::RequireApproval;
use crate::{Tool, ToolContext, ToolOutput, ToolSource, ToolSpec};

/// The tools of a server, over a connection that keeps itself up. Cheap to clone; the connection ends when the last clone and the last tool are dropped.
#[derive(Clone)]
pub struct McpTools {
    link: Arc<Link>,
}

impl McpTools {
    pub(super) fn open(server: McpServer, runtime: &tokio::runtime::Handle) -> Self {
        Self { link: Arc::new(Link::open(server, runtime)) }
    }

    /// The name of the server.
    pub fn server(&self) -> &str {
        &self.link.server
    }

    /// Waits until the server was reached, or could not be. It is tried again in either case.
    ///
    /// # Errors
    ///
    /// What was wrong with the last attempt.
    pub async fn ready(&self) -> Result<(), McpError> {
        self.link.ready().await
    }

    /// Waits until there is news of the server: it was reached, could not be, was lost, or has listed its tools again.
    pub async fn changed(&self) {
        self.link.changed().await;
    }

    /// The tools, as they were last listed: none before the server was reached.
    pub fn tools(&self) -> Vec<Arc<dyn Tool>> {
        let tool = |listed: &Arc<Listed>| -> Arc<dyn Tool> {
            let tool = McpTool { listed: listed.clone(), link: self.link.clone() };
            match &listed.question {
                Some(question) => Arc::new(RequireApproval::new(tool, question)),
                None => Arc::new(tool),
            }
        };
        self.link.state().tools.iter().map(tool).collect()
    }
}

impl ToolSource for McpTools {
    fn tools(&self) -> Vec<Arc<dyn Tool>> {
        Self::tools(self)
    }
}

impl fmt::Debug for McpTools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpTools").field("server", &self.link.server).finish_non_exhaustive()
    }
}

/// A tool of a server.
struct McpTool {
    listed: Arc<Listed>,
    link: Arc<Link>,
}

#[async_trait]
impl Tool for McpTool {
    fn spec(&self) -> &ToolSpec {
        &self.listed.spec
    }

    fn is_at_most_once(&self) -> bool {
        !self.listed.repeatable
    }

    /// The call times itself; this is for what comes after.
    fn timeout(&self) -> Option<Duration> {
        Some(self.link.call_timeout + Duration::from_secs(5))
    }

    async fn call(&self, arguments: Value, ctx: &ToolContext) -> Result<ToolOutput, AgentError> {
        let Value::Object(arguments) = arguments else {
            return Err(AgentError::new("the arguments are not a JSON object"));
        };
        let Listed { name, repeatable, .. } = &*self.listed;
        result::output(self.link.call(name, arguments, ctx.idempotency_key(), *repeatable).await?)
    }
}
