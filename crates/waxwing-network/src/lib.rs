#![doc = include_str!("../README.md")]

mod address;

use url::{Host, Url};

pub use address::is_public;

/// Decides how clients reach servers.
///
/// By default, clients use the proxy variables of the environment except for this machine, and send secrets over HTTPS or to this machine
/// only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetworkPolicy {
    uses_proxies: bool,
    allows_plain_http: bool,
}

/// The URL would send a secret over plain HTTP to another machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", PlainHttpRefused::MESSAGE)]
pub struct PlainHttpRefused;

impl PlainHttpRefused {
    /// The text of the error.
    pub const MESSAGE: &str =
        "a secret would cross the network over plain HTTP; use https://, or allow it with allow_plain_http";
}

impl NetworkPolicy {
    /// Sets whether clients use the proxy variables of the environment. Default: true.
    #[must_use]
    pub fn use_proxies(self, uses_proxies: bool) -> Self {
        Self { uses_proxies, ..self }
    }

    /// Sets whether secrets may be sent over plain HTTP to other machines. Default: false.
    #[must_use]
    pub fn allow_plain_http(self, allows_plain_http: bool) -> Self {
        Self { allows_plain_http, ..self }
    }

    /// Returns true if requests to `server` use no proxy. A proxy on another machine cannot reach this one.
    pub fn bypasses_proxy(&self, server: &Url) -> bool {
        !self.uses_proxies || is_loopback(server)
    }

    /// Checks that a secret may be sent to `server`.
    ///
    /// # Errors
    ///
    /// [`PlainHttpRefused`] if the URL is not HTTPS, the host is another machine, and the policy does not allow it.
    pub fn check_secret(&self, server: &Url) -> Result<(), PlainHttpRefused> {
        let is_safe = server.scheme() == "https" || is_loopback(server) || self.allows_plain_http;
        if is_safe { Ok(()) } else { Err(PlainHttpRefused) }
    }
}

impl Default for NetworkPolicy {
    fn default() -> Self {
        Self { uses_proxies: true, allows_plain_http: false }
    }
}

/// True if the host of a URL is this machine: a loopback address, or `localhost` (RFC 6761).
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            name == "localhost" || name.ends_with(".localhost")
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, is_local: bool, is_safe: bool) {
        let (policy, url) = (NetworkPolicy::default(), Url::parse(url).expect("a URL"));
        assert_eq!((policy.bypasses_proxy(&url), policy.check_secret(&url).is_ok()), (is_local, is_safe), "{url}");
        assert!(policy.use_proxies(false).bypasses_proxy(&url));
        assert!(policy.allow_plain_http(true).check_secret(&url).is_ok());
    }

    #[test]
    fn only_this_machine_gets_secrets_over_plain_http_and_no_proxy() {
        check("http://127.0.0.1:8080/v1", true, true);
        check("http://127.9.9.9", true, true);
        check("http://[::1]:8080", true, true);
        check("http://[::ffff:127.0.0.1]", true, true);
        check("http://LOCALHOST.:1", true, true);
        check("https://models.localhost", true, true);
        check("https://graph.facebook.com", false, true);
        check("http://graph.facebook.com", false, false);
        check("http://localhost.example", false, false);
        check("http://127.0.0.1.example", false, false);
        check("http://10.0.0.1", false, false);
        check("http://0.0.0.0", false, false);
    }

    /// The version of idna_adapter in `Cargo.lock` is chosen by hand.
    #[test]
    fn international_names_of_hosts_are_read() {
        let host = |url: &str| Url::parse(url).ok()?.host_str().map(str::to_owned);
        assert_eq!(host("https://B\u{fc}cher.example").as_deref(), Some("xn--bcher-kva.example"));
        assert_eq!(
            host("https://\u{4f8b}\u{3048}.\u{30c6}\u{30b9}\u{30c8}").as_deref(),
            Some("xn--r8jz45g.xn--zckzah")
        );
        assert_eq!(
            host("https://a\u{3002}b.example").as_deref(),
            Some("a.b.example"),
            "the full stop of Chinese and Japanese"
        );
        assert_eq!(host("https://xn--a.example"), None, "an invalid name");
    }
}
