//! Words by which users choose whether they get marketing messages.

use std::time::Duration;

use waxwing_store::{MarketingChoice, MarketingState, PendingMessage};

use super::content::text_of;

/// Time after a marketing message in which a word alone stops them. Later, the same word has another meaning, such as the end of an order.
const ANSWER_TIME: Duration = Duration::from_hours(7 * 24);

/// Words that stop marketing messages, in lower case.
const STOP: [&str; 18] = [
    "stop",
    "stop all",
    "unsubscribe",
    "opt out",
    "opt-out",
    "stopp",
    "abmelden",
    "abbestellen",
    "baja",
    "parar",
    "alto",
    "cancelar suscripción",
    "sair",
    "descadastrar",
    "arrêter",
    "arreter",
    "désabonner",
    "disiscriviti",
];

/// Words by which a user who stopped marketing messages wants them again, in lower case.
const RESUME: [&str; 10] =
    ["start", "unstop", "subscribe", "opt in", "opt-in", "anmelden", "alta", "suscribir", "s'abonner", "iscriviti"];

/// Returns the choice that a message makes: one of the words and nothing else.
pub(crate) fn choice(message: &PendingMessage, state: MarketingState) -> Option<MarketingChoice> {
    let is_answer = state.last_sent.is_some_and(|age| age < ANSWER_TIME);
    if !state.is_stopped && !is_answer {
        return None;
    }
    let text = text_of(message)?.trim().trim_end_matches(['.', '!']).to_lowercase();
    if state.is_stopped {
        RESUME.contains(&text.as_str()).then_some(MarketingChoice::Resume)
    } else {
        STOP.contains(&text.as_str()).then_some(MarketingChoice::Stop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde_json::json;
    use waxwing_store::{InboxSeq, Origin, UserIdentity};
    use waxwing_types::MessageId;

    fn said(text: &str, state: MarketingState) -> Option<MarketingChoice> {
        let body = json!({ "id": "wamid.1", "type": "text", "text": { "body": text } });
        let message = PendingMessage {
            seq: InboxSeq(1),
            id: MessageId::new("wamid.1"),
            origin: Origin::User,
            sender: UserIdentity::default(),
            sent_at: 0,
            age: Duration::ZERO,
            received_at: waxwing_store::Timestamp::from_millis(0),
            kind: "text".into(),
            body: Bytes::from(body.to_string()),
            run: None,
        };
        choice(&message, state)
    }

    #[test]
    fn a_word_alone_after_a_marketing_message_is_a_choice() {
        let after = |days: u64| MarketingState { is_stopped: false, last_sent: Some(Duration::from_hours(24 * days)) };
        for text in ["STOP", " stop. ", "Baja!", "Désabonner"] {
            assert_eq!(said(text, after(1)), Some(MarketingChoice::Stop), "{text}");
        }
        for text in ["stop it", "please stop", "", "start"] {
            assert_eq!(said(text, after(1)), None, "{text}");
        }
        assert_eq!(said("STOP", after(7)), None, "the user means something else");
        assert_eq!(said("STOP", MarketingState::default()), None, "no marketing message was sent");
    }

    #[test]
    fn only_a_user_who_has_stopped_can_resume() {
        let stopped = MarketingState { is_stopped: true, last_sent: None };
        assert_eq!(said("Start", stopped), Some(MarketingChoice::Resume));
        assert_eq!(said("STOP", stopped), None);
        assert_eq!(said("Start", MarketingState::default()), None);
    }
}
