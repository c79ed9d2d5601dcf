//! Media files for the page.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::effects;
use crate::message::{ChatContent, ChatMessage};
use crate::rules::media::essence;
use crate::shared::Shared;

/// MIME types that a browser displays without running code. Files of other types are offered as downloads.
const INLINE: [&str; 14] = [
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

/// Returns a media file of a chat.
pub(super) async fn media(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    let file = shared.world().media.on_phone(&id).map(|file| (essence(&file.mime_type), file.bytes.clone()));
    let Some((mime_type, bytes)) = file else { return StatusCode::NOT_FOUND.into_response() };
    serve(&mime_type, bytes)
}

#[derive(Debug, Deserialize)]
pub(super) struct LinkedMedia {
    /// Id of the message that has the link.
    message: String,
    link: String,
}

/// Returns a media file to which a message links, such as the picture of a header. The policy of the page allows no other origins.
pub(super) async fn linked(State(shared): State<Arc<Shared>>, Query(query): Query<LinkedMedia>) -> Response {
    let is_known = {
        let world = shared.world();
        let message = world.users.message(&query.message).map(|(_, entry)| &entry.message);
        message.is_some_and(|message| has_link(message, &query.link))
    };
    if !is_known {
        return StatusCode::NOT_FOUND.into_response();
    }
    match effects::fetch(&shared.http, &query.link).await {
        Some((mime_type, bytes)) => serve(&essence(&mime_type), bytes),
        None => StatusCode::BAD_GATEWAY.into_response(),
    }
}

/// Returns whether a message of the business links to a media file.
fn has_link(message: &ChatMessage, link: &str) -> bool {
    fn find(value: &Value, link: &str) -> bool {
        match value {
            Value::Object(object) => {
                object.iter().any(|(key, value)| key == "link" && value == link || find(value, link))
            }
            Value::Array(items) => items.iter().any(|item| find(item, link)),
            _ => false,
        }
    }
    match &message.content {
        ChatContent::Other { body, .. } => find(body, link),
        ChatContent::Template(template) => find(&template.body, link),
        _ => false,
    }
}

fn serve(mime_type: &str, bytes: Bytes) -> Response {
    let inline = INLINE.iter().find(|inline| **inline == mime_type);
    let headers = [
        (CONTENT_TYPE, *inline.unwrap_or(&"application/octet-stream")),
        (CONTENT_DISPOSITION, if inline.is_some() { "inline" } else { "attachment" }),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "private, max-age=3600"),
    ];
    (headers, bytes).into_response()
}
