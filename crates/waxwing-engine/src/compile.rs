//! From what an agent means to the fewest WhatsApp messages that carry it: each message is billed.

use std::io;

use waxwing_agent::{Media, MediaKind, Part, Reply};
use waxwing_store::{Draft, Upload};
use waxwing_types::{Address, Audio, Content, Document, Image, MediaId, MediaSource, Text, Video, limits};

use crate::text;

/// The longest name of a file, in characters.
const FILENAME: usize = 200;

/// The media of one reply are kept in memory until they are stored; what goes beyond this many bytes is left out.
const MEDIA_BYTES: u64 = limits::DOCUMENT_BYTES;

/// Compiles a reply for one address. `no_medium` stands in for a medium that WhatsApp cannot carry.
///
/// - A text is cut where it is longer than a message may be.
/// - One text and one medium become a medium with a caption, if it fits and the medium can have one. Else the text goes first.
/// - Of several media and texts, the texts go first.
/// - A medium of a type that WhatsApp does not show as such goes as a document.
pub(crate) async fn compile(reply: Reply, to: &Address, no_medium: &str) -> io::Result<Vec<Draft>> {
    let (mut texts, mut media) = (Vec::new(), Vec::new());
    let mut room = MEDIA_BYTES;
    for part in reply.into_parts() {
        match part {
            Part::Text(text) => texts.push(text),
            Part::Markdown(markdown) => texts.push(text::from_markdown(&markdown)),
            Part::Media(medium) => match Form::of(&medium).filter(|_| medium.len() <= room) {
                Some(form) => {
                    room -= medium.len();
                    media.push((form, medium));
                }
                None => texts.push(no_medium.to_owned()),
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
            mime_type: mime_type(&medium).to_owned(),
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
    /// The form in which WhatsApp takes the medium; none if it is too large for any, or empty.
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

/// The type that the agent stated, if it is one at all: it becomes a part of a request.
fn mime_type(medium: &Media) -> &str {
    let token =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    let stated = medium.mime_type();
    let essence = stated.split(';').next().unwrap_or_default().trim();
    let plain = essence.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype));
    if plain && stated.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) { stated } else { "application/octet-stream" }
}

/// The name that the agent gave, without what no file name has, or one that tells the type: a document's icon follows from the extension.
fn filename(medium: &Media) -> String {
    let given = medium.filename().unwrap_or_default().chars().filter(|c| !c.is_control() && !"/\\".contains(*c));
    let given: String = given.take(FILENAME).collect();
    if !given.trim().is_empty() {
        return given;
    }
    let subtype = mime_type(medium).split([';', '/']).nth(1).unwrap_or_default();
    let extension: String = subtype.chars().take_while(char::is_ascii_alphanumeric).take(8).collect();
    let extension = if subtype == "octet-stream" { "bin" } else { &extension };
    format!("{}.{extension}", medium.kind().as_str().replace(' ', "-"))
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
            .block_on(compile(reply, &to, "no medium"))
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
        check(Reply::media(huge), &["text no medium"]);
        check(Reply::media(Media::image("image/png", vec![])), &["text no medium"]);
        let half = || Media::document("a.pdf", "application/pdf", vec![0; 60 * 1024 * 1024]);
        check(Reply::media(half()).and_media(half()), &["document a.pdf no medium"]);
    }

    #[test]
    fn what_an_agent_says_of_a_file_cannot_spoil_the_request() {
        let named = |name: &str, mime: &str| Media::document(name, mime, vec![1]);
        check(Reply::media(named("../a\n/b.pdf", "application/pdf")), &["document ..ab.pdf -"]);
        check(Reply::media(named(" ", "no type\r\n")), &["document document.bin -"]);
        check(Reply::media(named("", "application/vnd.ms-excel")), &["document document.vnd -"]);
    }
}
