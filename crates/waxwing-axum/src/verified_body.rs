//! Memory of verified bodies until they are stored.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Memory of a webhook as a multiple of its body: the body, and the items that are read from it. An item of Meta has 150 bytes or more, and
/// takes at most 600 bytes.
const COPIES: usize = 5;

/// Longest wait for memory. The store commits many webhooks in this time, so a longer wait means that it stands still.
const MAX_WAIT: Duration = Duration::from_secs(1);

/// The memory of verified bodies, until the store has dropped all data that was read from them.
///
/// The store keeps the data of a webhook in its queue even if the client has gone, so the connections alone do not bound it.
#[derive(Debug)]
pub(crate) struct VerifiedMemory {
    max_bytes: usize,
    free: Arc<Semaphore>,
}

/// The memory of one body. It stays taken until all bytes that it holds are dropped.
#[derive(Debug, Clone, Default)]
pub(crate) struct BodyHolder(Arc<OnceLock<OwnedSemaphorePermit>>);

/// No memory became free in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

impl VerifiedMemory {
    pub(crate) fn new(max_bytes: usize) -> Self {
        let max_bytes = max_bytes.min(u32::MAX as usize);
        Self { max_bytes, free: Arc::new(Semaphore::new(max_bytes)) }
    }

    /// Takes the memory for a body of `len` bytes, or all memory if the body needs more.
    pub(crate) async fn take(&self, len: usize, holder: &BodyHolder) -> Result<(), Exhausted> {
        let count = u32::try_from(len.saturating_mul(COPIES).min(self.max_bytes)).map_err(|_| Exhausted)?;
        let taken = tokio::time::timeout(MAX_WAIT, self.free.clone().acquire_many_owned(count)).await;
        let taken = taken.map_err(|_| Exhausted)?.map_err(|_| Exhausted)?;
        // A second permit for the same body is not needed, and drops here.
        let _ = holder.0.set(taken);
        Ok(())
    }

    pub(crate) fn used_bytes(&self) -> usize {
        self.max_bytes - self.free.available_permits()
    }
}

impl BodyHolder {
    /// Returns `bytes` so that the memory stays taken until the last slice of them is dropped.
    pub(crate) fn hold(&self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(HeldBytes { bytes, _holder: self.clone() })
    }
}

struct HeldBytes {
    bytes: Bytes,
    _holder: BodyHolder,
}

impl AsRef<[u8]> for HeldBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn memory_is_taken_until_the_last_slice_is_dropped() {
        let memory = VerifiedMemory::new(100);
        let holder = BodyHolder::default();
        let body = holder.hold(Bytes::from_static(b"0123456789"));
        memory.take(body.len(), &holder).await.unwrap();
        drop(holder);
        let slice = body.slice(3..5);
        drop(body);
        assert_eq!((&slice[..], memory.used_bytes()), (&b"34"[..], 50));
        assert_eq!(memory.take(11, &BodyHolder::default()).await, Err(Exhausted));
        drop(slice);
        let all = BodyHolder::default();
        memory.take(1000, &all).await.unwrap();
        assert_eq!(memory.used_bytes(), 100);
    }
}
