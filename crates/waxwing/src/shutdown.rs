//! The signals that ask a process to shut down.

/// Listens for SIGTERM and Ctrl-C from now on. The future completes at the first signal.
///
/// A second signal ends the process at once, with exit code 1; unfinished work resumes at the next start.
///
/// # Panics
///
/// Outside a Tokio runtime.
pub fn shutdown_signal() -> impl Future<Output = ()> + Send + 'static {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{Signal, SignalKind, signal};

        async fn next(signal: &mut Option<Signal>) {
            match signal {
                Some(signal) => drop(signal.recv().await),
                None => std::future::pending().await,
            }
        }

        // Listening starts here, not at the first poll: a signal during the start also leads to a graceful shutdown.
        let [mut terminate, mut interrupt] =
            [SignalKind::terminate(), SignalKind::interrupt()].map(|kind| signal(kind).ok());
        async move {
            let mut either = async move || {
                tokio::select! {
                    () = next(&mut terminate) => {}
                    () = next(&mut interrupt) => {}
                }
            };
            either().await;
            tokio::spawn(async move {
                either().await;
                tracing::warn!("second shutdown signal; exiting at once");
                std::process::exit(1);
            });
        }
    }
    #[cfg(not(unix))]
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
