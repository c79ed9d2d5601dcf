//! SIGHUP, the signal to reload the configuration.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The SIGHUP signals of this process since [`ReloadSignal::listen`].
pub(crate) struct ReloadSignal {
    #[cfg(unix)]
    signal: Option<Signal>,
}

impl ReloadSignal {
    /// Listens from now on. Before this call, SIGHUP ends the process. Must be called within a Tokio runtime.
    pub(crate) fn listen() -> Self {
        #[cfg(unix)]
        return Self { signal: signal(SignalKind::hangup()).ok() };
        #[cfg(not(unix))]
        Self {}
    }

    /// Waits for the next signal. Signals that arrive between two calls count once.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
