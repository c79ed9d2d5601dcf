//! Where media may be downloaded from.

use url::{Host, Url};

use crate::Error;

/// The hosts that may see the access token.
pub(crate) struct Hosts {
    graph: Url,
    suffixes: Vec<String>,
}

impl Hosts {
    /// Takes the Graph API's own address and the host names that are allowed with all their subdomains.
    pub(crate) fn new(graph: Url, suffixes: Vec<String>) -> Result<Self, Error> {
        let suffixes = suffixes.into_iter().map(|suffix| match Host::parse(&suffix) {
            Ok(Host::Domain(name)) if !name.starts_with('.') => Ok(name),
            _ => Err(Error::invalid("one of the media hosts is not a host name")),
        });
        Ok(Self { graph, suffixes: suffixes.collect::<Result<_, _>>()? })
    }

    /// Lets an address through if the token may go there.
    pub(crate) fn check(&self, url: Url) -> Result<Url, Error> {
        let anonymous = url.username().is_empty() && url.password().is_none();
        if anonymous && (url.origin() == self.graph.origin() || self.is_media_host(&url)) {
            Ok(url)
        } else {
            Err(Error::forbidden_host())
        }
    }

    fn is_media_host(&self, url: &Url) -> bool {
        // `port` is absent where it is the usual one of the scheme.
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
        let hosts = Hosts::new(
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
    fn the_graph_host_is_allowed_as_it_was_configured() {
        check("http://127.0.0.1:8080/media/1", true);
        check("https://127.0.0.1:8080/media/1", false);
        check("http://127.0.0.1:8081/media/1", false);
        check("http://127.0.0.1/media/1", false);
        check("http://localhost:8080/media/1", false);
        check("http://user@127.0.0.1:8080/media/1", false);
    }

    #[test]
    fn everything_else_is_refused() {
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
