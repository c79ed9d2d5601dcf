//! Description of the machine of a measurement.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::load::Latencies;
use crate::report::time;

/// Number of measured disk flushes.
const FLUSHES: usize = 500;

/// Returns a paragraph about the machine and the disk that holds `dir`.
pub(crate) fn describe(dir: &Path) -> anyhow::Result<String> {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let cores = info.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let flushes = flushes(dir)?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    Ok(format!(
        "{}; {cores} × {}; Linux {}; a flush of 4 KiB to the disk takes {} (median), {} (99 of 100);\ncommit {}; load average of the last \
         minutes {}.",
        said(Command::new("date").arg("+%F")),
        model.trim_start_matches([' ', '\t', ':']),
        kernel.trim(),
        time(flushes.quantile(0.5)),
        time(flushes.quantile(0.99)),
        said(Command::new("git").args(["describe", "--always", "--dirty"])),
        load.split(' ').take(2).collect::<Vec<_>>().join(", "),
    ))
}

fn said(command: &mut Command) -> String {
    let output = command.output().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    output.ok().filter(|said| !said.is_empty()).unwrap_or_else(|| "unknown".into())
}

/// Measures the latency of a page written to a log with a flush, as in a commit.
fn flushes(dir: &Path) -> anyhow::Result<Latencies> {
    let mut file: File = tempfile::tempfile_in(dir)?;
    let page = [7; 4096];
    let mut times = Vec::with_capacity(FLUSHES);
    for nth in 0..FLUSHES {
        // The log starts over after a checkpoint.
        file.seek(SeekFrom::Start(4096 * (nth as u64 % 64)))?;
        let start = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    times.retain(|time| *time > Duration::ZERO);
    Ok(Latencies::new(times))
}
