//! Child process of a stdio server.

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

/// Time that a server has to exit after its standard input is closed.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);

/// Environment variables that the child process inherits: what programs need to run, and no variable that may hold a secret.
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
    // Required on Windows.
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

/// Child process of a server. The process is killed when this value is dropped.
pub(super) struct ServerProcess {
    child: Child,
    /// Task that copies the standard error to the log. The task ends when this value is dropped.
    _log: JoinSet<()>,
}

/// Transport over the standard input and output.
pub(super) type Pipes = AsyncRwTransport<RoleClient, ChildStdout, ChildStdin>;

/// Starts a server. `server` is the name for the log.
pub(super) fn start(
    server: &str,
    command: &std::ffi::OsStr,
    args: &[std::ffi::OsString],
    env: &[(std::ffi::OsString, SecretString)],
    directory: Option<&Path>,
) -> std::io::Result<(ServerProcess, Pipes)> {
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
    // In a process group of its own, the server gets no Ctrl-C from the terminal. This process may still need the server during graceful
    // shutdown.
    #[cfg(unix)]
    command.process_group(0);
    if let Some(directory) = directory {
        command.current_dir(directory);
    }
    let mut child = command.spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let pipes = stdin.zip(stdout).ok_or_else(|| std::io::Error::other("no pipes"))?;
    let mut log = JoinSet::new();
    if let Some(stderr) = stderr {
        log.spawn(copy_to_log(server.to_owned(), stderr));
    }
    let pipes = AsyncRwTransport::new(pipes.1, pipes.0).with_max_line_length(MAX_MESSAGE);
    Ok((ServerProcess { child, _log: log }, pipes))
}

impl ServerProcess {
    /// Waits for the server to exit after its standard input was closed, and kills it after a timeout.
    pub(super) async fn end(mut self, server: &str) {
        let status = match timeout(SHUTDOWN_TIMEOUT, self.child.wait()).await {
            Ok(status) => status,
            Err(_) => match self.child.kill().await {
                Ok(()) => self.child.wait().await,
                Err(error) => Err(error),
            },
        };
        match status {
            Ok(status) => tracing::debug!(server, %status, "mcp server process exited"),
            Err(error) => tracing::warn!(server, %error, "cannot stop mcp server process"),
        }
    }
}

async fn copy_to_log(server: String, mut stderr: impl AsyncRead + Unpin) {
    let mut buffer = vec![0; 4096];
    while let Ok(len @ 1..) = stderr.read(&mut buffer).await {
        for line in String::from_utf8_lossy(&buffer[..len]).lines().filter(|line| !line.trim().is_empty()) {
            tracing::debug!(server, line, "mcp server wrote to stderr");
        }
    }
}
