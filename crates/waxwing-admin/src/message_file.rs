//! File of a message to send.

use std::fmt;
use std::path::Path;

use tokio::io::AsyncReadExt as _;
use waxwing::ApiSettings;
use waxwing::client::AcceptedFile;
use waxwing::store::Upload;
use waxwing::types::{
    Audio, Document, Image, InteractiveHeader, MediaId, MediaSource, OutboundContent, Sticker, TemplateComponent,
    TemplateParameter, Video,
};

use crate::error::AdminError;

/// Id that stands for the file in content.
const PLACEHOLDER: &str = "upload";

/// Largest size of a file in bytes.
const MAX: usize = ApiSettings::MAX_FILE;

/// Name of a file without one.
const NO_NAME: &str = "file";

/// A file that is uploaded to Meta with its message, at most 16 MiB. `Debug` output contains neither its name nor its content.
#[derive(Clone, PartialEq, Eq)]
pub struct MessageFile {
    kind: &'static str,
    pub(crate) upload: Upload,
}

impl MessageFile {
    /// Reads a file from disk, for a message with this content, or for a message of any type. Its first bytes decide about its type, then its
    /// name.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, if it is too large, or if WhatsApp does not take files of its type in such a message.
    pub async fn open(path: &Path, content: Option<&OutboundContent>) -> Result<Self, AdminError> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let mut file = tokio::fs::File::open(path).await.map_err(AdminError::Medium)?;
        let mut reader = FileReader::new(content, name, None);
        let mut chunk = vec![0; 64 * 1024];
        loop {
            match file.read(&mut chunk).await.map_err(AdminError::Medium)? {
                0 => return reader.finish(),
                len => reader.push(&chunk[..len])?,
            }
        }
    }

    /// Checks the file for a message with this content.
    pub(crate) fn checked(self, content: &OutboundContent) -> Result<Self, AdminError> {
        let Upload { mime_type, filename, bytes } = self.upload;
        let mut reader = FileReader::new(Some(content), Some(filename), Some(mime_type));
        reader.push(&bytes)?;
        reader.finish()
    }

    /// Returns the type of the message that shows the file: `image`, `video`, `audio`, `voice`, `document` or `sticker`.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Returns a source that stands for the file in content.
    pub fn source() -> MediaSource {
        MediaSource::Id(MediaId::new(PLACEHOLDER))
    }

    /// Returns a message that shows the file with a caption.
    pub(crate) fn content(&self, caption: Option<String>) -> Result<OutboundContent, AdminError> {
        let source = Self::source();
        Ok(match (self.kind, caption) {
            ("image", caption) => caption.into_iter().fold(Image::new(source), Image::caption).into(),
            ("video", caption) => caption.into_iter().fold(Video::new(source), Video::caption).into(),
            ("audio", None) => Audio::new(source).into(),
            ("sticker", None) => Sticker::new(source).into(),
            ("audio" | "sticker", Some(_)) => {
                let problem =
                    format!("a message of the type {} has no text; send the text as a message of its own", self.kind);
                return Err(AdminError::Request(problem));
            }
            (_, caption) => {
                let document = Document::new(source).filename(&self.upload.filename);
                caption.into_iter().fold(document, Document::caption).into()
            }
        })
    }
}

impl fmt::Debug for MessageFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MessageFile").field("kind", &self.kind).field("upload", &self.upload).finish()
    }
}

/// Returns whether content stands for a message with the file of its request.
pub(crate) fn names_file(content: &OutboundContent) -> bool {
    content.media().is_some_and(|source| *source == MessageFile::source())
}

/// Returns the kind of the file that content needs.
pub(crate) fn kind_of(content: &OutboundContent) -> Option<&'static str> {
    match content {
        OutboundContent::Audio(audio) if audio.voice => Some("voice"),
        OutboundContent::Interactive(interactive) => match interactive.header.as_ref()? {
            InteractiveHeader::Image(_) => Some("image"),
            InteractiveHeader::Video(_) => Some("video"),
            _ => Some("document"),
        },
        OutboundContent::Template(template) => {
            let headers = template.components.iter().filter_map(|component| match component {
                TemplateComponent::Header { parameters } => parameters.first(),
                _ => None,
            });
            headers.into_iter().next().map(|parameter| match parameter {
                TemplateParameter::Image { .. } => "image",
                TemplateParameter::Video { .. } => "video",
                _ => "document",
            })
        }
        content => Some(content.kind()),
    }
}

/// Reads a file part by part: checks its type as soon as its first bytes are there, and its size with each part.
#[derive(Debug)]
pub(crate) struct FileReader {
    /// Kind of the message, if its content states it.
    kind: Option<&'static str>,
    filename: Option<String>,
    stated: Option<String>,
    bytes: Vec<u8>,
    accepted: Option<AcceptedFile>,
}

impl FileReader {
    /// Creates a reader for a message with this content. `stated` is the type that the sender states.
    pub(crate) fn new(content: Option<&OutboundContent>, filename: Option<String>, stated: Option<String>) -> Self {
        Self { kind: content.and_then(kind_of), filename, stated, bytes: Vec::new(), accepted: None }
    }

    pub(crate) fn push(&mut self, part: &[u8]) -> Result<(), AdminError> {
        let limit =
            self.accepted.as_ref().map_or(MAX, |file| usize::try_from(file.limit).map_or(MAX, |it| it.min(MAX)));
        if self.bytes.len().saturating_add(part.len()) > limit {
            return Err(AdminError::TooLarge(format!("the file has more than {limit} bytes; use a smaller file")));
        }
        self.bytes.extend_from_slice(part);
        if self.accepted.is_none() && self.bytes.len() >= AcceptedFile::HEAD {
            self.check()?;
            // The part itself can be larger than files of this type.
            return self.push(&[]);
        }
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Result<MessageFile, AdminError> {
        if self.accepted.is_none() {
            self.check()?;
            self.push(&[])?;
        }
        let AcceptedFile { kind, mime_type, .. } =
            self.accepted.ok_or_else(|| AdminError::Request("the file is empty".into()))?;
        let filename = self.filename.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| NO_NAME.to_owned());
        Ok(MessageFile { kind, upload: Upload { mime_type, filename, bytes: self.bytes.into() } })
    }

    fn check(&mut self) -> Result<(), AdminError> {
        let head = &self.bytes[..self.bytes.len().min(AcceptedFile::HEAD)];
        let accepted = AcceptedFile::find(self.kind, head, self.stated.as_deref(), self.filename.as_deref());
        self.accepted = Some(accepted.map_err(|error| AdminError::Request(error.to_string()))?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing::types::{Interactive, ReplyButton, TemplateMessage};

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";

    fn read(content: Option<&OutboundContent>, parts: &[&[u8]]) -> Result<MessageFile, AdminError> {
        let mut reader = FileReader::new(content, Some("menu.png".into()), Some("application/octet-stream".into()));
        parts.iter().try_for_each(|part| reader.push(part))?;
        reader.finish()
    }

    #[test]
    fn the_first_bytes_decide_about_the_message() {
        let file = read(None, &[&PNG[..4], &PNG[4..]]).unwrap();
        assert_eq!(
            (file.kind(), file.upload.mime_type.as_str(), file.upload.bytes.len()),
            ("image", "image/png", PNG.len())
        );
        assert_eq!(file.content(Some("Look".into())).unwrap().text(), Some("Look"));
        let document = OutboundContent::from(Document::new(MessageFile::source()));
        assert_eq!(read(Some(&document), &[PNG]).unwrap().kind(), "document");
        let audio = OutboundContent::from(Audio::new(MessageFile::source()));
        assert!(matches!(read(Some(&audio), &[PNG]), Err(AdminError::Request(_))));
        assert!(matches!(read(None, &[]), Err(AdminError::Request(_))));
    }

    #[test]
    fn a_file_is_refused_as_soon_as_it_is_too_large() {
        let part = [PNG, &vec![0; 1 << 20]].concat();
        let mut reader = FileReader::new(None, None, None);
        let pushed = (0..6).map_while(|_| reader.push(&part).ok()).count();
        assert_eq!(pushed, 4, "a picture has at most 5 MiB");
        let mut reader = FileReader::new(None, None, None);
        assert!(matches!(reader.push(&[PNG, &vec![0; 6 << 20]].concat()), Err(AdminError::TooLarge(_))));
        let mut reader = FileReader::new(None, None, None);
        assert!(matches!(reader.push(&vec![0; MAX + 1]), Err(AdminError::TooLarge(_))));
    }

    #[tokio::test]
    async fn the_content_decides_which_file_is_accepted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("menu.png");
        std::fs::write(&path, PNG).unwrap();
        assert_eq!(MessageFile::open(&path, None).await.unwrap().kind(), "image");
        let document = OutboundContent::from(Document::new(MessageFile::source()));
        assert_eq!(MessageFile::open(&path, Some(&document)).await.unwrap().kind(), "document");
        let audio = OutboundContent::from(Audio::new(MessageFile::source()));
        assert!(matches!(MessageFile::open(&path, Some(&audio)).await, Err(AdminError::Request(_))));
        let image = read(None, &[PNG]).unwrap();
        assert_eq!(image.clone().checked(&document).unwrap().kind(), "document");
        assert!(matches!(image.checked(&audio), Err(AdminError::Request(_))));
        // Meta limits the size of a picture in any message.
        std::fs::write(&path, [PNG, &vec![0; 8 << 20]].concat()).unwrap();
        assert!(matches!(MessageFile::open(&path, Some(&document)).await, Err(AdminError::TooLarge(_))));
    }

    #[test]
    fn headers_have_the_kind_of_their_file() {
        let buttons = Interactive::buttons("Tea?", [ReplyButton::new("yes", "Yes")]);
        let content = OutboundContent::from(buttons.header(InteractiveHeader::Video(MessageFile::source())));
        assert_eq!((kind_of(&content), names_file(&content)), (Some("video"), true));
        let image = TemplateParameter::Image { image: MessageFile::source() };
        let content = OutboundContent::from(TemplateMessage::new("menu", "en").header(image));
        assert_eq!((kind_of(&content), names_file(&content)), (Some("image"), true));
    }

    #[test]
    fn sounds_and_stickers_have_no_text() {
        let file = read(None, &[b"RIFF\0\0\0\0WEBPVP8 "]).unwrap();
        assert!(file.content(Some("Look".into())).is_err());
        assert_eq!(file.content(None).unwrap().kind(), "sticker");
        assert!(!format!("{file:?}").contains("menu"), "{file:?}");
    }
}
