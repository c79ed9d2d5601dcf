//! Kernel data about a process.

use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

/// CPU core of the servers.
pub(crate) const SERVER_CORE: &str = "0";

/// CPU core of the load.
pub(crate) const LOAD_CORE: &str = "1";

/// Pins this process to one core. A failure is ignored.
pub(crate) fn pin_this(core: &str) {
    let pid = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["--all-tasks", "--cpu-list", "--pid", core, &pid]).output();
    if !pinned.is_ok_and(|output| output.status.success()) {
        eprintln!("could not be kept on core {core}; the figures will vary more");
    }
}

/// Returns a command that runs `program` on one core if possible. The process id is that of the program.
pub(crate) fn on_core(core: &str, program: &std::path::Path) -> Command {
    let available = Command::new("taskset").args(["--cpu-list", core, "true"]).output();
    if available.is_ok_and(|output| output.status.success()) {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", core]).arg(program);
        return command;
    }
    Command::new(program)
}

/// Returns the CPU time of a process in user and kernel mode, summed over its threads. The time of ended threads is missing. The threads of
/// a server do not end.
pub(crate) fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).context("the process does not exist")?;
    let mut nanos = 0;
    for thread in threads {
        // The thread has ended in the meantime.
        let Ok(stat) = std::fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        nanos += on_core_nanos(&stat).context("/proc/PID/task/TID/schedstat has an unknown format")?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// Returns the first of the three values: CPU time, wait time, number of time slices.
fn on_core_nanos(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().next()?.parse().ok()
}

/// Returns the resident memory of a process, in bytes.
pub(crate) fn resident(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("/proc/PID/status has no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// Returns the bytes that a process has written to disks, including bytes that the kernel has not flushed yet. The kernel counts whole
/// memory pages.
pub(crate) fn written(pid: u32) -> anyhow::Result<u64> {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io"))?;
    let line =
        io.lines().find_map(|line| line.strip_prefix("write_bytes:")).context("/proc/PID/io has no write_bytes")?;
    Ok(line.trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_knows_this_process() {
        assert_eq!(on_core_nanos("123456 789 3\n"), Some(123_456));
        assert_eq!(on_core_nanos(""), None);
        assert!(cpu_time(std::process::id()).unwrap() > Duration::ZERO);
        assert!(resident(std::process::id()).unwrap() > 0);
        written(std::process::id()).unwrap();
    }
}
