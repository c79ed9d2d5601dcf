//! Files of the inspector page, compiled into the binary.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::phone::assets::serve;

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// Returns path, content type and content of a file of the page.
macro_rules! file {
    ($kind:expr, $path:literal) => {
        ($path, $kind, include_str!(concat!("../page/inspector/", $path)))
    };
}

/// Files under `/page/inspector/`.
const FILES: &[(&str, &str, &str)] = &[
    file!(JS, "main.js"),
    file!(JS, "page.js"),
    file!(JS, "api.js"),
    file!(JS, "feed.js"),
    file!(JS, "people.js"),
    file!(JS, "summary.js"),
    file!(JS, "traffic.js"),
    file!(JS, "filter.js"),
    file!(JS, "detail.js"),
    file!(JS, "json-view.js"),
    file!(JS, "curl.js"),
    file!(JS, "editor.js"),
    file!(JS, "turns.js"),
    file!(JS, "turn-view.js"),
    file!(JS, "elements.js"),
    file!(JS, "entry.js"),
    file!(JS, "next-to-phone.js"),
    file!(JS, "controls.js"),
    file!(JS, "controls/clock.js"),
    file!(JS, "controls/faults.js"),
    file!(JS, "controls/platform.js"),
    file!(JS, "controls/scenario.js"),
    file!(JS, "controls/state.js"),
    file!(JS, "controls/statuses.js"),
    file!(JS, "controls/templates.js"),
    file!(JS, "controls/users.js"),
    file!(CSS, "inspector.css"),
];

/// Returns the page of its own, for narrow screens.
pub(super) async fn index() -> Response {
    serve(HTML, include_str!("../page/inspector/inspector.html"))
}

pub(super) async fn file(Path(path): Path<String>) -> Response {
    match FILES.iter().find(|(name, ..)| *name == path) {
        Some((_, content_type, content)) => serve(content_type, content),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
