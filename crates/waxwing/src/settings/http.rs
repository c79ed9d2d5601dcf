//! Reads the limits of the webhook listener.

use std::time::Duration;

use waxwing_axum::BodyBudget;

use super::raw::RawSettings;
use super::source::SettingsSource;
use crate::error::ConfigError;
use crate::http_settings::HttpSettings;

/// Reads the limits over their defaults.
pub(super) fn read<S: SettingsSource>(raw: &RawSettings<'_, S>) -> Result<HttpSettings, ConfigError> {
    let mut http = HttpSettings::default();
    let connections = &mut http.connections;
    for (variable, limit) in [
        ("WAXWING_MAX_CONNECTIONS", &mut connections.max_connections),
        ("WAXWING_MAX_CONNECTIONS_PER_PEER", &mut connections.max_connections_per_peer),
    ] {
        *limit = raw.count(variable)?.unwrap_or(*limit);
    }
    let idle_timeout = raw.duration("WAXWING_IDLE_TIMEOUT", Duration::from_secs(1))?;
    connections.idle_timeout = idle_timeout.unwrap_or(connections.idle_timeout);
    http.max_unverified_bytes =
        raw.bytes("WAXWING_MAX_UNVERIFIED_BYTES", BodyBudget::MIN_BYTES)?.unwrap_or(http.max_unverified_bytes);
    Ok(http)
}
