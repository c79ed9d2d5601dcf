//! The settings of traces.

use secrecy::SecretString;
use waxwing_network::NetworkPolicy;
use waxwing_traces::TraceOptions;

use super::defaults::SERVICE_NAME;
use super::raw::RawSettings;
use super::source::SettingsSource;
use crate::error::ConfigError;

/// The collector of traces. `Debug` output hides the headers.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TracesSettings {
    /// Base URL of the collector. `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub endpoint: String,
    /// Headers of each request as `name=value`, separated by commas. `OTEL_EXPORTER_OTLP_HEADERS`.
    pub headers: Option<SecretString>,
    /// Name of the service in the traces. `OTEL_SERVICE_NAME`.
    pub service_name: String,
    /// Which traces are recorded, with how much in them. `OTEL_TRACES_SAMPLER_ARG`, `WAXWING_TRACE_CONTENT`.
    pub options: TraceOptions,
    /// Policy of outgoing connections.
    pub network: NetworkPolicy,
}

/// Reads the settings. There are no traces without an endpoint.
pub(super) fn read<S: SettingsSource>(
    raw: &RawSettings<'_, S>,
    network: NetworkPolicy,
) -> Result<Option<TracesSettings>, ConfigError> {
    // Other programs of the machine may use the same variables in another way, so they are read with an endpoint only.
    let Some(endpoint) = raw.text("OTEL_EXPORTER_OTLP_ENDPOINT") else { return Ok(None) };
    let ratio = raw.parse("OTEL_TRACES_SAMPLER_ARG", |value| {
        value.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio)).ok_or("write a number from 0 to 1")
    })?;
    let content = raw.parse("WAXWING_TRACE_CONTENT", str::parse::<bool>)?;
    let default = TraceOptions::default();
    Ok(Some(TracesSettings {
        endpoint,
        headers: raw.text("OTEL_EXPORTER_OTLP_HEADERS").map(SecretString::from),
        service_name: raw.text("OTEL_SERVICE_NAME").unwrap_or_else(|| SERVICE_NAME.to_owned()),
        options: TraceOptions { ratio: ratio.unwrap_or(default.ratio), content: content.unwrap_or(default.content) },
        network,
    }))
}
