//! Memory for media on their way to users.

use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use waxwing_agent::Media;

/// Size of the unit in which memory is counted, in bytes.
const UNIT: u64 = 1024;

/// Bounds the memory of media that are read from files, or from the store. Clones share one budget.
///
/// Replies and uploads have a budget each: uploads that hang must not keep turns from their commits. A holder never waits for more, since it
/// takes the memory for all its media at once, so waiting cannot become a deadlock.
#[derive(Debug, Clone)]
pub(crate) struct MediaMemory {
    free: Arc<Semaphore>,
    units: u32,
}

/// Memory that is taken until this value and all bytes that it [holds](Self::hold) are dropped.
#[derive(Debug, Clone)]
pub(crate) struct MediaPermit {
    _taken: Arc<OwnedSemaphorePermit>,
}

impl MediaMemory {
    /// Creates a budget of `max_bytes`.
    pub(crate) fn new(max_bytes: usize) -> Self {
        let most = Semaphore::MAX_PERMITS.min(u32::MAX as usize) as u64;
        let units = u32::try_from((max_bytes as u64 / UNIT).clamp(1, most)).unwrap_or(u32::MAX);
        Self { free: Arc::new(Semaphore::new(units as usize)), units }
    }

    /// Returns the size of the whole budget in bytes.
    pub(crate) fn max_bytes(&self) -> u64 {
        u64::from(self.units) * UNIT
    }

    /// Waits until `bytes` are free, and takes them. More than the whole budget is the whole budget.
    pub(crate) async fn take(&self, bytes: u64) -> MediaPermit {
        let taken = self.free.clone().acquire_many_owned(self.units_of(bytes)).await;
        MediaPermit { _taken: Arc::new(taken.expect("the semaphore is never closed")) }
    }

    /// Takes `bytes` if they are free.
    pub(crate) fn try_take(&self, bytes: u64) -> Option<MediaPermit> {
        let taken = self.free.clone().try_acquire_many_owned(self.units_of(bytes)).ok()?;
        Some(MediaPermit { _taken: Arc::new(taken) })
    }

    fn units_of(&self, bytes: u64) -> u32 {
        u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).min(self.units)
    }

    /// Returns the number of free bytes.
    #[cfg(test)]
    pub(crate) fn free_bytes(&self) -> u64 {
        self.free.available_permits() as u64 * UNIT
    }
}

impl MediaPermit {
    /// Returns `bytes` so that the memory stays taken until the last copy of them is dropped.
    pub(crate) fn hold(&self, bytes: impl AsRef<[u8]> + Send + 'static) -> Bytes {
        Bytes::from_owner(HeldBytes { bytes, _permit: self.clone() })
    }

    /// Reads the file of a medium into the memory that was taken for it.
    ///
    /// # Errors
    ///
    /// The error of the file system. [`io::ErrorKind::FileTooLarge`] if the file is larger than the medium states.
    pub(crate) async fn read(&self, path: &Path, len: u64) -> io::Result<Bytes> {
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or_default());
        let mut file = tokio::fs::File::open(path).await?.take(len);
        file.read_to_end(&mut bytes).await?;
        if file.into_inner().read(&mut [0]).await? > 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is larger than its medium states"));
        }
        Ok(self.hold(bytes))
    }
}

/// Returns the memory in bytes that a medium needs when it is read: none, if an agent has it in memory.
pub(crate) fn needed(medium: &Media) -> u64 {
    if medium.path().is_some() { medium.len() } else { 0 }
}

struct HeldBytes<T> {
    bytes: T,
    _permit: MediaPermit,
}

impl<T: AsRef<[u8]>> AsRef<[u8]> for HeldBytes<T> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MIB: usize = 1024 * 1024;

    #[tokio::test(start_paused = true)]
    async fn memory_is_taken_until_the_last_copy_is_dropped() {
        let memory = MediaMemory::new(2 * MIB);
        let permit = memory.take(MIB as u64).await;
        let bytes = permit.hold(vec![7; MIB]);
        drop(permit);
        let copy = bytes.clone();
        drop(bytes);
        assert_eq!((copy[0], memory.free_bytes()), (7, MIB as u64));
        let second = tokio::time::timeout(Duration::from_secs(1), memory.take(2 * MIB as u64));
        assert!(second.await.is_err(), "only half of the memory is free");
        assert!(memory.try_take(MIB as u64 + 1).is_none());
        drop(copy);
        assert_eq!(memory.free_bytes(), 2 * MIB as u64);
        let whole = memory.take(u64::MAX).await;
        assert_eq!(memory.free_bytes(), 0, "a medium that is larger takes the whole budget");
        drop((memory.take(0).await, memory.try_take(0).unwrap()));
        drop(whole);
    }

    #[tokio::test]
    async fn a_file_that_is_larger_than_stated_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [7; 10]).unwrap();
        let permit = MediaMemory::new(MIB).take(10).await;
        assert_eq!(permit.read(file.path(), 10).await.unwrap(), [7; 10][..]);
        assert_eq!(permit.read(file.path(), 20).await.unwrap(), [7; 10][..]);
        assert_eq!(permit.read(file.path(), 9).await.unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
