//! Gauges that the operating system knows: of the process, of the files of the database.

use std::path::Path;

use waxwing_metrics::{Metric, Metrics};

use crate::database::Database;

/// Sets the gauges of the process, as far as the operating system states their values.
pub(crate) fn measure_process(metrics: &Metrics) {
    // The directory has an entry for its own reading.
    let open = std::fs::read_dir("/proc/self/fd").map(|files| files.count().saturating_sub(1));
    set(metrics, Metric::OpenFds, open.ok().and_then(|open| u64::try_from(open).ok()));
    set(metrics, Metric::MaxFds, max_files());
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    set(metrics, Metric::ResidentMemory, resident_bytes(&status));
}

/// Sets the gauges of the files of a database, and of their file system.
pub(crate) fn measure_files(metrics: &Metrics, database: &Database) {
    let len = |path: &Path| path.metadata().map(|metadata| metadata.len()).ok();
    let file = database.sibling("");
    set(metrics, Metric::DatabaseBytes, len(&file));
    // The write-ahead log is removed with the last connection.
    set(metrics, Metric::WalBytes, len(&database.sibling("-wal")).or(Some(0)));
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    set(metrics, Metric::DiskFree, free_bytes(directory.unwrap_or(Path::new("."))));
}

/// Sets a gauge, or removes it if the value is not known.
fn set(metrics: &Metrics, gauge: Metric, value: Option<u64>) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a floating-point number")]
    match value {
        Some(value) => metrics.set(gauge, [], value as f64),
        None => metrics.clear(gauge),
    }
}

/// Returns the resident memory from the content of `/proc/self/status`, which states it in KiB.
fn resident_bytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(unix)]
fn max_files() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::Nofile).current
}

#[cfg(unix)]
fn free_bytes(directory: &Path) -> Option<u64> {
    let status = rustix::fs::statvfs(directory).ok()?;
    status.f_bavail.checked_mul(status.f_frsize)
}

#[cfg(not(unix))]
fn max_files() -> Option<u64> {
    None
}

#[cfg(not(unix))]
fn free_bytes(_directory: &Path) -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_is_in_bytes() {
        assert_eq!(resident_bytes("Name:\twaxwing\nVmRSS:\t    5120 kB\n"), Some(5_242_880));
        assert_eq!(resident_bytes("Name:\twaxwing\n"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_gauges_have_plausible_values() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::sqlite(directory.path().join("w.db"));
        std::fs::write(database.sibling(""), [0; 4096]).unwrap();
        let metrics = Metrics::new();
        measure_process(&metrics);
        measure_files(&metrics, &database);
        let page = metrics.encode();
        let value = |name: &str| {
            let line = page.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().parse::<f64>().unwrap()
        };
        assert!(value("process_open_fds ") >= 3.0);
        assert!(value("process_max_fds ") >= value("process_open_fds "));
        assert!(value("process_resident_memory_bytes ") > 1_000_000.0);
        assert!(
            page.contains("\nwaxwing_database_bytes 4096.0\n") && page.contains("\nwaxwing_database_wal_bytes 0.0\n")
        );
        assert!(value("waxwing_disk_free_bytes ") > 0.0);
    }
}
