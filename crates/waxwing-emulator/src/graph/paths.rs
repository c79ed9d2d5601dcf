//! Forms of paths that Meta accepts for the same call.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;

use super::auth::OLDEST_VERSION;

/// URI of a call as the caller sent it, as an extension of the request.
#[derive(Debug, Clone)]
pub(super) struct SentUri(pub(super) Uri);

/// Returns the request with the path that the router knows: with a whole version, without a trailing slash.
///
/// Meta serves a path without a version with the oldest version that the app can use.
pub(super) fn normalize(mut request: Request) -> Request {
    let sent = SentUri(request.uri().clone());
    request.extensions_mut().insert(sent);
    let uri = request.uri();
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let path = normalized(uri.path());
    if path != uri.path()
        && let Ok(path) = format!("{path}{query}").parse::<PathAndQuery>()
    {
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(path);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

fn normalized(path: &str) -> String {
    let mut parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let Some(first) = parts.first_mut() else { return path.to_owned() };
    // Downloads of media files have no version.
    if first == "whatsapp_business" {
        return path.to_owned();
    }
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match first.strip_prefix('v').map(|version| version.split_once('.').unwrap_or((version, "0"))) {
        Some((major, minor)) if is_number(major) && is_number(minor) => *first = format!("v{major}.{minor}"),
        _ => parts.insert(0, format!("v{OLDEST_VERSION}.0")),
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meta: versions.
    #[test]
    fn versions_and_slashes_are_completed() {
        #[track_caller]
        fn check(path: &str, expected: &str) {
            let request = Request::get(path).body(axum::body::Body::empty()).unwrap();
            assert_eq!(normalize(request).uri().to_string(), expected);
        }
        check("/v25.0/1/messages", "/v25.0/1/messages");
        check("/v25/1/messages/?a=b", "/v25.0/1/messages?a=b");
        check("/1/messages", "/v21.0/1/messages");
        check("//v25.0//me/", "/v25.0/me");
        check("/latest/1", "/v21.0/latest/1");
        check("/v/1", "/v21.0/v/1");
        check("/whatsapp_business/attachments/1?ext=1", "/whatsapp_business/attachments/1?ext=1");
    }
}
