//! Messages of users.

use serde_json::{Map, Value};

use crate::message::{ChatContent, ChatMedia, ChatMessage, DeliveryState, Party, UserContent};
use crate::payload::{self, MediaLink};
use crate::timeline::{EmulatedUserId, TimelineEventKind, WebhookSubject};
use crate::world::World;
use crate::world::account::NumberIndex;
use crate::world::chat::ChatEntry;
use crate::world::media_library::{MediaOrigin, NewMedia};
use crate::world::webhook_queues::QueueKey;
use crate::world::webhook_update::WebhookUpdate;

/// Details of a user's message besides its content.
#[derive(Debug, Clone, Default)]
pub(crate) struct InboundOptions {
    pub(crate) reply_to: Option<String>,
    /// Business number that receives the message.
    pub(crate) number: NumberIndex,
    pub(crate) group: Option<String>,
    /// Additional fields of the message.
    pub(crate) with: Map<String, Value>,
    /// Whether the object under the name of the message type is missing.
    pub(crate) without_body: bool,
    /// Whether another responder owns the conversation.
    pub(crate) is_standby: bool,
}

/// Sends a message of a user to the business. Returns its id, or `None` if there is no such user.
pub(crate) fn send(
    world: &mut World,
    user: EmulatedUserId,
    content: UserContent,
    options: &InboundOptions,
) -> Option<String> {
    world.users.get(user)?;
    let (now, number) = (world.now(), options.number);
    let business = world.account.number(number).identity.clone();
    let id = world.runtime.ids.message("inbound");
    let (content, link) = resolve_content(world, content, number);
    let message = ChatMessage {
        id: id.clone(),
        from: Party::User,
        at: now,
        content,
        reply_to: options.reply_to.clone(),
        number: business.phone_number_id.clone(),
        group: options.group.clone(),
        state: DeliveryState::Accepted,
        is_direct_send: false,
        request: None,
    };
    world.users.record_contact(user, &world.runtime);
    let security_identity = world.users.get_mut(user)?.security_identity.take();
    let identity = world.users.visible_identity(user, &world.runtime)?;
    let mut value = payload::inbound(&business, &identity, &message, &link);
    options.apply(&mut value["messages"][0], security_identity);
    let kind = message.content.kind().to_owned();
    world.append_to_chat(user, ChatEntry::new(message));
    // A group message opens no customer service window with its sender.
    world.account.record_received(number, Some(user).filter(|_| options.group.is_none()), now);
    world.record(TimelineEventKind::UserMessage { user, message: id.clone() });
    // Meta does not report the messages of blocked users.
    if !world.account.number(number).is_blocked(user) {
        let mut update = WebhookUpdate::message(user, &id, &kind, value);
        let is_standby = options.group.is_none() && world.account.number(number).is_standby(user);
        if options.is_standby || is_standby {
            payload::STANDBY.clone_into(&mut update.field);
            payload::nest_in_standby(&mut update.value);
        }
        world.webhooks.publish(&mut world.runtime, update);
    }
    Some(id)
}

/// Queues the webhook of a user's message again, byte for byte. Returns false if the message was never posted.
pub(crate) fn redeliver(world: &mut World, message: &str) -> bool {
    let Some((user, _)) = world.users.message(message) else { return false };
    let user = user.id;
    let subject = WebhookSubject::Message { user, message: message.to_owned() };
    world.webhooks.redeliver(&mut world.runtime, QueueKey::User(user), subject)
}

/// Returns the content of a chat message. Adds the file of a media message to the media library.
pub(crate) fn resolve_content(
    world: &mut World,
    content: UserContent,
    number: NumberIndex,
) -> (ChatContent, MediaLink) {
    let (kind, bytes, mime_type, caption, filename, voice) = match content {
        UserContent::Text(text) => return (ChatContent::Text(text), MediaLink::default()),
        UserContent::Other { kind, body } => return (ChatContent::Other { kind, body }, MediaLink::default()),
        UserContent::Media { kind, bytes, mime_type, caption, filename, voice } => {
            (kind, bytes, mime_type, caption, filename, voice)
        }
    };
    let (id, now) = (world.runtime.ids.media(), world.now());
    let business = &world.account.number(number).identity;
    let (owner, origin) = (business.phone_number_id.as_str(), MediaOrigin::User);
    let media = NewMedia { id: id.clone(), bytes: bytes.clone(), mime_type: &mime_type, origin, owner };
    world.media.add(media, now);
    let link = MediaLink {
        url: format!("{}{}", business.origin, world.media.url_path(&id, now)),
        sha256: world.media.on_phone(&id).map(|file| file.sha256),
    };
    (ChatContent::Media(ChatMedia { kind, id, mime_type, bytes, caption, filename, voice }), link)
}

impl InboundOptions {
    /// Applies the options to the message object of a webhook.
    fn apply(&self, message: &mut Value, security_identity: Option<Value>) {
        let Value::Object(message) = message else { return };
        if self.without_body
            && let Some(Value::String(kind)) = message.get("type").cloned()
        {
            message.remove(&kind);
        }
        message.extend(security_identity.map(|identity| ("identity".to_owned(), identity)));
        message.extend(self.with.clone());
    }
}
