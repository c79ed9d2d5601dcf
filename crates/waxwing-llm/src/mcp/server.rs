//! How a server is reached, and which of its tools are wanted.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use secrecy::SecretString;
use url::Url;

use super::{McpError, McpTools};

/// A server of the Model Context Protocol, and which of its tools are wanted.
///
/// ```no_run
/// # use waxwing_llm::{LlmAgent, ScriptedModel, mcp::McpServer};
/// # async fn example(model: ScriptedModel) -> Result<(), Box<dyn std::error::Error>> {
/// let files = McpServer::stdio("npx", ["-y", "@modelcontextprotocol/server-filesystem", "/srv/menus"])
///     .prefix("files_")
///     .only(["read_file", "list_directory"])
///     .connect()
///     .await?;
/// let agent = LlmAgent::builder("waiter", model).tools_from(files).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct McpServer {
    pub(super) name: String,
    pub(super) way: Way,
    pub(super) prefix: String,
    pub(super) only: Option<Vec<String>>,
    pub(super) except: Vec<String>,
    /// Tools by name, each with its question.
    pub(super) require_approval: Vec<(String, String)>,
    pub(super) connect_timeout: Duration,
    pub(super) list_timeout: Duration,
    pub(super) call_timeout: Duration,
    /// What is wrong with the settings, if anything is.
    invalid: Option<&'static str>,
}

/// How a server is reached.
#[derive(Clone)]
pub(super) enum Way {
    /// A child that speaks over its standard input and output.
    Stdio { command: OsString, args: Vec<OsString>, env: Vec<(OsString, SecretString)>, directory: Option<PathBuf> },
    /// Streamable HTTP.
    Http { url: String, headers: Vec<(HeaderName, HeaderValue)> },
}

impl McpServer {
    /// A server that is a program, started as a child, which speaks over its standard input and output.
    ///
    /// Of the environment it sees what a program needs to run (`PATH`, `HOME`, the language and the like) and what [`env`](Self::env) sets, not the secrets of this process. What
    /// it writes to its standard error goes to the log at `debug`. It is killed when the last of its [`McpTools`] and tools are dropped. Where this process
    /// ends otherwise, and for what it has started itself, its input ends: servers end with that.
    pub fn stdio<A: Into<OsString>>(command: impl Into<OsString>, args: impl IntoIterator<Item = A>) -> Self {
        let command = command.into();
        let name = Path::new(&command).file_stem().unwrap_or(OsStr::new("stdio")).to_string_lossy().into_owned();
        let args = args.into_iter().map(Into::into).collect();
        Self::new(name, Way::Stdio { command, args, env: Vec::new(), directory: None })
    }

    /// A server that is reached over [streamable HTTP](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http). Redirects are not followed.
    pub fn http(url: impl Into<String>) -> Self {
        let url = url.into();
        let parsed = Url::parse(&url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let host = parsed.as_ref().and_then(Url::host_str).map(str::to_owned);
        let invalid = host.is_none().then_some("has a URL that is no address of HTTP or HTTPS");
        let server = Self::new(host.unwrap_or_else(|| "http".into()), Way::Http { url, headers: Vec::new() });
        Self { invalid, ..server }
    }

    fn new(name: String, way: Way) -> Self {
        Self {
            name,
            way,
            prefix: String::new(),
            only: None,
            except: Vec::new(),
            require_approval: Vec::new(),
            connect_timeout: Duration::from_secs(30),
            list_timeout: Duration::from_secs(15),
            call_timeout: Duration::from_mins(1),
            invalid: None,
        }
    }

    /// Sets what it is called in errors and in the log; its program or its host if not set.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets a variable of the environment of a server that is a child; its value may be a secret.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<String>) -> Self {
        match &mut self.way {
            Way::Stdio { env, .. } => env.push((name.into(), SecretString::from(value.into()))),
            Way::Http { .. } => self.invalid = Some("is reached over HTTP: it takes headers, no environment"),
        }
        self
    }

    /// Sets the directory in which a server that is a child runs; that of this process if not set.
    pub fn current_dir(mut self, path: impl Into<PathBuf>) -> Self {
        match &mut self.way {
            Way::Stdio { directory, .. } => *directory = Some(path.into()),
            Way::Http { .. } => self.invalid = Some("is reached over HTTP: it takes headers, no directory"),
        }
        self
    }

    /// Adds a header to each request to a server over HTTP, such as `Authorization`; its value may be a secret.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (&mut self.way, HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Way::Http { headers, .. }, Ok(name), Ok(mut value)) => {
                value.set_sensitive(true);
                headers.push((name, value));
            }
            (Way::Http { .. }, ..) => self.invalid = Some("has a header with characters that no header has"),
            (Way::Stdio { .. }, ..) => self.invalid = Some("is a child: it takes an environment, no headers"),
        }
        self
    }

    /// Puts something before the names of its tools, so that those of two servers do not clash.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Takes these of its tools alone, by the names that the server gives them.
    pub fn only<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.only = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Leaves these of its tools out, by the names that the server gives them.
    pub fn except<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.except.extend(names.into_iter().map(Into::into));
        self
    }

    /// Asks the user this question, in Markdown, before each call of a tool, which goes by the name that the server gives it: see [`RequireApproval`](crate::tool::RequireApproval).
    pub fn require_approval(mut self, tool: impl Into<String>, question: impl Into<String>) -> Self {
        self.require_approval.push((tool.into(), question.into()));
        self
    }

    /// Sets how long it may take to start or reach it and to shake hands; 30 seconds if not set.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long it may take to list its tools; 15 seconds if not set.
    pub fn list_timeout(mut self, timeout: Duration) -> Self {
        self.list_timeout = timeout;
        self
    }

    /// Sets how long a call may take, the wait for a connection included; a minute if not set.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// Checks the settings, without connecting.
    ///
    /// # Errors
    ///
    /// Where one of them cannot be right.
    pub fn validate(&self) -> Result<(), McpError> {
        self.invalid.map_or(Ok(()), |problem| Err(McpError::new(&self.name, problem)))
    }

    /// Connects, and waits until the tools are known.
    ///
    /// # Errors
    ///
    /// Where a setting cannot be right, and where the first attempt fails. Later outages are bridged.
    pub async fn connect(self) -> Result<McpTools, McpError> {
        let tools = self.connect_in_background()?;
        tools.ready().await?;
        Ok(tools)
    }

    /// Begins to connect and returns at once: for programs that should start although the server is down. [`McpTools::tools`] is
    /// empty until it was reached; an agent sees them then if it has them [from their source](crate::LlmAgentBuilder::tools_from).
    ///
    /// # Errors
    ///
    /// Where a setting cannot be right, and outside of a Tokio runtime.
    pub fn connect_in_background(self) -> Result<McpTools, McpError> {
        self.validate()?;
        let runtime = tokio::runtime::Handle::try_current();
        let runtime = runtime.map_err(|_| McpError::new(&self.name, "needs a Tokio runtime"))?;
        Ok(McpTools::open(self, &runtime))
    }
}

/// Shows no secret: neither arguments nor the environment, nor headers, nor an address.
impl fmt::Debug for McpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match &self.way {
            Way::Stdio { .. } => "stdio",
            Way::Http { .. } => "http",
        };
        f.debug_struct("McpServer")
            .field("name", &self.name)
            .field("way", &way)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn settings_are_checked_and_show_no_secret() {
        let http = || McpServer::http("https://user:hunter2@mcp.example/v1?key=s3cret");
        let stdio = || McpServer::stdio("/usr/bin/files.sh", ["--token", "s3cret"]);
        check(http(), "the MCP server \"mcp.example\" needs a Tokio runtime");
        check(stdio().env("TOKEN", "s3cret"), "the MCP server \"files\" needs a Tokio runtime");
        check(http().header("authorization", "Bearer s3cret").name("x"), "the MCP server \"x\" needs");
        check(http().env("TOKEN", "s3cret"), "no environment");
        check(stdio().header("authorization", "s3cret"), "no headers");
        check(http().header("authorization", "s3cret\n"), "no header has");
        check(McpServer::http("file:///s3cret"), "no address of HTTP");
        check(McpServer::http("http://"), "no address of HTTP");
    }
}
