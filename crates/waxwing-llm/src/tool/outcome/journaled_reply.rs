//! Reply of a tool call in the form that the journal records: every part, including the bytes of its media.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use waxwing_agent::{AgentError, HumanHandoff, Media, MediaKind, MessagePart, Reply, ReplyPart};

/// Maximum total size of the media of a call, in bytes.
const MAX_MEDIA: u64 = 16 * 1024 * 1024;

/// Maximum total length of the texts of a call, in bytes.
const MAX_TEXT: usize = 64 * 1024;

/// Maximum number of reply parts of a call.
const MAX_PARTS: usize = 32;

#[derive(Default, Serialize, Deserialize)]
pub(super) struct JournaledReply {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<JournaledPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handoff: Option<HumanHandoff>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quote: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    shows_link_preview: bool,
}

type JournaledPart = MessagePart<JournaledMedia>;

#[derive(Serialize, Deserialize)]
struct JournaledMedia {
    kind: MediaKind,
    mime_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alt_text: Option<String>,
    base64: String,
}

impl JournaledReply {
    pub(super) async fn from_reply(reply: Reply) -> Result<Self, AgentError> {
        let media = |part: &ReplyPart| part.media().map_or(0, Media::len);
        let text = |part: &ReplyPart| part.plain_text().map_or(0, |text| text.len());
        let parts = reply.parts();
        if parts.len() > MAX_PARTS
            || parts.iter().map(media).sum::<u64>() > MAX_MEDIA
            || parts.iter().map(text).sum::<usize>() > MAX_TEXT
        {
            return Err(AgentError::new("the output of the tool is too large to send"));
        }
        let mut journaled = Self {
            parts: Vec::new(),
            handoff: reply.handoff().cloned(),
            quote: reply.quote().map(str::to_owned),
            shows_link_preview: reply.shows_link_preview(),
        };
        for part in reply.into_parts() {
            journaled.parts.push(journal(part).await?);
        }
        Ok(journaled)
    }

    pub(super) fn into_reply(self) -> Result<Reply, AgentError> {
        let parts: Result<Vec<_>, AgentError> =
            self.parts.into_iter().map(|part| part.try_with_media(JournaledMedia::into_media)).collect();
        let mut reply: Reply = parts?.into_iter().collect();
        if let Some(handoff) = self.handoff {
            reply = reply.with_handoff(handoff);
        }
        if let Some(quote) = self.quote {
            reply = reply.with_quote(quote);
        }
        Ok(if self.shows_link_preview { reply.with_link_preview() } else { reply })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.handoff.is_none() && self.quote.is_none() && !self.shows_link_preview
    }

    /// Returns a text for the model that lists the kinds of the parts.
    pub(super) fn summary(&self) -> String {
        let kinds: Vec<_> = self.parts.iter().map(kind).collect();
        let kinds = kinds.join(", ");
        if kinds.is_empty() { "Done.".to_owned() } else { format!("Done. The user will receive: {kinds}.") }
    }
}

async fn journal(part: ReplyPart) -> Result<JournaledPart, AgentError> {
    let journaled = match part.media() {
        Some(media) => Some(JournaledMedia::from_media(media).await?),
        None => None,
    };
    part.try_with_media(|_| journaled.ok_or_else(|| AgentError::new("the media of the tool were not read")))
}

/// Returns the kind of a part in the words that the model reads.
fn kind(part: &JournaledPart) -> &'static str {
    match part {
        MessagePart::Text(_) | MessagePart::Markdown(_) => "text",
        MessagePart::Media(media) => media.kind.as_str(),
        MessagePart::Question(_) => "question",
        MessagePart::Link(_) => "link",
        MessagePart::Form(_) => "form",
        MessagePart::Location(_) => "location",
        MessagePart::LocationRequest(_) => "location request",
        MessagePart::Contact(_) => "contact",
        MessagePart::Template(_) => "template",
        MessagePart::Reaction { .. } => "reaction",
        _ => "message",
    }
}

impl JournaledMedia {
    async fn from_media(media: &Media) -> Result<Self, AgentError> {
        Ok(Self {
            kind: media.kind(),
            mime_type: media.mime_type().to_owned(),
            filename: media.filename().map(str::to_owned),
            alt_text: media.alt_text().map(str::to_owned),
            base64: BASE64_STANDARD.encode(media.read().await?),
        })
    }

    fn into_media(self) -> Result<Media, AgentError> {
        let media = Media::new(self.kind, self.mime_type, BASE64_STANDARD.decode(&self.base64)?);
        let media = self.alt_text.iter().fold(media, Media::with_alt_text);
        Ok(self.filename.iter().fold(media, Media::with_filename))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_agent::{Choice, Contact, Link, Location, Question, Template};

    #[tokio::test]
    async fn every_part_can_be_written_to_the_journal_and_read_back() {
        let menu =
            Question::new("Which?").with_choice(Choice::new("a", "A").with_description("the first")).with_menu("Open");
        let menu = menu.with_header("a").with_footer("b");
        let reply = Reply::text("a")
            .with_markdown("*b*")
            .with_media(Media::image("image/png", vec![1, 2]).with_alt_text("a cat"))
            .with_media(Media::new(MediaKind::Voice, "audio/ogg", vec![3]))
            .with_media(Media::document("a.pdf", "application/pdf", vec![4]))
            .with_question(menu)
            .with_link(Link::new("https://example.com").with_label("d").with_text("c"))
            .with_location(Location::new(1.5, -2.5).with_name("Sol").with_address("1"))
            .with_location_request("Where?")
            .with_contact(Contact::new("Bea").with_phone("1").with_email("b@example.com").with_company("Co"))
            .with_template(Template::new("order", "en").with_value("17"))
            .with_reaction("wamid.1", "👍")
            .with_quote("wamid.1")
            .with_link_preview()
            .with_handoff(HumanHandoff::for_duration(std::time::Duration::from_mins(5)));
        let journaled = JournaledReply::from_reply(reply.clone()).await.unwrap();
        let summary = "Done. The user will receive: text, text, image, voice note, document, question, link, location, \
                       location request, contact, template, reaction.";
        assert_eq!(journaled.summary(), summary);
        let json = serde_json::to_vec(&journaled).unwrap();
        let journaled: JournaledReply = serde_json::from_slice(&json).unwrap();
        assert_eq!(journaled.into_reply().unwrap(), reply);
    }

    #[tokio::test]
    async fn too_large_a_reply_is_an_error() {
        #[track_caller]
        fn check(journaled: Result<JournaledReply, AgentError>) {
            let error = journaled.err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), Some("the output of the tool is too large to send"));
        }
        let huge = Media::from_file(MediaKind::Video, "video/mp4", "/nowhere", MAX_MEDIA + 1);
        check(JournaledReply::from_reply(huge.into()).await);
        check(JournaledReply::from_reply(Reply::text("a".repeat(MAX_TEXT + 1))).await);
        check(JournaledReply::from_reply((0..=MAX_PARTS).map(|n| ReplyPart::Text(n.to_string())).collect()).await);
    }
}
