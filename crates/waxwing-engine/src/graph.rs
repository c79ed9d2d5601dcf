//! Meta's Graph API, as far as the engine needs it: the edge at which tests put a stand-in.

mod cloud;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
pub use waxwing_client::FailureScope;
use waxwing_store::Upload;
use waxwing_types::{MediaId, MessageId, OutboundMessage};

/// Sends and fetches for one business number.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Graph: Send + Sync {
    /// Sends a message and returns Meta's id for it.
    async fn send(&self, message: &OutboundMessage) -> Result<MessageId, GraphError>;

    /// Uploads a medium.
    async fn upload(&self, upload: &Upload) -> Result<MediaId, GraphError>;

    /// Marks a message and all before it as read, and shows that an answer is being written.
    async fn show_typing(&self, message: &MessageId) -> Result<(), GraphError>;

    /// Writes a received medium to `file`, which is created, and returns its size; never writes more than `max_bytes`.
    async fn download(&self, media: &MediaId, max_bytes: u64, file: &Path) -> Result<Downloaded, DownloadError>;

    /// The longest that a call of [`send`](Self::send) can take.
    fn send_timeout(&self) -> Duration;
}

/// A medium that was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Its size in bytes.
    pub len: u64,
    /// Its MIME type, as Meta states it.
    pub mime_type: Option<String>,
    /// The SHA-256 digest of its bytes.
    pub sha256: [u8; 32],
}

impl Downloaded {
    /// True if the bytes are those that a webhook announced. Meta writes the digest in base64 in webhooks and in hexadecimal elsewhere; one
    /// that is neither cannot be checked and passes.
    pub fn matches(&self, announced: &str) -> bool {
        match hex::decode(announced).or_else(|_| BASE64.decode(announced)) {
            Ok(digest) if digest.len() == self.sha256.len() => digest == self.sha256,
            _ => true,
        }
    }
}

/// Why a medium could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// It is larger than allowed.
    #[error("the medium is too large")]
    TooLarge,
    /// It could not be stored.
    #[error("the medium could not be stored: {0}")]
    Storage(String),
    /// Meta did not give it.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// Why a call failed, and what that means for the next one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct GraphError {
    /// What to do about it.
    pub kind: FailureKind,
    /// What it is about, and with it what else would fail.
    pub scope: FailureScope,
    /// Meta's error code, where it gave one.
    pub code: Option<i64>,
    /// What happened, in words without user data.
    pub message: String,
    /// How long Meta asks to wait.
    pub retry_after: Option<Duration>,
}

/// What a failure means for a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// Not taken; try again soon.
    Transient,
    /// Not taken; nothing will change for hours.
    Blocked,
    /// Not taken, and never will be.
    Permanent,
    /// Nobody knows whether it was taken.
    InDoubt,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_recognised_in_either_alphabet() {
        let downloaded = Downloaded { len: 0, mime_type: None, sha256: [0xab; 32] };
        assert!(downloaded.matches(&"ab".repeat(32)));
        assert!(downloaded.matches(&BASE64.encode([0xab; 32])));
        assert!(!downloaded.matches(&"cd".repeat(32)));
        assert!(!downloaded.matches(&BASE64.encode([0xcd; 32])));
        assert!(downloaded.matches("something else"));
    }
}
