//! Decodes the content of a received message for agents.

mod contact;
mod context;
mod order;

use std::time::{Duration, SystemTime};

use serde_json::{Map, Value};
use waxwing_agent::{
    CallPermission, Choice, FormAnswer, Location, MediaKind, MessageContent, Product, Reaction, UnknownContent,
    UserMessage,
};
use waxwing_store::{Origin, PendingMessage};
use waxwing_types::MessageId;
use waxwing_webhook::{
    CallPermissionReply, FormReply, InboundContent, InboundLocation, InboundMedia, InboundMessage, InteractiveReply,
    ProductReference, StatusError,
};

/// The medium of a message, which is still to be downloaded.
pub(crate) type PendingMedium = (MediaKind, InboundMedia);

/// Members of a message that are not its content.
const ENVELOPE: [&str; 10] = [
    "id",
    "from",
    "from_user_id",
    "from_parent_user_id",
    "timestamp",
    "type",
    "context",
    "referral",
    "group_id",
    "identity",
];

/// Meta's names of the types with a file.
pub(crate) const MEDIA: [&str; 5] = ["image", "video", "audio", "document", "sticker"];

/// Meta's names of the other types with content that is read. Broken content of these types tells an agent nothing.
const KNOWN: [&str; 9] = ["text", "button", "location", "contacts", "order", "reaction", "edit", "revoke", "system"];

/// Meta's error for a file that could not be fetched. The text says so if the file is too large.
const MEDIA_ERROR: i64 = 131_052;

/// Changes of an earlier message or of the chat that Meta does not pass on. These changes need no answer.
const SILENT_WITHHELD: [&str; 7] =
    ["edit", "poll_update", "pin", "keep_in_chat", "reaction", "group_invite", "link_preview"];

/// Returns the message for the agent without id, sender and time, and its medium. Returns none if the message is no message for an agent: an edit,
/// a deletion, a notice, or broken content of a known type.
pub(crate) fn decode_message(message: InboundMessage) -> Option<(UserMessage, Option<PendingMedium>)> {
    let InboundMessage { context, referral, errors, content, .. } = message;
    let (mut decoded, medium) = decode_content(content, &errors)?;
    let quotes = context.as_ref().and_then(|context| context.id.clone());
    decoded.quotes = quotes.map(MessageId::into_string);
    decoded.context = context::context(context, referral);
    Some((decoded, medium))
}

/// Returns the text of a user's message, or the caption of its medium.
pub(crate) fn text_of(pending: &PendingMessage) -> Option<String> {
    if pending.origin != Origin::User {
        return None;
    }
    let (message, _) = decode_message(InboundMessage::parse(&pending.body).ok()?)?;
    Some(message.text).filter(|text| !text.is_empty())
}

/// Returns the new content of an edited message, without its medium. Returns none if agents cannot take the content.
pub(crate) fn decode_edit(content: InboundContent) -> Option<UserMessage> {
    decode_content(content, &[]).map(|(message, _)| message)
}

/// Returns whether a message of the types `unsupported` and `unknown` needs no answer.
pub(super) fn needs_no_answer(raw: &[u8]) -> bool {
    let Ok(message) = InboundMessage::parse(raw) else { return false };
    match &message.content {
        InboundContent::Withheld { kind: Some(kind) } => SILENT_WITHHELD.contains(&kind.as_str()),
        InboundContent::Withheld { kind: None } => media_problem("unsupported", &message.errors).is_none(),
        _ => false,
    }
}

fn decode_content(content: InboundContent, errors: &[StatusError]) -> Option<(UserMessage, Option<PendingMedium>)> {
    let text = || UserMessage::text("");
    let message = match content {
        InboundContent::Text { body } => UserMessage::text(body),
        InboundContent::Image(media) => return Some(with_caption(MediaKind::Image, media)),
        InboundContent::Video(media) => return Some(with_caption(MediaKind::Video, media)),
        InboundContent::Audio(media) if media.voice => return Some(with_caption(MediaKind::Voice, media)),
        InboundContent::Audio(media) => return Some(with_caption(MediaKind::Audio, media)),
        InboundContent::Document(media) => return Some(with_caption(MediaKind::Document, media)),
        InboundContent::Sticker(media) => return Some(with_caption(MediaKind::Sticker, media)),
        InboundContent::ButtonReply(reply) | InboundContent::ListReply(reply) | InboundContent::QuickReply(reply) => {
            UserMessage::tap(choice(reply))
        }
        InboundContent::Location(place) => text().with_location(location(place)),
        InboundContent::Contacts(cards) => {
            cards.into_iter().map(contact::contact).fold(text(), UserMessage::with_contact)
        }
        InboundContent::Order(mut order) => {
            UserMessage::text(order.text.take().unwrap_or_default()).with_content(order::order(order))
        }
        InboundContent::Form(reply) => text().with_content(form(reply)),
        InboundContent::Product(shared) => text().with_content(MessageContent::Product(product(shared))),
        InboundContent::CallPermission(reply) => {
            text().with_content(MessageContent::CallPermission(call_permission(reply)))
        }
        InboundContent::Reaction { message_id, emoji } => {
            text().with_content(MessageContent::Reaction(Reaction::new(message_id.into_string(), emoji)))
        }
        InboundContent::Withheld { kind } => {
            let kind = kind.unwrap_or_else(|| "unsupported".into());
            without_content(kind, errors, None)
        }
        InboundContent::Unsupported { kind, raw } => {
            let is_known = KNOWN.contains(&kind.as_str()) || MEDIA.contains(&kind.as_str());
            if is_known && media_problem(&kind, errors).is_none() {
                return None;
            }
            without_content(kind, errors, Some(json(&raw)))
        }
        _ => return None,
    };
    Some((message, None))
}

/// Returns the message for content that is missing or unknown.
fn without_content(kind: String, errors: &[StatusError], json: Option<Value>) -> UserMessage {
    let mut message = UserMessage::text("");
    message.media_problem = media_problem(&kind, errors).map(str::to_owned);
    if message.media_problem.is_none() {
        message.content = Some(UnknownContent::new(kind, json).into());
    }
    message
}

/// Returns the reason why a file is missing, in words that the agent may pass on to the user.
fn media_problem(kind: &str, errors: &[StatusError]) -> Option<&'static str> {
    let is_media_error = |error: &&StatusError| error.code == MEDIA_ERROR || MEDIA.contains(&kind);
    let error = errors.iter().find(is_media_error)?;
    let is_about_size = |text: &str| text.to_lowercase().contains("large") || text.to_lowercase().contains("size");
    let is_too_large = is_about_size(&error.title) || error.details.as_deref().is_some_and(is_about_size);
    Some(if is_too_large { "it is too large" } else { "it could not be downloaded" })
}

/// Returns the content of a message as JSON, or its text if the content cannot be read as JSON.
fn json(raw: &[u8]) -> Value {
    match serde_json::from_slice::<Map<String, Value>>(raw) {
        Ok(mut message) => {
            message.retain(|name, _| !ENVELOPE.contains(&name.as_str()));
            Value::Object(message)
        }
        Err(_) => Value::String(String::from_utf8_lossy(raw).into_owned()),
    }
}

fn with_caption(kind: MediaKind, mut media: InboundMedia) -> (UserMessage, Option<PendingMedium>) {
    (UserMessage::text(media.caption.take().unwrap_or_default()), Some((kind, media)))
}

fn choice(reply: InteractiveReply) -> Choice {
    reply.description.into_iter().fold(Choice::new(reply.id, reply.title), Choice::with_description)
}

fn location(place: InboundLocation) -> Location {
    let mut location = Location::new(place.latitude.get(), place.longitude.get());
    location.name = place.name;
    location.address = place.address;
    location.url = place.url;
    location
}

fn form(reply: FormReply) -> FormAnswer {
    let mut form = FormAnswer::new(reply.answer);
    form.name = reply.name;
    form
}

fn product(reference: ProductReference) -> Product {
    let mut product = Product::new(reference.product_id);
    product.catalog_id = reference.catalog_id;
    product
}

fn call_permission(reply: CallPermissionReply) -> CallPermission {
    let end = |seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    let mut permission = CallPermission::new(reply.response);
    permission.is_permanent = reply.is_permanent;
    permission.expires_at = reply.expires_at.and_then(|seconds| u64::try_from(seconds).ok()).and_then(end);
    permission.source = reply.source;
    permission
}
