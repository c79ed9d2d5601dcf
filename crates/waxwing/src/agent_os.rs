//! The host of agents and interfaces.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use waxwing_agent::Agent;
use waxwing_axum::{Prefix, Webhook};
use waxwing_engine::{Engine, EngineBuilder};
use waxwing_store::Store;

use crate::config::Settings;
use crate::database::Database;
use crate::error::{ConfigError, Error};
use crate::server::{Server, shutdown_signal};
use crate::whatsapp::WhatsApp;

/// Hosts interfaces, each with its agent, on one store and one address.
///
/// Several interfaces may stand behind one Meta app, which posts the webhooks of all its numbers to one URL: a message goes to the agent of the
/// number that it was sent to, whichever interface's webhook it came in by.
pub struct AgentOs {
    interfaces: Vec<WhatsApp>,
    store: Option<Arc<dyn Store>>,
    database: Database,
    address: SocketAddr,
    allow_unsigned: bool,
    shutdown_timeout: Duration,
    engine: waxwing_engine::EngineSettings,
}

impl AgentOs {
    /// A host without interfaces, that will listen on 127.0.0.1:7777 and keep its data in `waxwing.db`.
    pub fn new() -> Self {
        Self {
            interfaces: Vec::new(),
            store: None,
            database: Database::default(),
            address: SocketAddr::from(([127, 0, 0, 1], 7777)),
            allow_unsigned: false,
            shutdown_timeout: Duration::from_secs(20),
            engine: waxwing_engine::EngineSettings::default(),
        }
    }

    /// A host of one agent, as the environment describes it; see [`Settings`] for the variables.
    ///
    /// # Errors
    ///
    /// Names the variables that are missing, or the first that is wrong.
    pub fn from_env(agent: impl Agent + 'static) -> Result<Self, ConfigError> {
        let settings = Settings::from_env()?;
        Ok(Self::from_settings(&settings).interface(WhatsApp::from_settings(agent, &settings)?))
    }

    /// A host as `settings` describe it, without interfaces.
    pub fn from_settings(settings: &Settings) -> Self {
        Self {
            database: settings.database.clone(),
            address: SocketAddr::new(settings.host, settings.port),
            allow_unsigned: settings.allow_unsigned,
            shutdown_timeout: settings.shutdown_timeout,
            engine: settings.engine.clone(),
            ..Self::new()
        }
    }

    /// Adds an interface.
    pub fn interface(mut self, interface: WhatsApp) -> Self {
        self.interfaces.push(interface);
        self
    }

    /// Keeps everything in `store`, instead of opening a database.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Sets the database to open.
    pub fn database(mut self, database: Database) -> Self {
        self.database = database;
        self
    }

    /// Sets the address to listen on.
    pub fn listen(mut self, host: IpAddr, port: u16) -> Self {
        self.address = SocketAddr::new(host, port);
        self
    }

    /// Sets how long running turns may take to end when the host stops. Default: 20 s.
    pub fn shutdown_timeout(mut self, shutdown_timeout: Duration) -> Self {
        self.shutdown_timeout = shutdown_timeout;
        self
    }

    /// Serves until the process is told to stop (SIGTERM or Ctrl-C).
    ///
    /// # Errors
    ///
    /// If the host cannot be started, or the address cannot be listened on.
    pub async fn serve(self) -> Result<(), Error> {
        let stop = shutdown_signal();
        let listener = self.bind().await?;
        self.start().await?.serve(listener, stop).await
    }

    /// Sets the settings of the engine.
    pub fn engine(mut self, settings: waxwing_engine::EngineSettings) -> Self {
        self.engine = settings;
        self
    }

    /// Listens on the address, without answering yet.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`], with what to do about it; or, where unsigned webhooks are taken, if others could reach the address.
    pub async fn bind(&self) -> Result<TcpListener, Error> {
        let unsigned = self.interfaces.iter().any(|interface| !interface.is_signed());
        if unsigned && !self.allow_unsigned && !self.address.ip().is_loopback() {
            return Err(unsafe_address(self.address.ip()).into());
        }
        TcpListener::bind(self.address).await.map_err(|source| Error::Listen {
            address: self.address.to_string(),
            reason: match source.kind() {
                std::io::ErrorKind::AddrInUse => "the port is in use; stop the other program or set PORT".into(),
                std::io::ErrorKind::PermissionDenied => "not permitted; use a port above 1023".into(),
                std::io::ErrorKind::AddrNotAvailable => "this machine does not have the address; check HOST".into(),
                _ => source.to_string(),
            },
            source,
        })
    }

    /// Opens the store and starts to work, without listening: for those who mount [`Server::router`] in an application of their own.
    ///
    /// # Errors
    ///
    /// If there is no interface, two of them share a number, or a prefix without sharing their secrets, the store cannot be opened, or a client cannot be set up.
    pub async fn start(mut self) -> Result<Server, Error> {
        let host = self.graph_host()?;
        let routes = self.interfaces.iter().map(WhatsApp::route).collect::<Result<Vec<_>, _>>()?;
        if self.interfaces.iter().any(|interface| !interface.is_signed()) {
            tracing::warn!(
                "development mode: signatures of webhooks are not checked; set WHATSAPP_APP_SECRET to have them checked"
            );
        }
        let store = if let Some(store) = self.store {
            store
        } else {
            self.engine.media.dir = self.database.media_dir();
            self.database.open(&host).await?
        };
        let engine =
            routes.into_iter().fold(Engine::builder(store.clone()).settings(self.engine), EngineBuilder::route);
        let engine = engine.build();
        let mut webhooks: Vec<(Prefix, Webhook)> = Vec::new();
        for interface in self.interfaces {
            let prefix = interface.mount_point().clone();
            if webhooks.iter().all(|(taken, _)| *taken != prefix) {
                webhooks.push((prefix, interface.webhook(engine.clone())));
            }
        }
        Ok(Server::start(webhooks, engine, store, self.shutdown_timeout))
    }

    /// Finds out whether the interfaces can be served side by side, without opening anything.
    ///
    /// # Errors
    ///
    /// If there is no interface, or two of them share a number, or a prefix without sharing their secrets.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.graph_host().map(drop)
    }

    /// Finds what the interfaces have in common, and what they must not: returns their Graph host.
    fn graph_host(&self) -> Result<String, ConfigError> {
        let Some(first) = self.interfaces.first() else {
            return Err(ConfigError::new("there is no interface to serve"));
        };
        let host = first.graph_host()?;
        for (nth, one) in self.interfaces.iter().enumerate() {
            if one.graph_host()? != host {
                return Err(ConfigError::new("two interfaces on one database have different Graph hosts"));
            }
            for other in &self.interfaces[..nth] {
                if one.number() == other.number() {
                    return Err(ConfigError::new(format!("two interfaces have the number {}", one.number().as_str())));
                }
                if one.mount_point() == other.mount_point() && !one.shares_webhook_with(other) {
                    return Err(ConfigError::new(format!(
                        "two interfaces have the prefix {}, but not the same app secret and verify token: give one of them a prefix of its own",
                        one.mount_point()
                    )));
                }
            }
        }
        Ok(host)
    }
}

/// Unsigned webhooks must not come from everywhere.
pub(crate) fn unsafe_address(address: IpAddr) -> ConfigError {
    ConfigError::new(format!(
        "HOST is {address}, which others can reach, and development mode takes unsigned webhooks: set WHATSAPP_APP_SECRET, or use 127.0.0.1, or say --allow-unsigned"
    ))
}

impl Default for AgentOs {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for AgentOs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentOs")
            .field("interfaces", &self.interfaces)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
