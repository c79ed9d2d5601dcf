//! The settings of a listener that needs a bearer token.

use std::net::SocketAddr;

use secrecy::SecretString;

use super::raw::RawSettings;
use super::source::SettingsSource;
use super::table::setting;
use crate::error::ConfigError;

/// The shortest token in bytes.
const MIN_TOKEN: usize = 16;

/// Reads the address and the token of a listener, from the variables with these names. There is no listener without a token. `purpose` says what
/// the token protects.
pub(super) fn read<S: SettingsSource>(
    raw: &RawSettings<'_, S>,
    [listen, token]: [&'static str; 2],
    default: SocketAddr,
    purpose: &str,
) -> Result<Option<(SocketAddr, SecretString)>, ConfigError> {
    let address = raw.parse(listen, |value| {
        let example = "write an IP address and a port, such as";
        value.parse::<SocketAddr>().map_err(|_| format!("{example} {default}"))
    })?;
    let secret = raw.parse(token, |value| match value.len() {
        MIN_TOKEN.. => Ok(SecretString::from(value)),
        _ => Err("write at least 16 characters, for example the output of `openssl rand -hex 32`"),
    })?;
    match (address, secret) {
        (Some(_), None) => {
            let (listen, token) = (setting(listen), setting(token));
            Err(ConfigError::new(format!(
                "{} ({}) is set without {} ({}); set a token, so that only your systems can {purpose}",
                listen.variable, listen.key, token.variable, token.key
            )))
        }
        (address, Some(secret)) => Ok(Some((address.unwrap_or(default), secret))),
        (None, None) => Ok(None),
    }
}
