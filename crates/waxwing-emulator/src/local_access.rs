//! Access checks of the phone page, which also protect the control API.
//!
//! These endpoints need no password, so only programs on this machine may call them, and no other site may call them through a
//! browser. The `Host` header must name this machine, because a site that rebinds its own name to 127.0.0.1 still sends its name.
//! `Sec-Fetch-Site` and `Origin` must name the page itself. Programs that send neither header are not browsers and may pass.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use serde_json::json;

use crate::shared::Shared;

/// Passes requests whose `Host` header names this machine.
pub(crate) async fn require_known_host(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let is_known = header(request.headers(), HOST.as_str()).is_some_and(|host| {
        is_known_host(host, shared.address) || is_allowed_host(host, &shared.settings.allowed_hosts)
    });
    if is_known {
        next.run(request).await
    } else {
        refuse("the Host header does not name the emulator; allow the name with --allowed-host")
    }
}

/// Passes requests from the page itself, and requests that no browser sent.
pub(crate) async fn require_same_origin(request: Request, next: Next) -> Response {
    if is_same_origin(request.headers()) {
        next.run(request).await
    } else {
        refuse("requests from other sites are not allowed")
    }
}

/// Returns whether the user has allowed a name, such as the name of a container.
fn is_allowed_host(host: &str, allowed: &[String]) -> bool {
    let name = without_port(host);
    !name.is_empty() && allowed.iter().any(|allowed| name.eq_ignore_ascii_case(allowed))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty() => name,
        _ => host,
    }
}

fn is_known_host(host: &str, bound: Option<SocketAddr>) -> bool {
    let name = without_port(host);
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    let Ok(ip) = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() else { return false };
    // A server that is bound to all addresses accepts every IP address. A rebound name is not an IP address.
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

fn refuse(reason: &'static str) -> Response {
    (StatusCode::FORBIDDEN, Json(json!({ "error": reason }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_must_be_this_machine() {
        #[track_caller]
        fn check(host: &str, bound: &str, expected: bool) {
            assert_eq!(is_known_host(host, Some(bound.parse().unwrap())), expected, "{host} at {bound}");
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
    fn only_the_allowed_names_are_known_besides() {
        let allowed = ["emulator".to_owned(), "wa.internal".to_owned()];
        for (host, expected) in [
            ("emulator:7778", true),
            ("EMULATOR", true),
            ("wa.internal:80", true),
            ("emulator.evil.example:7778", false),
            ("evil.example", false),
            ("", false),
            (":7778", false),
        ] {
            assert_eq!(is_allowed_host(host, &allowed), expected, "{host}");
        }
        assert!(!is_allowed_host("emulator:7778", &[]));
    }

    #[test]
    fn the_origin_must_be_the_page() {
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
