//! What can go wrong before a server runs.

use std::fmt;
use std::io;

/// A server could not be started, or stopped with an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database could not be opened.
    #[error("the database cannot be opened")]
    Store(#[from] waxwing_store::Error),
    /// The address could not be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address, as it was configured.
        address: String,
        /// What is in the way, and what to do.
        reason: String,
        /// The cause.
        source: io::Error,
    },
    /// The server stopped.
    #[error("the server stopped")]
    Serve(#[source] io::Error),
}

/// A setting is missing or wrong. Never holds the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(String);

impl ConfigError {
    /// An error that says what is wrong with which setting, and what to do.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}
