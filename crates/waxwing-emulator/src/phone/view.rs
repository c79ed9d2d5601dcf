//! The world as the page sees it: JSON that it can draw without knowing Meta's formats.

use serde_json::{Value, json};

use crate::clock::unix_millis;
use crate::message::{ChatContent, ChatMedia, DeliveryState, Party};
use crate::timeline::{TimelineEvent, TimelineEventKind, WebhookSubject};
use crate::world::{Entry, Person, World};

/// An event that shows on the page; none if it does not, or if what it tells of is gone.
pub(super) fn event(world: &World, event: &TimelineEvent) -> Option<Value> {
    let mut view = match &event.kind {
        TimelineEventKind::Joined { user } => json!({ "kind": "chat", "chat": chat(world.person(*user)?) }),
        TimelineEventKind::UserMessage { message, .. } | TimelineEventKind::BusinessMessage { message, .. } => {
            let (person, entry) = world.message(message)?;
            json!({ "kind": "message", "chat": person.id.0, "message": self::message(entry) })
        }
        TimelineEventKind::Status { user, message, state } => {
            json!({ "kind": "state", "chat": user.0, "message": message, "state": state.name(), "code": failure(*state) })
        }
        TimelineEventKind::BusinessRead { user, message } => {
            json!({ "kind": "read", "chat": user.0, "message": message })
        }
        TimelineEventKind::BusinessTyping { user } => json!({ "kind": "typing", "chat": user.0 }),
        TimelineEventKind::WebhookAttempt { subject: WebhookSubject::Message { user, message }, attempt, status } => {
            json!({ "kind": "webhook", "chat": user.0, "message": message, "attempt": attempt, "status": status })
        }
        TimelineEventKind::WebhookAbandoned { subject: WebhookSubject::Message { user, message } } => {
            json!({ "kind": "lost", "chat": user.0, "message": message })
        }
        TimelineEventKind::Refused { .. }
        | TimelineEventKind::WebhookAttempt {
            subject: WebhookSubject::Status { .. } | WebhookSubject::Field { .. },
            ..
        }
        | TimelineEventKind::WebhookAbandoned {
            subject: WebhookSubject::Status { .. } | WebhookSubject::Field { .. },
        } => return None,
    };
    view["at"] = unix_millis(event.at).into();
    Some(view)
}

/// A chat in the list.
pub(super) fn chat(person: &Person) -> Value {
    json!({
        "id": person.id.0,
        "name": person.name,
        "phone": person.phone,
        "bsuid": person.bsuid,
        "username": person.username,
    })
}

/// A message of a chat.
pub(super) fn message(entry: &Entry) -> Value {
    let message = &entry.message;
    let mut view = json!({
        "id": message.id,
        // As the phone's user sees it: `out` was typed here.
        "direction": if message.from == Party::User { "out" } else { "in" },
        "at": unix_millis(message.at),
        "state": message.state.name(),
        "reply_to": message.reply_to,
    });
    match &message.content {
        ChatContent::Text(text) => {
            view["type"] = "text".into();
            view["text"] = text.as_str().into();
        }
        ChatContent::Media(media) => {
            view["type"] = media.kind.name().into();
            view["text"] = media.caption.as_deref().into();
            view["media"] = medium(media);
        }
        ChatContent::Template(template) => {
            view["type"] = "template".into();
            view["text"] = template.text.as_str().into();
            let titles = template.quick_replies.iter().map(|choice| choice.title.as_str());
            view["options"] = titles.collect::<Vec<_>>().into();
        }
        ChatContent::Other { kind, body } => {
            view["type"] = kind.as_str().into();
            view["text"] = summary(kind, body).into();
            view["options"] = options(body).into();
        }
    }
    view
}

fn medium(media: &ChatMedia) -> Value {
    json!({
        "url": format!("/phone/media/{}", media.id),
        "mime_type": media.mime_type,
        "size": media.bytes.len(),
        "filename": media.filename,
        "voice": media.voice,
    })
}

fn failure(state: DeliveryState) -> Option<u32> {
    match state {
        DeliveryState::Failed { code } => Some(code),
        _ => None,
    }
}

/// The words of a message that the page has no picture of.
fn summary(kind: &str, body: &Value) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match kind {
        // What was sent to the user, or what the user tapped.
        "interactive" => [&body["body"]["text"], &body["button_reply"]["title"], &body["list_reply"]["title"]]
            .into_iter()
            .find_map(text),
        "button" => text(&body["text"]),
        "reaction" => text(&body["emoji"]),
        "contacts" => text(&body[0]["name"]["formatted_name"]),
        "location" => {
            let place = text(&body["name"]).or_else(|| text(&body["address"]));
            place.or_else(|| Some(format!("{}, {}", body["latitude"], body["longitude"])))
        }
        _ => None,
    }
}

/// What the user could tap: titles of buttons and list rows.
fn options(body: &Value) -> Vec<String> {
    let action = &body["action"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let buttons = list(&action["buttons"]).into_iter().map(|button| button["reply"]["title"].clone());
    let rows = list(&action["sections"])
        .into_iter()
        .flat_map(|section| list(&section["rows"]))
        .map(|row| row["title"].clone());
    let links = [action["parameters"]["display_text"].clone()];
    buttons.chain(rows).chain(links).filter_map(|title| title.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interactive_messages_show_their_options() {
        let buttons =
            json!({"body": {"text": "Tea?"}, "action": {"buttons": [{"reply": {"title": "Yes"}}, {"odd": 1}]}});
        assert_eq!(summary("interactive", &buttons).as_deref(), Some("Tea?"));
        assert_eq!(options(&buttons), ["Yes"]);
        let tapped = |kind: &str, body: Value| summary(kind, &body);
        assert_eq!(tapped("interactive", json!({"button_reply": {"id": "1", "title": "Yes"}})).as_deref(), Some("Yes"));
        assert_eq!(tapped("interactive", json!({"list_reply": {"id": "1", "title": "A"}})).as_deref(), Some("A"));
        assert_eq!(tapped("button", json!({"payload": "p", "text": "Yes"})).as_deref(), Some("Yes"));
        let list = json!({"action": {"sections": [{"rows": [{"title": "A"}]}, {"rows": [{"title": "B"}]}]}});
        assert_eq!(options(&list), ["A", "B"]);
        assert_eq!(options(&json!([])), [""; 0]);
    }

    #[test]
    fn odd_bodies_are_no_trouble() {
        for kind in ["interactive", "reaction", "contacts", "order"] {
            assert_eq!(summary(kind, &json!(7)), None);
        }
        assert_eq!(summary("location", &json!({"latitude": 1.5, "longitude": 2})).as_deref(), Some("1.5, 2"));
    }
}
