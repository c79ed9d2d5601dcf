//! Bounded queue of spans for the collector.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::trace::SpanExporter as _;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use waxwing_metrics::{Metric, Metrics};

use super::convert::span_data;
use crate::span::Span;
use crate::traces::SpanSink;

/// Number of spans that wait.
const CAPACITY: usize = 2048;

/// Number of spans in one request.
const BATCH: usize = 512;

/// Time in which the spans of a request are collected.
const DELAY: Duration = Duration::from_millis(250);

/// Time between two warnings.
const QUIET: Duration = Duration::from_mins(5);

/// Takes spans without waiting.
pub(super) struct Queue {
    sender: Sender<Span>,
    metrics: Metrics,
    /// Spans that the worker has taken and the collector has not.
    in_flight: AtomicU64,
}

impl Queue {
    pub(super) fn new(metrics: Metrics) -> (Arc<Self>, Receiver<Span>) {
        let (sender, receiver) = mpsc::channel(CAPACITY);
        (Arc::new(Self { sender, metrics, in_flight: AtomicU64::new(0) }), receiver)
    }

    /// Counts the spans that wait as lost.
    pub(super) fn abandon(&self) {
        let waiting = (CAPACITY - self.sender.capacity()) as u64;
        self.lose(waiting + self.in_flight.swap(0, Ordering::Relaxed));
    }

    fn lose(&self, spans: u64) {
        self.metrics.count(Metric::LostSpans, [], spans);
    }
}

impl SpanSink for Queue {
    fn record(&self, span: Span) {
        if self.sender.try_send(span).is_err() {
            self.lose(1);
        }
    }
}

/// Sends the spans of a queue to the collector, one request after the other.
pub(super) struct Worker {
    pub(super) queue: Arc<Queue>,
    pub(super) receiver: Receiver<Span>,
    pub(super) exporter: SpanExporter,
    pub(super) stop: CancellationToken,
}

impl Worker {
    /// Runs until the stop, and then until the queue is empty.
    pub(super) async fn run(mut self) {
        let mut warned_at = None;
        loop {
            let mut batch = Vec::new();
            tokio::select! {
                biased;
                () = self.stop.cancelled() => self.receiver.close(),
                taken = self.receiver.recv() => match taken {
                    Some(span) => {
                        batch.push(span);
                        // A full batch waits already under load.
                        if self.receiver.len() + 1 < BATCH {
                            let _ = tokio::time::timeout(DELAY, self.stop.cancelled()).await;
                        }
                    }
                    None => return,
                },
            }
            while batch.len() < BATCH
                && let Ok(span) = self.receiver.try_recv()
            {
                batch.push(span);
            }
            if batch.is_empty() {
                return;
            }
            self.export(batch, &mut warned_at).await;
        }
    }

    async fn export(&self, batch: Vec<Span>, warned_at: &mut Option<Instant>) {
        let spans = batch.len() as u64;
        self.queue.in_flight.store(spans, Ordering::Relaxed);
        let exported = self.exporter.export(batch.into_iter().map(span_data).collect()).await;
        self.queue.in_flight.store(0, Ordering::Relaxed);
        let Err(error) = exported else { return };
        self.queue.lose(spans);
        if warned_at.is_none_or(|at: Instant| at.elapsed() > QUIET) {
            *warned_at = Some(Instant::now());
            let error = &error as &dyn std::error::Error;
            tracing::warn!(
                error,
                "collector of traces does not take spans; they are lost, and waxwing_lost_spans_total counts them"
            );
        }
    }
}
