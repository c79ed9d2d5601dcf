//! Messages that people send by touch.

use serde_json::{Value, json};

use crate::action::{
    Action, ActionError, ActionOutcome, Album, FileMessage, NewFile, Reaction, SharedContact, SharedLocation,
    SharedNumber, Tap,
};
use crate::message::{MediaKind, Party, UserContent};
use crate::operations::action_targets;
use crate::operations::inbound::InboundOptions;
use crate::operations::user_content;
use crate::operations::user_messages::{ActionResult, find_message, same_chat, send_as};
use crate::world::World;
use crate::world::chat::ChatEntry;

/// Performs an action by which a person sends a message by touch.
pub(super) fn perform(world: &mut World, action: Action) -> ActionResult {
    match action {
        Action::SendsFile(message) => send_file(world, message),
        Action::SendsVoiceNote(note) => {
            let content = user_content::file(user_content::voice_note(note.base64), None, Some(MediaKind::Audio))?;
            send_as(world, &note.user, content, &InboundOptions::default())
        }
        Action::SendsSticker(sticker) => {
            let content = user_content::file(user_content::sticker(sticker.base64), None, Some(MediaKind::Sticker))?;
            send_as(world, &sticker.user, content, &InboundOptions::default())
        }
        Action::SendsAlbum(album) => send_album(world, album),
        Action::SaysInPieces { user, pieces } => {
            send_several(world, &user, pieces.into_iter().map(UserContent::Text).collect())
        }
        Action::Taps(tap) => self::tap(world, &tap),
        Action::Reacts(Reaction { user, emoji, message }) => react(world, &user, message, &emoji),
        Action::Unreacts { user, message } => react(world, &user, message, ""),
        Action::SharesLocation(location) => share_location(world, location),
        Action::SharesContact(SharedContact { user, name, phone }) => {
            let body = user_content::contacts(&name, &phone, "other");
            send_other(world, &user, "contacts", body, None)
        }
        Action::SharesOwnNumber(number) => share_own_number(world, number),
        _ => unreachable!("`actions::perform` passes only actions by touch"),
    }
}

fn send_file(world: &mut World, message: FileMessage) -> ActionResult {
    let FileMessage { user, file, kind, caption, group, quotes, number } = message;
    let number = action_targets::number(world, number.as_deref())?;
    let content = user_content::file(file, caption, kind)?;
    send_as(world, &user, content, &InboundOptions { reply_to: quotes, group, number, ..InboundOptions::default() })
}

fn send_album(world: &mut World, album: Album) -> ActionResult {
    let Album { user, files, mut caption } = album;
    let content = files.into_iter().map(|file: NewFile| user_content::file(file, caption.take(), None));
    let content = content.collect::<Result<Vec<_>, _>>()?;
    send_several(world, &user, content)
}

/// Sends several messages. The outcome has all their ids.
fn send_several(world: &mut World, user: &str, contents: Vec<UserContent>) -> ActionResult {
    let mut all: Option<ActionOutcome> = None;
    for content in contents {
        let sent = send_as(world, user, content, &InboundOptions::default())?;
        let ids = sent.id.clone();
        all.get_or_insert(sent).ids.extend(ids);
    }
    all.ok_or_else(|| ActionError::new("there is nothing to send; the list is empty"))
}

fn tap(world: &mut World, tap: &Tap) -> ActionResult {
    let id = action_targets::user(world, &tap.user)?;
    let found = world.users.get(id).and_then(|user| user.choice(tap.message.as_deref(), &tap.title, None));
    let missing = || ActionError::new(format!("no such message offers {:?} to the user", tap.title));
    let (message, choice) = found.ok_or_else(missing)?;
    let options = InboundOptions { reply_to: Some(message.clone()), ..same_chat(world, id, &message) };
    send_as(world, &tap.user, choice.into_reply(), &options)
}

fn react(world: &mut World, user: &str, message: Option<String>, emoji: &str) -> ActionResult {
    let message = match message {
        Some(message) => message_in_chat(world, user, message)?,
        None => find_message(world, user, None, Party::Business)?.1,
    };
    send_other(world, user, "reaction", json!({ "message_id": message, "emoji": emoji }), None)
}

fn share_location(world: &mut World, location: SharedLocation) -> ActionResult {
    let SharedLocation { user, latitude, longitude, name, address, request } = location;
    let mut body = json!({ "latitude": latitude, "longitude": longitude });
    for (key, value) in [("name", name), ("address", address)] {
        if let Some(value) = value {
            body[key] = value.into();
        }
    }
    let request = request.map(|message| message_in_chat(world, &user, message)).transpose()?;
    send_other(world, &user, "location", body, request)
}

fn share_own_number(world: &mut World, number: SharedNumber) -> ActionResult {
    let SharedNumber { user, phone, request } = number;
    let (id, request) = find_message(world, &user, request.as_deref(), Party::Business)?;
    let owner = world.users.get(id);
    let name = owner.map(|user| user.name.clone()).unwrap_or_default();
    let phone = phone.or_else(|| owner.and_then(|user| user.phone.as_ref()).map(|digits| format!("+{digits}")));
    let phone = phone.ok_or_else(|| ActionError::new("the user has no phone number; state one as `phone`"))?;
    let body = user_content::contacts(&name, &phone, "contact_request");
    send_other(world, &user, "contacts", body, Some(request))
}

fn send_other(world: &mut World, user: &str, kind: &str, body: Value, reply_to: Option<String>) -> ActionResult {
    let content = UserContent::Other { kind: kind.to_owned(), body };
    send_as(world, user, content, &InboundOptions { reply_to, ..InboundOptions::default() })
}

/// Returns the id of a message in the chat of a user, of either party.
fn message_in_chat(world: &mut World, user: &str, message: String) -> Result<String, ActionError> {
    let id = action_targets::user(world, user)?;
    let known: Option<&ChatEntry> = world.users.message_in_chat(id, &message);
    known.map(|_| ()).ok_or_else(|| ActionError::new(format!("there is no message {message} in the chat")))?;
    Ok(message)
}
