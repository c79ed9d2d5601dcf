//! What the user says, and what came with it, as the model gets to read it.
//!
//! Lines in brackets are ours. They state facts and ask for nothing.

mod media;

use waxwing_agent::{Turn, Undelivered, UserMessage};

use super::transcription::Transcripts;
use crate::{ContentPart, Modalities};

pub(super) use media::description;

/// How much is quoted of a message that did not arrive, and of the name of a file, in characters.
const MAX_QUOTE: usize = 200;

/// What begins thoughts that the user is shown.
const THOUGHT: &str = "> 💭 ";

/// What the models of an agent can be given of the media of one turn.
#[derive(Debug)]
pub(super) struct Budget {
    /// Whether any of the models takes it.
    pub(super) modalities: Modalities,
    /// How many bytes are left.
    pub(super) bytes: u64,
    /// What was said in sounds, where no model hears.
    pub(super) transcripts: Transcripts,
}

/// A turn, and before it what else there is to be known.
pub(super) async fn turn(turn: &Turn, notes: Vec<String>, budget: &mut Budget) -> Vec<ContentPart> {
    let notes = notes.into_iter().chain(turn.undelivered.iter().map(undelivered));
    let mut contents: Vec<_> = notes.map(ContentPart::Text).collect();
    contents.extend(messages(&turn.messages, budget).await);
    if contents.is_empty() {
        contents.push(ContentPart::Text("[The user sent nothing.]".into()));
    }
    contents
}

/// Messages of a turn, or such that came while it was being answered.
pub(super) async fn messages(messages: &[UserMessage], budget: &mut Budget) -> Vec<ContentPart> {
    let several = messages.iter().any(|message| message.sender.id != messages[0].sender.id);
    let mut contents = Vec::new();
    for message in messages {
        let mut lines = Vec::new();
        if let Some(age) = message.stale_age {
            lines.push(format!(
                "[The next message was sent {} ago and could not be answered before.]",
                ago(age.as_secs())
            ));
        }
        if several {
            let name = message.sender.name.as_deref().unwrap_or(&message.sender.id);
            lines.push(format!("[From {}:]", quoted(name)));
        }
        if let Some(problem) = &message.media_problem {
            lines.push(format!("[The user sent something that cannot be opened: {problem}]"));
        }
        let medium = match &message.media {
            Some(media) => Some(match budget.transcripts.get(&message.id) {
                Some(transcript) => media::spoken(media, transcript),
                None => media::medium(media, budget).await,
            }),
            None => None,
        };
        if let Some(choice) = &message.choice {
            lines.push(format!("[Tapped, from the answers that were offered; its id: {}]", quoted(&choice.id)));
        }
        if message.location.is_some() {
            lines.push("[The user shared a place:]".to_owned());
        } else if !message.contacts.is_empty() {
            lines.push("[The user shared contacts:]".to_owned());
        }
        let words = message.plain_text();
        if !words.is_empty() {
            lines.push(words.into_owned());
        } else if let Some(ContentPart::Image(_) | ContentPart::Audio(_) | ContentPart::Document(_)) = &medium {
            lines.push("[The user sent this without a word.]".to_owned());
        } else if medium.is_none() && message.media_problem.is_none() {
            lines.push("[The user sent an empty message.]".to_owned());
        }
        if !lines.is_empty() {
            contents.push(ContentPart::Text(lines.join("\n")));
        }
        contents.extend(medium);
    }
    contents
}

fn undelivered(lost: &Undelivered) -> String {
    let what = if lost.text.is_empty() { "a medium".to_owned() } else { quoted(&lost.text) };
    format!("[An earlier message of yours did not reach the user: {what}. Reason: {}]", lost.reason)
}

/// Somebody's words in quotation marks: on one line, and not too many.
pub(super) fn quoted(text: &str) -> String {
    quoted_within(text, MAX_QUOTE)
}

/// Somebody's words in quotation marks, so many characters of them.
pub(super) fn quoted_within(text: &str, limit: usize) -> String {
    let mut chars = text.chars();
    let head: String = chars.by_ref().take(limit).collect();
    let rest = if chars.next().is_some() { "…" } else { "" };
    format!("{:?}", head + rest)
}

fn ago(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "seconds"),
        120..7200 => (seconds / 60, "minutes"),
        7200..172_800 => (seconds / 3600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit}")
}

/// Thoughts as the user sees them.
pub(super) fn reasoning(thoughts: &str) -> String {
    format!("{THOUGHT}{}", thoughts.trim().replace('\n', "\n> "))
}

/// What the agent said, without the thoughts that it showed before.
pub(super) fn without_reasoning(said: &str) -> &str {
    let mut rest = said;
    if said.starts_with(THOUGHT) {
        while rest.starts_with('>') {
            rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use waxwing_agent::{Choice, Contact, Location, Media, MediaKind, User};

    async fn read(turn: Turn, modalities: Modalities) -> Vec<String> {
        let contents =
            super::turn(&turn, Vec::new(), &mut Budget { modalities, bytes: 1000, transcripts: Transcripts::new() })
                .await;
        contents
            .iter()
            .map(|content| match content {
                ContentPart::Text(text) => text.clone(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[tokio::test]
    async fn media_and_what_is_said_of_them() {
        let jpeg = |len| Media::image("image/jpeg", vec![0; len]);
        let said = UserMessage::text("what is this?").with_media(jpeg(900));
        let silent = UserMessage::text("").with_media(jpeg(200));
        let turn = Turn::new([said, silent.clone()]);
        let too_large = "[The user sent a medium that you cannot see, for its size: image (image/jpeg, 1 kB)]";
        let shown = r#"Image(Blob { mime_type: "image/jpeg", len: 900, .. })"#;
        assert_eq!(read(turn, Modalities::all()).await, ["what is this?", shown, too_large]);
        let shown = r#"Image(Blob { mime_type: "image/jpeg", len: 200, .. })"#;
        assert_eq!(
            read(silent.clone().into(), Modalities::all()).await,
            ["[The user sent this without a word.]", shown]
        );
        let unseen = "[The user sent a medium that you cannot see: image (image/jpeg, 1 kB)]";
        assert_eq!(read(silent.into(), Modalities::text()).await, [unseen]);
        let note = Media::new(MediaKind::Voice, "audio/ogg; codecs=opus", vec![0; 10]);
        let heard = read(UserMessage::text("").with_media(note).into(), Modalities::all()).await;
        assert_eq!(heard[1], r#"Audio(Blob { mime_type: "audio/ogg", len: 10, .. })"#);
        let gone = Media::from_file(MediaKind::Image, "image/png", "/nowhere/at/all", 5);
        let gone = read(UserMessage::text("look").with_media(gone).into(), Modalities::all()).await;
        assert_eq!(gone[1], "[The user sent a medium that you cannot open: image (image/png, 1 kB)]");
    }

    #[tokio::test]
    async fn documents() {
        let send = |name: &str, mime_type: &str, bytes: &'static [u8]| {
            Turn::from(UserMessage::text("").with_media(Media::document(name, mime_type, bytes)))
        };
        let pdf = read(send("a.pdf", "application/pdf", b"%PDF"), Modalities::text().with_documents()).await;
        assert_eq!(pdf[1], r#"Document(Blob { mime_type: "application/pdf", len: 4, .. })"#);
        let notes = read(send("a \"b\".txt", "text/plain; charset=utf-8", b"milk"), Modalities::text()).await;
        assert_eq!(notes, ["[The user sent the file \"a \\\"b\\\".txt\":]\nmilk\n[End of the file.]"]);
        let sheet = read(send("a.xlsx", "application/vnd.ms-excel", b"PK"), Modalities::all()).await;
        let unseen =
            "[The user sent a medium that you cannot see: document (\"a.xlsx\", application/vnd.ms-excel, 1 kB)]";
        assert_eq!(sheet, [unseen]);
    }

    #[tokio::test]
    async fn what_was_late_and_what_was_lost() {
        let mut late = UserMessage::text("hello?");
        late.stale_age = Some(Duration::from_hours(3));
        let lost = Undelivered::new("a\n".repeat(150), "the user is gone", Some(131_026));
        let turn = Turn::new([late]).with_undelivered([lost]);
        let read = read(turn, Modalities::text()).await;
        assert!(read[0].starts_with(r#"[An earlier message of yours did not reach the user: "a\na\n"#), "{}", read[0]);
        assert!(read[0].ends_with(r#"a\n…". Reason: the user is gone]"#), "{}", read[0]);
        assert_eq!(read[1], "[The next message was sent 3 hours ago and could not be answered before.]\nhello?");
    }

    #[tokio::test]
    async fn what_was_tapped_and_shared() {
        let messages = vec![
            UserMessage::tap(Choice::new("l", "Large")),
            UserMessage::text("").with_location(Location::new(1.5, 2.5).with_name("Sol")),
            UserMessage::text("").with_contact(Contact::new("Bea")),
        ];
        let expected = [
            "[Tapped, from the answers that were offered; its id: \"l\"]\nLarge",
            "[The user shared a place:]\nSol (1.5, 2.5)",
            "[The user shared contacts:]\nBea",
        ];
        assert_eq!(read(Turn::new(messages), Modalities::text()).await, expected);
    }

    #[tokio::test]
    async fn who_said_what_in_a_group() {
        let from = |id: &str, name: Option<&str>, text: &str| {
            let mut message = UserMessage::text(text);
            message.sender = User::new(id);
            message.sender.name = name.map(str::to_owned);
            message
        };
        let messages = vec![from("1", Some("Ana"), "hi"), from("2", None, "")];
        let turn = Turn::new(messages);
        let expected = ["[From \"Ana\":]\nhi", "[From \"2\":]\n[The user sent an empty message.]"];
        assert_eq!(read(turn, Modalities::text()).await, expected);
    }
}
