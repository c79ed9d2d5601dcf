//! Servers that are children of this process.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use rmcp::RoleClient;
use rmcp::transport::async_rw::AsyncRwTransport;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::MAX_MESSAGE;

/// How long a server may take to end after its standard input was closed.
const GRACE: Duration = Duration::from_secs(2);

/// What a child sees of the environment: what programs need to run, and nothing that could be a secret of this one.
const INHERITED: [&str; 22] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "TERM",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "TMPDIR",
    // What programs need on Windows.
    "APPDATA",
    "COMSPEC",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PATHEXT",
    "PROGRAMFILES",
    "SYSTEMROOT",
    "TEMP",
    "TMP",
    "USERPROFILE",
];

/// A server that is a child. Dropped, it is killed.
pub(super) struct Process {
    child: Child,
    /// Copies the child's standard error to the log; ends with this value.
    _log: JoinSet<()>,
}

/// What is spoken over.
pub(super) type Pipes = AsyncRwTransport<RoleClient, ChildStdout, ChildStdin>;

/// Starts a server.
pub(super) fn start(
    server: &str,
    command: &std::ffi::OsStr,
    args: &[std::ffi::OsString],
    env: &[(std::ffi::OsString, SecretString)],
    directory: Option<&Path>,
) -> std::io::Result<(Process, Pipes)> {
    let mut command = Command::new(command);
    command
        .args(args)
        .env_clear()
        .envs(INHERITED.iter().filter_map(|name| Some((name, std::env::var_os(name)?))))
        .envs(env.iter().map(|(name, value)| (name, value.expose_secret())))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    // A Ctrl-C in the terminal is for this process, which may still need the server while it finishes its runs.
    #[cfg(unix)]
    command.process_group(0);
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    let mut child = command.spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let pipes = stdin.zip(stdout).expect("both were asked for");
    let mut log = JoinSet::new();
    if let Some(stderr) = stderr {
        log.spawn(copy_to_log(server.to_owned(), stderr));
    }
    let pipes = AsyncRwTransport::new(pipes.1, pipes.0).with_max_line_length(MAX_MESSAGE);
    Ok((Process { child, _log: log }, pipes))
}

impl Process {
    /// Waits a moment for the server to end, now that its standard input is closed, and kills it if it does not.
    pub(super) async fn end(mut self, server: &str) {
        let status = match timeout(GRACE, self.child.wait()).await {
            Ok(status) => status,
            Err(_) => match self.child.kill().await {
                Ok(()) => self.child.wait().await,
                Err(error) => Err(error),
            },
        };
        match status {
            Ok(status) => tracing::debug!(server, %status, "an MCP server ended"),
            Err(error) => tracing::warn!(server, %error, "an MCP server cannot be ended"),
        }
    }
}

async fn copy_to_log(server: String, mut stderr: impl AsyncRead + Unpin) {
    let mut buffer = vec![0; 4096];
    while let Ok(len @ 1..) = stderr.read(&mut buffer).await {
        for line in String::from_utf8_lossy(&buffer[..len]).lines().filter(|line| !line.trim().is_empty()) {
            tracing::debug!(server, line, "an MCP server wrote to its standard error");
        }
    }
}
