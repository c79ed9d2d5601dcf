//! How long a turn waits for the rest of a burst.

use std::time::Duration;

use waxwing_agent::MediaKind;
use waxwing_store::PendingMessage;

use crate::inbound::classify::{Inbound, classify};
use crate::settings::Debounce;
use crate::system_messages::SystemMessages;

/// After something that is complete by itself.
const WHOLE: Duration = Duration::from_millis(300);

/// After words that do not end a sentence: people send a thought in pieces.
const FRAGMENT: Duration = Duration::from_secs(1);

/// After a picture, a video or a file: albums come one by one, and a question often follows.
const ALBUM: Duration = Duration::from_millis(1200);

/// How long after this message the next one is waited for. A command is not kept waiting.
pub(super) fn quiet_after(message: &PendingMessage, texts: &SystemMessages, settle: Debounce) -> Duration {
    match (classify(message, texts), settle) {
        (Inbound::Command(_) | Inbound::Operator(_), _) => Duration::ZERO,
        (_, Debounce::Fixed(time)) => time,
        (Inbound::Unsupported(_), Debounce::Adaptive) => WHOLE,
        (Inbound::Message(said), Debounce::Adaptive) => match said.medium.map(|(kind, _)| kind) {
            Some(MediaKind::Image | MediaKind::Video | MediaKind::Document) => ALBUM,
            Some(_) => WHOLE,
            None if said.message.choice.is_some() || is_whole(&said.message.plain_text()) => WHOLE,
            None => FRAGMENT,
        },
    }
}

/// True if a text ends as a sentence does, or with an emoji, and does not trail off.
fn is_whole(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| c.is_whitespace() || "\"'»”’)]}*_~`\u{fe0f}".contains(c));
    let trails_off = text.ends_with("...") || text.ends_with('…');
    !trails_off && text.chars().next_back().is_some_and(|last| ".!?。！？؟۔।॥".contains(last) || is_emoji(last))
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f300}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::{Value, json};
    use waxwing_store::{InboxSeq, Origin, Timestamp, UserIdentity};
    use waxwing_types::MessageId;

    #[track_caller]
    fn check(kind: &str, content: &Value, expected: Duration) {
        let message = PendingMessage {
            seq: InboxSeq(1),
            id: MessageId::new("wamid.A"),
            origin: Origin::User,
            sender: UserIdentity::default(),
            sent_at: 0,
            received_at: Timestamp::from_millis(0),
            kind: kind.into(),
            body: Bytes::from(json!({"id": "wamid.A", "type": kind, kind: content}).to_string()),
            run: None,
        };
        assert_eq!(quiet_after(&message, &SystemMessages::default(), Debounce::Adaptive), expected, "{content}");
        // A command is carried out at once in any case.
        let fixed = Duration::from_millis(7).min(expected);
        assert_eq!(quiet_after(&message, &SystemMessages::default(), Debounce::Fixed(Duration::from_millis(7))), fixed);
    }

    #[test]
    fn a_whole_sentence_waits_less_than_a_fragment() {
        for (text, expected) in [
            ("How are you?", WHOLE),
            ("It says \"closed.\"", WHOLE),
            ("你好吗？", WHOLE),
            ("thanks 👍", WHOLE),
            ("love ❤️", WHOLE),
            ("hello", FRAGMENT),
            ("well...", FRAGMENT),
            ("so, about my order", FRAGMENT),
            ("/stop", Duration::ZERO),
        ] {
            check("text", &json!({ "body": text }), expected);
        }
    }

    #[test]
    fn a_picture_may_be_one_of_an_album_and_a_voice_note_is_not() {
        check("image", &json!({"id": "7"}), ALBUM);
        check("audio", &json!({"id": "7", "voice": true}), WHOLE);
        check("sticker", &json!({"id": "7"}), WHOLE);
        check("button", &json!({"payload": "y", "text": "Yes please"}), WHOLE);
        check("poll", &json!({}), WHOLE);
    }
}
