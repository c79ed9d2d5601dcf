//! What the kernel knows of a process: its time, its memory, its core.

use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

/// The core that servers run on.
pub(crate) const SERVER_CORE: &str = "0";

/// The core that makes the load.
pub(crate) const LOAD_CORE: &str = "1";

/// The kernel counts time for `/proc` in hundredths of a second, on every architecture that Rust supports.
const TICK: Duration = Duration::from_millis(10);

/// Keeps this process on one core; a machine where that cannot be done is measured all the same.
pub(crate) fn pin_this(core: &str) {
    let pid = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["--all-tasks", "--cpu-list", "--pid", core, &pid]).output();
    if !pinned.is_ok_and(|output| output.status.success()) {
        eprintln!("could not be kept on core {core}; the figures will vary more");
    }
}

/// A command that runs `program` on one core, where that can be done. The process id is the program's own.
pub(crate) fn on_core(core: &str, program: &std::path::Path) -> Command {
    let available = Command::new("taskset").args(["--cpu-list", core, "true"]).output();
    if available.is_ok_and(|output| output.status.success()) {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", core]).arg(program);
        return command;
    }
    Command::new(program)
}

/// The time that a process has spent on a core, in user and kernel mode, with all its threads.
pub(crate) fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).context("the kernel tells of no such process")?;
    let ticks = ticks(&stat).context("/proc/PID/stat has another form than expected")?;
    Ok(TICK * ticks)
}

/// Fields 14 and 15, counted from 1; the second is a name in parentheses that may hold anything.
fn ticks(stat: &str) -> Option<u32> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11).map(str::parse::<u32>);
    Some(fields.next()?.ok()? + fields.next()?.ok()?)
}

/// The memory of a process that is in RAM, in bytes.
pub(crate) fn resident(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the kernel tells no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_found_behind_any_name() {
        let stat = "7 (a ) b (c) S 1 7 7 0 -1 4194560 1 2 3 4 12 30 0 0 20 0 1";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("7 (a) S 1"), None);
        assert!(cpu_time(std::process::id()).is_ok());
        assert!(resident(std::process::id()).unwrap() > 0);
    }
}
