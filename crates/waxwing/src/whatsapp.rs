//! The WhatsApp interface: an agent behind a business number.

use std::fmt;
use std::sync::Arc;

use waxwing_agent::Agent;
use waxwing_axum::{Prefix, Verification, Webhook};
use waxwing_client::{Client, ClientBuilder};
use waxwing_engine::{Engine, Route};
use waxwing_types::PhoneNumberId;
use waxwing_webhook::{AppSecrets, VerifyToken};

use crate::config::{Mode, Settings};
use crate::error::ConfigError;

/// Serves one agent, or a team, which is an agent too, on one business number.
pub struct WhatsApp {
    agent: Arc<dyn Agent>,
    client: ClientBuilder,
    verify_token: Option<VerifyToken>,
    verification: Verification,
    prefix: Prefix,
}

impl WhatsApp {
    /// An interface that checks signatures with these app secrets.
    pub fn new(
        agent: impl Agent + 'static,
        access_token: impl Into<String>,
        number: PhoneNumberId,
        app_secrets: AppSecrets,
    ) -> Self {
        Self {
            agent: Arc::new(agent),
            client: Client::builder(access_token.into(), number),
            verify_token: None,
            verification: Verification::Signed(app_secrets),
            prefix: Prefix::default(),
        }
    }

    /// An interface as `settings` describe it.
    ///
    /// # Errors
    ///
    /// If the settings ask for signatures to be checked and have no secret to do it with.
    pub fn from_settings(agent: impl Agent + 'static, settings: &Settings) -> Result<Self, ConfigError> {
        let verification = match (&settings.mode, &settings.app_secrets) {
            (Mode::Development, _) => Verification::Unsigned,
            (Mode::Production, Some(secrets)) => Verification::Signed(secrets.clone()),
            (Mode::Production, None) => return Err(ConfigError::new("production mode needs WHATSAPP_APP_SECRET")),
        };
        let mut client = Client::builder(settings.access_token.clone(), settings.phone_number_id.clone());
        if let Some(url) = &settings.graph_url {
            client = client.base_url(url);
        }
        if let Some(version) = &settings.api_version {
            client = client.api_version(version);
        }
        Ok(Self {
            agent: Arc::new(agent),
            client,
            verify_token: settings.verify_token.clone(),
            verification,
            prefix: settings.prefix.clone(),
        })
    }

    /// Sets the word that Meta's challenge must bear. Without it the challenge is answered with 500.
    pub fn verify_token(mut self, token: impl AsRef<str>) -> Self {
        self.verify_token = Some(VerifyToken::new(token));
        self
    }

    /// Sets the path under which the webhook is mounted. Default: `/whatsapp`. Interfaces with the same secrets may share a path, as the numbers of one
    /// Meta app share a webhook.
    pub fn prefix(mut self, prefix: Prefix) -> Self {
        self.prefix = prefix;
        self
    }

    /// Sets where the Graph API is. Default: `https://graph.facebook.com`.
    pub fn graph_url(self, url: impl Into<String>) -> Self {
        self.client(|client| client.base_url(url))
    }

    /// Sets the version of the Graph API.
    pub fn api_version(self, version: impl Into<String>) -> Self {
        self.client(|client| client.api_version(version))
    }

    /// Changes other settings of the client that sends: its time-outs, the hosts of media, or, with the feature `tower`, the network itself,
    /// which a service in the same process then stands for.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # fn patient(interface: waxwing::WhatsApp) -> waxwing::WhatsApp {
    /// interface.client(|client| client.timeout(Duration::from_secs(40)))
    /// # }
    /// ```
    pub fn client(mut self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        self.client = change(self.client);
        self
    }

    pub(crate) fn number(&self) -> &PhoneNumberId {
        self.client.phone_number_id()
    }

    pub(crate) fn mount_point(&self) -> &Prefix {
        &self.prefix
    }

    /// True if the webhook of one does for both: those of one Meta app have the same secrets.
    pub(crate) fn shares_webhook_with(&self, other: &Self) -> bool {
        (&self.verification, &self.verify_token) == (&other.verification, &other.verify_token)
    }

    /// True if signatures are checked.
    pub(crate) fn is_signed(&self) -> bool {
        matches!(self.verification, Verification::Signed(_))
    }

    /// The host that a database of this interface belongs to.
    pub(crate) fn graph_host(&self) -> Result<String, ConfigError> {
        self.client
            .host()
            .ok_or_else(|| ConfigError::new("WHATSAPP_GRAPH_URL (whatsapp.graph_url) is not a URL with a host"))
    }

    /// Who answers on the number, and how it reaches Meta.
    pub(crate) fn route(&self) -> Result<Route, ConfigError> {
        let client = self.client.clone().build().map_err(|error| {
            let settings = "WHATSAPP_ACCESS_TOKEN, WHATSAPP_GRAPH_URL or WHATSAPP_API_VERSION";
            ConfigError::new(format!("{settings} is wrong: {error}"))
        })?;
        Ok(Route { number: self.number().clone(), agent: self.agent.clone(), graph: Arc::new(client) })
    }

    /// The interface's webhook, in front of an engine that has its route.
    pub(crate) fn webhook(self, engine: Engine) -> Webhook {
        if self.verify_token.is_none() {
            tracing::warn!("WHATSAPP_VERIFY_TOKEN is not set: Meta cannot verify this webhook");
        }
        Webhook::new(engine, self.verification, self.verify_token)
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
