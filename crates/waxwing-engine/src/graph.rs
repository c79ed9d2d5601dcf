//! The part of Meta's Graph API that the engine uses, as a trait that tests can replace.

mod cloud;

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use waxwing_client::FailureScope;
use waxwing_store::Upload;
use waxwing_types::{Address, CallId, GroupId, MediaId, MessageId, OutboundMessage, TemplateLayout, WabaId};

/// The calls to Meta's Graph API for one business number. `waxwing_client::Client` implements this trait.
#[cfg_attr(test, mockall::automock)]
#[async_trait]
pub trait Graph: Send + Sync {
    /// Sends a message and returns Meta's id of the message.
    ///
    /// # Errors
    ///
    /// A [`GraphError`] of the kind [`FailureKind::InDoubt`] if Meta may have accepted the message.
    async fn send(&self, message: &OutboundMessage) -> Result<MessageId, GraphError>;

    /// Uploads a medium and returns Meta's id of the medium.
    ///
    /// # Errors
    ///
    /// A [`GraphError`] if the upload failed.
    async fn upload(&self, upload: &Upload) -> Result<MediaId, GraphError>;

    /// Marks a message and all before it as read, and shows the typing indicator.
    ///
    /// # Errors
    ///
    /// A [`GraphError`] if the call failed. The engine only logs the error.
    async fn show_typing(&self, message: &MessageId) -> Result<(), GraphError>;

    /// Marks a message and all before it as read.
    ///
    /// # Errors
    ///
    /// A [`GraphError`] if the call failed. The engine only logs the error.
    async fn mark_read(&self, message: &MessageId) -> Result<(), GraphError>;

    /// Downloads a received medium to `file`, which is created. Writes at most `max_bytes` bytes.
    ///
    /// # Errors
    ///
    /// [`DownloadError::NotFound`] for status 404, [`DownloadError::TooLarge`] for a larger medium, [`DownloadError::Storage`] if the file
    /// could not be written, and [`DownloadError::Graph`] if Meta did not return the medium for another reason.
    async fn download(&self, media: &MediaId, max_bytes: u64, file: &Path) -> Result<Downloaded, DownloadError>;

    /// Returns the subject of a group, if Meta states one.
    ///
    /// # Errors
    ///
    /// A [`GraphError`] if the call failed. The engine only logs the error.
    async fn group_subject(&self, group: &GroupId) -> Result<Option<String>, GraphError>;

    /// Returns the versions of a template of an account, one for each language; an empty list if the account has no such template. Returns none
    /// if the versions are not available, as by default. Templates are then sent unchecked.
    ///
    /// # Errors
    ///
    /// A [`GraphError`] if the call failed. The engine only logs the error.
    async fn template(&self, account: &WabaId, name: &str) -> Result<Option<Vec<TemplateVersion>>, GraphError> {
        let _ = (account, name);
        Ok(None)
    }

    /// Returns the number of users to whom the business may write first within 24 hours. Returns none without a limit, or if the limit is not
    /// available, as by default.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/messaging-limits>
    ///
    /// # Errors
    ///
    /// A [`GraphError`] if the call failed. The engine only logs the error.
    async fn messaging_limit(&self) -> Result<Option<u32>, GraphError> {
        Ok(None)
    }

    /// Rejects a call of a user. Not available by default.
    ///
    /// # Errors
    ///
    /// A [`GraphError`] if the request failed, or if the call has ended.
    async fn reject_call(&self, call: &CallId) -> Result<(), GraphError> {
        let _ = call;
        Err(GraphError::unavailable("calls"))
    }

    /// Gives the conversation with a user to the next app that shares it. Not available by default.
    ///
    /// # Errors
    ///
    /// A [`GraphError`] if the request failed, or if no other app shares the conversation.
    async fn pass_thread(&self, user: &Address) -> Result<(), GraphError> {
        let _ = user;
        Err(GraphError::unavailable("thread control"))
    }

    /// Returns the longest time that a call of [`send`](Self::send) takes.
    fn send_timeout(&self) -> Duration;
}

/// Message template in one language.
///
/// ```
/// use serde_json::json;
/// use waxwing_engine::TemplateVersion;
/// use waxwing_types::TemplateLayout;
///
/// let body = json!({ "type": "BODY", "text": "Order {{1}} is ready." });
/// let layout = TemplateLayout::new("order_ready", "en", "UTILITY", &[body]);
/// let version = TemplateVersion { layout, status: "APPROVED".into() };
/// assert_eq!(version.layout.language(), "en");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateVersion {
    /// Form of the template, with its language.
    pub layout: TemplateLayout,
    /// Meta's name of the status, such as `APPROVED` or `PAUSED`.
    pub status: String,
}

/// A downloaded medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Downloaded {
    /// Size in bytes.
    pub len: u64,
    /// MIME type that Meta states.
    pub mime_type: Option<String>,
    /// SHA-256 digest of the bytes.
    pub sha256: [u8; 32],
}

impl Downloaded {
    /// Returns true unless the bytes differ from the digest that a webhook announced.
    ///
    /// Meta writes the digest in base64 in webhooks, and in hexadecimal elsewhere. A digest in another format cannot be checked, and
    /// passes.
    pub fn matches(&self, announced: &str) -> bool {
        match hex::decode(announced).or_else(|_| BASE64.decode(announced)) {
            Ok(digest) if digest.len() == self.sha256.len() => digest == self.sha256,
            _ => true,
        }
    }
}

/// Why a medium could not be downloaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DownloadError {
    /// Meta does not have the medium, or the URL of the medium has expired (HTTP status 404).
    #[error("the medium was not found")]
    NotFound,
    /// The medium is larger than the limit.
    #[error("the medium is too large")]
    TooLarge,
    /// The file could not be written.
    #[error("the medium could not be stored: {0}")]
    Storage(String),
    /// Meta did not return the medium.
    #[error(transparent)]
    Graph(#[from] GraphError),
}

/// A failed call to Graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct GraphError {
    /// The effect of the failure on the send.
    pub kind: FailureKind,
    /// The scope of the failure: the message, the recipient, the number, or the account.
    pub scope: FailureScope,
    /// Meta's error code, if there is one.
    pub code: Option<i64>,
    /// Description without user data.
    pub message: String,
    /// How long Meta asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether the text of a refused message may be sent in its place.
    pub allows_fallback: bool,
}

impl GraphError {
    /// Returns the error of a feature that an implementation does not have.
    fn unavailable(feature: &str) -> Self {
        Self {
            kind: FailureKind::Permanent,
            scope: FailureScope::Message,
            code: None,
            message: format!("{feature} is not available"),
            retry_after: None,
            allows_fallback: false,
        }
    }

    /// Returns true if Meta refused the access token.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes>
    pub(crate) fn is_token_refused(&self) -> bool {
        matches!(self.code, Some(0 | 190)) && self.scope == FailureScope::Number
    }
}

/// The effect of a failure on a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FailureKind {
    /// Meta did not accept the message. A retry may succeed soon.
    Transient,
    /// Meta did not accept the message. A retry may succeed in some hours, after the business or Meta fixed the cause.
    Blocked,
    /// Meta did not accept the message and never will.
    Permanent,
    /// Meta may have accepted the message.
    InDoubt,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_checked_in_hexadecimal_and_in_base64() {
        let downloaded = Downloaded { len: 0, mime_type: None, sha256: [0xab; 32] };
        assert!(downloaded.matches(&"ab".repeat(32)));
        assert!(downloaded.matches(&BASE64.encode([0xab; 32])));
        assert!(!downloaded.matches(&"cd".repeat(32)));
        assert!(!downloaded.matches(&BASE64.encode([0xcd; 32])));
        assert!(downloaded.matches("something else"));
    }
}
