//! A host at work.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use waxwing_axum::{Prefix, Webhook, health_router};
use waxwing_engine::{Engine, Workers};
use waxwing_store::Store;

use crate::error::Error;

/// A host at work. Dropped without [`shutdown`](Self::shutdown), it stops at once, and what was not finished is resumed at the next start.
#[derive(Debug)]
pub struct Server {
    webhooks: Vec<(Prefix, Webhook)>,
    engine: Engine,
    workers: Workers,
    store: Arc<dyn Store>,
    shutdown_timeout: Duration,
}

impl Server {
    pub(crate) fn start(
        webhooks: Vec<(Prefix, Webhook)>,
        engine: Engine,
        store: Arc<dyn Store>,
        shutdown_timeout: Duration,
    ) -> Self {
        let workers = engine.start();
        Self { webhooks, engine, workers, store, shutdown_timeout }
    }

    /// The endpoints of all interfaces, each under its prefix, and `/health`.
    pub fn router(&self) -> Router {
        let health = health_router(self.webhooks.iter().map(|(_, webhook)| webhook.clone()).collect());
        self.webhooks.iter().fold(health, |router, (prefix, webhook)| router.merge(webhook.router(prefix)))
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The store.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Serves on `listener` until `stop` is done, then shuts down. Requests that are going on and turns that are running have the same time
    /// to end.
    ///
    /// # Errors
    ///
    /// If the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        if let Ok(address) = listener.local_addr() {
            tracing::info!(%address, "listening");
        }
        let (stopping, shutdown_timeout) = (CancellationToken::new(), self.shutdown_timeout);
        let stopped = stopping.clone();
        let server = axum::serve(listener, self.router()).with_graceful_shutdown(async move {
            stop.await;
            stopped.cancel();
        });
        // A client that will not end its request cannot keep the server from stopping.
        let server = async {
            tokio::select! {
                ended = server => ended,
                () = async { stopping.cancelled().await; tokio::time::sleep(shutdown_timeout).await } => Ok(()),
            }
        };
        let server = async {
            let ended = server.await;
            // Whatever ended it: without it there is nothing left to do.
            stopping.cancel();
            ended
        };
        let workers = async {
            stopping.cancelled().await;
            self.shutdown().await;
        };
        let (ended, ()) = tokio::join!(server, workers);
        ended.map_err(Error::Serve)
    }

    /// Begins nothing new, gives running turns their time to end, and hands back what does not.
    pub async fn shutdown(self) {
        tracing::info!("stopping");
        self.workers.shutdown(self.shutdown_timeout).await;
    }
}

/// Listens for SIGTERM and Ctrl-C from now on; the future is done when one of them comes. Must be called within a Tokio runtime.
///
/// Whoever asks twice does not want to wait: a second signal ends the process at once, with the exit code 1. What was not finished is resumed at the next
/// start.
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

        // Listening begins here, not when the future is first polled: a process that is told to stop while it starts should end well, too.
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
                tracing::warn!("told to stop twice: what is going on is resumed at the next start");
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
