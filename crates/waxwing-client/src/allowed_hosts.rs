//! Hosts that media may be downloaded from.

use url::{Host, Url};

use crate::Error;

/// Hosts that may receive the access token.
pub(crate) struct AllowedHosts {
    graph: Url,
    suffixes: Vec<String>,
}

impl AllowedHosts {
    /// Creates the list from the Graph base URL and host names. All subdomains of the names are allowed.
    pub(crate) fn new(graph: Url, suffixes: Vec<String>) -> Result<Self, Error> {
        let suffixes = suffixes.into_iter().map(|suffix| match Host::parse(&suffix) {
            Ok(Host::Domain(name)) if !name.starts_with('.') => Ok(name),
            _ => Err(Error::invalid("media host is not a host name; use a name such as fbcdn.net")),
        });
        Ok(Self { graph, suffixes: suffixes.collect::<Result<_, _>>()? })
    }

    /// Returns the URL if the token may be sent to its host.
    pub(crate) fn check(&self, url: Url) -> Result<Url, Error> {
        let anonymous = url.username().is_empty() && url.password().is_none();
        if anonymous && (url.origin() == self.graph.origin() || self.is_media_host(&url)) {
            Ok(url)
        } else {
            Err(Error::forbidden_host())
        }
    }

    fn is_media_host(&self, url: &Url) -> bool {
        // `port` is `None` for the default port of the scheme.
        let (Some(Host::Domain(host)), "https", None) = (url.host(), url.scheme(), url.port()) else { return false };
        self.suffixes
            .iter()
            .any(|suffix| host.strip_suffix(suffix.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, allowed: bool) {
        let hosts = AllowedHosts::new(
            Url::parse("http://127.0.0.1:8080/base").unwrap(),
            vec!["fbsbx.com".into(), "FBcdn.net".into(), "facebook.com".into()],
        )
        .unwrap();
        assert_eq!(hosts.check(Url::parse(url).unwrap()).is_ok(), allowed, "{url}");
    }

    #[test]
    fn media_hosts_and_their_subdomains_are_allowed() {
        check("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", true);
        check("https://fbsbx.com", true);
        check("https://LOOKASIDE.FBSBX.COM:443/", true);
        check("https://scontent.xx.fbcdn.net/x", true);
    }

    #[test]
    fn the_graph_host_is_allowed_with_the_configured_scheme_and_port() {
        check("http://127.0.0.1:8080/media/1", true);
        check("https://127.0.0.1:8080/media/1", false);
        check("http://127.0.0.1:8081/media/1", false);
        check("http://127.0.0.1/media/1", false);
        check("http://localhost:8080/media/1", false);
        check("http://user@127.0.0.1:8080/media/1", false);
    }

    #[test]
    fn all_other_hosts_are_refused() {
        check("http://lookaside.fbsbx.com/", false);
        check("https://evilfbsbx.com/", false);
        check("https://fbsbx.com.evil.com/", false);
        check("https://fbsbx.com@evil.com/", false);
        check("https://evil.com/fbsbx.com", false);
        check("https://evil.com#.fbsbx.com", false);
        check("https://evil.com\\.fbsbx.com/", false);
        check("https://user:password@lookaside.fbsbx.com/", false);
        check("https://lookaside.fbsbx.com:8443/", false);
        check("https://lookaside.fbsbx.com./", false);
        check("https://169.254.169.254/latest/meta-data", false);
        check("https://[::1]/", false);
        check("file:///etc/passwd", false);
        check("data:text/plain,fbsbx.com", false);
    }
}
