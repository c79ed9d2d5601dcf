//! The settings of the API for other systems.

use std::net::SocketAddr;

use secrecy::SecretString;

use super::defaults::API_ADDRESS;
use super::listener;
use super::raw::RawSettings;
use super::source::SettingsSource;
use crate::error::ConfigError;

/// The API for other systems of the business: it sends messages. `Debug` output hides the token.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ApiSettings {
    /// Address to listen on. `WAXWING_API_LISTEN`; 127.0.0.1:7778 by default.
    pub address: SocketAddr,
    /// Bearer token. `WAXWING_API_TOKEN`.
    pub token: SecretString,
}

impl ApiSettings {
    /// Largest file that a request may upload, in bytes.
    pub const MAX_FILE: usize = 16 * 1024 * 1024;

    /// Largest number of requests with a file at the same time. Further ones are refused.
    pub const MAX_FILES: usize = 2;
}

/// Reads the settings. There is no API without a token.
pub(super) fn read<S: SettingsSource>(raw: &RawSettings<'_, S>) -> Result<Option<ApiSettings>, ConfigError> {
    let listener = listener::read(raw, ["WAXWING_API_LISTEN", "WAXWING_API_TOKEN"], API_ADDRESS, "send")?;
    Ok(listener.map(|(address, token)| ApiSettings { address, token }))
}
