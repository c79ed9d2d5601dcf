//! View model of the page: JSON that does not require knowledge of Meta's formats.

mod interactive;

use serde_json::{Value, json};

use crate::clock::unix_millis;
use crate::message::{ChatContent, ChatMedia, DeliveryState, Party};
use crate::rules::Rule;
use crate::timeline::{TimelineEvent, TimelineEventKind, WebhookSubject};
use crate::world::World;
use crate::world::chat::ChatEntry;
use crate::world::users::EmulatedUser;

/// Returns the view of an event, or `None` if the page does not show the event or its message no longer exists.
pub(super) fn event(world: &World, event: &TimelineEvent) -> Option<Value> {
    let mut view = match &event.kind {
        TimelineEventKind::Joined { user } => json!({ "kind": "chat", "chat": chat(world.users.get(*user)?) }),
        TimelineEventKind::UserMessage { message, .. } | TimelineEventKind::BusinessMessage { message, .. } => {
            let (user, entry) = world.users.message(message)?;
            json!({ "kind": "message", "chat": user.id.0, "message": self::message(entry) })
        }
        TimelineEventKind::Status { user, message, state } => {
            let code = error_code(*state);
            json!({ "kind": "state", "chat": user.0, "message": message, "state": state.name(), "code": code })
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
        TimelineEventKind::Refused { user: Some(user), code, rule, .. } => {
            let is_limit = matches!(rule, Some(Rule::PairLimit | Rule::Throughput));
            json!({ "kind": "refused", "chat": user.0, "code": code, "is_limit": is_limit })
        }
        TimelineEventKind::Flow { .. }
        | TimelineEventKind::Refused { .. }
        | TimelineEventKind::WebhookAttempt { .. }
        | TimelineEventKind::WebhookAbandoned { .. } => return None,
    };
    view["at"] = unix_millis(event.at).into();
    Some(view)
}

/// Returns the view of a chat in the list of chats.
pub(super) fn chat(user: &EmulatedUser) -> Value {
    json!({
        "id": user.id.0,
        "name": user.name,
        "phone": user.phone,
        "bsuid": user.bsuid,
        "username": user.username,
    })
}

/// Returns the view of a message.
pub(super) fn message(entry: &ChatEntry) -> Value {
    let message = &entry.message;
    let mut view = json!({
        "id": message.id,
        // Direction from the perspective of the phone's user.
        "direction": if message.from == Party::User { "out" } else { "in" },
        "at": unix_millis(message.at),
        "state": message.state.name(),
        "reply_to": message.reply_to,
        // Body of the request by which the business sent the message.
        "body": message.request,
    });
    match &message.content {
        ChatContent::Text(text) => {
            view["type"] = "text".into();
            view["text"] = text.as_str().into();
        }
        ChatContent::Media(media) => {
            view["type"] = media.kind.name().into();
            view["text"] = media.caption.as_deref().into();
            view["media"] = media_view(media);
        }
        ChatContent::Template(template) => {
            view["type"] = "template".into();
            view["text"] = template.text.as_str().into();
            let titles = template.quick_replies.iter().map(|choice| choice.title.as_str());
            view["options"] = titles.collect::<Vec<_>>().into();
        }
        ChatContent::Other { kind, body } => {
            view["type"] = kind.as_str().into();
            view["text"] = interactive::summary(kind, body).into();
            view["options"] = interactive::options(body).into();
        }
    }
    view
}

fn media_view(media: &ChatMedia) -> Value {
    json!({
        "url": format!("/phone/media/{}", media.id),
        "mime_type": media.mime_type,
        "size": media.bytes.len(),
        "filename": media.filename,
        "voice": media.voice,
    })
}

fn error_code(state: DeliveryState) -> Option<u32> {
    match state {
        DeliveryState::Failed { code } => Some(code),
        _ => None,
    }
}
