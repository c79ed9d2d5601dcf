//! From what an agent means to the fewest WhatsApp messages that carry it: each message is billed.

use std::io;

use waxwing_agent::{Media, MediaKind, Part, Reply};
use waxwing_store::{Draft, Upload};
use waxwing_types::{Address, Audio, Content, Document, Image, MediaId, MediaSource, Text, Video, limits};

use crate::text;

/// Compiles a reply for one address. `too_large` stands in for a medium that WhatsApp cannot carry.
///
/// - A text is cut where it is longer than a message may be.
/// - One text and one medium become a medium with a caption, if it fits and the medium can have one. Else the text goes first.
/// - Of several media and texts, the texts go first.
/// - A medium of a type that WhatsApp does not show as such goes as a document.
pub(crate) async fn compile(reply: Reply, to: &Address, too_large: &str) -> io::Result<Vec<Draft>> {
    let (mut texts, mut media) = (Vec::new(), Vec::new());
    for part in reply.into_parts() {
        match part {
            Part::Text(text) => texts.push(text),
            Part::Markdown(markdown) => texts.push(text::from_markdown(&markdown)),
            Part::Media(medium) => match Form::of(&medium) {
                Some(form) => media.push((form, medium)),
                None => texts.push(too_large.to_owned()),
            },
            _ => {}
        }
    }
    texts.retain(|text| !text.trim().is_empty());

    let caption = match (&texts[..], &media[..]) {
        ([text], [(form, _)]) if form.takes_caption() && limits::length(text) <= limits::CAPTION => texts.pop(),
        _ => None,
    };
    let mut drafts: Vec<_> = texts
        .iter()
        .flat_map(|text| text::split(text, limits::TEXT_BODY))
        .map(|body| draft(to, Text::new(body).into(), None))
        .collect();
    for (form, medium) in media {
        let upload = Upload {
            mime_type: medium.mime_type().to_owned(),
            filename: filename(&medium),
            bytes: medium.read().await?,
        };
        let content = form.content(&upload.filename, caption.clone());
        drafts.push(draft(to, content, Some(upload)));
    }
    Ok(drafts)
}

fn draft(to: &Address, content: Content, upload: Option<Upload>) -> Draft {
    Draft { to: to.clone(), content, reply_to: None, callback_data: None, upload }
}

/// The type of message that carries a medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Image,
    Video,
    Audio,
    Voice,
    Document,
}

impl Form {
    /// The form in which WhatsApp takes the medium; none if it is too large for any.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/media#supported-media-types>
    fn of(medium: &Media) -> Option<Self> {
        let mime_type = medium.mime_type().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let (form, limit) = match (medium.kind(), mime_type.as_str()) {
            (MediaKind::Image, "image/jpeg" | "image/png") => (Self::Image, limits::IMAGE_BYTES),
            (MediaKind::Video, "video/mp4" | "video/3gpp") => (Self::Video, limits::VIDEO_BYTES),
            (MediaKind::Voice, "audio/ogg") => (Self::Voice, limits::AUDIO_BYTES),
            (
                MediaKind::Audio | MediaKind::Voice,
                "audio/aac" | "audio/amr" | "audio/mpeg" | "audio/mp4" | "audio/ogg",
            ) => (Self::Audio, limits::AUDIO_BYTES),
            _ => (Self::Document, limits::DOCUMENT_BYTES),
        };
        match medium.len() {
            0 => None,
            len if len <= limit => Some(form),
            len if len <= limits::DOCUMENT_BYTES => Some(Self::Document),
            _ => None,
        }
    }

    fn takes_caption(self) -> bool {
        !matches!(self, Self::Audio | Self::Voice)
    }

    /// The message, without the medium's id, which uploading will give.
    fn content(self, filename: &str, caption: Option<String>) -> Content {
        let source = MediaSource::Id(MediaId::new(""));
        match self {
            Self::Image => Image { source, caption }.into(),
            Self::Video => Video { source, caption }.into(),
            Self::Audio => Audio { source, voice: false }.into(),
            Self::Voice => Audio { source, voice: true }.into(),
            Self::Document => Document { source, caption, filename: Some(filename.to_owned()) }.into(),
        }
    }
}

/// The name that the agent gave, or one that tells the type: a document's icon follows from the extension.
fn filename(medium: &Media) -> String {
    medium.filename().map_or_else(
        || {
            let subtype = medium.mime_type().split([';', '/']).nth(1).unwrap_or("bin");
            let extension: String = subtype.chars().take_while(char::is_ascii_alphanumeric).take(8).collect();
            format!(
                "{}.{}",
                medium.kind().as_str().replace(' ', "-"),
                if extension.is_empty() { "bin" } else { &extension }
            )
        },
        str::to_owned,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_types::WaId;

    fn picture() -> Media {
        Media::image("image/png", vec![1, 2, 3])
    }

    #[track_caller]
    fn check(reply: Reply, expected: &[&str]) {
        let to = WaId::new("34600000000").into();
        let drafts = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(compile(reply, &to, "too large"))
            .unwrap();
        let found: Vec<_> = drafts
            .iter()
            .map(|draft| {
                assert_eq!(draft.upload.is_some(), draft.content.media().is_some());
                match &draft.content {
                    Content::Text(text) => format!("text {}", text.body.chars().take(20).collect::<String>()),
                    Content::Image(image) => format!("image {}", image.caption.as_deref().unwrap_or("-")),
                    Content::Audio(audio) => format!("audio {}", if audio.voice { "voice" } else { "-" }),
                    Content::Document(document) => format!(
                        "document {} {}",
                        document.filename.as_deref().unwrap_or("-"),
                        document.caption.as_deref().unwrap_or("-")
                    ),
                    other => other.kind().to_owned(),
                }
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn texts_stay_apart_and_empty_ones_vanish() {
        check(Reply::text("a").and_text(" \n").and_text("b"), &["text a", "text b"]);
        check(Reply::none(), &[]);
        check(Reply::markdown("**a**"), &["text *a*"]);
    }

    #[test]
    fn one_text_and_one_picture_are_one_message() {
        check(Reply::text("look").and_media(picture()), &["image look"]);
        check(Reply::media(picture()).and_text("look"), &["image look"]);
        check(Reply::text("x".repeat(1025)).and_media(picture()), &["text xxxxxxxxxxxxxxxxxxxx", "image -"]);
    }

    #[test]
    fn of_several_the_texts_go_first() {
        check(Reply::media(picture()).and_text("look").and_media(picture()), &["text look", "image -", "image -"]);
    }

    #[test]
    fn what_whatsapp_does_not_show_goes_as_a_document() {
        check(Reply::media(Media::image("image/webp", vec![1])), &["document image.webp -"]);
        check(Reply::media(Media::image("image/png", vec![0; 6 * 1024 * 1024])), &["document image.png -"]);
        check(
            Reply::text("t").and_media(Media::new(MediaKind::Audio, "audio/wav", vec![1])),
            &["document audio.wav t"],
        );
    }

    #[test]
    fn sounds_have_no_caption() {
        let note = Media::new(MediaKind::Voice, "audio/ogg; codecs=opus", vec![1]);
        check(Reply::text("listen").and_media(note), &["text listen", "audio voice"]);
    }

    #[test]
    fn what_cannot_be_carried_is_said() {
        let huge = Media::from_file(MediaKind::Document, "application/pdf", "/nowhere", limits::DOCUMENT_BYTES + 1);
        check(Reply::media(huge), &["text too large"]);
    }
}
