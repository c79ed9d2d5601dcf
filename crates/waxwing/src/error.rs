//! Errors of a server that starts or stops.

use std::error::Error as _;
use std::fmt;
use std::io;
use std::net::IpAddr;

/// A server could not start, or it stopped with an error.
///
/// `Debug` prints the message with all its causes, so that `main` can return this type:
///
/// ```text
/// Error: cannot listen on 127.0.0.1:7777: the port is in use; stop the other program or set PORT
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database could not be opened.
    #[error("the database cannot be opened")]
    Store(#[from] waxwing_store::Error),
    /// The address could not be bound.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The configured address.
        address: String,
        /// The reason, with a way to fix it.
        reason: String,
        /// The error of the operating system.
        #[source]
        cause: io::Error,
    },
    /// The listener failed while the server was running.
    #[error("the HTTP listener failed")]
    Serve(#[source] io::Error),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut source = self.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

/// A setting is missing or wrong. The message never contains the value of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError {
    message: String,
    setting: Option<&'static str>,
}

impl ConfigError {
    /// Creates an error. `message` names the setting, what is wrong with it, and how to fix it.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), setting: None }
    }

    /// Creates the error of one setting. `key` is its key in `waxwing.toml`.
    pub(crate) fn of_setting(key: &'static str, message: String) -> Self {
        Self { message, setting: Some(key) }
    }

    /// Returns the key of the wrong setting in `waxwing.toml`, such as `server.port`, if the error is about one setting.
    pub fn setting(&self) -> Option<&'static str> {
        self.setting
    }

    /// Returns an error about the same setting with another message.
    pub fn with_message(&self, message: impl Into<String>) -> Self {
        Self { message: message.into(), setting: self.setting }
    }

    /// Creates the error of a server that would accept unsigned webhooks on an address that other machines can reach.
    pub(crate) fn unsigned_on(address: IpAddr) -> Self {
        Self::new(format!(
            "HOST is {address}, which other machines can reach, and development mode does not check signatures: \
             set WHATSAPP_APP_SECRET, use 127.0.0.1, or pass --allow-unsigned"
        ))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_prints_the_message_with_its_causes() {
        let error = Error::Serve(io::Error::other("the socket is gone"));
        assert_eq!(format!("{error:?}"), "the HTTP listener failed: the socket is gone");
        let error = Error::from(ConfigError::new("PORT is not set"));
        assert_eq!(format!("{error:?}"), "PORT is not set");
    }
}
