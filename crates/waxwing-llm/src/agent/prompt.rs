//! Prompt for the messages of the current turn.
//!
//! Notes about messages are in square brackets. Notes state facts and give no instructions.

mod media;
mod transcript;

use waxwing_agent::{Turn, Undelivered, UserMessage};

use super::quote::quoted;
use crate::ContentPart;

pub(super) use media::{PromptMedia, description};
pub(super) use transcript::{Transcript, Transcripts};

/// Returns the prompt for a turn, starting with `notes`. The prompt has at least one part.
pub(super) async fn turn(turn: &Turn, notes: Vec<String>, media: &mut PromptMedia) -> Vec<ContentPart> {
    let notes = notes.into_iter().chain(turn.undelivered.iter().map(undelivered));
    let mut parts: Vec<_> = notes.map(ContentPart::Text).collect();
    parts.extend(messages(&turn.messages, media).await);
    if parts.is_empty() {
        parts.push(ContentPart::Text("[The user sent no message.]".into()));
    }
    parts
}

/// Returns the prompt for messages of a turn, or for messages that arrived during the turn.
pub(super) async fn messages(messages: &[UserMessage], media: &mut PromptMedia) -> Vec<ContentPart> {
    let has_several_senders = messages.iter().any(|message| message.sender.id != messages[0].sender.id);
    let mut parts = Vec::new();
    for message in messages {
        let medium = match &message.media {
            Some(file) => Some(media.content_part(&message.id, file).await),
            None => None,
        };
        let lines = lines(message, medium.as_ref(), has_several_senders);
        if !lines.is_empty() {
            parts.push(ContentPart::Text(lines.join("\n")));
        }
        parts.extend(medium);
    }
    parts
}

/// Returns the notes about a message and its text.
fn lines(message: &UserMessage, medium: Option<&ContentPart>, names_sender: bool) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(age) = message.stale_age {
        let age = duration(age.as_secs());
        lines.push(format!("[The user sent the next message {age} ago. It could not be answered earlier.]"));
    }
    if names_sender {
        let name = message.sender.name.as_deref().unwrap_or(&message.sender.id);
        lines.push(format!("[From {}:]", quoted(name)));
    }
    if let Some(problem) = &message.media_problem {
        lines.push(format!("[The user sent a file that cannot be opened. Reason: {problem}]"));
    }
    if let Some(choice) = &message.choice {
        lines.push(format!("[The user tapped the choice with the id {}:]", quoted(&choice.id)));
    }
    if message.location.is_some() {
        lines.push("[The user shared a location:]".to_owned());
    } else if !message.contacts.is_empty() {
        lines.push("[The user shared contacts:]".to_owned());
    }
    let text = message.plain_text();
    if !text.is_empty() {
        lines.push(text.into_owned());
    } else if let Some(ContentPart::Image(_) | ContentPart::Audio(_) | ContentPart::Document(_)) = medium {
        lines.push("[The user sent the following file without a text.]".to_owned());
    } else if medium.is_none() && message.media_problem.is_none() {
        lines.push("[The user sent an empty message.]".to_owned());
    }
    lines
}

fn undelivered(reply: &Undelivered) -> String {
    let text = if reply.text.is_empty() { "a media message".to_owned() } else { quoted(&reply.text) };
    format!("[Your earlier message was not delivered to the user: {text}. Reason: {}]", reply.reason)
}

/// Returns a duration in its largest suitable unit.
fn duration(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..120 => (seconds, "seconds"),
        120..7200 => (seconds / 60, "minutes"),
        7200..172_800 => (seconds / 3600, "hours"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use waxwing_agent::{Choice, Contact, Location, Media, MediaKind, User};

    use crate::Modalities;

    async fn read(turn: Turn, modalities: Modalities) -> Vec<String> {
        let mut media = PromptMedia { modalities, bytes_left: 1000, transcripts: Transcripts::new() };
        super::turn(&turn, Vec::new(), &mut media)
            .await
            .iter()
            .map(|part| match part {
                ContentPart::Text(text) => text.clone(),
                other => format!("{other:?}"),
            })
            .collect()
    }

    #[tokio::test]
    async fn media_are_sent_to_the_model_or_described() {
        let jpeg = |len| Media::image("image/jpeg", vec![0; len]);
        let with_text = UserMessage::text("what is this?").with_media(jpeg(900));
        let silent = UserMessage::text("").with_media(jpeg(200));
        let turn = Turn::new([with_text, silent.clone()]);
        let too_large = "[The user sent a file that is too large for you to view: image (image/jpeg, 1 kB)]";
        let shown = r#"Image(Blob { mime_type: "image/jpeg", len: 900, .. })"#;
        assert_eq!(read(turn, Modalities::all()).await, ["what is this?", shown, too_large]);
        let shown = r#"Image(Blob { mime_type: "image/jpeg", len: 200, .. })"#;
        let note = "[The user sent the following file without a text.]";
        assert_eq!(read(silent.clone().into(), Modalities::all()).await, [note, shown]);
        let unseen = "[The user sent a file that you cannot view: image (image/jpeg, 1 kB)]";
        assert_eq!(read(silent.into(), Modalities::text()).await, [unseen]);
        let note = Media::new(MediaKind::Voice, "audio/ogg; codecs=opus", vec![0; 10]);
        let heard = read(UserMessage::text("").with_media(note).into(), Modalities::all()).await;
        assert_eq!(heard[1], r#"Audio(Blob { mime_type: "audio/ogg", len: 10, .. })"#);
        let gone = Media::from_file(MediaKind::Image, "image/png", "/nowhere/at/all", 5);
        let gone = read(UserMessage::text("look").with_media(gone).into(), Modalities::all()).await;
        assert_eq!(gone[1], "[The user sent a file that cannot be read: image (image/png, 1 kB)]");
    }

    #[tokio::test]
    async fn documents_are_sent_as_files_or_as_text() {
        let send = |name: &str, mime_type: &str, bytes: &'static [u8]| {
            Turn::from(UserMessage::text("").with_media(Media::document(name, mime_type, bytes)))
        };
        let pdf = read(send("a.pdf", "application/pdf", b"%PDF"), Modalities::text().with_documents()).await;
        assert_eq!(pdf[1], r#"Document(Blob { mime_type: "application/pdf", len: 4, .. })"#);
        let notes = read(send("a \"b\".txt", "text/plain; charset=utf-8", b"milk"), Modalities::text()).await;
        assert_eq!(
            notes,
            ["[The user sent the file \"a \\\"b\\\".txt\" with this content:]\nmilk\n[End of the file.]"]
        );
        let sheet = read(send("a.xlsx", "application/vnd.ms-excel", b"PK"), Modalities::all()).await;
        let unseen =
            "[The user sent a file that you cannot view: document (\"a.xlsx\", application/vnd.ms-excel, 1 kB)]";
        assert_eq!(sheet, [unseen]);
    }

    #[tokio::test]
    async fn notes_tell_of_stale_messages_and_undelivered_replies() {
        let mut late = UserMessage::text("hello?");
        late.stale_age = Some(Duration::from_hours(3));
        let lost = Undelivered::new("a\n".repeat(150), "the user is gone", Some(131_026));
        let turn = Turn::new([late]).with_undelivered([lost]);
        let read = read(turn, Modalities::text()).await;
        assert!(read[0].starts_with(r#"[Your earlier message was not delivered to the user: "a\na\n"#), "{}", read[0]);
        assert!(read[0].ends_with(r#"a\n…". Reason: the user is gone]"#), "{}", read[0]);
        assert_eq!(read[1], "[The user sent the next message 3 hours ago. It could not be answered earlier.]\nhello?");
    }

    #[tokio::test]
    async fn notes_tell_of_choices_locations_and_contacts() {
        let messages = vec![
            UserMessage::tap(Choice::new("l", "Large")),
            UserMessage::text("").with_location(Location::new(1.5, 2.5).with_name("Sol")),
            UserMessage::text("").with_contact(Contact::new("Bea")),
        ];
        let expected = [
            "[The user tapped the choice with the id \"l\":]\nLarge",
            "[The user shared a location:]\nSol (1.5, 2.5)",
            "[The user shared contacts:]\nBea",
        ];
        assert_eq!(read(Turn::new(messages), Modalities::text()).await, expected);
    }

    #[tokio::test]
    async fn senders_are_named_in_a_group() {
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
