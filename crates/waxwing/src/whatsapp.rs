//! The WhatsApp interface: an agent on a business number.

use std::fmt;
use std::sync::Arc;

use axum::Router;
use waxwing_agent::Agent;
use waxwing_axum::{BodyBudget, Prefix, Verification, Webhook};
use waxwing_client::{Client, ClientBuilder};
use waxwing_engine::{Engine, NumberPolicies, OutsideWindow, Route};
use waxwing_types::PhoneNumberId;
use waxwing_webhook::{AppSecrets, VerifyToken};

use crate::error::ConfigError;
#[cfg(feature = "flows")]
use crate::flow_routes::FlowRoutes;
use crate::settings::{Mode, Settings};

/// Serves one agent or one team on one business number.
///
/// ```
/// use waxwing::WhatsApp;
/// use waxwing::agent::Echo;
///
/// # fn main() -> Result<(), waxwing::ConfigError> {
/// let interface = WhatsApp::builder(Echo)
///     .access_token("EAAG...")
///     .phone_number_id("106540352242922")
///     .app_secret("app secret")
///     .verify_token("a token of your choice")
///     .build()?;
///
/// let error = WhatsApp::builder(Echo).access_token("EAAG...").build().unwrap_err();
/// assert!(error.to_string().contains("WHATSAPP_PHONE_NUMBER_ID"), "{error}");
/// # Ok(())
/// # }
/// ```
pub struct WhatsApp {
    agent: Arc<dyn Agent>,
    client: ClientBuilder,
    verify_token: Option<VerifyToken>,
    verification: Verification,
    prefix: Prefix,
    outside_window: Option<OutsideWindow>,
    policies: NumberPolicies,
    #[cfg(feature = "flows")]
    flows: FlowRoutes,
}

impl WhatsApp {
    /// Starts an interface for `agent`. A team is an agent too.
    pub fn builder(agent: impl Agent + 'static) -> WhatsAppBuilder {
        WhatsAppBuilder::new(agent)
    }

    /// Creates an interface for `agent` with the values of `settings`.
    ///
    /// # Errors
    ///
    /// If the settings are for production and contain no app secret.
    pub fn from_settings(agent: impl Agent + 'static, settings: &Settings) -> Result<Self, ConfigError> {
        Self::builder(agent).settings(settings).build()
    }

    pub(crate) fn number(&self) -> &PhoneNumberId {
        self.client.phone_number_id()
    }

    pub(crate) fn mount_point(&self) -> &Prefix {
        &self.prefix
    }

    /// Returns true if one webhook can serve both interfaces: the numbers of one Meta app have the same secrets.
    pub(crate) fn shares_webhook_with(&self, other: &Self) -> bool {
        (&self.verification, &self.verify_token) == (&other.verification, &other.verify_token)
    }

    /// Returns true if signatures are checked.
    pub(crate) fn is_signed(&self) -> bool {
        matches!(self.verification, Verification::Signed(_))
    }

    /// Returns the host of the Graph API. A database belongs to one such host.
    pub(crate) fn graph_host(&self) -> Result<String, ConfigError> {
        self.client
            .host()
            .ok_or_else(|| ConfigError::new("WHATSAPP_GRAPH_URL (whatsapp.graph_url) is not a URL with a host"))
    }

    /// Returns the route of the business number for the engine.
    pub(crate) fn route(&self) -> Result<Route, ConfigError> {
        let client = self.client.clone().build().map_err(|error| {
            let settings = "WHATSAPP_ACCESS_TOKEN, WHATSAPP_GRAPH_URL or WHATSAPP_API_VERSION";
            ConfigError::new(format!("{settings} is wrong: {error}"))
        })?;
        let route = Route::new(self.number().clone(), self.agent.clone(), Arc::new(client));
        let policies = Arc::new(self.policies.clone());
        Ok(Route { outside_window: self.outside_window.clone(), policies, ..route })
    }

    /// Returns the routes of the endpoints of flows. Empty without the feature `flows`.
    #[cfg_attr(
        not(feature = "flows"),
        expect(clippy::unused_self, reason = "the interface has no endpoints without the feature")
    )]
    pub(crate) fn flow_router(&self, budget: &BodyBudget) -> Router {
        #[cfg(feature = "flows")]
        return self.flows.router(&self.prefix, &self.verification, budget);
        #[cfg(not(feature = "flows"))]
        {
            let _ = budget;
            Router::new()
        }
    }

    /// Returns the name of an endpoint of a flow that both interfaces have under one prefix.
    #[cfg_attr(
        not(feature = "flows"),
        expect(clippy::unused_self, reason = "the interface has no endpoints without the feature")
    )]
    pub(crate) fn shared_flow_endpoint(&self, other: &Self) -> Option<&str> {
        #[cfg(feature = "flows")]
        return self.flows.shared_with(&other.flows).filter(|_| self.prefix == other.prefix);
        #[cfg(not(feature = "flows"))]
        {
            let _ = other;
            None
        }
    }

    /// Returns the webhook in front of `engine`, which has the route of this interface.
    pub(crate) fn webhook(self, engine: Engine, budget: BodyBudget) -> Webhook {
        if self.verify_token.is_none() {
            tracing::warn!("no verify token; meta cannot verify the webhook until WHATSAPP_VERIFY_TOKEN is set");
        }
        Webhook::with_budget(engine, self.verification, self.verify_token, budget)
    }
}

impl fmt::Debug for WhatsApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhatsApp")
            .field("agent", &self.agent.name())
            .field("number", self.number())
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}

/// Builds a [`WhatsApp`] interface. The access token, the phone number id and an app secret are required.
pub struct WhatsAppBuilder {
    agent: Arc<dyn Agent>,
    access_token: Option<waxwing_client::SecretString>,
    phone_number_id: Option<PhoneNumberId>,
    verification: Option<Result<Verification, ConfigError>>,
    verify_token: Option<VerifyToken>,
    prefix: Prefix,
    outside_window: Option<OutsideWindow>,
    policies: NumberPolicies,
    client: Vec<ClientChange>,
    #[cfg(feature = "flows")]
    flows: FlowRoutes,
}

/// A change of the client, applied when the interface is built.
type ClientChange = Box<dyn FnOnce(ClientBuilder) -> ClientBuilder + Send>;

impl WhatsAppBuilder {
    fn new(agent: impl Agent + 'static) -> Self {
        Self {
            agent: Arc::new(agent),
            access_token: None,
            phone_number_id: None,
            verification: None,
            verify_token: None,
            prefix: Prefix::default(),
            outside_window: None,
            policies: NumberPolicies::default(),
            client: Vec::new(),
            #[cfg(feature = "flows")]
            flows: FlowRoutes::default(),
        }
    }

    /// Takes all values of `settings` that concern the number.
    pub fn settings(mut self, settings: &Settings) -> Self {
        self.access_token = Some(settings.access_token.clone());
        self.phone_number_id = Some(settings.phone_number_id.clone());
        self.verify_token.clone_from(&settings.verify_token);
        self.prefix.clone_from(&settings.prefix);
        self.outside_window = Some(settings.engine.outside_window.clone());
        self.policies.clone_from(&settings.engine.policies);
        self.verification = match (settings.mode, &settings.app_secrets) {
            (Mode::Development, _) => Some(Ok(Verification::Unsigned)),
            (Mode::Production, secrets) => secrets.clone().map(|secrets| Ok(Verification::Signed(secrets))),
        };
        let (graph, network) = (settings.graph.clone(), settings.network);
        self.client(move |client| graph.apply(client).network(network))
    }

    /// Sets the access token of the Graph API. Required.
    pub fn access_token(mut self, token: impl Into<String>) -> Self {
        self.access_token = Some(token.into().into());
        self
    }

    /// Sets the id of the business phone number. The id is not a phone number. Required.
    pub fn phone_number_id(mut self, id: impl Into<String>) -> Self {
        self.phone_number_id = Some(PhoneNumberId::new(id));
        self
    }

    /// Sets the app secret that signs webhooks. Several secrets are separated by commas, and all of them are accepted. Required, unless
    /// [`without_signatures`](Self::without_signatures) is called.
    pub fn app_secret(mut self, secret: impl AsRef<str>) -> Self {
        let secrets = AppSecrets::parse(secret.as_ref());
        self.verification = Some(
            secrets
                .map(Verification::Signed)
                .map_err(|error| ConfigError::new(format!("the app secret is wrong: {error}"))),
        );
        self
    }

    /// Accepts unsigned webhooks, for development. The server then refuses to listen on an address that other
    /// machines can reach.
    pub fn without_signatures(mut self) -> Self {
        self.verification = Some(Ok(Verification::Unsigned));
        self
    }

    /// Sets the token that Meta's verification request must contain. Without a token the request gets status 500.
    pub fn verify_token(mut self, token: impl AsRef<str>) -> Self {
        self.verify_token = Some(VerifyToken::new(token));
        self
    }

    /// Sets the path prefix of the webhook, `/whatsapp` by default.
    ///
    /// Interfaces with the same secrets may share a prefix, as the numbers of one Meta app share a webhook.
    pub fn prefix(mut self, prefix: Prefix) -> Self {
        self.prefix = prefix;
        self
    }

    /// Sets what happens to messages while the customer service window is closed. Default: the setting of the engine.
    pub fn outside_window(mut self, policy: OutsideWindow) -> Self {
        self.outside_window = Some(policy);
        self
    }

    /// Sets the policies of the number: opening hours and others. Default: those of the engine.
    ///
    /// ```
    /// use waxwing::engine::{NumberPolicies, OpeningHours};
    ///
    /// # fn open(interface: waxwing::WhatsAppBuilder) -> Result<waxwing::WhatsAppBuilder, waxwing::engine::InvalidHours> {
    /// let hours = OpeningHours::in_zone("Europe/Madrid")?.open("mon-fri 09:00-17:00")?;
    /// # Ok(
    /// interface.policies(NumberPolicies::default().hours(hours))
    /// # )
    /// # }
    /// ```
    pub fn policies(mut self, policies: NumberPolicies) -> Self {
        self.policies = policies;
        self
    }

    /// Sets the base URL of the Graph API, [`Client::DEFAULT_BASE_URL`] by default.
    pub fn graph_url(self, url: impl Into<String>) -> Self {
        let url = url.into();
        self.client(|client| client.base_url(url))
    }

    /// Sets the version of the Graph API, [`Client::DEFAULT_API_VERSION`] by default.
    pub fn api_version(self, version: impl Into<String>) -> Self {
        let version = version.into();
        self.client(|client| client.api_version(version))
    }

    /// Changes other settings of the client: timeouts, media hosts, or, with the feature `tower`, the transport.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # fn patient(interface: waxwing::WhatsAppBuilder) -> waxwing::WhatsAppBuilder {
    /// interface.client(|client| client.timeout(Duration::from_secs(40)))
    /// # }
    /// ```
    pub fn client(mut self, change: impl FnOnce(ClientBuilder) -> ClientBuilder + Send + 'static) -> Self {
        self.client.push(Box::new(change));
        self
    }

    /// Serves the endpoint of a WhatsApp Flow at `{prefix}/flows/{name}`. The app secrets of the interface verify its requests.
    ///
    /// `key` is the private key to the public key of the business number. The handler has 8 s for each answer.
    ///
    /// ```
    /// use waxwing::agent::Echo;
    /// use waxwing::flow::{FlowKey, FlowResponse};
    /// use waxwing::{WhatsApp, flow_handler_fn};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let handler = flow_handler_fn(|request| async move { Ok(FlowResponse::complete().with_all(request.data)) });
    /// # let key = FlowKey::generate()?; // FlowKey::from_pem(&std::fs::read_to_string("flow_key.pem")?)?
    /// let interface = WhatsApp::builder(Echo)
    ///     .access_token("EAAG...")
    ///     .phone_number_id("106540352242922")
    ///     .app_secret("app secret")
    ///     .flow_endpoint("booking", key, handler)
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "flows")]
    pub fn flow_endpoint(
        mut self,
        name: impl Into<String>,
        key: waxwing_flow::FlowKey,
        handler: impl waxwing_axum::FlowHandler + 'static,
    ) -> Self {
        self.flows.add(name.into(), key, Arc::new(handler));
        self
    }

    /// Builds the interface.
    ///
    /// # Errors
    ///
    /// Names the first required value that is missing or wrong.
    pub fn build(self) -> Result<WhatsApp, ConfigError> {
        let missing = |name: &str| ConfigError::new(format!("the interface has no {name}"));
        let access_token = self.access_token.ok_or_else(|| missing("access token (WHATSAPP_ACCESS_TOKEN)"))?;
        let number = self.phone_number_id.ok_or_else(|| missing("phone number id (WHATSAPP_PHONE_NUMBER_ID)"))?;
        let verification = self.verification.ok_or_else(|| {
            missing("app secret (WHATSAPP_APP_SECRET); set it, or call `without_signatures` for development")
        })??;
        let client = Client::builder(access_token, number);
        let client = self.client.into_iter().fold(client, |client, change| change(client));
        #[cfg(feature = "flows")]
        self.flows.check()?;
        Ok(WhatsApp {
            agent: self.agent,
            client,
            verify_token: self.verify_token,
            verification,
            prefix: self.prefix,
            outside_window: self.outside_window,
            policies: self.policies,
            #[cfg(feature = "flows")]
            flows: self.flows,
        })
    }
}

impl fmt::Debug for WhatsAppBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhatsAppBuilder")
            .field("agent", &self.agent.name())
            .field("number", &self.phone_number_id)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
