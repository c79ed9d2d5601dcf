//! The Graph side: what the server under test calls.
//!
//! The handlers read the request, ask the world, and write the answer; the rules are in [`rules`](crate::rules).

mod auth;
mod blocks;
mod faults;
mod media;
mod messages;
mod object;
mod profile;
mod reply;
mod subscriptions;
mod templates;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, middleware};

use crate::app::App;

/// Largest JSON body, in bytes.
const JSON: usize = 1024 * 1024;
/// What a multipart body may have besides its file, in bytes.
const FORM: usize = 64 * 1024;

/// The endpoints under `/{version}`, and the one that serves the bytes of media.
pub(crate) fn router(app: &Arc<App>) -> Router<Arc<App>> {
    let upload = DefaultBodyLimit::max(crate::rules::media::LARGEST + FORM);
    Router::new()
        .route("/{version}/{id}", get(object::look_up).post(object::change).delete(object::delete))
        .route("/{version}/{id}/messages", post(messages::send))
        .route("/{version}/{id}/block_users", get(blocks::list).post(blocks::add).delete(blocks::remove))
        .route(
            "/{version}/{id}/message_templates",
            get(templates::list).post(templates::create).delete(templates::delete),
        )
        .route("/{version}/{id}/phone_numbers", get(object::numbers))
        .route(
            "/{version}/{id}/subscribed_apps",
            get(subscriptions::apps).post(subscriptions::subscribe).delete(subscriptions::unsubscribe),
        )
        .route("/{version}/{id}/subscriptions", get(subscriptions::callback).post(subscriptions::set_callback))
        .route("/{version}/{id}/whatsapp_business_profile", get(profile::look_up).post(profile::change))
        .layer(DefaultBodyLimit::max(JSON))
        .route("/{version}/{id}/media", post(media::upload).layer(upload))
        .route("/whatsapp_business/attachments/{id}", get(media::download))
        .fallback(reply::unknown_path)
        .method_not_allowed_fallback(reply::unknown_path)
        .layer(middleware::from_fn_with_state(Arc::clone(app), faults::pass))
}
