//! The settings of the metrics listener.

use std::net::SocketAddr;

use secrecy::SecretString;

use super::defaults::METRICS_ADDRESS;
use super::listener;
use super::raw::RawSettings;
use super::source::SettingsSource;
use crate::error::ConfigError;

/// The listener for Prometheus. `Debug` output hides the token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct MetricsSettings {
    /// Address to listen on. `WAXWING_METRICS_LISTEN`; 127.0.0.1:9464 by default.
    pub address: SocketAddr,
    /// Bearer token. `WAXWING_METRICS_TOKEN`.
    pub token: SecretString,
}

/// Reads the settings. There is no listener without a token.
pub(super) fn read<S: SettingsSource>(raw: &RawSettings<'_, S>) -> Result<Option<MetricsSettings>, ConfigError> {
    let variables = ["WAXWING_METRICS_LISTEN", "WAXWING_METRICS_TOKEN"];
    let listener = listener::read(raw, variables, METRICS_ADDRESS, "read the metrics")?;
    Ok(listener.map(|(address, token)| MetricsSettings { address, token }))
}
