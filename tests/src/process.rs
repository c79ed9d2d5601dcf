//! Child process of a test with its output.

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

/// Deadline of each wait.
const DEADLINE: Duration = Duration::from_secs(20);

/// Running program. It is killed when it is dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    stdout: Lines,
    stderr: Lines,
}

/// Result of a program that has ended.
#[derive(Debug)]
pub struct ProcessOutput {
    /// Exit code. `None` if a signal ended the program.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error: the log, and the last error.
    pub stderr: String,
}

/// Lines of an output stream.
#[derive(Debug)]
struct Lines {
    lines: watch::Receiver<Arc<Vec<String>>>,
}

impl ServerProcess {
    /// Starts a program. The program can still fail after this call.
    pub fn spawn(mut command: Command) -> Self {
        let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = piped.spawn().unwrap();
        let stdout = Lines::of(child.stdout.take().unwrap());
        let stderr = Lines::of(child.stderr.take().unwrap());
        Self { child, stdout, stderr }
    }

    /// Waits for a log line with this message, and returns its fields.
    pub async fn wait_for_log(&mut self, message: &str) -> Value {
        let parse = |line: &String| serde_json::from_str::<Value>(line).ok().filter(|line| line["message"] == message);
        let found = self.stderr.find(|line| parse(line));
        found.await.unwrap_or_else(|| panic!("the program did not log {message:?}:\n{}", self.stderr.text()))
    }

    /// Waits for a line of the log that contains `part`, and returns the line. For programs with another form of log.
    pub async fn wait_for_log_text(&mut self, part: &str) -> String {
        let found = self.stderr.find(|line| line.contains(part).then(|| line.clone()));
        found.await.unwrap_or_else(|| panic!("the program did not log {part:?}:\n{}", self.stderr.text()))
    }

    /// Waits for a line of standard output that contains `part`, and returns the line.
    pub async fn wait_for_line(&mut self, part: &str) -> String {
        let found = self.stdout.find(|line| line.contains(part).then(|| line.clone()));
        found.await.unwrap_or_else(|| panic!("the program did not print {part:?}:\n{}", self.stderr.text()))
    }

    /// Returns the log so far.
    pub fn log(&self) -> String {
        self.stderr.text()
    }

    /// Waits until the program crashes, and returns its log. Cancel safe: the function can be called again.
    pub(crate) async fn wait_for_crash(&mut self) -> String {
        self.child.wait().await.unwrap();
        self.stderr.end().await
    }

    /// Kills the program with SIGKILL, and returns its log.
    pub async fn kill(mut self) -> String {
        self.child.kill().await.unwrap();
        self.stderr.rest().await
    }

    /// Stops the program with SIGTERM, and waits until it has ended.
    pub async fn terminate(self) -> ProcessOutput {
        self.send_sigterm().await;
        self.wait().await
    }

    /// Sends SIGTERM to the program.
    pub async fn send_sigterm(&self) {
        self.signal("TERM").await;
    }

    /// Sends SIGHUP to the program, which then reloads its configuration.
    pub async fn send_sighup(&self) {
        self.signal("HUP").await;
    }

    /// Returns the peak of the program's resident memory in bytes. None on a system that does not tell it.
    pub fn peak_memory(&self) -> Option<u64> {
        self.memory_status("VmHWM:")
    }

    /// Returns the program's resident memory in bytes. None on a system that does not tell it.
    pub fn memory(&self) -> Option<u64> {
        self.memory_status("VmRSS:")
    }

    fn memory_status(&self, field: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()?)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
    }

    /// Changes how many files the program may have open, up to the limit that it started with.
    pub async fn limit_open_files(&self, limit: u32) {
        let pid = self.child.id().expect("the program runs").to_string();
        let limit = format!("--nofile={limit}:");
        assert!(Command::new("prlimit").args(["--pid", &pid, &limit]).status().await.unwrap().success());
    }

    async fn signal(&self, signal: &str) {
        let pid = self.child.id().expect("the program runs").to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().await.unwrap().success());
    }

    /// Waits until the program has ended by itself.
    pub async fn wait(mut self) -> ProcessOutput {
        let status: ExitStatus = tokio::time::timeout(DEADLINE, self.child.wait())
            .await
            .unwrap_or_else(|_| panic!("the program does not end:\n{}", self.stderr.text()))
            .unwrap();
        ProcessOutput { code: status.code(), stdout: self.stdout.rest().await, stderr: self.stderr.rest().await }
    }
}

impl Lines {
    fn of(stream: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let (sender, lines) = watch::channel(Arc::default());
        tokio::spawn(async move {
            let mut reader = BufReader::new(stream).lines();
            while let Ok(Some(line)) = reader.next_line().await {
                sender.send_modify(|lines: &mut Arc<Vec<String>>| Arc::make_mut(lines).push(line));
            }
        });
        Self { lines }
    }

    /// Waits for a line that `pick` accepts. Returns `None` if the stream ends or the deadline passes.
    async fn find<T>(&mut self, pick: impl Fn(&String) -> Option<T>) -> Option<T> {
        let search = self.lines.wait_for(|lines| lines.iter().any(|line| pick(line).is_some()));
        let lines = tokio::time::timeout(DEADLINE, search).await.ok()?.ok()?;
        lines.iter().find_map(pick)
    }

    fn text(&self) -> String {
        self.lines.borrow().join("\n")
    }

    /// Returns all text after the stream has ended.
    async fn rest(mut self) -> String {
        self.end().await
    }

    async fn end(&mut self) -> String {
        // The reading task drops the sender when the stream ends.
        while self.lines.changed().await.is_ok() {}
        self.text()
    }
}
