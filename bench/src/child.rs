//! Server in a child process.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child as Process, ChildStdout, Command};

use crate::process;
use crate::server::ServerKind;

/// Running server. It is killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    process: Process,
    printed: Lines<BufReader<ChildStdout>>,
    pub(crate) pid: u32,
    pub(crate) address: SocketAddr,
}

impl Child {
    pub(crate) async fn start(server: &ServerKind) -> anyhow::Result<Self> {
        let mut command = Command::from(process::on_core(process::SERVER_CORE, &std::env::current_exe()?));
        command.arg(crate::SERVE).arg(serde_json::to_string(server)?);
        // The measurements count errors. A log line for each error would distort them.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let pid = process.id().context("the server has ended")?;
        let mut printed = BufReader::new(process.stdout.take().context("standard output is not piped")?).lines();
        let line = printed.next_line().await?.context("the server has ended")?;
        let address = line
            .strip_prefix("listening ")
            .context("the first line of the server is not `listening ADDRESS`")?
            .parse()?;
        Ok(Self { process, printed, pid, address })
    }

    /// Waits for the next line that the server prints. Fails if it is not `expected`.
    pub(crate) async fn says(&mut self, expected: &str) -> anyhow::Result<()> {
        let line = self.printed.next_line().await?;
        anyhow::ensure!(line.as_deref() == Some(expected), "the server printed {line:?} instead of {expected:?}");
        Ok(())
    }

    pub(crate) fn resident(&self) -> anyhow::Result<u64> {
        process::resident(self.pid)
    }

    /// Stops the server, and waits for its end.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.process.kill().await?)
    }
}

/// Start of a measurement of time and CPU time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stopwatch {
    at: Instant,
    cpu: Duration,
    count: u64,
}

/// Resources that a process used during a measurement.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Operations per second.
    pub(crate) per_second: f64,
    /// CPU time per operation, in microseconds.
    pub(crate) cpu_each: f64,
}

impl Stopwatch {
    pub(crate) fn start(pid: u32, count: u64) -> anyhow::Result<Self> {
        Ok(Self { at: Instant::now(), cpu: process::cpu_time(pid)?, count })
    }

    pub(crate) fn stop(self, pid: u32, count: u64) -> anyhow::Result<Usage> {
        let done = (count - self.count).max(1) as f64;
        let cpu = process::cpu_time(pid)?.saturating_sub(self.cpu);
        Ok(Usage { per_second: done / self.at.elapsed().as_secs_f64(), cpu_each: cpu.as_secs_f64() * 1e6 / done })
    }
}
