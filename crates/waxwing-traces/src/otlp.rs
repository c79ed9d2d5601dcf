//! Export of spans to a collector over OTLP.
//!
//! OpenTelemetry's exporter encodes the spans, sends them and repeats a request that a collector could not take. Its span processor is not used, since it
//! needs a thread of its own and does not count the spans that it drops.

mod client;
mod convert;
mod queue;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::KeyValue;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter as _;
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;
use waxwing_metrics::Metrics;
use waxwing_network::{NetworkPolicy, PlainHttpRefused};

use crate::traces::{TraceOptions, Traces};
use client::CollectorClient;
use queue::{Queue, Worker};

/// Path that OTLP defines for traces.
const PATH: &str = "v1/traces";

/// Time for one batch with all its attempts.
const EXPORT_TIMEOUT: Duration = Duration::from_secs(10);

/// Where spans go. `Debug` output hides the headers.
#[derive(Debug, Clone)]
pub struct OtlpSettings {
    /// Base URL of the collector, such as `http://localhost:4318`.
    pub endpoint: String,
    /// Headers of each request as `name=value`, separated by commas, with values encoded as in a URL.
    pub headers: Option<SecretString>,
    /// Name of the service in the traces.
    pub service_name: String,
    /// Version of the service in the traces.
    pub service_version: &'static str,
    /// Policy of outgoing connections.
    pub network: NetworkPolicy,
    /// Which traces are recorded.
    pub options: TraceOptions,
}

/// Why spans cannot be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OtlpError {
    /// The endpoint is no URL.
    #[error("the endpoint is wrong; write a URL such as http://localhost:4318")]
    Endpoint,
    /// A header has another form.
    #[error("the headers are wrong; write them as name=value, separated by commas")]
    Headers,
    /// The headers would cross the network unencrypted.
    #[error("the headers cannot be sent")]
    PlainHttp(#[from] PlainHttpRefused),
    /// The exporter cannot be built.
    #[error("the exporter cannot be built")]
    Exporter(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The running export. Dropping it without [`shutdown`](Self::shutdown) loses the spans that wait.
pub struct OtlpExporter {
    queue: Arc<Queue>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl OtlpExporter {
    /// Starts the export within a Tokio runtime, and returns it with the handle that records spans.
    ///
    /// A collector that is slow or away delays nothing: spans that find the queue full, and those that the collector does not take, are lost, and
    /// `metrics` counts them.
    ///
    /// # Errors
    ///
    /// If a setting is wrong.
    pub fn start(settings: &OtlpSettings, metrics: Metrics) -> Result<(Self, Traces), OtlpError> {
        let endpoint = endpoint(&settings.endpoint)?;
        let headers = headers(settings.headers.as_ref())?;
        if !headers.is_empty() {
            settings.network.check_secret(&endpoint)?;
        }
        let client = CollectorClient::new(endpoint.clone(), headers, settings.network)
            .map_err(|error| OtlpError::Exporter(error.into()))?;
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(client)
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint(endpoint)
            .with_timeout(EXPORT_TIMEOUT)
            .build();
        let mut exporter = exporter.map_err(|error| OtlpError::Exporter(error.into()))?;
        let version = KeyValue::new("service.version", settings.service_version);
        let resource = Resource::builder().with_service_name(settings.service_name.clone()).with_attribute(version);
        exporter.set_resource(&resource.build());
        let (queue, receiver) = Queue::new(metrics);
        let stop = CancellationToken::new();
        let task = tokio::spawn(Worker { queue: queue.clone(), receiver, exporter, stop: stop.clone() }.run());
        let traces = Traces::new(queue.clone(), settings.options);
        Ok((Self { queue, stop, task }, traces))
    }

    /// Sends the spans that wait, and ends. Spans that the collector has not taken after `timeout` are lost.
    pub async fn shutdown(mut self, timeout: Duration) {
        self.stop.cancel();
        if tokio::time::timeout(timeout, &mut self.task).await.is_err() {
            self.task.abort();
            self.queue.abandon();
        }
    }
}

impl Drop for OtlpExporter {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for OtlpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpExporter").finish_non_exhaustive()
    }
}

/// Returns the URL of the traces: the path of OTLP below the base URL.
fn endpoint(base: &str) -> Result<Url, OtlpError> {
    let url = Url::parse(&format!("{}/{PATH}", base.trim_end_matches('/'))).map_err(|_| OtlpError::Endpoint)?;
    let is_http = matches!(url.scheme(), "http" | "https") && url.has_host();
    if is_http { Ok(url) } else { Err(OtlpError::Endpoint) }
}

fn headers(headers: Option<&SecretString>) -> Result<HeaderMap, OtlpError> {
    let text = headers.map(ExposeSecret::expose_secret).unwrap_or_default();
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let value: Vec<u8> = percent_decode_str(value.trim()).collect();
        let mut value = HeaderValue::try_from(value).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::try_from(name.trim()).ok()?, value))
    };
    pairs.map(|text| pair(text).ok_or(OtlpError::Headers)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_otlp_is_added() {
        for (base, expected) in [
            ("http://localhost:4318", Some("http://localhost:4318/v1/traces")),
            ("https://otlp.example/otlp/", Some("https://otlp.example/otlp/v1/traces")),
            ("localhost:4318", None),
            ("grpc://localhost:4317", None),
        ] {
            assert_eq!(endpoint(base).ok().as_ref().map(Url::as_str), expected, "{base}");
        }
    }

    #[test]
    fn headers_are_pairs() {
        let read = |text: &str| headers(Some(&text.into()));
        let read_headers = read("authorization=Basic%20eA==, x-tenant=t").unwrap();
        assert_eq!(read_headers["authorization"], "Basic eA==");
        assert_eq!(read_headers["x-tenant"], "t");
        for wrong in ["authorization", "a b=c", "a=\u{7}", "a=%0A"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert!(headers(None).unwrap().is_empty());
    }
}
