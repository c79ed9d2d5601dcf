//! Media of agents in a form that WhatsApp shows.

use std::io;

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;
use tokio::sync::Semaphore;
use waxwing_agent::{Media, MediaKind, ReplyPart, Template, TemplateHeader};
use waxwing_media::{AUDIO_TYPES, Converted, HEAD, Limits, MediaError, OGG_OPUS, UNKNOWN_TYPE};
use waxwing_types::limits;

use crate::media_memory::MediaMemory;

/// Number of conversions that run at the same time in a process.
const MAX_CONVERSIONS: usize = 2;

static CONVERSIONS: Semaphore = Semaphore::const_new(MAX_CONVERSIONS);

/// Memory that conversions of media take for a moment, in bytes: 12 bytes for each pixel of the largest pictures.
pub const MAX_CONVERSION_MEMORY: u64 = MAX_CONVERSIONS as u64 * 12 * 25_000_000;

/// Converts the medium of a part, if it has one. A part whose medium cannot be read, or cannot be converted, stays as it is.
pub(super) async fn part(part: ReplyPart, memory: &MediaMemory) -> ReplyPart {
    match part {
        ReplyPart::Media(medium) => ReplyPart::Media(sendable(medium, memory).await),
        ReplyPart::Template(template) => ReplyPart::Template(self::template(template, memory).await),
        part => part,
    }
}

/// Converts the medium in the header of a template, if it has one.
pub(super) async fn template(mut template: Template, memory: &MediaMemory) -> Template {
    template.header = match template.header.take() {
        Some(TemplateHeader::Media(medium)) => Some(TemplateHeader::Media(sendable(medium, memory).await)),
        header => header,
    };
    template
}

/// Returns a medium with its true type, a file name that matches, and in a format that WhatsApp shows as the kind of the medium.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types>
pub(crate) async fn sendable(medium: Media, memory: &MediaMemory) -> Media {
    let Ok(head) = head(&medium).await else { return medium };
    let mime_type = true_type(&medium, &head);
    let kind = kind(medium.kind(), &mime_type);
    let medium = retyped(medium, kind, &mime_type);
    let Some(conversion) = Conversion::of(&medium, &head) else { return medium };
    match convert(&medium, conversion, memory).await {
        Ok(converted) => {
            let Converted { mime_type, bytes, .. } = converted;
            let converted = Media::new(conversion.kind(kind), mime_type, bytes);
            let converted = match medium.alt_text() {
                Some(text) => converted.with_alt_text(text),
                None => converted,
            };
            retyped(converted.with_filename(medium.filename().unwrap_or_default()), conversion.kind(kind), mime_type)
        }
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, kind = kind.as_str(), "medium of a reply not converted");
            // WhatsApp plays some files that cannot be converted, but not as a voice note.
            if kind == MediaKind::Voice { retyped(medium, MediaKind::Audio, &mime_type) } else { medium }
        }
    }
}

/// Returns the first bytes of a medium.
async fn head(medium: &Media) -> io::Result<Vec<u8>> {
    match medium.path() {
        Some(path) => {
            let mut head = Vec::with_capacity(HEAD);
            tokio::fs::File::open(path).await?.take(HEAD as u64).read_to_end(&mut head).await?;
            Ok(head)
        }
        None => Ok(medium.read().await?.slice(..HEAD.min(usize::try_from(medium.len()).unwrap_or(HEAD))).to_vec()),
    }
}

/// Returns the type of a medium, by its content where the content tells it.
fn true_type(medium: &Media, head: &[u8]) -> String {
    let is_sound = matches!(medium.kind(), MediaKind::Audio | MediaKind::Voice);
    waxwing_media::true_type(medium.mime_type(), head, is_sound)
}

/// Returns the kind under which WhatsApp shows a file that an agent sends as `kind`.
fn kind(kind: MediaKind, mime_type: &str) -> MediaKind {
    let family = mime_type.split('/').next().unwrap_or_default();
    match (kind, family) {
        (MediaKind::Document, _) | (MediaKind::Sticker | MediaKind::Image, "image") => kind,
        (_, "image") => MediaKind::Image,
        (_, "video") => MediaKind::Video,
        (MediaKind::Voice, "audio") => MediaKind::Voice,
        (_, "audio") => MediaKind::Audio,
        _ => kind,
    }
}

/// Returns a medium with another kind and type, and a file name that matches.
fn retyped(medium: Media, kind: MediaKind, mime_type: &str) -> Media {
    let name = medium.filename().map(|name| match mime_type {
        // A blank name is replaced when the message is compiled.
        _ if name.trim().is_empty() => name.to_owned(),
        UNKNOWN_TYPE => name.to_owned(),
        _ => waxwing_media::file_name(name, mime_type),
    });
    let medium = medium.with_kind(kind, mime_type);
    match name {
        Some(name) => medium.with_filename(name),
        None => medium,
    }
}

/// Conversion of a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Conversion {
    Picture,
    Voice,
    Audio,
}

impl Conversion {
    /// Returns the conversion that a medium needs, if it needs one.
    fn of(medium: &Media, head: &[u8]) -> Option<Self> {
        let (len, mime_type) = (medium.len(), medium.mime_type());
        let needs_picture = || waxwing_media::needs_conversion(head) || len > limits::IMAGE_BYTES;
        match medium.kind() {
            MediaKind::Sticker if mime_type == "image/webp" => {
                let is_animated = waxwing_media::is_animated_webp(head);
                let limit = if is_animated { limits::ANIMATED_STICKER_BYTES } else { limits::STICKER_BYTES };
                (len > limit).then_some(Self::Picture)
            }
            MediaKind::Image | MediaKind::Sticker | MediaKind::Document if mime_type.starts_with("image/") => {
                needs_picture().then_some(Self::Picture)
            }
            MediaKind::Voice if mime_type == OGG_OPUS => None,
            MediaKind::Voice => Some(Self::Voice),
            MediaKind::Audio if mime_type == OGG_OPUS || AUDIO_TYPES.contains(&mime_type) => None,
            MediaKind::Audio => Some(Self::Audio),
            _ => None,
        }
    }

    /// Returns the kind of the result for a medium of `kind`.
    fn kind(self, kind: MediaKind) -> MediaKind {
        match self {
            Self::Picture if kind == MediaKind::Document => MediaKind::Document,
            Self::Picture => MediaKind::Image,
            Self::Voice => MediaKind::Voice,
            Self::Audio => MediaKind::Audio,
        }
    }

    fn run(self, bytes: &[u8], mime_type: &str) -> Result<Converted, MediaError> {
        let output = if self == Self::Picture { limits::IMAGE_BYTES } else { limits::AUDIO_BYTES };
        let output_bytes = usize::try_from(output).unwrap_or(usize::MAX);
        let allowed = Limits { output_bytes, ..Limits::default() };
        match self {
            Self::Picture => waxwing_media::picture(bytes, &allowed),
            Self::Voice => waxwing_media::voice_note(bytes, mime_type, &allowed),
            Self::Audio => waxwing_media::audio_file(bytes, mime_type, &allowed),
        }
    }
}

/// Converts a medium on a thread for blocking work.
async fn convert(medium: &Media, conversion: Conversion, memory: &MediaMemory) -> Result<Converted, MediaError> {
    if medium.len() > Limits::default().input_bytes as u64 {
        return Err(MediaError::TooLarge);
    }
    let turn = CONVERSIONS.acquire().await.map_err(|_| MediaError::TooSlow)?;
    let bytes: Bytes = match medium.path() {
        Some(path) => {
            let taken = memory.take(medium.len()).await;
            taken.read(path, medium.len()).await.map_err(|_| MediaError::Damaged)?
        }
        None => medium.read().await.map_err(|_| MediaError::Damaged)?,
    };
    let mime_type = medium.mime_type().to_owned();
    let work = move || {
        let _turn = turn;
        conversion.run(&bytes, &mime_type)
    };
    // A decoder that panics costs the medium, not the process.
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(MediaError::Damaged))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_conversions_is_that_of_the_largest_pictures() {
        assert_eq!(MAX_CONVERSION_MEMORY, MAX_CONVERSIONS as u64 * 12 * Limits::default().pixels);
    }

    const GIF: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";
    const JPEG: &[u8] = b"\xff\xd8\xff\xe0";
    const WEBP: &[u8] = b"RIFF\x1a\0\0\0WEBPVP8L";

    async fn sent(medium: Media) -> Media {
        sendable(medium, &MediaMemory::new(1 << 20)).await
    }

    #[track_caller]
    fn check(medium: &Media, kind: MediaKind, mime_type: &str) {
        assert_eq!((medium.kind(), medium.mime_type()), (kind, mime_type));
    }

    /// Returns a WAV file with a tenth of a second of silence.
    fn wav() -> Vec<u8> {
        let mut file =
            b"RIFF\xa4\x0c\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80>\0\0\0}\0\0\x02\0\x10\0data\x80\x0c\0\0".to_vec();
        file.resize(44 + 3200, 0);
        file
    }

    #[tokio::test]
    async fn the_content_tells_the_type() {
        use MediaKind::{Audio, Document, Image, Sticker, Video, Voice};
        let mp4: &[u8] = b"\0\0\0\x18ftypmp42";
        for (kind, stated, bytes, expected, expected_type) in [
            (Image, "image/png", JPEG, Image, "image/jpeg"),
            (Image, "image/jpg", JPEG, Image, "image/jpeg"),
            (Image, "application/octet-stream", PNG, Image, "image/png"),
            (Image, "image/jpg", b"?", Image, "image/jpeg"),
            (Audio, "audio/mp3", b"ID3", Audio, "audio/mpeg"),
            (Audio, "audio/x-m4a", mp4, Audio, "audio/mp4"),
            (Document, "audio/x-m4a", mp4, Document, "audio/mp4"),
            (Image, "image/png", mp4, Video, "video/mp4"),
            (Video, "video/mp4", JPEG, Image, "image/jpeg"),
            (Image, "image/png", b"%PDF-1.7", Image, "application/pdf"),
            (Sticker, "image/webp", WEBP, Sticker, "image/webp"),
            (Sticker, "image/webp", PNG, Sticker, "image/png"),
            (Document, "text/csv", b"a;b", Document, "text/plain"),
            (Document, "application/json", b"{}", Document, "text/plain"),
            (Document, "application/octet-stream", b"a\0b", Document, "application/octet-stream"),
            (Document, "application/msword", b"\xd0\xcf\x11\xe0", Document, "application/msword"),
            (
                Document,
                "application/vnd.android.package-archive",
                b"PK\x03\x04",
                Document,
                "application/vnd.android.package-archive",
            ),
            (Voice, "audio/ogg; codecs=opus", b"?", Voice, OGG_OPUS),
        ] {
            check(&sent(Media::new(kind, stated, bytes)).await, expected, expected_type);
        }
    }

    #[tokio::test]
    async fn pictures_are_converted() {
        let converted = sent(Media::image("image/gif", GIF).with_filename("sun.gif")).await;
        check(&converted, MediaKind::Image, "image/jpeg");
        assert_eq!(converted.filename(), Some("sun.jpg"));
        assert_eq!(waxwing_media::sniff(&converted.read().await.unwrap()), Some("image/jpeg"));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), GIF).unwrap();
        let on_disk = Media::from_file(MediaKind::Sticker, "image/gif", file.path(), GIF.len() as u64);
        check(&sent(on_disk).await, MediaKind::Image, "image/jpeg");
        check(&sent(Media::document("a.gif", "image/gif", GIF)).await, MediaKind::Document, "image/jpeg");
        // A picture that cannot be converted stays as it is.
        check(&sent(Media::image("image/gif", &GIF[..12])).await, MediaKind::Image, "image/gif");
    }

    #[tokio::test]
    async fn recordings_are_converted() {
        let note = sent(Media::new(MediaKind::Voice, "audio/x-wav", wav()).with_filename("hello.wav")).await;
        check(&note, MediaKind::Voice, OGG_OPUS);
        assert_eq!(note.filename(), Some("hello.ogg"));
        check(&sent(Media::new(MediaKind::Audio, "audio/wav", wav())).await, MediaKind::Audio, OGG_OPUS);
        let raw = Media::new(MediaKind::Voice, "audio/L16;rate=16000", vec![0; 3200]);
        check(&sent(raw).await, MediaKind::Voice, OGG_OPUS);
        // An MP3 file that cannot be read stays as it is, but not as a voice note.
        check(&sent(Media::new(MediaKind::Voice, "audio/mpeg", &b"ID3"[..])).await, MediaKind::Audio, "audio/mpeg");
    }

    #[tokio::test]
    async fn stickers_have_a_largest_size() {
        let sized = |start: &[u8], len: usize| {
            let mut bytes = start.to_vec();
            bytes.resize(len, 0);
            Media::new(MediaKind::Sticker, "image/webp", bytes)
        };
        let animated = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02";
        for (start, limit) in [(WEBP, 100 * 1024), (&animated[..], 500 * 1024)] {
            let medium = sized(start, limit);
            assert_eq!(Conversion::of(&medium, start), None);
            assert_eq!(Conversion::of(&sized(start, limit + 1), start), Some(Conversion::Picture));
        }
    }
}
