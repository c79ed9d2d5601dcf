//! The operating system's limit of open files.

use waxwing_axum::ConnectionLimits;

/// Files that are kept for the database, the log, the listeners and connections of operators.
const KEPT: usize = 128;

/// Raises the limit of open files as far as the operating system allows, and limits connections so that `files` others can be open.
pub(crate) fn limit_connections(mut limits: ConnectionLimits, files: usize) -> ConnectionLimits {
    let Some(open_files) = raise() else { return limits };
    let connections = connections(open_files, files);
    if connections < limits.max_connections {
        tracing::warn!(open_files, connections, "limit of open files is low; fewer connections are accepted");
        limits.max_connections = connections;
    }
    limits
}

/// The number of connections that leave room for `files` others: at least a quarter of the limit.
fn connections(open_files: usize, files: usize) -> usize {
    open_files.saturating_sub(KEPT + files).max(open_files / 4)
}

/// Raises the limit of this process, and returns it. `None` if there is none.
#[cfg(unix)]
fn raise() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let limit = if raised { maximum } else { current };
    limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX))
}

#[cfg(not(unix))]
fn raise() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use super::connections;

    #[test]
    fn files_are_kept_for_everything_else() {
        assert_eq!(connections(65_536, 1_152), 64_256);
        assert_eq!(connections(2_048, 1_152), 768);
        assert_eq!(connections(1_024, 1_152), 256);
    }
}
