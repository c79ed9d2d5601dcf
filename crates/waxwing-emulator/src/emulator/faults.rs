//! Fault injection through the handle.

use super::Emulator;
use crate::fault::{Fault, FaultEffect, FaultId};

impl Emulator {
    /// Applies an effect to the next send that has none yet. Further calls apply to the sends after it.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), waxwing_emulator::Error> {
    /// # let emulator = waxwing_emulator::Emulator::builder().start().await?;
    /// use waxwing_emulator::FaultEffect;
    ///
    /// emulator.next_send(FaultEffect::AcceptThenDropConnection);
    /// emulator.next_send(FaultEffect::Error { code: 131_016, http: 503 });
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if more than 1,000 effects wait for a send.
    pub fn next_send(&self, effect: FaultEffect) {
        let is_queued = self.shared.world().runtime.faults.queue_for_send(effect);
        assert!(is_queued, "at most 1,000 effects can wait for a send");
    }

    /// Injects a fault, which stays active until it is removed.
    ///
    /// # Panics
    ///
    /// Panics if more than 1,000 faults are active.
    pub fn inject(&self, fault: Fault) -> FaultId {
        let id = self.shared.world().runtime.faults.inject(fault);
        id.expect("at most 1,000 faults can be active")
    }

    /// Removes a fault. Returns false if the fault is not active.
    pub fn remove_fault(&self, fault: FaultId) -> bool {
        self.shared.world().runtime.faults.remove(fault)
    }

    /// Removes all faults, including the effects of [`next_send`](Self::next_send).
    pub fn clear_faults(&self) {
        self.shared.world().runtime.faults.clear();
    }
}
