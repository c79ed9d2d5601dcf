//! Files of the page, compiled into the binary.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};

/// Allows no resources of other origins, and nothing inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; \
    media-src 'self' blob:; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Returns path, content type and content of a file of the page.
macro_rules! file {
    ($kind:expr, $path:literal) => {
        ($path, $kind, include_str!(concat!("../page/", $path)))
    };
}

/// Files under `/page/`.
const FILES: &[(&str, &str, &str)] = &[
    file!(JS, "dom.js"),
    file!(SVG, "icon.svg"),
    file!(JS, "phone/bubbles/bubble.js"),
    file!(JS, "phone/bubbles/cards.js"),
    file!(JS, "phone/bubbles/content.js"),
    file!(JS, "phone/bubbles/interactive.js"),
    file!(JS, "phone/bubbles/media.js"),
    file!(JS, "phone/bubbles/replies.js"),
    file!(JS, "phone/bubbles/template.js"),
    file!(JS, "phone/bubbles/text.js"),
    file!(JS, "phone/chat-header.js"),
    file!(JS, "phone/chat-list.js"),
    file!(JS, "phone/chat-log.js"),
    file!(JS, "phone/chats.js"),
    file!(JS, "phone/composer.js"),
    file!(JS, "phone/dialog.js"),
    file!(JS, "phone/events.js"),
    file!(JS, "phone/format.js"),
    file!(JS, "phone/icons.js"),
    file!(JS, "phone/main.js"),
    file!(JS, "phone/message-menu.js"),
    file!(CSS, "phone/messages.css"),
    file!(JS, "phone/ogg.js"),
    file!(JS, "phone/outbox.js"),
    file!(CSS, "phone/phone.css"),
    file!(JS, "phone/reconcile.js"),
    file!(JS, "phone/server.js"),
    file!(JS, "phone/sheets/flow-screen.js"),
    file!(JS, "phone/sheets/flow.js"),
    file!(JS, "phone/sheets/forms.js"),
    file!(JS, "phone/sheets/list.js"),
    file!(JS, "phone/sheets/products.js"),
    file!(JS, "phone/state.js"),
    file!(JS, "phone/summary.js"),
    file!(JS, "phone/voice.js"),
    file!(JS, "selection.js"),
];

pub(super) async fn index() -> Response {
    serve(HTML, include_str!("../page/index.html"))
}

pub(super) async fn file(Path(path): Path<String>) -> Response {
    match FILES.iter().find(|(name, ..)| *name == path) {
        Some((_, content_type, content)) => serve(content_type, content),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Returns a file of a page, which may load no resources of other origins.
pub(crate) fn serve(content_type: &'static str, content: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, content).into_response()
}
