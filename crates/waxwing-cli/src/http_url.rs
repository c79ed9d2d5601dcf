//! Flags whose values are URLs of HTTP servers.

use url::Url;

/// Parses a URL with the scheme `http` or `https` and a host.
///
/// # Errors
///
/// Returns the reason, with an example. `localhost:8000` alone would be a URL with the scheme `localhost`.
pub(crate) fn http_url(text: &str) -> Result<Url, String> {
    let is_http = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
    Url::parse(text.trim()).ok().filter(is_http).ok_or_else(|| {
        "it must start with http:// or https:// and have a host, such as http://127.0.0.1:8000/webhook".to_owned()
    })
}

/// Parses a URL as [`http_url`] does, and returns its text.
pub(crate) fn http_url_text(text: &str) -> Result<String, String> {
    http_url(text).map(|_| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_http_is_accepted() {
        assert_eq!(http_url_text("https://a.net/b"), Ok("https://a.net/b".to_owned()));
        for wrong in ["", "webhook", "localhost:8000/webhook", "ftp://a.net", "http://"] {
            assert!(http_url(wrong).unwrap_err().contains("http://127.0.0.1:8000/webhook"), "{wrong}");
        }
    }
}
