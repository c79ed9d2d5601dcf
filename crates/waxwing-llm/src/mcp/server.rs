//! Settings of an MCP server.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;
use waxwing_network::{NetworkPolicy, PlainHttpRefused};

use super::error::McpError;
use super::pinned_argument::PinnedArgument;
use super::user_token::{MIN_SECRET, UserTokenSigner};

/// Settings of an MCP server: how to connect, and which tools to use.
///
/// ```no_run
/// use waxwing_llm::{LlmAgent, Provider, mcp::McpServer};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let files = McpServer::stdio("npx", ["-y", "@modelcontextprotocol/server-filesystem", "/srv/menus"])
///     .prefix("files_")
///     .only(["read_file", "list_directory"])
///     .connect()
///     .await?;
/// let model = Provider::openai("sk-...").model("gpt-5-mini")?;
/// let agent = LlmAgent::builder("waiter", model).tools_from(files).build()?;
/// # Ok(())
/// # }
/// ```
///
/// With [`connect_in_background`](Self::connect_in_background), an agent works while the server is down:
///
/// ```
/// use waxwing_agent::{Agent as _, Reply, RunContext};
/// use waxwing_llm::{LlmAgent, ScriptedModel, mcp::McpServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), waxwing_agent::AgentError> {
/// let menu = McpServer::http("http://127.0.0.1:9/mcp").name("menu").connect_in_background()?;
/// let agent = LlmAgent::builder("waiter", ScriptedModel::new(["Hello!"])).tools_from(menu.clone()).build()?;
/// assert_eq!(menu.ready().await.unwrap_err().to_string(), "MCP server \"menu\": connection failed");
/// let reply = agent.run("Hi".into(), &RunContext::in_memory("34600000000")).await?;
/// assert_eq!(reply, Reply::markdown("Hello!"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct McpServer {
    pub(super) name: String,
    pub(super) endpoint: Endpoint,
    pub(super) prefix: String,
    pub(super) only: Option<Vec<String>>,
    pub(super) except: Vec<String>,
    /// Names of tools that need approval, each with its question.
    pub(super) approvals: Vec<(String, String)>,
    /// Arguments that the model neither sees nor sets.
    pub(super) pinned: Vec<PinnedArgument>,
    /// Whether each call names the user.
    pub(super) tells_user: bool,
    /// Signs the identity of the user for an HTTP server.
    user_secret: Option<SecretString>,
    pub(super) connect_timeout: Duration,
    pub(super) list_timeout: Duration,
    pub(super) call_timeout: Duration,
    /// Description of the last invalid setting.
    invalid: Option<Cow<'static, str>>,
}

/// How to reach a server.
#[derive(Clone)]
pub(super) enum Endpoint {
    /// A child process that communicates over standard input and output.
    Stdio { command: OsString, args: Vec<OsString>, env: Vec<(OsString, SecretString)>, directory: Option<PathBuf> },
    /// Streamable HTTP.
    Http { url: String, headers: Vec<(HeaderName, HeaderValue)>, network: NetworkPolicy },
}

impl McpServer {
    /// Uses a server that is started as a child process and communicates over standard input and output.
    ///
    /// The process inherits only the environment variables that programs need to run, such as `PATH`, `HOME` and `LANG`. [`env`](Self::env)
    /// adds others. The standard error of the process is logged at `debug`. The process is killed when the last
    /// [`McpTools`](super::McpTools) and the last tool are dropped. If this program ends in another way, the standard input of the process
    /// is closed, upon which MCP servers exit.
    pub fn stdio<A: Into<OsString>>(command: impl Into<OsString>, args: impl IntoIterator<Item = A>) -> Self {
        let command = command.into();
        let name = Path::new(&command).file_stem().unwrap_or(OsStr::new("stdio")).to_string_lossy().into_owned();
        let args = args.into_iter().map(Into::into).collect();
        Self::new(name, Endpoint::Stdio { command, args, env: Vec::new(), directory: None })
    }

    /// Uses a server over [streamable HTTP](https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http).
    /// Redirects are not followed.
    pub fn http(url: impl Into<String>) -> Self {
        let url = url.into();
        let parsed = Url::parse(&url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let host = parsed.as_ref().and_then(Url::host_str).map(str::to_owned);
        let invalid =
            host.is_none().then_some("invalid URL; it must start with http:// or https:// and have a host".into());
        let endpoint = Endpoint::Http { url, headers: Vec::new(), network: NetworkPolicy::default() };
        Self { invalid, ..Self::new(host.unwrap_or_else(|| "http".into()), endpoint) }
    }

    fn new(name: String, endpoint: Endpoint) -> Self {
        Self {
            name,
            endpoint,
            prefix: String::new(),
            only: None,
            except: Vec::new(),
            approvals: Vec::new(),
            pinned: Vec::new(),
            tells_user: false,
            user_secret: None,
            connect_timeout: Duration::from_secs(30),
            list_timeout: Duration::from_secs(15),
            call_timeout: Duration::from_mins(1),
            invalid: None,
        }
    }

    /// Sets the name of the server for errors and logs. Default: the name of the program, or the host.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets an environment variable of the child process. The value may be a secret. For stdio servers only.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<String>) -> Self {
        match &mut self.endpoint {
            Endpoint::Stdio { env, .. } => env.push((name.into(), SecretString::from(value.into()))),
            Endpoint::Http { .. } => {
                self.invalid = Some("an HTTP server has no environment; set headers instead".into());
            }
        }
        self
    }

    /// Sets the working directory of the child process. Default: the directory of this process. For stdio servers only.
    pub fn current_dir(mut self, path: impl Into<PathBuf>) -> Self {
        match &mut self.endpoint {
            Endpoint::Stdio { directory, .. } => *directory = Some(path.into()),
            Endpoint::Http { .. } => self.invalid = Some("an HTTP server has no working directory".into()),
        }
        self
    }

    /// Adds a header to each request, such as `Authorization`. The value may be a secret. For HTTP servers only.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        match (&mut self.endpoint, HeaderName::try_from(name), HeaderValue::try_from(value)) {
            (Endpoint::Http { headers, .. }, Ok(name), Ok(mut value)) => {
                value.set_sensitive(true);
                headers.push((name, value));
            }
            (Endpoint::Http { .. }, ..) => {
                self.invalid = Some("invalid header; a name or a value has invalid characters".into());
            }
            (Endpoint::Stdio { .. }, ..) => {
                self.invalid = Some("a stdio server has no headers; set environment variables instead".into());
            }
        }
        self
    }

    /// Sets the policy of proxies and plain HTTP. By default, a server on this machine is reached without a proxy, and other hosts get
    /// headers over HTTPS only. Has no effect on stdio servers.
    pub fn network(mut self, policy: NetworkPolicy) -> Self {
        if let Endpoint::Http { network, .. } = &mut self.endpoint {
            *network = policy;
        }
        self
    }

    /// Sets a prefix for the tool names, so that the names of two servers do not collide.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Uses only these tools. The names are those of the server, without the prefix.
    pub fn only<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.only = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Leaves out these tools. The names are those of the server, without the prefix.
    pub fn except<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.except.extend(names.into_iter().map(Into::into));
        self
    }

    /// Asks the user for approval before each call of a tool. `tool` is the name that the server gives, and `question` is Markdown: see
    /// [`RequireApproval`](crate::RequireApproval).
    pub fn require_approval(mut self, tool: impl Into<String>, question: impl Into<String>) -> Self {
        self.approvals.push((tool.into(), question.into()));
        self
    }

    /// Tells the server for which user a tool is called: each call has the object [`USER`](super::USER) in its `_meta`. The identity comes
    /// from the engine, so a message of the user or a text of the model cannot change it.
    ///
    /// An HTTP server also needs a [secret](Self::user_secret), because other programs may reach it.
    pub fn tell_user(mut self) -> Self {
        self.tells_user = true;
        self
    }

    /// Sets the secret that the server shares with this program, at least 32 bytes. Each call has the header
    /// [`USER_TOKEN_HEADER`](super::USER_TOKEN_HEADER) with a JSON Web Token about the user, signed with HMAC-SHA256 (`HS256`) and valid
    /// for one minute. For HTTP servers with [`tell_user`](Self::tell_user).
    pub fn user_secret(mut self, secret: impl Into<SecretString>) -> Self {
        self.user_secret = Some(secret.into());
        self
    }

    /// Sets an argument in each call of a tool that has it. The model does not see the argument, and a value of the model is ignored.
    ///
    /// A string may contain facts about the user: `${user.id}`, `${user.name}`, `${user.username}`, `${user.phone}` (digits with country code)
    /// and `${user.bsuid}`. `${business.number}` is the phone number that the user writes to. If a fact is not known, such as the phone number
    /// of a user who hides it, the tool is not called, and the model is told why.
    pub fn pin_argument(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        match PinnedArgument::new(name, value.into()) {
            Ok(argument) => self.pinned.push(argument),
            Err(problem) => self.invalid = Some(problem.into()),
        }
        self
    }

    /// Sets the timeout for starting the process or connecting, including the handshake. Default: 30 seconds.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets the timeout for listing the tools. Default: 15 seconds.
    pub fn list_timeout(mut self, timeout: Duration) -> Self {
        self.list_timeout = timeout;
        self
    }

    /// Sets the timeout of a tool call, including the wait for a connection. Default: one minute.
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// Validates the settings, without connecting.
    ///
    /// # Errors
    ///
    /// Returns an error that describes an invalid setting.
    pub fn validate(&self) -> Result<(), McpError> {
        let problem = self.invalid.as_deref().or_else(|| self.user_problem()).or_else(|| self.network_problem());
        problem.map_or(Ok(()), |problem| Err(McpError::new(&self.name, problem)))
    }

    fn user_problem(&self) -> Option<&'static str> {
        let is_http = matches!(self.endpoint, Endpoint::Http { .. });
        match &self.user_secret {
            Some(_) if !is_http => Some("a stdio server needs no `user_secret`; remove it"),
            Some(_) if !self.tells_user => Some("`user_secret` has no effect without `tell_user`"),
            Some(secret) if secret.expose_secret().len() < MIN_SECRET => {
                Some("`user_secret` is too short; use at least 32 bytes")
            }
            None if self.tells_user && is_http => Some(
                "`tell_user` needs `user_secret`, with which the server verifies the identity; set one of at least 32 bytes",
            ),
            _ => None,
        }
    }

    /// Headers and the identity of users must not cross a network in the clear.
    fn network_problem(&self) -> Option<&'static str> {
        let Endpoint::Http { url, headers, network } = &self.endpoint else { return None };
        let is_private = !headers.is_empty() || self.tells_user;
        let is_refused = is_private && Url::parse(url).is_ok_and(|url| network.check_secret(&url).is_err());
        is_refused.then_some(PlainHttpRefused::MESSAGE)
    }

    /// Returns the signer of tokens about the user, if the server gets such tokens.
    pub(super) fn user_token_signer(&self) -> Option<UserTokenSigner> {
        let secret = self.user_secret.as_ref().filter(|_| self.tells_user)?;
        Some(UserTokenSigner::new(secret, &self.name))
    }
}

/// Prints no arguments, no environment, no headers and no URL, because these may contain secrets.
impl fmt::Debug for McpServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = match &self.endpoint {
            Endpoint::Stdio { .. } => "stdio",
            Endpoint::Http { .. } => "http",
        };
        f.debug_struct("McpServer")
            .field("name", &self.name)
            .field("transport", &transport)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
