//! Media store in a directory.

mod index;

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;

use super::{MediaHash, MediaStore};
use crate::private_files::{create_dir, restrict, sync_dir};
use index::{Index, KeptFile};

/// End of the names of files that are not complete.
const PART: &str = ".part";

/// A [`MediaStore`] with a file for each content, named after its hash, in a directory of its own.
///
/// Files are written under another name, flushed, and then renamed, so a killed process leaves no incomplete file under a hash. The first read
/// of a file in a process compares its content with the hash. A file that differs is removed. The time of the last change of a file is the time
/// of its last use. Only the owner of the process can read the directory.
///
/// ```
/// use waxwing_store::{DirectoryMediaStore, MediaHash, MediaStore};
///
/// # async fn example() -> std::io::Result<()> {
/// let dir = tempfile::tempdir()?;
/// let store = DirectoryMediaStore::open(dir.path().join("media"), 1024 * 1024).await?;
/// let picture = dir.path().join("picture");
/// std::fs::write(&picture, "a picture")?;
/// let hash = MediaHash::of(b"a picture");
/// assert!(store.put(hash, &picture).await?);
/// let copy = dir.path().join("copy");
/// assert_eq!(store.get(hash, &copy).await?, Some(9));
/// assert_eq!(std::fs::read(copy)?, b"a picture");
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Clone)]
pub struct DirectoryMediaStore(Arc<Directory>);

/// The directory with what is known about its files.
struct Directory {
    path: PathBuf,
    /// Locked while names of files change, so that names and index agree. Content is read, copied and flushed without the lock.
    index: Mutex<Index>,
    /// Number of the next incomplete file.
    next_part: AtomicU64,
}

impl DirectoryMediaStore {
    /// Opens or creates a directory whose files have at most `max_bytes` bytes. Each file counts with at least 4 KiB. Incomplete files of an
    /// earlier process are removed.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system.
    pub async fn open(dir: impl Into<PathBuf>, max_bytes: u64) -> io::Result<Self> {
        let path = dir.into();
        let open = move || {
            let directory = Directory { index: Index::new(max_bytes).into(), path, next_part: AtomicU64::new(0) };
            directory.scan()?;
            Ok(Self(Arc::new(directory)))
        };
        blocking(open).await
    }

    async fn run<T: Send + 'static>(
        &self,
        operation: impl FnOnce(&Directory) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let directory = self.0.clone();
        blocking(move || operation(&directory)).await
    }
}

/// Runs file operations on a thread for blocking work.
async fn blocking<T: Send + 'static>(operation: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(operation)
        .await
        .unwrap_or_else(|_| Err(io::Error::other("the file operation panicked")))
}

#[async_trait]
impl MediaStore for DirectoryMediaStore {
    async fn put(&self, hash: MediaHash, file: &Path) -> io::Result<bool> {
        let file = file.to_owned();
        self.run(move |directory| directory.put(hash, &file)).await
    }

    async fn get(&self, hash: MediaHash, file: &Path) -> io::Result<Option<u64>> {
        let file = file.to_owned();
        self.run(move |directory| directory.get(hash, &file)).await
    }

    async fn delete(&self, hash: MediaHash) -> io::Result<()> {
        self.run(move |directory| directory.delete(hash)).await
    }

    async fn list(&self) -> io::Result<Vec<MediaHash>> {
        Ok(self.0.index().hashes())
    }
}

impl Directory {
    fn index(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, hash: MediaHash) -> PathBuf {
        self.path.join(hash.to_string())
    }

    /// Creates the directory, or finds the files that are in it.
    fn scan(&self) -> io::Result<()> {
        create_dir(&self.path)?;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.ends_with(PART) {
                fs::remove_file(entry.path())?;
            } else if let Some(hash) = MediaHash::parse(&name) {
                let metadata = entry.metadata()?;
                let kept = KeptFile { len: metadata.len(), used: metadata.modified()?, is_verified: false };
                self.index().insert(hash, kept);
            }
        }
        self.make_room()
    }

    fn put(&self, hash: MediaHash, file: &Path) -> io::Result<bool> {
        let len = fs::metadata(file)?.len();
        if !self.index().can_hold(len) {
            return Ok(false);
        }
        restrict(file, 0o600)?;
        // A leftover of a failed call has the same name only if a process of the same directory ran before, and `open` removed it then.
        let part = self.path.join(format!("{}{PART}", self.next_part.fetch_add(1, Ordering::Relaxed)));
        if let Err(error) = self.place(hash, file, &part) {
            remove(&part)?;
            return Err(error);
        }
        sync_dir(&self.path)?;
        self.make_room()?;
        Ok(true)
    }

    /// Gives a file its name in the directory, by way of the name `part`.
    fn place(&self, hash: MediaHash, file: &Path, part: &Path) -> io::Result<()> {
        share(file, part)?;
        let placed = File::open(part)?;
        placed.sync_all()?;
        let mut index = self.index();
        let target = self.file(hash);
        fs::rename(part, &target)?;
        // A rename to another name of the same file does nothing.
        remove(part)?;
        let kept = KeptFile { len: placed.metadata()?.len(), used: touch(&target)?, is_verified: false };
        index.insert(hash, kept);
        Ok(())
    }

    fn get(&self, hash: MediaHash, into: &Path) -> io::Result<Option<u64>> {
        let path = self.file(hash);
        match self.copy_intact(hash, &path, into) {
            // Another call, or a person, has removed the file.
            Err(error) if error.kind() == io::ErrorKind::NotFound && into.parent().is_some_and(Path::exists) => {
                let mut index = self.index();
                if !path.exists() {
                    index.remove(hash);
                }
                Ok(None)
            }
            result => result,
        }
    }

    /// Places an intact file at the path `into`. Returns its size. Removes a damaged file.
    fn copy_intact(&self, hash: MediaHash, path: &Path, into: &Path) -> io::Result<Option<u64>> {
        let Some(known) = self.index().get(hash) else { return Ok(None) };
        let found = fs::metadata(path)?;
        let is_unchanged = known.is_verified && known.len == found.len() && known.used == found.modified()?;
        if !is_unchanged && MediaHash::of_reader(File::open(path)?)? != hash {
            tracing::warn!("kept medium is damaged; removed");
            self.delete(hash)?;
            return Ok(None);
        }
        share(path, into)?;
        let mut index = self.index();
        if path.exists() {
            index.insert(hash, KeptFile { len: found.len(), used: touch(path)?, is_verified: true });
        }
        Ok(Some(found.len()))
    }

    fn delete(&self, hash: MediaHash) -> io::Result<()> {
        {
            let mut index = self.index();
            remove(&self.file(hash))?;
            index.remove(hash);
        }
        sync_dir(&self.path)
    }

    /// Removes the files that were used least recently, if all files are larger than the limit.
    fn make_room(&self) -> io::Result<()> {
        let removed = {
            let mut index = self.index();
            let surplus = index.take_surplus();
            if surplus.is_empty() {
                return Ok(());
            }
            tracing::debug!(files = surplus.len(), "media store is full; files that were used least recently removed");
            // The index does not know these files any more, so a failure must not leave the others.
            surplus.into_iter().map(|hash| remove(&self.file(hash))).fold(Ok(()), Result::and)
        };
        removed?;
        sync_dir(&self.path)
    }
}

/// Gives a file a second name, or copies it if the file system cannot do that.
fn share(file: &Path, name: &Path) -> io::Result<()> {
    if fs::hard_link(file, name).is_ok() {
        return Ok(());
    }
    fs::copy(file, name).map(drop)
}

/// Removes a file, if it exists.
fn remove(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Sets the time of the last use of a file to now. Returns the time as the file system keeps it.
fn touch(file: &Path) -> io::Result<SystemTime> {
    let file = File::options().write(true).open(file)?;
    file.set_modified(SystemTime::now())?;
    file.metadata()?.modified()
}

impl fmt::Debug for DirectoryMediaStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DirectoryMediaStore").field("path", &self.0.path).finish_non_exhaustive()
    }
}
