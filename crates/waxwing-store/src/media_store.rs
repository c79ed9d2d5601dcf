//! Store of the content of media.

mod directory;
mod hash;

use std::fmt;
use std::io;
use std::path::Path;

use async_trait::async_trait;

pub use directory::DirectoryMediaStore;
pub use hash::MediaHash;

/// Keeps the content of media by its hash, so that later turns can read the media of earlier ones.
///
/// Equal content is kept once. An implementation has a limit of size and removes what was used least recently, so content that was put may be
/// missing later. It never returns damaged content. The methods may be called concurrently.
#[async_trait]
pub trait MediaStore: Send + Sync + fmt::Debug {
    /// Keeps the content of a file, whose hash is `hash`. The file still belongs to the caller, who no longer writes to it. When this method
    /// returns, the content is on disk. Returns false if the content is larger than the store keeps.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system.
    async fn put(&self, hash: MediaHash, file: &Path) -> io::Result<bool>;

    /// Places content at the path `file`, at which no file exists. The file stays when the content is removed, belongs to the caller, and is
    /// only read. Returns the size in bytes, or none if the content is not kept.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system.
    async fn get(&self, hash: MediaHash, file: &Path) -> io::Result<Option<u64>>;

    /// Removes content, if it is kept.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system.
    async fn delete(&self, hash: MediaHash) -> io::Result<()>;

    /// Returns the hashes of all content, in any order.
    ///
    /// # Errors
    ///
    /// Returns the error of the file system.
    async fn list(&self) -> io::Result<Vec<MediaHash>>;
}
