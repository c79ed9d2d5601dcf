//! Data of the kernel about a process.

use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

/// The core that servers run on.
pub(crate) const SERVER_CORE: &str = "0";

/// The core that makes the load.
pub(crate) const LOAD_CORE: &str = "1";

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

/// The time that the threads of a process have spent on a core, in user and kernel mode. Threads that have ended do not count any more;
/// those of a server live as long as it does.
pub(crate) fn cpu_time(pid: u32) -> anyhow::Result<Duration> {
    let threads = std::fs::read_dir(format!("/proc/{pid}/task")).context("the kernel knows no such process")?;
    let mut nanos = 0;
    for thread in threads {
        // One that has ended meanwhile is not there any more.
        let Ok(stat) = std::fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        nanos += on_core_nanos(&stat).context("/proc/PID/task/TID/schedstat has another form than expected")?;
    }
    Ok(Duration::from_nanos(nanos))
}

/// The first of three figures: time on a core, time waiting for one, how often.
fn on_core_nanos(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().next()?.parse().ok()
}

/// The memory of a process that is in RAM, in bytes.
pub(crate) fn resident(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the kernel tells no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// Bytes that a process has written to disks, or will have once the kernel gets to it. Whole pages of memory, also if a part was changed.
pub(crate) fn written(pid: u32) -> anyhow::Result<u64> {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io"))?;
    let line = io.lines().find_map(|line| line.strip_prefix("write_bytes:")).context("the kernel tells no bytes")?;
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
