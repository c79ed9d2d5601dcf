//! Endpoints for chats.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::request::{ErrorResponse, MessagePlace, error, send};
use super::view;
use crate::action::ActionError;
use crate::clock::unix_millis;
use crate::ids;
use crate::message::{MediaKind, UserContent};
use crate::operations::{action_targets, user_phone};
use crate::persona::Persona;
use crate::rules::address::phone_digits;
use crate::rules::media::kind_from_phone;
use crate::shared::Shared;
use crate::timeline::EmulatedUserId;

/// Maximum length of a text, in code points.
const MAX_TEXT: usize = 65_536;
/// Maximum length of a profile name or a file name, in code points.
const MAX_NAME: usize = 100;

/// Returns the business and the chats, for a page that opens.
pub(super) async fn state(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let phone = &world.account.first_number().display_phone_number;
    let numbers = world.account.numbers().iter().map(|number| &number.identity);
    let numbers = numbers.map(|it| json!({ "id": it.phone_number_id, "phone": it.display_phone_number }));
    Json(json!({
        "business": { "name": shared.settings.name, "phone": phone },
        "numbers": numbers.collect::<Vec<_>>(),
        "now": unix_millis(world.now()),
        "chats": world.users.all().iter().map(view::chat).collect::<Vec<_>>(),
        "groups": view::groups(&world),
    }))
}

#[derive(Debug, Deserialize)]
pub(super) struct NewChat {
    name: String,
    /// Phone number. Without one, the user hides it.
    phone: Option<String>,
}

/// Opens the chat of a new or existing user.
pub(super) async fn open(
    State(shared): State<Arc<Shared>>,
    Json(chat): Json<NewChat>,
) -> Result<Json<Value>, ErrorResponse> {
    let name = chat.name.trim();
    if name.is_empty() || name.chars().count() > MAX_NAME {
        return Err(error(StatusCode::BAD_REQUEST, "Enter a name of 1 to 100 characters."));
    }
    let persona = if let Some(phone) = chat.phone {
        let digits = phone_digits(&phone).ok_or_else(|| {
            error(StatusCode::BAD_REQUEST, "Enter a phone number of 7 to 15 digits, such as +34 600 000 000.")
        })?;
        Persona::phone(&digits).name(name)
    } else {
        let digest = ids::digest(&[b"phone page", name.as_bytes()]);
        let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        Persona::bsuid(&format!("ES.{number:020}")).name(name).username(name.to_lowercase().replace(' ', "."))
    };
    let id = shared.change(|world| world.users.join(&mut world.runtime, &persona));
    let id = id.ok_or_else(|| error(StatusCode::SERVICE_UNAVAILABLE, "There are too many chats."))?;
    Ok(Json(json!({ "id": id.0 })))
}

#[derive(Debug, Deserialize)]
pub(super) struct TextMessage {
    text: String,
    #[serde(flatten)]
    place: MessagePlace,
}

/// Sends a text.
pub(super) async fn send_text(
    State(shared): State<Arc<Shared>>,
    Path(chat): Path<u32>,
    Json(TextMessage { text, place }): Json<TextMessage>,
) -> Result<Json<Value>, ErrorResponse> {
    if text.trim().is_empty() || text.chars().count() > MAX_TEXT {
        return Err(error(StatusCode::BAD_REQUEST, "Enter a text of 1 to 65,536 characters."));
    }
    send(&shared, chat, UserContent::Text(text), place)
}

#[derive(Debug, Deserialize)]
pub(super) struct FileQuery {
    caption: Option<String>,
    filename: Option<String>,
    /// Kind of media, such as `document` for a picture that is sent as a file. Default: by the MIME type.
    kind: Option<String>,
    /// Whether an audio file is a voice note.
    #[serde(default)]
    voice: bool,
    #[serde(flatten)]
    place: MessagePlace,
}

/// Sends a file. The request body is the content of the file.
pub(super) async fn send_file(
    State(shared): State<Arc<Shared>>,
    Path(chat): Path<u32>,
    Query(query): Query<FileQuery>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, ErrorResponse> {
    if bytes.is_empty() {
        return Err(error(StatusCode::BAD_REQUEST, "The file is empty."));
    }
    let is_too_long = |text: &Option<String>, limit| text.as_ref().is_some_and(|text| text.chars().count() > limit);
    if is_too_long(&query.caption, MAX_TEXT) || is_too_long(&query.filename, MAX_NAME) {
        return Err(error(StatusCode::BAD_REQUEST, "The caption or the file name is too long."));
    }
    let mime_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
    let mime_type = mime_type.unwrap_or("application/octet-stream").to_owned();
    let wanted = query.kind.as_deref().and_then(MediaKind::from_name);
    let kind = wanted.unwrap_or_else(|| kind_from_phone(&mime_type));
    let caption = query.caption.filter(|caption| !caption.is_empty());
    let filename = query.filename.filter(|_| kind == MediaKind::Document);
    let voice = query.voice && kind == MediaKind::Audio;
    let content = UserContent::Media { kind, bytes, mime_type, caption, filename, voice };
    send(&shared, chat, content, query.place)
}

/// Reads the messages of the business in the chat with a number, or in a group.
pub(super) async fn read(
    State(shared): State<Arc<Shared>>,
    Path(chat): Path<u32>,
    Query(MessagePlace { group, number, .. }): Query<MessagePlace>,
) -> Result<StatusCode, ErrorResponse> {
    let read = shared.change(|world| {
        let number = action_targets::number(world, number.as_deref())?;
        user_phone::read_chat(world, EmulatedUserId(chat), number, group.as_deref());
        Ok(StatusCode::NO_CONTENT)
    });
    read.map_err(|reason: ActionError| error(StatusCode::NOT_FOUND, &reason.to_string()))
}
