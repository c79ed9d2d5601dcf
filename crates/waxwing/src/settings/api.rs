//! The settings of the API for other systems.

use std::net::SocketAddr;

use secrecy::SecretString;

use super::defaults::API_ADDRESS;
use super::raw::RawSettings;
use super::source::SettingsSource;
use crate::error::ConfigError;

/// The shortest token in bytes.
const MIN_TOKEN: usize = 16;

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
    let address = raw.parse("WAXWING_API_LISTEN", |value| {
        value.parse::<SocketAddr>().map_err(|_| "write an IP address and a port, such as 127.0.0.1:7778")
    })?;
    let token = raw.parse("WAXWING_API_TOKEN", |value| match value.len() {
        MIN_TOKEN.. => Ok(SecretString::from(value)),
        _ => Err("write at least 16 characters, for example the output of `openssl rand -hex 32`"),
    })?;
    match (address, token) {
        (Some(_), None) => Err(ConfigError::new(
            "WAXWING_API_LISTEN (server.api_listen) is set without WAXWING_API_TOKEN (server.api_token); set a token, so that only your systems can send",
        )),
        (address, Some(token)) => Ok(Some(ApiSettings { address: address.unwrap_or(API_ADDRESS), token })),
        (None, None) => Ok(None),
    }
}
