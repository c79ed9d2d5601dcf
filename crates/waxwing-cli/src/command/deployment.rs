//! A server of a configuration that can be reloaded.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use waxwing::engine::{Engine, ReloadableConfig};
use waxwing::{AgentOs, ConfigError, NetworkPolicy, WhatsApp, shutdown_signal};
use waxwing_admin::{AdminServer, ApiServer, MetricsServer};
use waxwing_config::{Agents, Config, ConfigProblem, ConfigPurpose, ServedNumber};

use crate::file_watch::FileWatch;
use crate::output::error as print_error;
use crate::reload_signal::ReloadSignal;
use crate::service_manager::{ServiceState, feed_watchdog};
use crate::setting_flags::SettingFlags;

/// The numbers to serve, with the configuration that they come from.
pub(super) struct Deployment {
    flags: SettingFlags,
    purpose: ConfigPurpose,
    /// The agent of a number without one.
    default_agent: Option<&'static str>,
    /// The configuration at start.
    started: Arc<Config>,
    /// The configuration of the last reload.
    current: Arc<Config>,
    agents: Agents,
    numbers: Vec<ServedNumber>,
    /// Files whose changes lead to a reload.
    watch: Option<FileWatch>,
}

/// The part of a newer configuration that a running server takes over.
struct Reload {
    config: Config,
    agents: Agents,
    changes: ReloadableConfig,
}

impl Deployment {
    pub(super) fn new(
        config: Config,
        flags: SettingFlags,
        purpose: ConfigPurpose,
        default_agent: Option<&'static str>,
    ) -> anyhow::Result<Self> {
        let numbers = config.numbers(&flags, default_agent)?;
        let agents = config.agents(&Agents::default(), network(purpose, &numbers))?;
        let current = Arc::new(config);
        Ok(Self { flags, purpose, default_agent, started: current.clone(), current, agents, numbers, watch: None })
    }

    /// Reloads the configuration when one of these files changes.
    pub(super) fn watching(self, watch: FileWatch) -> Self {
        Self { watch: Some(watch), ..self }
    }

    /// Returns the warnings about the configuration.
    pub(super) fn warnings(&self) -> &[ConfigProblem] {
        self.current.warnings()
    }

    /// Returns the numbers to serve.
    pub(super) fn numbers(&self) -> &[ServedNumber] {
        &self.numbers
    }

    /// Serves until the shutdown signal. Calls `ready` with the address of the webhook when the engine runs.
    pub(super) async fn serve(mut self, ready: impl FnOnce(SocketAddr, &Engine)) -> anyhow::Result<()> {
        let os = host(&self.current, &self.agents, &self.numbers)?;
        let subscriptions = self.current.subscriptions(network(self.purpose, &self.numbers))?;
        let os = subscriptions.into_iter().fold(os, AgentOs::subscription);
        os.check().map_err(|error| self.current.hide_variables(&error))?;
        let (shutdown, mut reload_signal) = (shutdown_signal(), ReloadSignal::listen());
        self.agents.ready().await;
        let (server, listener) = os.start_with_listener().await?;
        let address = listener.local_addr()?;
        let engine = server.engine().clone();
        let admin = AdminServer::start(&self.numbers[0].settings.database, engine.operator()).await?;
        let api = match &self.numbers[0].settings.api {
            Some(settings) => Some(ApiServer::start(settings, engine.operator()).await?),
            None => None,
        };
        if let Some(api) = &api {
            tracing::info!(address = %api.address(), "api ready");
        }
        let metrics = match &self.numbers[0].settings.metrics {
            Some(settings) => Some(MetricsServer::start(settings, server.metrics()).await?),
            None => None,
        };
        if let Some(metrics) = &metrics {
            tracing::info!(address = %metrics.address(), "metrics ready");
        }
        ready(address, &engine);
        ServiceState::Ready(address).report();
        let reloading = async {
            loop {
                tokio::select! {
                    () = reload_signal.next() => {}
                    () = changed(&mut self.watch) => {}
                }
                ServiceState::Reloading.report();
                self.reload(&engine).await;
                ServiceState::Reloaded.report();
            }
        };
        let shutdown = async move {
            shutdown.await;
            ServiceState::Stopping.report();
        };
        let result = tokio::select! {
            result = server.serve(listener, shutdown) => result,
            never = reloading => never,
            never = feed_watchdog(&engine) => match never {},
        };
        drop((admin, api, metrics));
        Ok(result?)
    }

    /// Reads the configuration again and applies the reloadable part. A wrong file changes nothing.
    async fn reload(&mut self, engine: &Engine) {
        match self.read_again() {
            Ok(Reload { config, agents, changes }) => {
                agents.ready().await;
                self.agents = agents;
                engine.reload(changes);
                let changed = self.current.changes(&config).reloadable.join(", ");
                tracing::info!(changed, "configuration reloaded");
                let keys = self.started.changes(&config).needs_restart.join(", ");
                if !keys.is_empty() {
                    tracing::warn!(keys, "changed settings need a restart");
                }
                for warning in config.warnings() {
                    tracing::warn!("{warning}");
                }
                if let Some(watch) = &mut self.watch {
                    watch.add(config.files().map(Path::to_owned));
                }
                self.current = Arc::new(config);
            }
            Err(error) => {
                // A developer reads the error with its lines; a log has one line for each event.
                if self.watch.is_some() {
                    print_error(&error);
                }
                let error = format!("{error:#}");
                tracing::error!(error, "configuration not reloaded; the running configuration stays");
            }
        }
    }

    fn read_again(&self) -> anyhow::Result<Reload> {
        let config = self.flags.config(self.purpose)?;
        let numbers = config.numbers(&self.flags, self.default_agent)?;
        let agents = config.agents(&self.agents, network(self.purpose, &numbers))?;
        let mut changes = ReloadableConfig::new(numbers[0].settings.engine.system_messages.clone());
        changes.outside_window.clone_from(&numbers[0].settings.engine.outside_window_of_agents);
        for number in &self.numbers {
            let Some(same) = numbers.iter().find(|newer| newer.name == number.name) else { continue };
            changes.agents.insert(number.settings.phone_number_id.clone(), config.answerer(same, &agents)?);
        }
        Ok(Reload { config, agents, changes })
    }
}

/// Waits for a change of the watched files, if there are any.
async fn changed(watch: &mut Option<FileWatch>) {
    match watch {
        Some(watch) => watch.changed().await,
        None => std::future::pending().await,
    }
}

/// Returns the policy of outgoing connections. With the emulator, nothing leaves this machine through a proxy.
fn network(purpose: ConfigPurpose, numbers: &[ServedNumber]) -> NetworkPolicy {
    let policy = numbers.first().map_or_else(NetworkPolicy::default, |number| number.settings.network);
    policy.use_proxies(purpose != ConfigPurpose::Emulator)
}

/// Builds the host of these numbers.
pub(super) fn host(config: &Config, agents: &Agents, numbers: &[ServedNumber]) -> Result<AgentOs, ConfigError> {
    let os = numbers.first().map_or_else(AgentOs::new, |number| AgentOs::from_settings(&number.settings));
    numbers.iter().try_fold(os, |os, number| {
        Ok(os.interface(WhatsApp::from_settings(config.answerer(number, agents)?, &number.settings)?))
    })
}
