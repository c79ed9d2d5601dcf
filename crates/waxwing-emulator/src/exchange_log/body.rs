//! Bodies in the exchange log.

use bytes::Bytes;

/// Maximum size of a body in the log, in bytes. Of a larger body, only the size is recorded.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

/// Recorded body.
#[derive(Debug, Clone)]
pub(crate) enum RecordedBody {
    /// Whole body.
    Whole(Bytes),
    /// Body that is too large for the log. Its size is unknown if the sender did not announce it.
    TooLarge { bytes: Option<u64> },
}

impl RecordedBody {
    /// Returns a body without content.
    pub(crate) fn empty() -> Self {
        Self::Whole(Bytes::new())
    }

    /// Records a whole body. The clone of a large body would keep the memory of a media file.
    pub(crate) fn of(bytes: &Bytes) -> Self {
        if bytes.len() > MAX_BODY {
            Self::TooLarge { bytes: Some(bytes.len() as u64) }
        } else {
            Self::Whole(bytes.clone())
        }
    }

    /// Returns the recorded bytes: none for a body that is too large.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::TooLarge { .. } => &[],
        }
    }

    /// Returns the whole body, unless it was too large for the log.
    pub(crate) fn whole(&self) -> Option<&Bytes> {
        match self {
            Self::Whole(bytes) => Some(bytes),
            Self::TooLarge { .. } => None,
        }
    }
}
