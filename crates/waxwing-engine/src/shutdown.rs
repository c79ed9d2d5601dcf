//! The signal that stops the engine.

use tokio_util::sync::CancellationToken;

/// Stops the engine in stages. Clones share their state.
#[derive(Debug, Clone, Default)]
pub(crate) struct ShutdownSignal {
    /// Cancelled first: the engine claims no more turns.
    pub(crate) drain: CancellationToken,
    /// Cancelled when the turns have ended: the loop that claims sends ends.
    pub(crate) stop_claiming_sends: CancellationToken,
    /// Cancelled when the shutdown timeout is over: work in progress is released for the next process.
    pub(crate) abort: CancellationToken,
}
