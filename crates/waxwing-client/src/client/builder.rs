//! Builder of a client.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::Url;
use waxwing_network::NetworkPolicy;
use waxwing_types::PhoneNumberId;

use super::{Client, Shared};
use crate::allowed_hosts::AllowedHosts;
use crate::transport::Transport;
use crate::usage::UsageObserver;
use crate::{ApiUsage, Error};

/// Builder of a [`Client`]. [`build`](Self::build) checks all settings. `Debug` hides the token.
///
/// ```
/// use std::time::Duration;
/// use waxwing_client::Client;
/// use waxwing_client::types::PhoneNumberId;
///
/// let client = Client::builder("EAAG...", PhoneNumberId::new("1000001"))
///     .api_version("v26.0")
///     .timeout(Duration::from_secs(10))
///     .build()?;
/// assert_eq!(client.timeout(), Duration::from_secs(10));
/// # Ok::<(), waxwing_client::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ClientBuilder {
    access_token: SecretString,
    phone_number_id: PhoneNumberId,
    base_url: String,
    api_version: String,
    timeout: Duration,
    media_timeout: Duration,
    connect_timeout: Duration,
    media_hosts: Vec<String>,
    user_agent: String,
    network: NetworkPolicy,
    usage_observer: Option<UsageObserver>,
    #[cfg(feature = "tower")]
    service: Option<crate::transport::Service>,
}

impl ClientBuilder {
    pub(super) fn new(access_token: SecretString, phone_number_id: PhoneNumberId) -> Self {
        Self {
            access_token,
            phone_number_id,
            base_url: Client::DEFAULT_BASE_URL.to_owned(),
            api_version: Client::DEFAULT_API_VERSION.to_owned(),
            timeout: Duration::from_secs(20),
            media_timeout: Duration::from_mins(2),
            connect_timeout: Duration::from_secs(5),
            media_hosts: ["fbsbx.com", "fbcdn.net", "facebook.com"].map(str::to_owned).to_vec(),
            user_agent: concat!("waxwing/", env!("CARGO_PKG_VERSION")).to_owned(),
            network: NetworkPolicy::default(),
            usage_observer: None,
            #[cfg(feature = "tower")]
            service: None,
        }
    }

    /// Sets the base URL of the Graph API. Default: `https://graph.facebook.com`. The URL may have a path. Plain HTTP is
    /// for this machine, unless [`network`](Self::network) allows it.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// Sets the version of the Graph API. Default: `v26.0`.
    pub fn api_version(mut self, api_version: impl Into<String>) -> Self {
        self.api_version = api_version.into();
        self
    }

    /// Sets the timeout of a request, connecting and reading included. Default: 20 seconds. Uploads and downloads have the
    /// [`media_timeout`](Self::media_timeout) instead.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the timeout of the upload or download of one media file. Default: 2 minutes.
    pub fn media_timeout(mut self, media_timeout: Duration) -> Self {
        self.media_timeout = media_timeout;
        self
    }

    /// Sets the timeout of connecting, TLS included. Default: 5 seconds. A request that fails with this timeout was not accepted.
    pub fn connect_timeout(mut self, connect_timeout: Duration) -> Self {
        self.connect_timeout = connect_timeout;
        self
    }

    /// Sets the hosts that media files are downloaded from, each with all subdomains. Default: `fbsbx.com`, `fbcdn.net` and
    /// `facebook.com`.
    ///
    /// The URL of a media file comes from a response, and the download carries the access token. Other hosts, and URLs without
    /// HTTPS, are therefore refused. The Graph host is always allowed, with the scheme and the port of the base URL.
    pub fn media_hosts<S: Into<String>>(mut self, media_hosts: impl IntoIterator<Item = S>) -> Self {
        self.media_hosts = media_hosts.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the User-Agent. Default: `waxwing/` and the version. Meta refuses downloads without a User-Agent.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Sets the policy of proxies and plain HTTP. By default, a Graph API on this machine is reached without a proxy, and other hosts get
    /// the access token over HTTPS only.
    pub fn network(mut self, network: NetworkPolicy) -> Self {
        self.network = network;
        self
    }

    /// Calls a function with the use of Meta's limits for calls whenever a response reports it, also if the response is an error. The
    /// function must not block.
    pub fn on_usage(mut self, observer: impl Fn(&ApiUsage) + Send + Sync + 'static) -> Self {
        self.usage_observer = Some(UsageObserver(Arc::new(observer)));
        self
    }

    /// Sends every request, downloads included, to a tower service instead of the network. Requires the feature `tower`.
    ///
    /// The service can be an application in the same process, for tests without ports, or an HTTP client with layers. It gets
    /// requests with the full URL, the token and the User-Agent, and is called concurrently. The service must not follow redirects
    /// or retry. All timeouts apply except [`connect_timeout`](Self::connect_timeout).
    ///
    /// An error of the service is an [`ErrorKind::Transport`](crate::ErrorKind::Transport). The request was not accepted if the
    /// service was not ready, and is in doubt if the service failed after it took the request.
    ///
    /// ```
    /// # #[cfg(feature = "tower")] {
    /// use waxwing_client::Client;
    /// use waxwing_client::types::PhoneNumberId;
    ///
    /// let graph = tower::service_fn(async |_request: http::Request<reqwest::Body>| {
    ///     Ok::<_, std::io::Error>(http::Response::new(reqwest::Body::from(r#"{"messages":[{"id":"wamid.1"}]}"#)))
    /// });
    /// let client = Client::builder("token", PhoneNumberId::new("1000001")).service(graph).build();
    /// # }
    /// ```
    #[cfg(feature = "tower")]
    pub fn service<S, B>(mut self, service: S) -> Self
    where
        S: tower::Service<http::Request<reqwest::Body>, Response = http::Response<B>> + Clone + Send + Sync + 'static,
        S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
        S::Future: Send,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        self.service = Some(crate::transport::Service::new(service));
        self
    }

    /// Returns the host of the base URL. `None` if the base URL is invalid or has no host.
    pub fn host(&self) -> Option<String> {
        Url::parse(&self.base_url).ok()?.host_str().map(str::to_owned)
    }

    /// Returns the business number that the client will send from.
    pub fn phone_number_id(&self) -> &PhoneNumberId {
        &self.phone_number_id
    }

    /// Creates the client.
    ///
    /// # Errors
    ///
    /// Returns an error that names the invalid setting, or an error if TLS cannot be set up.
    pub fn build(self) -> Result<Client, Error> {
        let authorization = bearer(&self.access_token)?;
        let base = base(&self.base_url)?;
        // A service of the program answers the requests instead of the network.
        #[cfg(feature = "tower")]
        let uses_network = self.service.is_none();
        #[cfg(not(feature = "tower"))]
        let uses_network = true;
        if uses_network {
            self.network.check_secret(&base).map_err(|_| Error::invalid(PLAIN_HTTP))?;
        }
        let graph = versioned(&base, &self.api_version)?;
        let user_agent = HeaderValue::from_str(&self.user_agent)
            .ok()
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Error::invalid("user agent is empty or has control characters; set a plain text"))?;
        let mut http = reqwest::Client::builder();
        if self.network.bypasses_proxy(&base) {
            http = http.no_proxy();
        }
        let http = http
            .user_agent(user_agent.clone())
            .connect_timeout(self.connect_timeout)
            // A redirect could send the token to another host. Downloads check each redirect.
            .redirect(reqwest::redirect::Policy::none())
            // By default reqwest retries requests that HTTP/2 refused. A send must go out once.
            .retry(reqwest::retry::never())
            .build()
            .map_err(|error| {
                Error::invalid("HTTP client cannot be set up; the source names the cause")
                    .with_source(error.without_url())
            })?;
        let transport = Transport::network(http);
        #[cfg(feature = "tower")]
        let transport = match self.service {
            Some(service) => transport.into_service(service, user_agent),
            None => transport,
        };
        let allowed_hosts = AllowedHosts::new(base, self.media_hosts)?;
        Ok(Client {
            shared: Arc::new(Shared {
                transport,
                authorization,
                graph,
                allowed_hosts,
                timeout: self.timeout,
                media_timeout: self.media_timeout,
                usage_observer: self.usage_observer,
            }),
            phone_number_id: self.phone_number_id,
        })
    }
}

const PLAIN_HTTP: &str =
    "access token would cross the network over plain HTTP; use an https base URL, or allow it with allow_plain_http";

/// Returns the header with an access token.
pub(crate) fn bearer(token: &SecretString) -> Result<HeaderValue, Error> {
    let token = token.expose_secret();
    if token.is_empty() {
        return Err(Error::invalid("access token is empty; set the token of a system user of your Meta app"));
    }
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| Error::invalid("access token has control characters; copy it without line breaks"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn base(base_url: &str) -> Result<Url, Error> {
    let usable = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none()
    };
    Url::parse(base_url)
        .ok()
        .filter(usable)
        .ok_or_else(|| Error::invalid("base URL is invalid; use an http or https URL without user, query and fragment"))
}

fn versioned(base: &Url, version: &str) -> Result<Url, Error> {
    let plain = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    if !plain || version.starts_with('.') {
        return Err(Error::invalid("API version is invalid; use the form v26.0"));
    }
    let mut graph = base.clone();
    graph.path_segments_mut().expect("an HTTP URL has a path").pop_if_empty().push(version);
    Ok(graph)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builder() -> ClientBuilder {
        Client::builder("EAAtoken", PhoneNumberId::new("1"))
    }

    #[track_caller]
    fn check(builder: ClientBuilder, expected: Result<&str, &str>) {
        let graph = builder.build().map(|client| client.shared.graph.to_string()).map_err(|error| error.to_string());
        assert_eq!(graph.as_deref().map_err(|error| &**error), expected);
    }

    #[test]
    fn requests_go_to_the_base_url_and_the_version() {
        check(builder(), Ok("https://graph.facebook.com/v26.0"));
        check(builder().base_url("http://127.0.0.1:8080/").api_version("v25.0"), Ok("http://127.0.0.1:8080/v25.0"));
        check(builder().base_url("https://proxy.example/graph"), Ok("https://proxy.example/graph/v26.0"));
        check(builder().base_url("http://proxy.example"), Err(PLAIN_HTTP));
        let allowed = builder().network(NetworkPolicy::default().allow_plain_http(true));
        check(allowed.base_url("http://proxy.example"), Ok("http://proxy.example/v26.0"));
    }

    #[test]
    fn invalid_settings_are_named() {
        let base = Err("base URL is invalid; use an http or https URL without user, query and fragment");
        for url in ["", "graph.facebook.com", "ftp://x", "https://a@b", "https://:p@b", "https://b?x", "https://b#x"] {
            check(builder().base_url(url), base);
        }
        for version in ["", "..", "v26.0/..", "v26 0", "v26.0?x=y"] {
            check(builder().api_version(version), Err("API version is invalid; use the form v26.0"));
        }
        check(builder().user_agent("a\nb"), Err("user agent is empty or has control characters; set a plain text"));
        check(builder().user_agent(""), Err("user agent is empty or has control characters; set a plain text"));
        check(
            builder().media_hosts(["fbsbx.com", ""]),
            Err("media host is not a host name; use a name such as fbcdn.net"),
        );
        check(
            Client::builder("", PhoneNumberId::new("1")),
            Err("access token is empty; set the token of a system user of your Meta app"),
        );
        let newline = Client::builder("EAAtoken\n", PhoneNumberId::new("1"));
        check(newline, Err("access token has control characters; copy it without line breaks"));
    }

    #[test]
    fn debug_hides_the_token() {
        let shown = format!("{:?} {:?}", builder(), builder().build().unwrap());
        assert!(!shown.contains("EAAtoken"), "{shown}");
        // A sensitive header is hidden in logs of the HTTP client and not stored in the tables of HTTP/2.
        assert!(bearer(&"EAAtoken".into()).unwrap().is_sensitive());
    }
}
