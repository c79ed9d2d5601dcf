//! Check of a file before it is uploaded, by its first bytes.

use waxwing_media::{HEAD, UNKNOWN_TYPE};

use crate::Error;
use crate::file_type::{AcceptedType, FileType, MediaKind};

/// A file that Meta takes, as its first bytes show.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types>
///
/// ```
/// use waxwing_client::AcceptedFile;
///
/// let picture = AcceptedFile::find(None, b"\x89PNG\r\n\x1a\n", None, None)?;
/// assert_eq!((picture.kind, picture.mime_type.as_str()), ("image", "image/png"));
/// assert!(AcceptedFile::find(Some("audio"), b"\x89PNG\r\n\x1a\n", Some("audio/mpeg"), None).is_err());
/// # Ok::<(), waxwing_client::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AcceptedFile {
    /// Type of the message: `image`, `video`, `audio`, `voice`, `document` or `sticker`.
    pub kind: &'static str,
    /// MIME type to upload the file with.
    pub mime_type: String,
    /// Largest size of the file in bytes.
    pub limit: u64,
}

/// Kinds of files by the names of their messages. A file of any kind gets the first one that takes it.
const KINDS: [(&str, MediaKind); 6] = [
    ("image", MediaKind::Image),
    ("video", MediaKind::Video),
    ("audio", MediaKind::Audio),
    ("sticker", MediaKind::Sticker),
    ("document", MediaKind::Document),
    ("voice", MediaKind::Voice),
];

impl AcceptedFile {
    /// Number of first bytes that decide.
    pub const HEAD: usize = HEAD;

    /// Finds the type of a file for a message of a kind, or for any message. `head` has the first [`HEAD`](Self::HEAD) bytes, or the whole
    /// file. `stated` is the type that its sender states, and `filename` its name, for files whose content does not tell it.
    ///
    /// # Errors
    ///
    /// An error if Meta does not take the file for such a message.
    pub fn find(kind: Option<&str>, head: &[u8], stated: Option<&str>, filename: Option<&str>) -> Result<Self, Error> {
        if head.is_empty() {
            return Err(Error::empty_file());
        }
        let by_name = || filename.and_then(waxwing_media::type_of_name);
        let stated = stated.filter(|stated| *stated != UNKNOWN_TYPE).or_else(by_name);
        let kinds = KINDS.into_iter().filter(|(name, _)| kind.is_none_or(|kind| kind == *name));
        let mut refusal = Error::invalid("the message takes no file");
        for (kind, media_kind) in kinds {
            match FileType::of_head(head, stated, head.len() as u64).for_message(media_kind) {
                Ok(AcceptedType { mime_type, limit }) => return Ok(Self { kind, mime_type, limit }),
                Err(error) => refusal = error,
            }
        }
        Err(refusal)
    }
}

#[cfg(test)]
mod tests {
    use waxwing_types::limits;

    use super::*;

    #[test]
    fn a_file_of_any_kind_gets_the_message_that_shows_it() {
        let check = |head: &[u8], stated: Option<&str>, kind: &str, limit: u64| {
            let found = AcceptedFile::find(None, head, stated, None).unwrap();
            assert_eq!((found.kind, found.limit), (kind, limit));
        };
        check(b"\xff\xd8\xff\xe0", None, "image", limits::IMAGE_BYTES);
        check(b"%PDF-1.7", Some("image/png"), "document", limits::DOCUMENT_BYTES);
        check(b"RIFF\0\0\0\0WEBPVP8 ", None, "sticker", limits::STICKER_BYTES);
        check(b"?", Some("audio/mpeg"), "audio", limits::AUDIO_BYTES);
        let by_name = AcceptedFile::find(None, b"?", Some(UNKNOWN_TYPE), Some("song.mp3")).unwrap();
        assert_eq!((by_name.kind, &*by_name.mime_type), ("audio", "audio/mpeg"));
        for (kind, head) in [(None, &b"GIF89a"[..]), (Some("image"), b"%PDF-1.7"), (Some("text"), b"hi"), (None, b"")] {
            assert!(AcceptedFile::find(kind, head, None, None).is_err(), "{kind:?}");
        }
    }
}
