//! The host of agents and interfaces.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use waxwing_store::Store;

use crate::config::Settings;
use crate::database::Database;
use crate::error::{ConfigError, Error};
use crate::running::{Running, stop_signal};
use crate::whatsapp::WhatsApp;

/// Hosts interfaces, each with its agent, on one store and one address.
pub struct AgentOs {
    interfaces: Vec<WhatsApp>,
    store: Option<Arc<dyn Store>>,
    database: Database,
    address: SocketAddr,
    grace: Duration,
}

impl AgentOs {
    /// A host without interfaces, that will listen on 127.0.0.1:7777 and keep its data in `waxwing.db`.
    pub fn new() -> Self {
        Self {
            interfaces: Vec::new(),
            store: None,
            database: Database::default(),
            address: SocketAddr::from(([127, 0, 0, 1], 7777)),
            grace: Duration::from_secs(20),
        }
    }

    /// A host as `settings` describe it, without interfaces.
    pub fn from_settings(settings: &Settings) -> Self {
        Self {
            database: settings.database.clone(),
            address: SocketAddr::new(settings.host, settings.port),
            grace: settings.grace,
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
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Serves until the process is told to stop (SIGTERM or Ctrl-C).
    ///
    /// # Errors
    ///
    /// If the host cannot be started, or the address cannot be listened on.
    pub async fn serve(self) -> Result<(), Error> {
        let listener = self.bind().await?;
        self.start().await?.serve(listener, stop_signal()).await
    }

    /// Listens on the address, without answering yet.
    ///
    /// # Errors
    ///
    /// [`Error::Listen`], with what to do about it.
    pub async fn bind(&self) -> Result<TcpListener, Error> {
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

    /// Opens the store and starts to work, without listening: for those who mount [`Running::router`] in an application of their own.
    ///
    /// # Errors
    ///
    /// If there is no interface, two of them share a number or a prefix, the store cannot be opened, or a client cannot be set up.
    pub async fn start(mut self) -> Result<Running, Error> {
        self.check()?;
        let host = match self.interfaces.first() {
            Some(first) => first.graph_host()?,
            None => return Err(ConfigError::new("there is no interface to serve").into()),
        };
        let store = if let Some(store) = self.store {
            store
        } else {
            for (nth, interface) in self.interfaces.iter_mut().enumerate() {
                interface.engine_settings().media.dir = self.database.media_dir().join(nth.to_string());
            }
            self.database.open(&host).await?
        };
        let mut webhooks = Vec::new();
        for interface in self.interfaces {
            let prefix = interface.mount_point().clone();
            webhooks.push((prefix, interface.open(store.clone())?));
        }
        Ok(Running::start(webhooks, store, self.grace))
    }

    fn check(&self) -> Result<(), ConfigError> {
        for (nth, one) in self.interfaces.iter().enumerate() {
            for other in &self.interfaces[..nth] {
                if one.number() == other.number() {
                    return Err(ConfigError::new(format!("two interfaces have the number {}", one.number().as_str())));
                }
                if one.mount_point() == other.mount_point() {
                    return Err(ConfigError::new(format!("two interfaces have the prefix {}", one.mount_point())));
                }
                if one.graph_host()? != other.graph_host()? {
                    return Err(ConfigError::new("two interfaces on one database have different Graph hosts"));
                }
            }
        }
        Ok(())
    }
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
