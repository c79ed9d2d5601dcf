//! A host at work.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use waxwing_axum::{Prefix, Webhook, health_router};
use waxwing_engine::Workers;
use waxwing_store::Store;

use crate::error::Error;

/// A host at work. Dropped without [`shutdown`](Self::shutdown), it stops at once, and what was not finished is resumed at the next start.
#[derive(Debug)]
pub struct Running {
    webhooks: Vec<(Prefix, Webhook)>,
    workers: Vec<Workers>,
    store: Arc<dyn Store>,
    grace: Duration,
}

impl Running {
    pub(crate) fn start(webhooks: Vec<(Prefix, Webhook)>, store: Arc<dyn Store>, grace: Duration) -> Self {
        let workers = webhooks.iter().map(|(_, webhook)| webhook.engine().start()).collect();
        Self { webhooks, workers, store, grace }
    }

    /// The endpoints of all interfaces, each under its prefix, and `/health`.
    pub fn router(&self) -> Router {
        let health = health_router(self.webhooks.iter().map(|(_, webhook)| webhook.clone()).collect());
        self.webhooks.iter().fold(health, |router, (prefix, webhook)| router.merge(webhook.router(prefix)))
    }

    /// The store.
    pub fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    /// Tells the engines that the outbox was changed behind their backs.
    pub fn wake(&self) -> impl Fn() + Send + Sync + 'static {
        let engines: Vec<_> = self.webhooks.iter().map(|(_, webhook)| webhook.engine().clone()).collect();
        move || engines.iter().for_each(waxwing_engine::Engine::wake)
    }

    /// Serves on `listener` until `stop` is done, then shuts down.
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
        let stopping = CancellationToken::new();
        let stopped = stopping.clone();
        let server = axum::serve(listener, self.router()).with_graceful_shutdown(async move {
            stop.await;
            stopped.cancel();
        });
        let patience = async {
            stopping.cancelled().await;
            tokio::time::sleep(self.grace).await;
        };
        // A client that will not end its request cannot keep the server from stopping.
        let ended = tokio::select! {
            ended = server => ended,
            () = patience => Ok(()),
        };
        self.shutdown().await;
        ended.map_err(Error::Serve)
    }

    /// Begins nothing new, gives running turns their time to end, and hands back what does not.
    pub async fn shutdown(self) {
        tracing::info!("stopping");
        let mut stopping = tokio::task::JoinSet::new();
        for workers in self.workers {
            stopping.spawn(workers.shutdown(self.grace));
        }
        stopping.join_all().await;
    }
}

/// Is done when the process is told to stop: by SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                () = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    interrupt.await;
}
