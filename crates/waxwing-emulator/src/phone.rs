//! The phone page: a chat in the browser for people who try a server out.
//!
//! It is drawn from the timeline, which it follows by Server-Sent Events, and acts through a few JSON endpoints. The page and its
//! endpoints are for the browser on this machine only; see [`guard`].

mod chats;
mod events;
mod files;
pub(crate) mod guard;
mod inbox;
mod view;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::app::App;

/// Largest file that the page may send, in bytes.
const FILE: usize = 16 * 1024 * 1024;
/// Largest JSON body, in bytes. A text of the longest allowed length fits, however it is escaped.
const JSON: usize = 1024 * 1024;

/// The page and what it talks to.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let files = Router::new().route("/", get(files::index)).route("/page/{file}", get(files::file));
    let endpoints = Router::new()
        .route("/phone/state", get(chats::state))
        .route("/phone/events", get(events::stream))
        .route("/phone/chats", post(chats::open))
        .route("/phone/chats/{chat}/messages", get(inbox::messages).post(chats::say))
        .route("/phone/chats/{chat}/taps", post(inbox::tap))
        .route("/phone/chats/{chat}/read", post(chats::read))
        .route("/phone/media/{id}", get(chats::media))
        .layer(DefaultBodyLimit::max(JSON))
        .route("/phone/chats/{chat}/files", post(chats::send_file).layer(DefaultBodyLimit::max(FILE)))
        .layer(middleware::from_fn(guard::same_origin));
    files.merge(endpoints).layer(middleware::from_fn_with_state(Arc::clone(app), guard::known_host))
}
