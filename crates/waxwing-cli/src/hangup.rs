//! SIGHUP: the sign to read the settings file again.

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The hang-ups of this process, from [`ReloadSignal::listen`] on.
pub(crate) struct ReloadSignal {
    #[cfg(unix)]
    signal: Option<Signal>,
}

impl ReloadSignal {
    /// Listens from now on. Must be called within a Tokio runtime. Until it is, a hang-up ends the process.
    pub(crate) fn listen() -> Self {
        #[cfg(unix)]
        return Self { signal: signal(SignalKind::hangup()).ok() };
        #[cfg(not(unix))]
        Self {}
    }

    /// Waits for the next one. Several that come before it is asked for are one.
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
