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

pub(super) async fn index() -> Response {
    serve(HTML, include_str!("../page/index.html"))
}

pub(super) async fn file(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "page.css" => serve(CSS, include_str!("../page/page.css")),
        "page.js" => serve(JS, include_str!("../page/page.js")),
        "server.js" => serve(JS, include_str!("../page/server.js")),
        "bubble.js" => serve(JS, include_str!("../page/bubble.js")),
        "dom.js" => serve(JS, include_str!("../page/dom.js")),
        "format.js" => serve(JS, include_str!("../page/format.js")),
        "icon.svg" => serve("image/svg+xml", include_str!("../page/icon.svg")),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

fn serve(content_type: &'static str, content: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, content).into_response()
}
