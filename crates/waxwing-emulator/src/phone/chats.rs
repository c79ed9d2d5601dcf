//! The JSON endpoints of the page.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::view;
use crate::app::App;
use crate::clock::unix_millis;
use crate::persona::Persona;
use crate::rules::address::phone_digits;
use crate::rules::media::essence;
use crate::timeline::EmulatedUserId;
use crate::user::kind_of;
use crate::world::{Lane, Utterance};

/// Longest text that a phone sends, in code points.
const TEXT: usize = 65_536;
/// Longest name of a person or a file, in code points.
const NAME: usize = 100;

/// Why a request of the page was refused.
pub(super) type Refusal = (StatusCode, Json<Value>);

pub(super) fn refusal(status: StatusCode, why: &str) -> Refusal {
    (status, Json(json!({ "error": why })))
}

/// Who is there, when the page opens.
pub(super) async fn state(State(app): State<Arc<App>>) -> Json<Value> {
    let world = app.look();
    Json(json!({
        "business": { "name": app.settings.name, "phone": world.business.display_phone_number },
        "now": unix_millis(world.now()),
        "chats": world.people().iter().map(view::chat).collect::<Vec<_>>(),
    }))
}

#[derive(Debug, Deserialize)]
pub(super) struct NewChat {
    name: String,
    /// Without one, the user hides it.
    phone: Option<String>,
}

/// Opens a chat as a user, new or known.
pub(super) async fn open(State(app): State<Arc<App>>, Json(new): Json<NewChat>) -> Result<Json<Value>, Refusal> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > NAME {
        return Err(refusal(StatusCode::BAD_REQUEST, "A name has 1 to 100 characters."));
    }
    let persona = if let Some(phone) = new.phone {
        let digits = phone_digits(&phone).ok_or_else(|| {
            refusal(StatusCode::BAD_REQUEST, "A phone number has 7 to 15 digits, such as +34 600 000 000.")
        })?;
        Persona::phone(&digits).name(name)
    } else {
        let digest = crate::ids::digest(&[b"phone page", name.as_bytes()]);
        let number = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        Persona::bsuid(&format!("ES.{number:020}")).name(name).username(name.to_lowercase().replace(' ', "."))
    };
    let id = app.change(|world| world.join(&persona));
    let id = id.ok_or_else(|| refusal(StatusCode::SERVICE_UNAVAILABLE, "There are too many chats."))?;
    Ok(Json(json!({ "id": id.0 })))
}

#[derive(Debug, Deserialize)]
pub(super) struct Text {
    text: String,
    reply_to: Option<String>,
}

/// The user writes a text.
pub(super) async fn say(
    State(app): State<Arc<App>>,
    Path(chat): Path<u32>,
    Json(Text { text, reply_to }): Json<Text>,
) -> Result<Json<Value>, Refusal> {
    if text.trim().is_empty() || text.chars().count() > TEXT {
        return Err(refusal(StatusCode::BAD_REQUEST, "A text has 1 to 65,536 characters."));
    }
    utter(&app, chat, Utterance::Text(text), reply_to)
}

#[derive(Debug, Deserialize)]
pub(super) struct About {
    caption: Option<String>,
    filename: Option<String>,
}

/// The user sends a file: the body is its bytes.
pub(super) async fn send_file(
    State(app): State<Arc<App>>,
    Path(chat): Path<u32>,
    Query(about): Query<About>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Refusal> {
    if bytes.is_empty() {
        return Err(refusal(StatusCode::BAD_REQUEST, "The file is empty."));
    }
    let too_long = |text: &Option<String>, limit| text.as_ref().is_some_and(|text| text.chars().count() > limit);
    if too_long(&about.caption, TEXT) || too_long(&about.filename, NAME) {
        return Err(refusal(StatusCode::BAD_REQUEST, "The caption or the file name is too long."));
    }
    let mime_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).filter(|value| !value.is_empty());
    let mime_type = mime_type.unwrap_or("application/octet-stream").to_owned();
    let kind = kind_of(&mime_type);
    let caption = about.caption.filter(|caption| !caption.is_empty());
    let filename = about.filename.filter(|_| kind == crate::MediaKind::Document);
    utter(&app, chat, Utterance::Media { kind, bytes, mime_type, caption, filename, voice: false }, None)
}

/// The user has seen what is in the chat.
pub(super) async fn read(State(app): State<Arc<App>>, Path(chat): Path<u32>) -> StatusCode {
    app.change(|world| world.read_all(EmulatedUserId(chat)));
    StatusCode::NO_CONTENT
}

/// A file of a chat. Only what a browser shows without running anything is shown; the rest is for saving.
pub(super) async fn media(State(app): State<Arc<App>>, Path(id): Path<String>) -> Response {
    const SHOWN: [&str; 14] = [
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/gif",
        "video/mp4",
        "video/3gpp",
        "video/webm",
        "audio/aac",
        "audio/amr",
        "audio/mpeg",
        "audio/mp4",
        "audio/ogg",
        "audio/wav",
        "audio/webm",
    ];
    let file = app.look().library.on_phone(&id).map(|file| (essence(&file.mime_type), file.bytes.clone()));
    let Some((mime_type, bytes)) = file else { return StatusCode::NOT_FOUND.into_response() };
    let shown = SHOWN.iter().find(|shown| **shown == mime_type);
    let headers = [
        (CONTENT_TYPE, *shown.unwrap_or(&"application/octet-stream")),
        (CONTENT_DISPOSITION, if shown.is_some() { "inline" } else { "attachment" }),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "private, max-age=3600"),
    ];
    (headers, bytes).into_response()
}

pub(super) fn utter(
    app: &Arc<App>,
    chat: u32,
    utterance: Utterance,
    reply_to: Option<String>,
) -> Result<Json<Value>, Refusal> {
    let user = EmulatedUserId(chat);
    if !app.look().mail.has_room(&Lane::User(user)) {
        return Err(refusal(StatusCode::TOO_MANY_REQUESTS, "Too many messages wait for the webhook."));
    }
    let id = app.change(|world| world.say(user, utterance, reply_to));
    let id = id.ok_or_else(|| refusal(StatusCode::NOT_FOUND, "There is no such chat."))?;
    Ok(Json(json!({ "id": id })))
}
