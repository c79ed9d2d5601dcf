//! Waits for the rest of a burst of messages.

use std::time::Duration;

use tokio::time::Instant;
use waxwing_agent::MediaKind;
use waxwing_store::PendingMessage;

use super::context::{TurnContext, TurnError, TurnState};
use crate::events::EngineEventKind;
use crate::inbound::classify::Inbound;
use crate::settings::Debounce;

/// Wait after a complete message.
const AFTER_COMPLETE: Duration = Duration::from_millis(300);

/// Wait after a text that does not end a sentence: people send a thought in pieces.
const AFTER_FRAGMENT: Duration = Duration::from_secs(1);

/// Wait after a picture, a video or a file: the pictures of an album come one by one, and a question often follows.
const AFTER_ALBUM_PART: Duration = Duration::from_millis(1200);

/// Waits until the burst is over, and returns its messages.
///
/// A resumed run has its messages already, so it does not wait.
pub(super) async fn wait(
    context: &TurnContext,
    state: &TurnState,
    mut pending: Vec<PendingMessage>,
) -> Result<Vec<PendingMessage>, TurnError> {
    let (shared, settings) = (&context.shared, &context.shared.settings);
    let (Some(waited), false) = (pending.iter().map(|message| message.age).max(), state.is_resumed) else {
        return Ok(pending);
    };
    let end = Instant::now() + settings.longest_debounce().saturating_sub(waited);
    while let Some(newest) = pending.iter().max_by_key(|message| message.seq) {
        let rest = wait_after(context.classify(newest), settings.debounce).saturating_sub(newest.age);
        let wait = rest.min(end.saturating_duration_since(Instant::now()));
        if wait.is_zero() {
            break;
        }
        context.events.publish(|| EngineEventKind::TurnWaiting { messages: pending.len(), milliseconds: wait });
        let is_woken = tokio::time::timeout(wait, context.signal.woken()).await.is_ok();
        let now_pending = shared.store.pending_messages(context.lease()).await?;
        if now_pending.len() == pending.len() && !is_woken {
            break;
        }
        pending = now_pending;
        if context.is_without_agent(&pending) {
            break;
        }
        context.show_typing(&pending);
    }
    Ok(pending)
}

/// Returns how long to wait for another message after this one. A command is executed at once.
fn wait_after(message: Inbound, debounce: Debounce) -> Duration {
    match (message, debounce) {
        (Inbound::Command(_) | Inbound::Operator(_), _) => Duration::ZERO,
        (_, Debounce::Fixed(time)) => time,
        (Inbound::Unsupported(_) | Inbound::Reaction(_) | Inbound::Change(_), Debounce::Adaptive) => AFTER_COMPLETE,
        (Inbound::Message(received), Debounce::Adaptive) => match received.medium.map(|(kind, _)| kind) {
            Some(MediaKind::Image | MediaKind::Video | MediaKind::Document) => AFTER_ALBUM_PART,
            Some(_) => AFTER_COMPLETE,
            None if received.message.choice.is_some() || received.message.content.is_some() => AFTER_COMPLETE,
            None if is_complete(&received.message.plain_text()) => AFTER_COMPLETE,
            None => AFTER_FRAGMENT,
        },
    }
}

/// Returns true if a text ends like a sentence or with an emoji, and does not trail off.
fn is_complete(text: &str) -> bool {
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
    use crate::inbound::classify::classify;
    use crate::system_messages::SystemMessages;
    use bytes::Bytes;
    use serde_json::{Value, json};
    use waxwing_store::{InboxSeq, MarketingState, Origin, UserIdentity};
    use waxwing_types::MessageId;

    #[track_caller]
    fn check(kind: &str, content: &Value, expected: Duration) {
        let message = PendingMessage {
            seq: InboxSeq(1),
            id: MessageId::new("wamid.A"),
            origin: Origin::User,
            sender: UserIdentity::default(),
            sent_at: 0,
            age: Duration::ZERO,
            received_at: waxwing_store::Timestamp::from_millis(0),
            kind: kind.into(),
            body: Bytes::from(json!({"id": "wamid.A", "type": kind, kind: content}).to_string()),
            run: None,
        };
        let wait =
            |debounce| wait_after(classify(&message, &SystemMessages::default(), MarketingState::default()), debounce);
        assert_eq!(wait(Debounce::Adaptive), expected, "{content}");
        // A command is executed at once in any case.
        let fixed = Duration::from_millis(7);
        assert_eq!(wait(Debounce::Fixed(fixed)), fixed.min(expected));
    }

    #[test]
    fn a_complete_sentence_waits_less_than_a_fragment() {
        for (text, expected) in [
            ("How are you?", AFTER_COMPLETE),
            ("It says \"closed.\"", AFTER_COMPLETE),
            ("你好吗？", AFTER_COMPLETE),
            ("thanks 👍", AFTER_COMPLETE),
            ("love ❤️", AFTER_COMPLETE),
            ("hello", AFTER_FRAGMENT),
            ("well...", AFTER_FRAGMENT),
            ("so, about my order", AFTER_FRAGMENT),
            ("/stop", Duration::ZERO),
        ] {
            check("text", &json!({ "body": text }), expected);
        }
    }

    #[test]
    fn a_picture_may_be_part_of_an_album_and_a_voice_note_is_not() {
        check("image", &json!({"id": "7"}), AFTER_ALBUM_PART);
        check("audio", &json!({"id": "7", "voice": true}), AFTER_COMPLETE);
        check("sticker", &json!({"id": "7"}), AFTER_COMPLETE);
        check("button", &json!({"payload": "y", "text": "Yes please"}), AFTER_COMPLETE);
        check("poll", &json!({}), AFTER_COMPLETE);
    }
}
