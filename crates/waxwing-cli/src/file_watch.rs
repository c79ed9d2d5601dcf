//! Watch of files for changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Interval at which the files are compared.
const INTERVAL: Duration = Duration::from_millis(500);

/// Files that are compared with their earlier state. A poll of a few files costs less than a library for the notifications of each operating
/// system, and works on network drives and in containers.
#[derive(Debug)]
pub(crate) struct FileWatch {
    files: BTreeMap<PathBuf, FileState>,
}

/// Time of the last change and size of a file. `None` if the file does not exist.
type FileState = Option<(SystemTime, u64)>;

impl FileWatch {
    /// Watches a file from now on.
    pub(crate) fn new(file: impl Into<PathBuf>) -> Self {
        let mut watch = Self { files: BTreeMap::new() };
        watch.add([file.into()]);
        watch
    }

    /// Watches further files from now on. Files that are watched already keep their earlier state.
    pub(crate) fn add(&mut self, files: impl IntoIterator<Item = PathBuf>) {
        for file in files {
            let state = state(&file);
            self.files.entry(file).or_insert(state);
        }
    }

    /// Waits until at least one of the files has changed, appeared or disappeared. Cancel safe.
    pub(crate) async fn changed(&mut self) {
        while !self.poll() {
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Returns true if a file has changed since the last call.
    fn poll(&mut self) -> bool {
        let mut has_changed = false;
        for (file, earlier) in &mut self.files {
            let now = state(file);
            has_changed |= *earlier != now;
            *earlier = now;
        }
        has_changed
    }
}

fn state(file: &Path) -> FileState {
    let metadata = std::fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_once() {
        let dir = tempfile::tempdir().unwrap();
        let (file, other) = (dir.path().join("a"), dir.path().join("b"));
        let mut watch = FileWatch::new(&file);
        assert!(!watch.poll());
        std::fs::write(&file, "1").unwrap();
        assert!(watch.poll() && !watch.poll());
        watch.add([other.clone(), file.clone()]);
        std::fs::write(&other, "1").unwrap();
        assert!(watch.poll());
        std::fs::write(&file, "22").unwrap();
        assert!(watch.poll());
        std::fs::remove_file(&other).unwrap();
        assert!(watch.poll() && !watch.poll());
    }
}
