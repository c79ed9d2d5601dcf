//! References from messages to kept media.

use std::fmt;

use async_trait::async_trait;

use crate::{Error, InboxSeq, Lease, MediaHash};

/// Records which content of a [`MediaStore`](crate::MediaStore) the messages of the conversation log have.
#[async_trait]
pub trait ReceivedMediaStore: Send + Sync + fmt::Debug {
    /// Records the media of messages of the conversation. Their content is kept already. A message has one medium, and a later record replaces an
    /// earlier one. Messages that are gone are left out. The media are in [`LogEntry::medium`](crate::LogEntry::medium) from now on.
    ///
    /// # Errors
    ///
    /// [`Error::LeaseLost`].
    async fn record_media(&self, lease: &Lease, media: Vec<(MediaMessage, KeptMedium)>) -> Result<(), Error>;

    /// Returns those of these hashes that no message refers to.
    ///
    /// # Errors
    ///
    /// [`Error::Database`] and [`Error::Closed`].
    async fn unused_media(&self, hashes: Vec<MediaHash>) -> Result<Vec<MediaHash>, Error>;
}

/// The message of a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaMessage {
    /// A message that a turn handles.
    Pending(InboxSeq),
    /// An earlier message, by its [position](crate::LogEntry::seq) in the log.
    Logged(i64),
}

/// The medium of a message, as it is kept.
///
/// ```
/// use waxwing_store::{KeptMedium, MediaHash};
///
/// let picture = KeptMedium { hash: MediaHash::of(b"a picture"), mime_type: "image/png".into() };
/// assert_eq!(picture.mime_type, "image/png");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptMedium {
    /// Hash of the content.
    pub hash: MediaHash,
    /// MIME type.
    pub mime_type: String,
}
