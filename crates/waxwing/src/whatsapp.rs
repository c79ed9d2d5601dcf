//! The WhatsApp interface: an agent behind a business number.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;
use url::Url;
use waxwing_agent::Agent;
use waxwing_axum::{Prefix, Verification, Webhook};
use waxwing_client::Client;
use waxwing_engine::{Engine, Route};
use waxwing_store::Store;
use waxwing_types::PhoneNumberId;
use waxwing_webhook::{AppSecrets, VerifyToken};

use crate::config::{Mode, Settings};
use crate::error::{ConfigError, Error};

/// Where the Graph API is.
const GRAPH_URL: &str = "https://graph.facebook.com";

/// Serves one agent, or a team, which is an agent too, on one business number.
pub struct WhatsApp {
    agent: Arc<dyn Agent>,
    access_token: SecretString,
    number: PhoneNumberId,
    verify_token: Option<VerifyToken>,
    verification: Verification,
    prefix: Prefix,
    graph_url: String,
    api_version: Option<String>,
    engine: waxwing_engine::Settings,
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
            access_token: access_token.into().into(),
            number,
            verify_token: None,
            verification: Verification::Signed(app_secrets),
            prefix: Prefix::default(),
            graph_url: GRAPH_URL.into(),
            api_version: None,
            engine: waxwing_engine::Settings::default(),
        }
    }

    /// An interface as the environment describes it; see [`Settings`] for the variables.
    ///
    /// # Errors
    ///
    /// Names the variables that are missing, or the first that is wrong.
    pub fn from_env(agent: impl Agent + 'static) -> Result<Self, ConfigError> {
        Self::from_settings(agent, &Settings::from_env()?)
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
        Ok(Self {
            agent: Arc::new(agent),
            access_token: settings.access_token.clone(),
            number: settings.phone_number_id.clone(),
            verify_token: settings.verify_token.clone(),
            verification,
            prefix: settings.prefix.clone(),
            graph_url: settings.graph_url.clone().unwrap_or_else(|| GRAPH_URL.into()),
            api_version: settings.api_version.clone(),
            engine: settings.engine.clone(),
        })
    }

    /// Sets the word that Meta's challenge must bear. Without it the challenge is answered with 500.
    pub fn verify_token(mut self, token: impl AsRef<str>) -> Self {
        self.verify_token = Some(VerifyToken::new(token));
        self
    }

    /// Sets the path under which the webhook is mounted. Default: `/whatsapp`.
    pub fn prefix(mut self, prefix: Prefix) -> Self {
        self.prefix = prefix;
        self
    }

    /// Sets where the Graph API is. Default: `https://graph.facebook.com`.
    pub fn graph_url(mut self, url: impl Into<String>) -> Self {
        self.graph_url = url.into();
        self
    }

    /// Sets the version of the Graph API.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// Sets the settings of the engine.
    pub fn engine(mut self, settings: waxwing_engine::Settings) -> Self {
        self.engine = settings;
        self
    }

    pub(crate) fn number(&self) -> &PhoneNumberId {
        &self.number
    }

    pub(crate) fn mount_point(&self) -> &Prefix {
        &self.prefix
    }

    pub(crate) fn engine_settings(&mut self) -> &mut waxwing_engine::Settings {
        &mut self.engine
    }

    /// The host that a database of this interface belongs to.
    pub(crate) fn graph_host(&self) -> Result<String, ConfigError> {
        let url = Url::parse(&self.graph_url).ok();
        let host = url.as_ref().and_then(Url::host_str);
        host.map(str::to_owned)
            .ok_or_else(|| ConfigError::new("WHATSAPP_GRAPH_URL (whatsapp.graph_url) is not a URL with a host"))
    }

    /// Puts the interface on a store.
    pub(crate) fn open(self, store: Arc<dyn Store>) -> Result<Webhook, Error> {
        let mut client = Client::builder(self.access_token, self.number.clone()).base_url(self.graph_url);
        if let Some(version) = self.api_version {
            client = client.api_version(version);
        }
        let route = Route { number: self.number, agent: self.agent, graph: Arc::new(client.build()?) };
        let engine = Engine::builder(store).settings(self.engine).route(route).build();
        let webhook = Webhook::new(engine, self.verification);
        if let Some(token) = self.verify_token {
            return Ok(webhook.verify_token(token));
        }
        tracing::warn!("WHATSAPP_VERIFY_TOKEN is not set: Meta cannot verify this webhook");
        Ok(webhook)
    }
}

impl fmt::Debug for WhatsApp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WhatsApp")
            .field("agent", &self.agent.name())
            .field("number", &self.number)
            .field("prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
