//! The client with its builder. Each endpoint has a file of its own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use waxwing_types::PhoneNumberId;

use crate::Error;
use crate::hosts::Hosts;
use crate::transport::Transport;

/// A client of the Cloud API for one business number.
///
/// Cloning is cheap and shares the connections; [`Client::for_number`] does the same for another number that the access token
/// covers. `Debug` hides the token.
///
/// **Nothing is retried here.** A send is not idempotent and Meta has no idempotency key, so whether to send again is decided where
/// the message is kept: see [`Error::retry_advice`] and [`Error::may_have_been_accepted`].
///
/// ```no_run
/// use waxwing_client::Client;
/// use waxwing_client::types::{PhoneNumberId, WaId};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Client::new(std::env::var("WHATSAPP_ACCESS_TOKEN")?, PhoneNumberId::new("1000001"))?;
/// match client.send_text(WaId::new("34600000000"), "hola").await {
///     Ok(sent) => println!("accepted as {}", sent.id.as_str()),
///     Err(error) if error.may_have_been_accepted() => println!("wait for a status webhook before a retry"),
///     Err(error) => return Err(error.into()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) shared: Arc<Shared>,
    phone_number_id: PhoneNumberId,
}

pub(crate) struct Shared {
    pub(crate) transport: Transport,
    /// `Bearer` and the token, marked as sensitive.
    pub(crate) authorization: HeaderValue,
    /// The address below which all calls go, version included, without a slash at the end.
    pub(crate) graph: Url,
    pub(crate) hosts: Hosts,
    pub(crate) timeout: Duration,
    pub(crate) media_timeout: Duration,
}

impl Client {
    /// Base URL of the Graph API, unless [`ClientBuilder::base_url`] sets another.
    pub const DEFAULT_BASE_URL: &str = "https://graph.facebook.com";

    /// Version of the Graph API, unless [`ClientBuilder::api_version`] sets another.
    pub const DEFAULT_API_VERSION: &str = "v26.0";

    /// A client with the usual settings.
    ///
    /// # Errors
    ///
    /// Fails if the token cannot be sent in a header, or if TLS cannot be set up.
    pub fn new(access_token: impl Into<SecretString>, phone_number_id: PhoneNumberId) -> Result<Self, Error> {
        Self::builder(access_token, phone_number_id).build()
    }

    /// A client with other settings.
    pub fn builder(access_token: impl Into<SecretString>, phone_number_id: PhoneNumberId) -> ClientBuilder {
        ClientBuilder {
            access_token: access_token.into(),
            phone_number_id,
            base_url: Client::DEFAULT_BASE_URL.to_owned(),
            api_version: Client::DEFAULT_API_VERSION.to_owned(),
            timeout: Duration::from_secs(20),
            media_timeout: Duration::from_mins(2),
            connect_timeout: Duration::from_secs(5),
            media_hosts: ["fbsbx.com", "fbcdn.net", "facebook.com"].map(str::to_owned).to_vec(),
            user_agent: concat!("waxwing/", env!("CARGO_PKG_VERSION")).to_owned(),
            #[cfg(feature = "tower")]
            service: None,
        }
    }

    /// The same client for another number of the business; token and connections are shared.
    pub fn for_number(&self, phone_number_id: PhoneNumberId) -> Self {
        Self { shared: Arc::clone(&self.shared), phone_number_id }
    }

    /// The number that this client sends from.
    pub fn phone_number_id(&self) -> &PhoneNumberId {
        &self.phone_number_id
    }

    /// The longest that a call other than an upload or a download can take, connecting included.
    pub fn timeout(&self) -> Duration {
        self.shared.timeout
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("graph", &self.shared.graph.as_str())
            .field("phone_number_id", &self.phone_number_id)
            .finish_non_exhaustive()
    }
}

/// The settings of a [`Client`].
///
/// Setters cannot fail; [`build`](Self::build) says what is wrong. `Debug` hides the token.
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
    #[cfg(feature = "tower")]
    service: Option<crate::transport::Service>,
}

impl ClientBuilder {
    /// Where the Graph API is; `https://graph.facebook.com` by default. It may have a path, and may be plain HTTP.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.base_url = base_url.into();
        self
    }

    /// The version of the Graph API; `v26.0` by default.
    pub fn api_version(mut self, api_version: impl Into<String>) -> Self {
        self.api_version = api_version.into();
        self
    }

    /// How long a call may take, connecting and reading included; 20 seconds by default. Up- and downloads have
    /// [`media_timeout`](Self::media_timeout) instead.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long it may take to upload or download one medium; two minutes by default.
    pub fn media_timeout(mut self, media_timeout: Duration) -> Self {
        self.media_timeout = media_timeout;
        self
    }

    /// How long it may take to connect, TLS included; 5 seconds by default. A call that ends here was certainly not accepted.
    pub fn connect_timeout(mut self, connect_timeout: Duration) -> Self {
        self.connect_timeout = connect_timeout;
        self
    }

    /// The hosts that media are downloaded from, each with all its subdomains; `fbsbx.com`, `fbcdn.net` and `facebook.com` by default.
    ///
    /// The address of a medium comes from outside, and the access token goes along with the request: any other host is refused, and
    /// so is anything but HTTPS. The Graph host is always allowed, with its scheme and port as they are in the base URL.
    pub fn media_hosts<S: Into<String>>(mut self, media_hosts: impl IntoIterator<Item = S>) -> Self {
        self.media_hosts = media_hosts.into_iter().map(Into::into).collect();
        self
    }

    /// How the client calls itself; `waxwing/` and the version by default. Meta refuses downloads that do not say.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Sends every request into `service` instead of the network, downloads included: an application in the same process, for tests
    /// without ports, or a client with layers of its own. Needs the feature `tower`.
    ///
    /// The service gets requests with their whole address, token and User-Agent, and may be called by many at once. It must not follow
    /// redirects, repeat requests or send them elsewhere; all that is the client's business. Time-outs hold as they do on the network, except
    /// [`connect_timeout`](Self::connect_timeout).
    ///
    /// An error of the service is [`ErrorKind::Transport`](crate::ErrorKind::Transport): certainly not accepted if the service was not ready
    /// to take the request, in doubt if it took it and failed.
    ///
    /// ```
    /// # #[cfg(feature = "tower")] {
    /// use waxwing_client::Client;
    /// use waxwing_types::PhoneNumberId;
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

    /// The host of the base URL, if that is an address with one.
    pub fn host(&self) -> Option<String> {
        Url::parse(&self.base_url).ok()?.host_str().map(str::to_owned)
    }

    /// The number that the client will send from.
    pub fn phone_number_id(&self) -> &PhoneNumberId {
        &self.phone_number_id
    }

    /// Makes the client.
    ///
    /// # Errors
    ///
    /// Names the setting that cannot be used, or fails because TLS cannot be set up.
    pub fn build(self) -> Result<Client, Error> {
        let authorization = authorization(&self.access_token)?;
        let base = base(&self.base_url)?;
        let graph = versioned(&base, &self.api_version)?;
        let user_agent = HeaderValue::from_str(&self.user_agent)
            .ok()
            .filter(|value| !value.is_empty())
            .ok_or_else(|| Error::invalid("the user agent cannot be sent in a header"))?;
        let http = reqwest::Client::builder()
            .user_agent(user_agent.clone())
            .connect_timeout(self.connect_timeout)
            // A redirect could carry the token to another host; downloads follow theirs one by one.
            .redirect(reqwest::redirect::Policy::none())
            // By default reqwest repeats what HTTP/2 refused. Whether a send goes out twice is not its decision.
            .retry(reqwest::retry::never())
            .build()
            .map_err(|error| Error::invalid("the HTTP client cannot be set up").with_source(error.without_url()))?;
        let transport = Transport::network(http);
        #[cfg(feature = "tower")]
        let transport = match self.service {
            Some(service) => transport.into_service(service, user_agent),
            None => transport,
        };
        let hosts = Hosts::new(base, self.media_hosts)?;
        Ok(Client {
            shared: Arc::new(Shared {
                transport,
                authorization,
                graph,
                hosts,
                timeout: self.timeout,
                media_timeout: self.media_timeout,
            }),
            phone_number_id: self.phone_number_id,
        })
    }
}

fn authorization(token: &SecretString) -> Result<HeaderValue, Error> {
    let token = token.expose_secret();
    if token.is_empty() {
        return Err(Error::invalid("the access token is empty"));
    }
    let mut value = HeaderValue::try_from(format!("Bearer {token}"))
        .map_err(|_| Error::invalid("the access token cannot be sent in a header"))?;
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
        .ok_or_else(|| Error::invalid("the base URL is not an HTTP address without user, query and fragment"))
}

fn versioned(base: &Url, version: &str) -> Result<Url, Error> {
    let plain = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
    if !plain || version.starts_with('.') {
        return Err(Error::invalid("the API version is not of the form v26.0"));
    }
    let mut graph = base.clone();
    graph.path_segments_mut().expect("an HTTP address has a path").pop_if_empty().push(version);
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
    fn calls_go_below_the_base_url_and_the_version() {
        check(builder(), Ok("https://graph.facebook.com/v26.0"));
        check(builder().base_url("http://127.0.0.1:8080/").api_version("v25.0"), Ok("http://127.0.0.1:8080/v25.0"));
        check(builder().base_url("https://proxy.example/graph"), Ok("https://proxy.example/graph/v26.0"));
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let base = Err("the base URL is not an HTTP address without user, query and fragment");
        for url in ["", "graph.facebook.com", "ftp://x", "https://a@b", "https://:p@b", "https://b?x", "https://b#x"] {
            check(builder().base_url(url), base);
        }
        for version in ["", "..", "v26.0/..", "v26 0", "v26.0?x=y"] {
            check(builder().api_version(version), Err("the API version is not of the form v26.0"));
        }
        check(builder().user_agent("a\nb"), Err("the user agent cannot be sent in a header"));
        check(builder().user_agent(""), Err("the user agent cannot be sent in a header"));
        check(builder().media_hosts(["fbsbx.com", ""]), Err("one of the media hosts is not a host name"));
        check(Client::builder("", PhoneNumberId::new("1")), Err("the access token is empty"));
        let newline = Client::builder("EAAtoken\n", PhoneNumberId::new("1"));
        check(newline, Err("the access token cannot be sent in a header"));
    }

    #[test]
    fn debug_hides_the_token() {
        let shown = format!("{:?} {:?}", builder(), builder().build().unwrap());
        assert!(!shown.contains("EAAtoken"), "{shown}");
        // Hides the header in logs of the HTTP client as well, and keeps it out of the tables of HTTP/2.
        assert!(authorization(&"EAAtoken".into()).unwrap().is_sensitive());
    }
}
