//! Memory for bodies whose signature is not checked yet.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::log_throttle::LogThrottle;
use crate::verified_body::VerifiedMemory;

/// The most memory in bytes that all unverified bodies of a server take together, and as much again for verified bodies that are not stored
/// yet. Clones share one budget.
///
/// A body takes memory as it arrives, whatever its content-length says. If the budget is exhausted, the body that has taken longest so far
/// gives way: a webhook of Meta arrives within milliseconds.
#[derive(Debug, Clone)]
pub struct BodyBudget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    max_bytes: usize,
    free: Arc<Semaphore>,
    /// The bodies that hold memory, the oldest first.
    holders: Mutex<BTreeMap<u64, Holder>>,
    next: AtomicUsize,
    exhausted: LogThrottle,
    verified: VerifiedMemory,
}

#[derive(Debug)]
struct Holder {
    bytes: usize,
    evicted: CancellationToken,
}

/// The memory of one body. Dropping it gives the memory back.
#[derive(Debug)]
pub(crate) struct BodyMemory {
    budget: BodyBudget,
    id: u64,
    evicted: CancellationToken,
    held: Option<OwnedSemaphorePermit>,
}

/// The budget was exhausted, and this body gave way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Evicted;

impl BodyBudget {
    /// The default of a server: 64 MiB.
    pub const DEFAULT_BYTES: usize = 64 * 1024 * 1024;

    /// The smallest budget: 4 MiB, enough for one body of the maximum size.
    pub const MIN_BYTES: usize = 4 * 1024 * 1024;

    /// Creates a budget of `max_bytes`, or of [`MIN_BYTES`](Self::MIN_BYTES) if that is more.
    pub fn new(max_bytes: usize) -> Self {
        let max_bytes = max_bytes.clamp(Self::MIN_BYTES, Semaphore::MAX_PERMITS);
        Self(Arc::new(Shared {
            max_bytes,
            free: Arc::new(Semaphore::new(max_bytes)),
            holders: Mutex::default(),
            next: AtomicUsize::new(0),
            exhausted: LogThrottle::default(),
            verified: VerifiedMemory::new(max_bytes),
        }))
    }

    /// The memory that unverified bodies take at this time, in bytes.
    pub fn used_bytes(&self) -> usize {
        self.0.max_bytes - self.0.free.available_permits()
    }

    /// The memory that verified bodies and the items in them take at this time, in bytes.
    pub fn verified_bytes(&self) -> usize {
        self.0.verified.used_bytes()
    }

    /// The memory of verified bodies.
    pub(crate) fn verified(&self) -> &VerifiedMemory {
        &self.0.verified
    }

    /// Starts a body, which takes no memory yet.
    pub(crate) fn start(&self) -> BodyMemory {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed) as u64;
        BodyMemory { budget: self.clone(), id, evicted: CancellationToken::new(), held: None }
    }

    /// Evicts the oldest bodies until they free `bytes`.
    fn make_room(&self, bytes: usize) {
        let mut holders = self.holders();
        let mut freed = 0;
        while freed < bytes
            && let Some((_, holder)) = holders.pop_first()
        {
            holder.evicted.cancel();
            freed += holder.bytes;
        }
        drop(holders);
        self.0.exhausted.log(|| tracing::warn!("memory for unverified webhooks exhausted; refusing the slowest"));
    }

    fn holders(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Holder>> {
        self.0.holders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for BodyBudget {
    fn default() -> Self {
        Self::new(Self::DEFAULT_BYTES)
    }
}

impl BodyMemory {
    /// The memory that the body has taken, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Takes `bytes` more.
    pub(crate) async fn grow(&mut self, bytes: usize) -> Result<(), Evicted> {
        let count = u32::try_from(bytes).map_err(|_| Evicted)?;
        let free = self.budget.0.free.clone();
        let taken = if let Ok(taken) = free.clone().try_acquire_many_owned(count) {
            taken
        } else {
            self.budget.make_room(bytes);
            tokio::select! {
                taken = free.acquire_many_owned(count) => taken.map_err(|_| Evicted)?,
                () = self.evicted.cancelled() => return Err(Evicted),
            }
        };
        if self.evicted.is_cancelled() {
            return Err(Evicted);
        }
        let held = match self.held.take() {
            Some(mut held) => {
                held.merge(taken);
                held
            }
            None => taken,
        };
        let holder = Holder { bytes: held.num_permits(), evicted: self.evicted.clone() };
        self.held = Some(held);
        self.budget.holders().insert(self.id, holder);
        Ok(())
    }

    /// Waits until the body has to give way.
    pub(crate) async fn evicted(&self) -> Evicted {
        self.evicted.cancelled().await;
        Evicted
    }
}

impl Drop for BodyMemory {
    fn drop(&mut self) {
        if self.held.is_some() {
            self.budget.holders().remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MIB: usize = 1024 * 1024;

    /// A timeout that only a hang exceeds.
    const DEADLINE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn the_oldest_body_gives_way_when_the_budget_is_exhausted() {
        let budget = BodyBudget::new(4 * MIB);
        let (mut first, mut second) = (budget.start(), budget.start());
        second.grow(2 * MIB).await.unwrap();
        first.grow(MIB).await.unwrap();
        first.grow(MIB).await.unwrap();
        assert_eq!(budget.used_bytes(), 4 * MIB);
        let mut third = budget.start();
        let growing = third.grow(MIB);
        let released = async {
            assert_eq!(first.evicted().await, Evicted);
            drop(first);
        };
        let both = async { tokio::join!(growing, released) };
        let (grown, ()) = tokio::time::timeout(DEADLINE, both).await.expect("nothing gives way");
        grown.unwrap();
        assert!(!second.evicted.is_cancelled(), "one eviction is enough");
        assert_eq!(budget.used_bytes(), 3 * MIB);
        drop((second, third));
        assert_eq!(budget.used_bytes(), 0);
        assert!(budget.holders().is_empty());
    }

    #[tokio::test]
    async fn a_body_that_is_the_oldest_itself_gives_way() {
        let budget = BodyBudget::new(0);
        let (mut first, mut second) = (budget.start(), budget.start());
        first.grow(2 * MIB).await.unwrap();
        second.grow(2 * MIB).await.unwrap();
        let grown = tokio::time::timeout(DEADLINE, first.grow(1)).await.expect("nothing gives way");
        assert_eq!(grown, Err(Evicted));
        drop(first);
        second.grow(2 * MIB).await.unwrap();
    }
}
