//! Messages to the service manager that started the process.
//!
//! systemd and compatible service managers name a socket in `NOTIFY_SOCKET`, see
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>. Without this variable, no message is sent. Other systems have
//! no such service manager.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use waxwing::engine::Engine;

/// State of the process that the service manager is told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ServiceState {
    /// The listener is bound, and the engine runs.
    Ready(SocketAddr),
    /// The configuration is being read again.
    Reloading,
    /// The configuration was read again, with or without success.
    Reloaded,
    /// The process shuts down.
    Stopping,
    /// The process does its work; sent in each interval of the watchdog.
    Alive,
}

impl ServiceState {
    /// Tells the service manager this state. A failure is logged: the service manager ends a process that it hears nothing of.
    pub(crate) fn report(self) {
        #[cfg(unix)]
        if let Err(error) = self.notify() {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "service manager not notified; check NOTIFY_SOCKET");
        }
    }

    #[cfg(unix)]
    fn notify(self) -> std::io::Result<()> {
        use sd_notify::{NotifyState, notify};

        match self {
            Self::Ready(address) => {
                notify(&[NotifyState::Ready, NotifyState::Status(&format!("listening on {address}"))])
            }
            Self::Reloading => notify(&[NotifyState::Reloading, NotifyState::monotonic_usec_now()?]),
            Self::Reloaded => notify(&[NotifyState::Ready]),
            Self::Stopping => notify(&[NotifyState::Stopping]),
            Self::Alive => notify(&[NotifyState::Watchdog]),
        }
    }
}

/// Reports twice in each interval of the watchdog that the process is alive. The service manager restarts a process that reports nothing.
///
/// The process counts as alive if a worker thread of the runtime runs a task, and if the store answers that task. A storage fault is such
/// an answer: a restart repairs no disk, and `/health/ready` reports the fault.
pub(crate) async fn feed_watchdog(engine: &Engine) -> Infallible {
    let Some(interval) = watchdog_interval() else { return std::future::pending().await };
    loop {
        let engine = engine.clone();
        let check = tokio::spawn(async move { engine.is_responsive().await });
        let is_alive = check.await.unwrap_or(false);
        if is_alive {
            ServiceState::Alive.report();
        }
        // A check that failed is repeated early, so that one slow write of the disk does not end the process.
        tokio::time::sleep(interval / if is_alive { 2 } else { 10 }).await;
    }
}

/// Returns the interval in which the service manager expects a report, from `WATCHDOG_USEC`. None if it watches another process or none.
fn watchdog_interval() -> Option<Duration> {
    #[cfg(unix)]
    return sd_notify::watchdog_enabled().filter(|interval| !interval.is_zero());
    #[cfg(not(unix))]
    None
}
