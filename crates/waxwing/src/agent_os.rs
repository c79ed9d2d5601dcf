//! The host of agents.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use waxwing_agent::Agent;
use waxwing_axum::{BodyBudget, Prefix, Webhook};
use waxwing_engine::{Engine, EngineBuilder, EngineSettings, EventSubscription};
use waxwing_metrics::Metrics;
use waxwing_store::{MediaStore, Store};
use waxwing_webhook::WebhookEvent;

use crate::database::Database;
use crate::error::{ConfigError, Error};
use crate::http_settings::HttpSettings;
use crate::listen_address::ListenAddress;
use crate::memory_ceiling::MemoryCeiling;
use crate::open_files;
use crate::server::{OpenedServer, Server};
use crate::server_metrics::ServerMetrics;
use crate::settings::{Mode, PORT, SHUTDOWN_TIMEOUT, Settings, TracesSettings};
use crate::shutdown::shutdown_signal;
use crate::trace_export::TraceExport;
use crate::whatsapp::WhatsApp;

/// Hosts interfaces, each with an agent, on one store and one address.
///
/// Interfaces of one Meta app share a webhook, because Meta posts the webhooks of all numbers of an app to one URL. A message goes to the
/// agent of the number that received it, whichever webhook delivered it.
///
/// ```
/// use std::sync::Arc;
///
/// use waxwing::agent::{Reply, agent_fn};
/// use waxwing::store::{SqliteStore, SystemClock};
/// use waxwing::{AgentOs, WhatsApp};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let agent = agent_fn("greeter", |turn, _ctx| async move { Ok(Reply::text(format!("You said: {}", turn.text()))) });
/// let interface = WhatsApp::builder(agent)
///     .access_token("EAAG...")
///     .phone_number_id("106540352242922")
///     .app_secret("app secret")
///     .build()?;
/// let os = AgentOs::new()
///     .interface(interface)
///     .listen([127, 0, 0, 1].into(), 0) // a free port
///     .store(Arc::new(SqliteStore::in_memory(Arc::new(SystemClock))?));
///
/// // A program calls `os.serve()`, or passes `waxwing::shutdown_signal()`. This server stops at once.
/// let (server, listener) = os.start_with_listener().await?;
/// println!("webhook: http://{}/whatsapp/webhook", listener.local_addr()?);
/// server.serve(listener, async {}).await?;
/// # Ok(())
/// # }
/// ```
pub struct AgentOs {
    interfaces: Vec<WhatsApp>,
    store: Option<Arc<dyn Store>>,
    database: Database,
    address: SocketAddr,
    allow_unsigned: bool,
    shutdown_timeout: Duration,
    http: HttpSettings,
    engine: EngineSettings,
    traces: Option<TracesSettings>,
    builder: Vec<EngineChange>,
}

/// A change of the engine, applied when the store is open.
type EngineChange = Box<dyn FnOnce(EngineBuilder) -> EngineBuilder + Send>;

impl AgentOs {
    /// Creates a host without interfaces. It listens on 127.0.0.1:7777 and opens `sqlite://waxwing.db`.
    pub fn new() -> Self {
        Self {
            interfaces: Vec::new(),
            store: None,
            database: Database::default(),
            address: SocketAddr::new(Mode::Development.host(), PORT),
            allow_unsigned: false,
            shutdown_timeout: SHUTDOWN_TIMEOUT,
            http: HttpSettings::default(),
            engine: EngineSettings::default(),
            traces: None,
            builder: Vec::new(),
        }
    }

    /// Creates a host with one agent from the environment; [`Settings`] lists the variables.
    ///
    /// # Errors
    ///
    /// Names all required variables that are missing, or the first variable that is wrong.
    pub fn from_env(agent: impl Agent + 'static) -> Result<Self, ConfigError> {
        let settings = Settings::from_env()?;
        Ok(Self::from_settings(&settings).interface(WhatsApp::from_settings(agent, &settings)?))
    }

    /// Creates a host without interfaces from `settings`.
    pub fn from_settings(settings: &Settings) -> Self {
        Self {
            database: settings.database.clone(),
            address: SocketAddr::new(settings.host, settings.port),
            allow_unsigned: settings.allow_unsigned,
            shutdown_timeout: settings.shutdown_timeout,
            http: settings.http,
            engine: settings.engine.clone(),
            traces: settings.traces.clone(),
            ..Self::new()
        }
    }

    /// Adds an interface.
    pub fn interface(mut self, interface: WhatsApp) -> Self {
        self.interfaces.push(interface);
        self
    }

    /// Sets an open store, which replaces the database.
    pub fn store(mut self, store: Arc<dyn Store>) -> Self {
        self.store = Some(store);
        self
    }

    /// Sets the database to open. Default: `sqlite://waxwing.db`.
    pub fn database(mut self, database: Database) -> Self {
        self.database = database;
        self
    }

    /// Sets the address to listen on. Default: 127.0.0.1:7777. Port 0 takes a free port.
    pub fn listen(mut self, host: IpAddr, port: u16) -> Self {
        self.address = SocketAddr::new(host, port);
        self
    }

    /// Sets the time that turns and their sends get to finish at shutdown. Default: 20 s.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Sets the limits of the webhook listener. Default: [`HttpSettings::default`].
    pub fn http(mut self, settings: HttpSettings) -> Self {
        self.http = settings;
        self
    }

    /// Sets the settings of the engine. Default: [`EngineSettings::default`].
    pub fn engine(mut self, settings: EngineSettings) -> Self {
        self.engine = settings;
        self
    }

    /// Exports traces to a collector, in a program with the feature `otlp`. Default: no traces.
    pub fn traces(mut self, settings: TracesSettings) -> Self {
        self.traces = Some(settings);
        self
    }

    /// Adds a subscription to events, such as that of an [`EventWebhook`](crate::EventWebhook): see
    /// [`EngineBuilder::subscription`](waxwing_engine::EngineBuilder::subscription).
    pub fn subscription(mut self, subscription: EventSubscription) -> Self {
        self.builder.push(Box::new(move |engine| engine.subscription(subscription)));
        self
    }

    /// Calls a function with each event of a webhook, with its raw JSON: see
    /// [`EngineBuilder::on_event`](waxwing_engine::EngineBuilder::on_event).
    ///
    /// ```
    /// use waxwing::AgentOs;
    /// use waxwing::webhook::WebhookEvent;
    ///
    /// let os = AgentOs::new().on_event(|event| async move {
    ///     if let WebhookEvent::Account(account) = event {
    ///         println!("{}: {} bytes", account.field, account.raw.len());
    ///     }
    /// });
    /// ```
    pub fn on_event<F>(mut self, function: impl Fn(WebhookEvent) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.builder.push(Box::new(move |engine| engine.on_event(function)));
        self
    }

    /// Returns the largest memory that the settings allow.
    pub fn memory_ceiling(&self) -> MemoryCeiling {
        MemoryCeiling::new(&self.http, &self.engine)
    }

    /// Serves until SIGTERM or Ctrl-C, then shuts down gracefully.
    ///
    /// With the feature `log`, log lines go to standard error unless the program has set a log subscriber.
    ///
    /// # Errors
    ///
    /// If the address cannot be bound or the server cannot start: see [`start_with_listener`](Self::start_with_listener).
    pub async fn serve(self) -> Result<(), Error> {
        let signal = shutdown_signal();
        let (server, listener) = self.start_with_listener().await?;
        server.serve(listener, signal).await
    }

    /// Opens the store, binds the address, and starts the engine.
    ///
    /// No webhook arrives before the store is open. If the process inherited a socket (`LISTEN_FDS`, socket activation), the server
    /// listens on that socket and not on its address. Webhooks then wait in the socket while one process replaces another.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Self::start). [`Error::Listen`] if the address cannot be bound; the message says how to fix it.
    /// [`Error::Config`] if an interface accepts unsigned webhooks and other machines can reach the address.
    pub async fn start_with_listener(self) -> Result<(Server, TcpListener), Error> {
        let has_unsigned = self.interfaces.iter().any(|interface| !interface.is_signed());
        let address = ListenAddress { address: self.address, only_loopback: has_unsigned && !self.allow_unsigned };
        address.check()?;
        let opened = self.open().await?;
        let listener = address.bind().await?;
        Ok((opened.start(), listener))
    }

    /// Opens the store and starts the engine, without listening. Mount [`Server::router`] in your own application.
    ///
    /// With the feature `log`, log lines go to standard error unless the program has set a log subscriber.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] as [`check`](Self::check), or if a client cannot be built. [`Error::Store`] if the database cannot be opened.
    pub async fn start(self) -> Result<Server, Error> {
        Ok(self.open().await?.start())
    }

    /// Opens the store and builds the engine.
    async fn open(mut self) -> Result<OpenedServer, Error> {
        #[cfg(feature = "log")]
        crate::logging::install();
        let host = self.graph_host()?;
        let routes = self.interfaces.iter().map(WhatsApp::route).collect::<Result<Vec<_>, _>>()?;
        if self.interfaces.iter().any(|interface| !interface.is_signed()) {
            tracing::warn!(
                "development mode: webhook signatures are not checked; set WHATSAPP_APP_SECRET to check them"
            );
        }
        let (metrics, database) = (Metrics::new(), self.store.is_none().then(|| self.database.clone()));
        let (store, media) = if let Some(store) = self.store {
            (store, None)
        } else {
            self.engine.media.dir = self.database.media_dir();
            let store = self.database.open_measured(&host, &metrics).await?;
            (store, media_store(&self.database, self.engine.media.max_kept).await)
        };
        // Each run, each download and each send may have a connection and a file open. There are as many slots again for slow sends.
        let files = 2 * (self.engine.max_runs + self.engine.media.max_downloads + 2 * self.engine.max_sends);
        self.http.connections = open_files::limit_connections(self.http.connections, files);
        let (traces, recorder) = TraceExport::start(self.traces.as_ref(), &metrics)?;
        let engine = Engine::builder(store.clone()).settings(self.engine).metrics(metrics).traces(recorder);
        let engine = media.into_iter().fold(engine, EngineBuilder::media_store);
        let engine = routes.into_iter().fold(engine, EngineBuilder::route);
        let engine = self.builder.into_iter().fold(engine, |engine, change| change(engine)).build();
        // A store that fails is asked again when the engine runs.
        if let Err(error) = engine.store_subscriptions().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "subscriptions not stored; trying again");
        }
        let budget = BodyBudget::new(self.http.max_unverified_bytes);
        let mut webhooks: Vec<(Prefix, Webhook)> = Vec::new();
        let mut flows = Router::new();
        for interface in self.interfaces {
            flows = flows.merge(interface.flow_router(&budget));
            let prefix = interface.mount_point().clone();
            if webhooks.iter().all(|(taken, _)| *taken != prefix) {
                webhooks.push((prefix, interface.webhook(engine.clone(), budget.clone())));
            }
        }
        let (connections, shutdown_timeout) = (self.http.connections, self.shutdown_timeout);
        let metrics = ServerMetrics::new(engine.clone(), database);
        Ok(OpenedServer { webhooks, flows, engine, metrics, traces, connections, shutdown_timeout })
    }

    /// Checks that the interfaces can be served together, without opening anything.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no interface, if two interfaces have the same number, different Graph hosts or the same flow endpoint, or
    /// if two interfaces share a prefix but not their secrets.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.graph_host().map(drop)
    }

    /// Checks the interfaces, and returns the Graph host that they share.
    fn graph_host(&self) -> Result<String, ConfigError> {
        let Some(first) = self.interfaces.first() else {
            return Err(ConfigError::new("no interface to serve; add one with AgentOs::interface"));
        };
        let host = first.graph_host()?;
        for (nth, one) in self.interfaces.iter().enumerate() {
            if one.graph_host()? != host {
                return Err(ConfigError::new(
                    "two interfaces on one database have different Graph hosts; use a database for each Graph host",
                ));
            }
            for other in &self.interfaces[..nth] {
                if one.number() == other.number() {
                    return Err(ConfigError::new(format!(
                        "two interfaces have the phone number id {}; give each interface its own number",
                        one.number().as_str()
                    )));
                }
                if let Some(name) = one.shared_flow_endpoint(other) {
                    return Err(ConfigError::new(format!(
                        "two interfaces have the prefix {} and the flow endpoint {name}: give one of them another name",
                        one.mount_point()
                    )));
                }
                if one.mount_point() == other.mount_point() && !one.shares_webhook_with(other) {
                    return Err(ConfigError::new(format!(
                        "two interfaces have the prefix {}, but not the same app secret and verify token: give one of them its own prefix",
                        one.mount_point()
                    )));
                }
            }
        }
        Ok(host)
    }
}

/// Opens the media store next to a database, unless no media are kept. A server without it, such as on a full disk, answers all the same.
async fn media_store(database: &Database, max_bytes: u64) -> Option<Arc<dyn MediaStore>> {
    match database.open_media_store(max_bytes).await {
        // The directory of an earlier setting is empty now.
        Ok(_) if max_bytes == 0 => None,
        Ok(media) => Some(media),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "media store cannot be opened; media of earlier messages are missing until the next start"
            );
            None
        }
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
