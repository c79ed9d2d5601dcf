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

/// Files under `/page/`: their path, their content type and their content.
const FILES: [(&str, &str, &str); 8] = [
    ("page.css", CSS, include_str!("../page/page.css")),
    ("page.js", JS, include_str!("../page/page.js")),
    ("selection.js", JS, include_str!("../page/selection.js")),
    ("server.js", JS, include_str!("../page/server.js")),
    ("bubble.js", JS, include_str!("../page/bubble.js")),
    ("dom.js", JS, include_str!("../page/dom.js")),
    ("format.js", JS, include_str!("../page/format.js")),
    ("icon.svg", "image/svg+xml", include_str!("../page/icon.svg")),
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
