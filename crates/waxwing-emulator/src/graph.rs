//! Graph API that the server under test calls.
//!
//! The handlers read the request, call an operation, and write the response. The [`rules`](crate::rules) check the request.

mod auth;
mod block_users;
mod call_context;
mod calls;
mod faults;
mod flows;
mod groups;
mod media;
mod message_history;
mod messages;
mod number;
mod number_settings;
mod object;
pub(crate) mod origin;
mod paging;
mod parameters;
mod paths;
mod profile;
mod qr_codes;
mod recording;
mod registration;
mod response;
mod subscriptions;
mod templates;
mod thread_control;
mod tokens;
mod uploads;
mod username;
mod waba;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request};
use axum::routing::{delete, get, post};
use axum::{Router, middleware};
use tower::ServiceExt as _;
use tower::util::MapRequest;

use crate::rules::media::LARGEST;
use crate::rules::registration::RegistrationRequest;
use crate::shared::Shared;

/// Maximum size of a JSON body, in bytes.
const MAX_JSON: usize = 1024 * 1024;
/// Maximum size of a multipart body without its file, in bytes.
const MAX_FORM: usize = 64 * 1024;

/// Returns the Graph API, which serves every path.
pub(crate) fn service(shared: &Arc<Shared>) -> MapRequest<Router, fn(Request) -> Request> {
    router(shared).with_state(Arc::clone(shared)).map_request(paths::normalize as fn(Request) -> Request)
}

/// Returns the endpoints under `/{version}`, and the endpoint for media downloads.
fn router(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let upload = DefaultBodyLimit::max(LARGEST + MAX_FORM);
    Router::new()
        .route("/{version}/{id}", get(object::read).post(object::edit).delete(object::delete))
        .route("/{version}/{id}/messages", post(messages::send))
        .route("/{version}/{id}/marketing_messages", post(messages::send_marketing))
        .route("/{version}/{id}/block_users", get(block_users::list).post(block_users::add).delete(block_users::remove))
        .route(
            "/{version}/{id}/message_templates",
            get(templates::list).post(templates::create).delete(templates::delete),
        )
        .route("/{version}/{id}/register", registration::endpoint(RegistrationRequest::Register))
        .route("/{version}/{id}/deregister", registration::endpoint(RegistrationRequest::Deregister))
        .route("/{version}/{id}/request_code", registration::endpoint(RegistrationRequest::RequestCode))
        .route("/{version}/{id}/verify_code", registration::endpoint(RegistrationRequest::VerifyCode))
        .merge(number_routes())
        .merge(object_routes())
        .route("/{version}/oauth/access_token", get(tokens::app_token))
        .route("/{version}/debug_token", get(tokens::debug))
        .route("/{version}/{id}/phone_numbers", get(object::phone_numbers))
        .route(
            "/{version}/{id}/subscribed_apps",
            get(subscriptions::apps).post(subscriptions::subscribe).delete(subscriptions::unsubscribe),
        )
        .route("/{version}/{id}/subscriptions", get(subscriptions::callback).post(subscriptions::set_callback))
        .route("/{version}/{id}/whatsapp_business_profile", get(profile::read).post(profile::change))
        .layer(DefaultBodyLimit::max(MAX_JSON))
        .route("/{version}/{id}/media", post(media::upload).layer(upload))
        .route("/whatsapp_business/attachments/{id}", get(media::download))
        .route("/whatsapp_business/flows/{id}", get(flows::download))
        .fallback(response::unknown_path)
        .method_not_allowed_fallback(response::unknown_path)
        .layer(middleware::from_fn_with_state(Arc::clone(shared), faults::inject))
        .layer(middleware::from_fn_with_state(Arc::clone(shared), recording::record))
}

/// Returns the endpoints for the settings of a number.
fn number_routes() -> Router<Arc<Shared>> {
    use number_settings as settings;
    Router::new()
        .route("/{version}/{id}/settings", get(settings::read).post(settings::change))
        .route(
            "/{version}/{id}/conversational_automation",
            get(settings::read_automation).post(settings::change_automation),
        )
        .route(
            "/{version}/{id}/whatsapp_commerce_settings",
            get(settings::read_commerce).post(settings::change_commerce),
        )
        .route(
            "/{version}/{id}/whatsapp_business_encryption",
            get(settings::read_public_key).post(settings::change_public_key),
        )
        .route("/{version}/{id}/message_qrdls", get(qr_codes::list).post(qr_codes::set))
        .route("/{version}/{id}/message_qrdls/{code}", get(qr_codes::read).delete(qr_codes::delete))
        .route("/{version}/{id}/username", get(username::read).post(username::claim).delete(username::delete))
        .route("/{version}/{id}/thread_control", post(thread_control::control))
        .route("/{version}/{id}/username_suggestions", get(username::suggestions))
}

/// Returns the endpoints of the objects besides numbers and messages.
fn object_routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/{version}/{id}/flows", get(flows::list).post(flows::create))
        .route("/{version}/{id}/assets", get(flows::assets).post(flows::upload))
        .route("/{version}/{id}/publish", post(flows::publish))
        .route("/{version}/{id}/deprecate", post(flows::deprecate))
        .route("/{version}/{id}/calls", post(calls::execute))
        .route("/{version}/{id}/call_permissions", get(calls::permissions))
        .route("/{version}/{id}/uploads", post(uploads::start))
        .route("/{version}/{id}/message_history", get(message_history::list))
        .route("/{version}/{id}/events", get(message_history::events))
        .route("/{version}/{id}/groups", get(groups::list).post(groups::create))
        .route(
            "/{version}/{id}/invite_link",
            get(groups::invite_link).post(groups::reset_invite_link).delete(groups::delete_invite_link),
        )
        .route("/{version}/{id}/join_requests", get(groups::join_requests).post(groups::approve).delete(groups::reject))
        .route("/{version}/{id}/participants", delete(groups::remove))
}
