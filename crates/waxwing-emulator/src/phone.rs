//! Phone page: a chat in the browser.
//!
//! The page follows the timeline by Server-Sent Events, and acts through JSON endpoints. Tests in any language can use the endpoints,
//! too. All of them are for this machine only; see [`local_access`].

mod actions;
pub(crate) mod assets;
mod business_assets;
mod chats;
mod events;
mod inbox;
mod media;
mod request;
mod view;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::local_access;
use crate::shared::Shared;

/// Maximum size of a file that the page sends, in bytes.
const MAX_FILE: usize = 16 * 1024 * 1024;
/// Maximum size of a JSON body, in bytes. Every text of the maximum length fits, with all characters escaped.
const MAX_JSON: usize = 1024 * 1024;

/// Returns the page and its endpoints.
pub(crate) fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let assets = Router::new().route("/", get(assets::index)).route("/page/{*path}", get(assets::file));
    let endpoints = Router::new()
        .route("/phone/state", get(chats::state))
        .route("/phone/events", get(events::stream))
        .route("/phone/chats", post(chats::open))
        .route("/phone/chats/{chat}/messages", get(inbox::messages).post(chats::send_text))
        .route("/phone/chats/{chat}/actions", post(actions::perform))
        .route("/phone/chats/{chat}/flow", get(business_assets::flow))
        .route("/phone/chats/{chat}/taps", post(inbox::tap))
        .route("/phone/chats/{chat}/read", post(chats::read))
        .route("/phone/media/{id}", get(media::media))
        .route("/phone/linked-media", get(media::linked))
        .route("/phone/catalogs", get(business_assets::catalogs))
        .layer(DefaultBodyLimit::max(MAX_JSON))
        .route("/phone/chats/{chat}/files", post(chats::send_file).layer(DefaultBodyLimit::max(MAX_FILE)))
        .layer(middleware::from_fn(local_access::require_same_origin));
    assets.merge(endpoints).layer(middleware::from_fn_with_state(Arc::clone(shared), local_access::require_known_host))
}
