//! Errors of the admin API.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use waxwing::engine::{CampaignError, OperatorError, SendMessageError, UsageError};
use waxwing::{ConfigError, store};

/// An action of an operator failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdminError {
    /// The database is not where the settings say.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(waxwing::Error),
    /// A server uses the database, and the file with its address cannot be read.
    #[error(
        "a server uses the database, but {path} cannot be read; run the command as the operating system user that runs the server"
    )]
    Endpoint {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The server does not respond.
    #[error("the server that uses the database does not respond")]
    Http(#[from] reqwest::Error),
    /// The server refused the request.
    #[error("{0}")]
    Refused(String),
    /// The request names no conversation, no user, or several.
    #[error("{0}")]
    Request(String),
    /// The body or the file of the request is too large.
    #[error("{0}")]
    TooLarge(String),
    /// Other requests with files are being received.
    #[error("too many requests with files at once; send it again later")]
    Busy,
    /// The store failed, does not have the row, or the state of the row forbids the action.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The engine refused the action: the text cannot be sent, or the quarantined data cannot be used.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// A message cannot be queued.
    #[error(transparent)]
    Message(#[from] SendMessageError),
    /// A campaign cannot be created or changed, or a message cannot be scheduled.
    #[error(transparent)]
    Campaign(#[from] CampaignError),
    /// The report of usage would be too large, or the store failed.
    #[error(transparent)]
    Usage(#[from] UsageError),
    /// The user is erased, but the media directory of a killed server cannot be removed.
    #[error("the user is erased, but {path} cannot be removed; remove it by hand")]
    Media {
        /// The directory.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The directory of kept media cannot be opened.
    #[error("the media directory {path} cannot be opened")]
    KeptMedia {
        /// The directory.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A medium cannot be placed in a file.
    #[error("the medium cannot be read")]
    Medium(#[source] io::Error),
    /// The API for other systems cannot listen.
    #[error("the API cannot listen on {address} (server.api_listen)")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The listener for Prometheus cannot listen.
    #[error("the metrics cannot be served on {address} (server.metrics_listen)")]
    ListenMetrics {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The admin server cannot start.
    #[error("the admin API cannot start")]
    Start(#[source] io::Error),
}
