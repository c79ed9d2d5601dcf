//! A server whose engine is running.

use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use waxwing_axum::{ConnectionLimits, HttpServer, Prefix, Webhook, health_router};
use waxwing_engine::{Engine, ProactiveMessage, ReportedEvent, SendMessageError, Workers};
use waxwing_store::{QueuedMessage, RecordedEvent};

use crate::error::Error;
use crate::server_metrics::ServerMetrics;
use crate::settings::Mode;
use crate::trace_export::TraceExport;

/// A server whose engine is running: it runs agents and sends replies.
///
/// Created by [`AgentOs::start`](crate::AgentOs::start). Dropping it without [`shutdown`](Self::shutdown) stops all work at once; the next
/// start resumes what was unfinished.
#[derive(Debug)]
pub struct Server {
    webhooks: Vec<(Prefix, Webhook)>,
    /// Routes of the endpoints of flows.
    flows: Router,
    engine: Engine,
    metrics: ServerMetrics,
    traces: TraceExport,
    workers: Workers,
    connections: ConnectionLimits,
    shutdown_timeout: Duration,
}

/// A server whose engine is not running yet.
pub(crate) struct OpenedServer {
    pub(crate) webhooks: Vec<(Prefix, Webhook)>,
    pub(crate) flows: Router,
    pub(crate) engine: Engine,
    pub(crate) metrics: ServerMetrics,
    pub(crate) traces: TraceExport,
    pub(crate) connections: ConnectionLimits,
    pub(crate) shutdown_timeout: Duration,
}

impl OpenedServer {
    /// Starts the workers of the engine.
    pub(crate) fn start(self) -> Server {
        let Self { webhooks, flows, engine, metrics, traces, connections, shutdown_timeout } = self;
        let workers = engine.start();
        Server { webhooks, flows, engine, metrics, traces, workers, connections, shutdown_timeout }
    }
}

impl Server {
    /// Returns the routes of the webhooks and flow endpoints of all interfaces, each under its prefix, and of the health endpoints.
    pub fn router(&self) -> Router {
        let health = health_router(self.webhooks.iter().map(|(_, webhook)| webhook.clone()).collect());
        let router = health.merge(self.flows.clone());
        self.webhooks.iter().fold(router, |router, (prefix, webhook)| router.merge(webhook.router(prefix)))
    }

    /// Returns the engine, for delivery events and operator actions.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the metrics of the server.
    pub fn metrics(&self) -> ServerMetrics {
        self.metrics.clone()
    }

    /// Queues a message that no turn asked for: see [`Engine::send`].
    ///
    /// ```no_run
    /// use waxwing::engine::{ProactiveMessage, SendMessageError};
    /// use waxwing::store::ConversationTarget;
    /// use waxwing::types::{PhoneNumberId, TemplateMessage, UserProfile, WaId};
    ///
    /// async fn tell(server: &waxwing::Server) -> Result<(), SendMessageError> {
    ///     let ana = ConversationTarget::User(PhoneNumberId::new("1000001"), UserProfile::from(WaId::new("34600000000")));
    ///     let ready = ProactiveMessage::new(ana, TemplateMessage::new("order_ready", "en"));
    ///     server.send(ready.idempotency_key("shop", "order-17")).await?;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// See [`SendMessageError`].
    pub async fn send(&self, message: ProactiveMessage) -> Result<QueuedMessage, SendMessageError> {
        self.engine.send(message).await
    }

    /// Records an event of another system of the business, on which the agent runs: see [`Engine::report_event`].
    ///
    /// # Errors
    ///
    /// See [`SendMessageError`].
    pub async fn report_event(&self, event: ReportedEvent) -> Result<RecordedEvent, SendMessageError> {
        self.engine.report_event(event).await
    }

    /// Serves HTTP/1.1 on `listener` until `signal` completes, then shuts down.
    ///
    /// Open requests and running turns share the shutdown timeout. Unfinished turns go back to the store.
    ///
    /// # Errors
    ///
    /// [`Error::Serve`] if the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        if let Ok(address) = listener.local_addr() {
            tracing::info!(mode = self.mode().as_str(), %address, "listening");
        }
        let (stopping, shutdown_timeout) = (CancellationToken::new(), self.shutdown_timeout);
        let stopped = stopping.clone();
        let http = HttpServer::new(self.router(), self.connections).serve(listener, async move {
            signal.await;
            stopped.cancel();
        });
        // A client that never finishes its request cannot prevent the shutdown.
        let http = async {
            tokio::select! {
                ended = http => ended,
                () = async { stopping.cancelled().await; tokio::time::sleep(shutdown_timeout).await } => Ok(()),
            }
        };
        let http = async {
            let ended = http.await;
            // Without HTTP the workers have nothing left to do, also if the listener failed.
            stopping.cancel();
            ended
        };
        let workers = async {
            stopping.cancelled().await;
            self.shutdown().await;
        };
        let (ended, ()) = tokio::join!(http, workers);
        ended.map_err(Error::Serve)
    }

    /// Shuts down gracefully: claims no more turns, waits for running turns and sends what they commit, up to the shutdown timeout.
    /// Unfinished work goes back to the store.
    pub async fn shutdown(self) {
        tracing::info!("shutting down");
        self.workers.shutdown(self.shutdown_timeout).await;
        self.traces.shutdown().await;
    }

    /// Returns [`Mode::Production`] if every interface checks signatures.
    fn mode(&self) -> Mode {
        let is_signed = self.webhooks.iter().all(|(_, webhook)| webhook.is_signed());
        if is_signed { Mode::Production } else { Mode::Development }
    }
}
