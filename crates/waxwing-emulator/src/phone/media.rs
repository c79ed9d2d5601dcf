//! Media files for the page.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};

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
