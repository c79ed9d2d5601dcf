//! What a call gives to the user, as the journal keeps it: every part, with the bytes of its media.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use waxwing_agent::{
    AgentError, Contact, HumanHandoff, Link, Location, Media, MediaKind, Question, Reply, ReplyPart, Template,
};

/// The largest media of one call together, in bytes.
const MAX_MEDIA: u64 = 16 * 1024 * 1024;

/// The most words of one call together, in bytes.
const MAX_WORDS: usize = 64 * 1024;

/// The most parts of one call.
const MAX_PARTS: usize = 32;

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct KeptReply {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<KeptPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    handoff: Option<HumanHandoff>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KeptPart {
    Text(String),
    Markdown(String),
    Media(KeptMedia),
    Question(Question),
    Link(Link),
    Location(Location),
    LocationRequest(String),
    Contact(Contact),
    Template(Template),
    Reaction { message: String, emoji: String },
}

#[derive(Debug, Serialize, Deserialize)]
struct KeptMedia {
    kind: String,
    mime_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
    base64: String,
}

impl KeptReply {
    pub(super) async fn of(reply: Reply) -> Result<Self, AgentError> {
        let media = |part: &ReplyPart| if let ReplyPart::Media(media) = part { media.len() } else { 0 };
        let words = |part: &ReplyPart| part.plain_text().map_or(0, |words| words.len());
        let parts = reply.parts();
        if parts.len() > MAX_PARTS
            || parts.iter().map(media).sum::<u64>() > MAX_MEDIA
            || parts.iter().map(words).sum::<usize>() > MAX_WORDS
        {
            return Err(AgentError::new("what it made is too large to be sent"));
        }
        let mut kept = Self { parts: Vec::new(), handoff: reply.handoff().copied() };
        for part in reply.into_parts() {
            kept.parts.push(KeptPart::of(part).await?);
        }
        Ok(kept)
    }

    pub(super) fn restored(&self) -> Result<Reply, AgentError> {
        let parts: Result<Reply, AgentError> = self.parts.iter().map(KeptPart::restored).collect();
        Ok(match self.handoff {
            Some(handoff) => parts?.with_handoff(handoff),
            None => parts?,
        })
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.parts.is_empty() && self.handoff.is_none()
    }

    /// What a model is told of it where its tool says nothing.
    pub(super) fn in_short(&self) -> String {
        let kinds: Vec<_> = self.parts.iter().map(KeptPart::kind).collect();
        let kinds = kinds.join(", ");
        if kinds.is_empty() { "Done.".to_owned() } else { format!("Done. The user gets: {kinds}.") }
    }
}

impl KeptPart {
    async fn of(part: ReplyPart) -> Result<Self, AgentError> {
        Ok(match part {
            ReplyPart::Text(text) => Self::Text(text),
            ReplyPart::Markdown(text) => Self::Markdown(text),
            ReplyPart::Media(media) => Self::Media(KeptMedia::of(&media).await?),
            ReplyPart::Question(question) => Self::Question(question),
            ReplyPart::Link(link) => Self::Link(link),
            ReplyPart::Location(location) => Self::Location(location),
            ReplyPart::LocationRequest(text) => Self::LocationRequest(text),
            ReplyPart::Contact(contact) => Self::Contact(contact),
            ReplyPart::Template(template) => Self::Template(template),
            ReplyPart::Reaction { message, emoji } => Self::Reaction { message, emoji },
            _ => return Err(AgentError::new("what it made cannot be kept")),
        })
    }

    fn restored(&self) -> Result<ReplyPart, AgentError> {
        Ok(match self {
            Self::Text(text) => ReplyPart::Text(text.clone()),
            Self::Markdown(text) => ReplyPart::Markdown(text.clone()),
            Self::Media(media) => media.restored()?.into(),
            Self::Question(question) => question.clone().into(),
            Self::Link(link) => link.clone().into(),
            Self::Location(location) => location.clone().into(),
            Self::LocationRequest(text) => ReplyPart::LocationRequest(text.clone()),
            Self::Contact(contact) => contact.clone().into(),
            Self::Template(template) => template.clone().into(),
            Self::Reaction { message, emoji } => ReplyPart::Reaction { message: message.clone(), emoji: emoji.clone() },
        })
    }

    fn kind(&self) -> &str {
        match self {
            Self::Text(_) | Self::Markdown(_) => "text",
            Self::Media(media) => &media.kind,
            Self::Question(_) => "question",
            Self::Link(_) => "link",
            Self::Location(_) => "location",
            Self::LocationRequest(_) => "request for a location",
            Self::Contact(_) => "contact",
            Self::Template(_) => "template",
            Self::Reaction { .. } => "reaction",
        }
    }
}

impl KeptMedia {
    async fn of(media: &Media) -> Result<Self, AgentError> {
        Ok(Self {
            kind: media.kind().as_str().to_owned(),
            mime_type: media.mime_type().to_owned(),
            filename: media.filename().map(str::to_owned),
            base64: BASE64_STANDARD.encode(media.read().await?),
        })
    }

    fn restored(&self) -> Result<Media, AgentError> {
        let media = Media::new(kind(&self.kind), self.mime_type.as_str(), BASE64_STANDARD.decode(&self.base64)?);
        Ok(match &self.filename {
            Some(filename) => media.with_filename(filename.as_str()),
            None => media,
        })
    }
}

/// A kind by its name; one that is not known is a file to the user.
fn kind(name: &str) -> MediaKind {
    [MediaKind::Image, MediaKind::Video, MediaKind::Audio, MediaKind::Voice, MediaKind::Sticker]
        .into_iter()
        .find(|kind| kind.as_str() == name)
        .unwrap_or(MediaKind::Document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_agent::Choice;

    #[tokio::test]
    async fn every_part_survives_the_journal() {
        let menu =
            Question::new("Which?").with_choice(Choice::new("a", "A").with_description("the first")).with_menu("Open");
        let reply = Reply::text("a")
            .with_markdown("*b*")
            .with_media(Media::image("image/png", vec![1, 2]))
            .with_media(Media::new(MediaKind::Voice, "audio/ogg", vec![3]))
            .with_media(Media::document("a.pdf", "application/pdf", vec![4]))
            .with_question(menu)
            .with_link(Link::new("https://example.com").with_label("d").with_text("c"))
            .with_location(Location::new(1.5, -2.5).with_name("Sol").with_address("1"))
            .with_location_request("Where?")
            .with_contact(Contact::new("Bea").with_phone("1").with_email("b@example.com").with_company("Co"))
            .with_template(Template::new("order", "en").with_value("17"))
            .with_reaction("wamid.1", "👍")
            .with_handoff(HumanHandoff::for_duration(std::time::Duration::from_mins(5)));
        let kept = KeptReply::of(reply.clone()).await.unwrap();
        let told = "Done. The user gets: text, text, image, voice note, document, question, link, location, \
                    request for a location, contact, template, reaction.";
        assert_eq!(kept.in_short(), told);
        let journaled = serde_json::to_vec(&kept).unwrap();
        let kept: KeptReply = serde_json::from_slice(&journaled).unwrap();
        assert_eq!(kept.restored().unwrap(), reply);
    }

    #[tokio::test]
    async fn what_is_too_large() {
        #[track_caller]
        fn check(kept: Result<KeptReply, AgentError>) {
            assert_eq!(kept.unwrap_err().to_string(), "what it made is too large to be sent");
        }
        let huge = Media::from_file(MediaKind::Video, "video/mp4", "/nowhere", MAX_MEDIA + 1);
        check(KeptReply::of(huge.into()).await);
        check(KeptReply::of(Reply::text("a".repeat(MAX_WORDS + 1))).await);
        check(KeptReply::of((0..=MAX_PARTS).map(|n| ReplyPart::Text(n.to_string())).collect()).await);
    }
}
