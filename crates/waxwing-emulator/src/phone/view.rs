//! View model of the page: JSON that does not require knowledge of Meta's formats.

mod interactive;
mod refusal;
pub(super) mod surroundings;

use serde_json::{Value, json};

use crate::clock::unix_millis;
use crate::message::{ChatContent, ChatMedia, DeliveryState, Party};
use crate::timeline::{EmulatedUserId, TimelineEvent, TimelineEventKind, WebhookSubject};
use crate::world::World;
use crate::world::chat::ChatEntry;
use crate::world::users::EmulatedUser;

/// Maximum number of groups that the page shows.
const MAX_GROUPS: usize = 200;

/// Returns the view of an event, or `None` if the page does not show the event or its message no longer exists.
pub(super) fn event(world: &World, event: &TimelineEvent) -> Option<Value> {
    let mut view = match &event.kind {
        TimelineEventKind::Joined { user } => json!({ "kind": "chat", "chat": chat(world.users.get(*user)?) }),
        TimelineEventKind::UserMessage { user, message } | TimelineEventKind::BusinessMessage { user, message } => {
            let entry = entry(world, *user, message)?;
            json!({ "kind": "message", "chat": user.0, "message": self::message(*user, entry) })
        }
        TimelineEventKind::Status { user, message, state } => {
            let mut view = json!({ "kind": "state", "chat": user.0, "message": message, "state": state.name() });
            if let DeliveryState::Failed { code } = *state {
                view["error"] = refusal::error(code);
            }
            view
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
        TimelineEventKind::Refused { .. } => refusal::refused(&event.kind)?,
        TimelineEventKind::ChatDeleted { user, number, group } => {
            json!({ "kind": "deleted", "chat": user.0, "number": number, "group": group })
        }
        TimelineEventKind::Flow { .. }
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

/// Returns a message in the chat of a user. A group message is in several chats.
fn entry<'a>(world: &'a World, user: EmulatedUserId, message: &str) -> Option<&'a ChatEntry> {
    let (owner, entry) = world.users.message(message)?;
    if owner.id == user { Some(entry) } else { world.users.message_in_chat(user, message) }
}

/// Returns the view of the groups.
pub(super) fn groups(world: &World) -> Value {
    let groups = world.groups.iter().take(MAX_GROUPS).map(|(id, group)| {
        let users: Vec<_> = group.participants.iter().map(|user| user.0).collect();
        json!({ "id": id, "subject": group.subject, "users": users })
    });
    groups.collect()
}

/// Returns the view of a message in the chat of a user.
pub(super) fn message(user: EmulatedUserId, entry: &ChatEntry) -> Value {
    let message = &entry.message;
    let mut view = json!({
        "id": message.id,
        // Direction from the perspective of the phone's user.
        "direction": if message.from == Party::User { "out" } else { "in" },
        "at": unix_millis(message.at),
        // Emulated user who sent the message. Absent for a message of the business.
        "from": (message.from == Party::User).then_some(user.0),
        "state": message.state.name(),
        "reply_to": message.reply_to,
        // Body of the request by which the business sent the message.
        "body": message.request,
        "number": message.number,
        "group": message.group,
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
            view["template"] = json!({ "name": template.name, "language": template.language });
            view["content"] = template.layout.clone();
        }
        ChatContent::Other { kind, body } => {
            view["type"] = kind.as_str().into();
            view["text"] = interactive::summary(kind, body).into();
            view["options"] = interactive::options(body).into();
            view["content"] = body.clone();
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
