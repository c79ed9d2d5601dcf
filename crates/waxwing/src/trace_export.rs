//! Export of traces, in programs with the feature `otlp`.

use std::time::Duration;

use waxwing_metrics::Metrics;
use waxwing_traces::Traces;
#[cfg(feature = "otlp")]
use waxwing_traces::{OtlpExporter, OtlpSettings};

use crate::error::ConfigError;
use crate::settings::TracesSettings;

/// Time that the collector gets for the last spans at shutdown.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);

/// The export of the traces of a server.
#[derive(Debug, Default)]
pub(crate) struct TraceExport {
    #[cfg(feature = "otlp")]
    exporter: Option<OtlpExporter>,
}

impl TraceExport {
    /// Starts the export, if the settings name a collector.
    #[cfg(feature = "otlp")]
    pub(crate) fn start(settings: Option<&TracesSettings>, metrics: &Metrics) -> Result<(Self, Traces), ConfigError> {
        let Some(TracesSettings { endpoint, headers, service_name, options, network }) = settings.cloned() else {
            return Ok((Self::default(), Traces::off()));
        };
        let service_version = env!("CARGO_PKG_VERSION");
        let settings = OtlpSettings { endpoint, headers, service_name, service_version, network, options };
        let (exporter, traces) = OtlpExporter::start(&settings, metrics.clone()).map_err(|error| {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            let settings =
                "OTEL_EXPORTER_OTLP_ENDPOINT (traces.endpoint) or OTEL_EXPORTER_OTLP_HEADERS (traces.headers)";
            ConfigError::new(format!("{settings} is wrong: {error}{cause}"))
        })?;
        tracing::info!(ratio = options.ratio, content = options.content, "traces are exported");
        Ok((Self { exporter: Some(exporter) }, traces))
    }

    /// Tells the operator that the program cannot export traces, if the settings name a collector.
    #[cfg(not(feature = "otlp"))]
    #[expect(clippy::unnecessary_wraps, reason = "the export can fail with the feature")]
    pub(crate) fn start(settings: Option<&TracesSettings>, _: &Metrics) -> Result<(Self, Traces), ConfigError> {
        if settings.is_some() {
            tracing::warn!(
                "OTEL_EXPORTER_OTLP_ENDPOINT (traces.endpoint) is set, but this program was built without the feature otlp; no traces are recorded"
            );
        }
        Ok((Self::default(), Traces::off()))
    }

    /// Sends the spans that wait, and ends the export.
    #[cfg_attr(not(feature = "otlp"), expect(clippy::unused_async, reason = "the export waits with the feature"))]
    pub(crate) async fn shutdown(self) {
        #[cfg(feature = "otlp")]
        if let Some(exporter) = self.exporter {
            exporter.shutdown(FLUSH_TIMEOUT).await;
        }
        #[cfg(not(feature = "otlp"))]
        let _ = FLUSH_TIMEOUT;
    }
}
