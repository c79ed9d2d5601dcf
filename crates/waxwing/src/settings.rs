//! The settings of a server with one business number.
//!
//! [`SETTINGS`] is the table of all settings. A [`SettingsSource`] knows their raw values: the environment, a file, or the flags of a
//! command. [`Settings::read`] checks the raw values.

mod api;
mod budget;
mod defaults;
mod engine;
mod http;
mod listener;
mod media;
mod metrics;
mod mistake;
mod number_policies;
mod outside_window;
mod raw;
mod source;
mod storage_keys;
mod table;
mod traces;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use secrecy::SecretString;
use waxwing_axum::Prefix;
use waxwing_client::{Client, ClientBuilder};
use waxwing_engine::{BudgetSettings, EngineSettings};
use waxwing_network::NetworkPolicy;
use waxwing_types::PhoneNumberId;
use waxwing_webhook::{AppSecrets, VerifyToken};

use crate::database::Database;
use crate::error::ConfigError;
use crate::http_settings::HttpSettings;
pub use api::ApiSettings;
pub(crate) use defaults::{PORT, SHUTDOWN_TIMEOUT};
pub use engine::{number_texts, system_messages};
pub use metrics::MetricsSettings;
pub use mistake::is_placeholder;
use raw::RawSettings;
pub use source::{Environment, SettingsSource};
pub use table::{SETTINGS, Setting};
pub use traces::TracesSettings;

/// Whether a server checks the signatures of webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every webhook must be signed.
    Production,
    /// Signatures are not checked. The server refuses to listen on an address that other machines can reach, unless
    /// [`Settings::allow_unsigned`] is set.
    Development,
}

/// The checked settings of a server with one business number.
///
/// Each field names its environment variable. `docs/settings.md` lists all of them with their keys, flags and defaults.
///
/// ```
/// use std::collections::HashMap;
///
/// use waxwing::{Mode, Setting, Settings, SettingsSource};
///
/// struct Variables(HashMap<&'static str, &'static str>);
///
/// impl SettingsSource for Variables {
///     fn get(&self, setting: &Setting) -> Option<String> {
///         self.0.get(setting.variable).map(ToString::to_string)
///     }
/// }
///
/// # fn main() -> Result<(), waxwing::ConfigError> {
/// let mut variables = Variables(HashMap::from([
///     ("WHATSAPP_ACCESS_TOKEN", "EAAGb0x1"),
///     ("WHATSAPP_PHONE_NUMBER_ID", "106540352242922"),
///     ("WHATSAPP_APP_SECRET", "app secret"),
///     ("WAXWING_SHUTDOWN_TIMEOUT", "10s"),
/// ]));
/// let settings = Settings::read(&variables)?; // In a program: `Settings::from_env()?`.
/// assert_eq!(settings.mode, Mode::Production);
/// assert_eq!(settings.shutdown_timeout.as_secs(), 10);
///
/// variables.0.insert("PORT", "eighty");
/// let error = Settings::read(&variables).unwrap_err();
/// assert!(error.to_string().contains("PORT"), "{error}");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Access token of the Graph API. `WHATSAPP_ACCESS_TOKEN`, required.
    pub access_token: SecretString,
    /// Id of the business phone number. `WHATSAPP_PHONE_NUMBER_ID`, required.
    pub phone_number_id: PhoneNumberId,
    /// Token that Meta's verification request must contain. `WHATSAPP_VERIFY_TOKEN`; without it the request gets status 500.
    pub verify_token: Option<VerifyToken>,
    /// App secrets that webhooks may be signed with. `WHATSAPP_APP_SECRET`, several separated by commas.
    pub app_secrets: Option<AppSecrets>,
    /// Texts of the verify token and of the first app secret.
    pub webhook_secrets: WebhookSecrets,
    /// Whether signatures are checked. `APP_ENV`; by default production if there is an app secret, else development.
    pub mode: Mode,
    /// Address of the Graph API.
    pub graph: GraphSettings,
    /// Policy of outgoing connections. `WAXWING_ALLOW_PLAIN_HTTP`.
    pub network: NetworkPolicy,
    /// Database of the server. `DATABASE_URL`.
    pub database: Database,
    /// Address to listen on. `HOST`; by default 127.0.0.1 in development, 0.0.0.0 in production.
    pub host: IpAddr,
    /// Port to listen on. `PORT`; 0 takes a free one.
    pub port: u16,
    /// Path prefix of the webhook. `WAXWING_PREFIX`.
    pub prefix: Prefix,
    /// API for other systems; none without a token.
    pub api: Option<ApiSettings>,
    /// Listener for Prometheus; none without a token.
    pub metrics: Option<MetricsSettings>,
    /// Collector of traces; none without an endpoint.
    pub traces: Option<TracesSettings>,
    /// Accepts unsigned webhooks on an address that other machines can reach. `WAXWING_ALLOW_UNSIGNED`.
    pub allow_unsigned: bool,
    /// Time that turns and their sends get to finish at shutdown. `WAXWING_SHUTDOWN_TIMEOUT`.
    pub shutdown_timeout: Duration,
    /// Limits of the webhook listener.
    pub http: HttpSettings,
    /// Settings of the engine.
    pub engine: EngineSettings,
}

/// Texts of the secrets of a webhook, for programs that set it up or try it. A server needs [`Settings::verify_token`] and
/// [`Settings::app_secrets`] only. `Debug` hides both.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct WebhookSecrets {
    /// Verify token.
    pub verify_token: Option<SecretString>,
    /// The first app secret.
    pub app_secret: Option<SecretString>,
}

/// Address of the Graph API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GraphSettings {
    /// Base URL. `WHATSAPP_GRAPH_URL`; none for the client's default.
    pub url: Option<String>,
    /// Version. `WHATSAPP_API_VERSION`; none for the client's default.
    pub api_version: Option<String>,
}

impl Settings {
    /// Returns the builder of a client for the number, with its access token.
    pub fn client_builder(&self) -> ClientBuilder {
        let client = Client::builder(self.access_token.clone(), self.phone_number_id.clone());
        self.graph.apply(client).network(self.network)
    }
}

impl GraphSettings {
    /// Applies the address to a client.
    pub(crate) fn apply(&self, mut client: ClientBuilder) -> ClientBuilder {
        if let Some(url) = &self.url {
            client = client.base_url(url);
        }
        if let Some(version) = &self.api_version {
            client = client.api_version(version);
        }
        client
    }
}

impl Settings {
    /// Reads the settings from the environment of the process.
    ///
    /// # Errors
    ///
    /// Names all required settings that are missing, or the first setting that is wrong.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::read(&Environment)
    }

    /// Reads the database from a source that may lack the other required settings.
    ///
    /// # Errors
    ///
    /// If the URL of the database or a storage key is wrong.
    pub fn database(source: &impl SettingsSource) -> Result<Database, ConfigError> {
        let raw = RawSettings(source);
        let database = raw.text("DATABASE_URL").map_or_else(|| Ok(Database::default()), |url| Database::parse(&url))?;
        Ok(database.storage_keys(storage_keys::read(&raw)?))
    }

    /// Reads the address at which this machine reaches the webhook listener, from a source that may lack the required settings. A listener
    /// on all addresses, which is the default in production, is reached at the loopback address.
    ///
    /// # Errors
    ///
    /// If the host or the port is wrong.
    ///
    /// ```
    /// use waxwing::{Setting, Settings};
    ///
    /// let source = |setting: &Setting| (setting.variable == "HOST").then(|| "0.0.0.0".to_owned());
    /// assert_eq!(Settings::local_address(&source)?.to_string(), "127.0.0.1:7777");
    /// # Ok::<(), waxwing::ConfigError>(())
    /// ```
    pub fn local_address(source: &impl SettingsSource) -> Result<SocketAddr, ConfigError> {
        let raw = RawSettings(source);
        let host = match raw.parse("HOST", host)? {
            Some(IpAddr::V6(all)) if all.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            Some(host) if !host.is_unspecified() => host,
            _ => Ipv4Addr::LOCALHOST.into(),
        };
        Ok(SocketAddr::new(host, raw.parse("PORT", str::parse::<u16>)?.unwrap_or(PORT)))
    }

    /// Reads the settings of the engine from a source that may lack the required settings.
    ///
    /// # Errors
    ///
    /// Names the first setting that is wrong.
    pub fn engine(source: &impl SettingsSource) -> Result<EngineSettings, ConfigError> {
        engine::read(&RawSettings(source))
    }

    /// Reads the budgets for Meta's charges, and the rate table, from a source that may lack the required settings.
    ///
    /// # Errors
    ///
    /// Names the first setting that is wrong, or the line of the rate table.
    pub fn budget(source: &impl SettingsSource) -> Result<BudgetSettings, ConfigError> {
        budget::read(&RawSettings(source))
    }

    /// Reads the settings from a source.
    ///
    /// # Errors
    ///
    /// Names all required settings that are missing, or the first setting that is wrong.
    pub fn read(source: &impl SettingsSource) -> Result<Self, ConfigError> {
        let raw = RawSettings(source);
        raw.check_required()?;
        raw.check_mistakes()?;
        let app_secrets = raw.parse("WHATSAPP_APP_SECRET", AppSecrets::parse)?;
        let mode = match raw.parse("APP_ENV", mode)? {
            Some(mode) => mode,
            None if app_secrets.is_some() => Mode::Production,
            None => Mode::Development,
        };
        if mode == Mode::Production && app_secrets.is_none() {
            return Err(ConfigError::new(
                "WHATSAPP_APP_SECRET is not set, and production mode checks signatures with it: set it, or set APP_ENV=development \
                 to accept unsigned webhooks on this machine only",
            ));
        }
        let network = NetworkPolicy::default()
            .allow_plain_http(raw.parse("WAXWING_ALLOW_PLAIN_HTTP", str::parse::<bool>)?.unwrap_or(false));
        let settings = Self {
            access_token: raw.text("WHATSAPP_ACCESS_TOKEN").unwrap_or_default().into(),
            phone_number_id: PhoneNumberId::new(raw.text("WHATSAPP_PHONE_NUMBER_ID").unwrap_or_default()),
            verify_token: raw.text("WHATSAPP_VERIFY_TOKEN").map(VerifyToken::new),
            app_secrets,
            webhook_secrets: WebhookSecrets::read(&raw),
            mode,
            graph: GraphSettings { url: raw.text("WHATSAPP_GRAPH_URL"), api_version: raw.text("WHATSAPP_API_VERSION") },
            network,
            database: Self::database(source)?,
            host: raw.parse("HOST", host)?.unwrap_or_else(|| mode.host()),
            port: raw.parse("PORT", str::parse::<u16>)?.unwrap_or(PORT),
            prefix: raw.parse("WAXWING_PREFIX", Prefix::new)?.unwrap_or_default(),
            api: api::read(&raw)?,
            metrics: metrics::read(&raw)?,
            traces: traces::read(&raw, network)?,
            allow_unsigned: raw.parse("WAXWING_ALLOW_UNSIGNED", str::parse::<bool>)?.unwrap_or(false),
            shutdown_timeout: raw.duration("WAXWING_SHUTDOWN_TIMEOUT", Duration::ZERO)?.unwrap_or(SHUTDOWN_TIMEOUT),
            http: http::read(&raw)?,
            engine: Self::engine(source)?,
        };
        if mode == Mode::Development && !settings.host.is_loopback() && !settings.allow_unsigned {
            return Err(ConfigError::unsigned_on(settings.host));
        }
        Ok(settings)
    }
}

impl WebhookSecrets {
    fn read<S: SettingsSource>(raw: &RawSettings<'_, S>) -> Self {
        let first = |secrets: String| secrets.split(',').next().map(|secret| secret.trim().into());
        Self {
            verify_token: raw.text("WHATSAPP_VERIFY_TOKEN").map(SecretString::from),
            app_secret: raw.text("WHATSAPP_APP_SECRET").and_then(first),
        }
    }
}

impl Mode {
    /// Returns the default address to listen on.
    pub(crate) fn host(self) -> IpAddr {
        match self {
            Self::Production => IpAddr::from([0, 0, 0, 0]),
            Self::Development => IpAddr::from([127, 0, 0, 1]),
        }
    }

    /// Returns `production` or `development`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Development => "development",
        }
    }
}

fn mode(value: &str) -> Result<Mode, &'static str> {
    match value.to_ascii_lowercase().as_str() {
        "production" => Ok(Mode::Production),
        "development" => Ok(Mode::Development),
        _ => Err("write production or development"),
    }
}

fn host(value: &str) -> Result<IpAddr, &'static str> {
    if value.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    value.parse().map_err(|_| "write an IP address, such as 127.0.0.1 or 0.0.0.0")
}

#[cfg(test)]
mod tests;
