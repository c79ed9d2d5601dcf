//! Client of the Cloud API.

mod builder;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::SecretString;
use url::Url;
use waxwing_types::PhoneNumberId;

use crate::allowed_hosts::AllowedHosts;
use crate::transport::Transport;
use crate::usage::UsageObserver;
use crate::{ApiUsage, Error};

pub use builder::ClientBuilder;
pub(crate) use builder::bearer;

/// Client of the Cloud API for one business number.
///
/// Cloning is cheap and shares the connections. [`Client::for_number`] gives a client for another number with the same access
/// token. `Debug` hides the token.
///
/// The client sends each request once and retries nothing: Meta has no idempotency key, so a message that is sent twice arrives
/// twice. [`Error::retry_advice`] and [`Error::may_have_been_accepted`] help to decide about a retry.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/get-started>
///
/// ```no_run
/// use waxwing_client::Client;
/// use waxwing_client::types::{PhoneNumberId, WaId};
///
/// async fn greet(access_token: String) -> Result<(), waxwing_client::Error> {
///     let client = Client::new(access_token, PhoneNumberId::new("1000001"))?;
///     let sent = client.send_text(WaId::new("34600000000"), "hola").await?;
///     println!("accepted as {}", sent.id.as_str());
///     Ok(())
/// }
/// ```
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
    /// URL of the Graph API with its version, without a slash at the end.
    pub(crate) graph: Url,
    pub(crate) allowed_hosts: AllowedHosts,
    pub(crate) timeout: Duration,
    pub(crate) media_timeout: Duration,
    pub(crate) usage_observer: Option<UsageObserver>,
}

impl Client {
    /// Base URL of the Graph API, unless [`ClientBuilder::base_url`] sets another.
    pub const DEFAULT_BASE_URL: &str = "https://graph.facebook.com";

    /// Version of the Graph API, unless [`ClientBuilder::api_version`] sets another.
    pub const DEFAULT_API_VERSION: &str = "v26.0";

    /// Creates a client with default settings.
    ///
    /// # Errors
    ///
    /// Returns an error if the token is empty or contains control characters, or if TLS cannot be set up.
    pub fn new(access_token: impl Into<SecretString>, phone_number_id: PhoneNumberId) -> Result<Self, Error> {
        Self::builder(access_token, phone_number_id).build()
    }

    /// Returns a builder for a client with other settings.
    pub fn builder(access_token: impl Into<SecretString>, phone_number_id: PhoneNumberId) -> ClientBuilder {
        ClientBuilder::new(access_token.into(), phone_number_id)
    }

    /// Returns a client for another business number, with the same access token and the same connections.
    pub fn for_number(&self, phone_number_id: PhoneNumberId) -> Self {
        Self { shared: Arc::clone(&self.shared), phone_number_id }
    }

    /// Returns the business number that this client sends from.
    pub fn phone_number_id(&self) -> &PhoneNumberId {
        &self.phone_number_id
    }

    /// Reports the use of Meta's limits to the observer, if a response has it.
    pub(crate) fn report_usage(&self, usage: &ApiUsage) {
        if let Some(UsageObserver(observe)) = self.shared.usage_observer.as_ref().filter(|_| !usage.is_empty()) {
            observe(usage);
        }
    }

    /// Returns the access token.
    pub(crate) fn access_token(&self) -> SecretString {
        let token = self.shared.authorization.to_str().ok().and_then(|value| value.strip_prefix("Bearer "));
        token.unwrap_or_default().into()
    }

    /// Returns the timeout of requests other than uploads and downloads, connecting included.
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
