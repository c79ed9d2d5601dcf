//! Who may use the phone page and the control API.
//!
//! The page needs no password, so nobody but a browser on this machine should get at it, and in that browser no other site. Two
//! checks: the `Host` must name this machine, because a site that rebinds its own name to 127.0.0.1 still sends its name; and a
//! request for the endpoints must come from the page itself, by `Sec-Fetch-Site` and `Origin`. Programs that send neither of
//! the two headers are not browsers and may pass.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;

/// Lets pass what is addressed to this machine.
pub(crate) async fn known_host(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let known = header(request.headers(), HOST.as_str()).is_some_and(|host| is_known(host, app.address));
    if known { next.run(request).await } else { refuse("this host name is not the emulator's") }
}

/// Lets pass what comes from the page itself, or from no page at all.
pub(crate) async fn same_origin(request: Request, next: Next) -> Response {
    if is_same_origin(request.headers()) {
        next.run(request).await
    } else {
        refuse("another site has no business here")
    }
}

fn is_known(host: &str, bound: Option<SocketAddr>) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    };
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let Ok(ip) = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() else { return false };
    // Bound to all addresses, any literal address is ours; a rebound name is no address.
    ip.is_loopback() || bound.is_some_and(|bound| ip == bound.ip() || bound.ip().is_unspecified())
}

fn is_same_origin(headers: &HeaderMap) -> bool {
    let site = header(headers, "sec-fetch-site");
    let host = header(headers, HOST.as_str()).unwrap_or_default();
    let origin = headers.contains_key(ORIGIN).then(|| header(headers, ORIGIN.as_str()).unwrap_or_default());
    let origin_fits = origin.is_none_or(|origin| origin.split_once("://").is_some_and(|(_, name)| name == host));
    origin_fits && site.is_none_or(|site| matches!(site, "same-origin" | "none"))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn refuse(why: &'static str) -> Response {
    (StatusCode::FORBIDDEN, why).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        #[track_caller]
        fn check(host: &str, bound: &str, expected: bool) {
            assert_eq!(is_known(host, Some(bound.parse().unwrap())), expected, "{host} at {bound}");
        }
        check("127.0.0.1:8080", "127.0.0.1:8080", true);
        check("127.0.0.1", "127.0.0.1:80", true);
        check("LOCALHOST:8080", "127.0.0.1:8080", true);
        check("[::1]:8080", "[::1]:8080", true);
        check("[::1]", "[::1]:80", true);
        check("evil.example:8080", "127.0.0.1:8080", false);
        check("localhost.evil.example", "127.0.0.1:8080", false);
        check("127.0.0.1.evil.example:8080", "127.0.0.1:8080", false);
        check("192.168.1.5:8080", "127.0.0.1:8080", false);
        check("192.168.1.5:8080", "192.168.1.5:8080", true);
        check("192.168.1.5:8080", "0.0.0.0:8080", true);
        check("evil.example", "0.0.0.0:8080", false);
        check("", "127.0.0.1:8080", false);
    }

    #[test]
    fn origins() {
        #[track_caller]
        fn check(headers: &[(&'static str, &'static str)], expected: bool) {
            let mut map = HeaderMap::new();
            map.insert("host", "127.0.0.1:8080".parse().unwrap());
            for (name, value) in headers {
                map.insert(*name, value.parse().unwrap());
            }
            assert_eq!(is_same_origin(&map), expected, "{headers:?}");
        }
        check(&[], true);
        check(&[("sec-fetch-site", "same-origin")], true);
        check(&[("sec-fetch-site", "none")], true);
        check(&[("sec-fetch-site", "cross-site")], false);
        check(&[("sec-fetch-site", "same-site")], false);
        check(&[("origin", "http://127.0.0.1:8080")], true);
        check(&[("origin", "http://127.0.0.1:9090")], false);
        check(&[("origin", "https://evil.example")], false);
        check(&[("origin", "null")], false);
        check(&[("origin", "http://127.0.0.1:8080"), ("sec-fetch-site", "cross-site")], false);
    }
}
