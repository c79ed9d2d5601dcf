//! What `serve` and `dev` have in common: numbers, who answers on them, and how that changes.

use std::sync::Arc;

use tokio::net::TcpListener;
use waxwing::engine::{Engine, ReloadableConfig};
use waxwing::shutdown_signal;
use waxwing::{AgentOs, ConfigError, WhatsApp};
use waxwing_config::{Agents, Config, ConfigProblem, ConfigPurpose, ServedNumber};

use crate::admin::Admin;
use crate::hangup::ReloadSignal;
use crate::sources::SettingFlags;

/// What is served, and where it comes from.
pub(super) struct Serving {
    flags: SettingFlags,
    scope: ConfigPurpose,
    /// Who answers where no agent is described.
    otherwise: Option<&'static str>,
    /// What the server was started with.
    started: Arc<Config>,
    /// What it took over since.
    now: Arc<Config>,
    agents: Agents,
    numbers: Vec<ServedNumber>,
}

impl Serving {
    pub(super) fn new(
        config: Config,
        flags: SettingFlags,
        scope: ConfigPurpose,
        otherwise: Option<&'static str>,
    ) -> anyhow::Result<Self> {
        let numbers = config.numbers(&flags, otherwise)?;
        let agents = config.agents(&Agents::default())?;
        let now = Arc::new(config);
        Ok(Self { flags, scope, otherwise, started: now.clone(), now, agents, numbers })
    }

    /// What the author of the file may not have meant.
    pub(super) fn warnings(&self) -> &[ConfigProblem] {
        self.now.warnings()
    }

    /// The numbers that are served.
    pub(super) fn numbers(&self) -> &[ServedNumber] {
        &self.numbers
    }

    /// Sets the host up and takes its address, so that a port in use is told before anything else is touched.
    pub(super) async fn prepare(&self) -> anyhow::Result<(AgentOs, TcpListener)> {
        let os = host(&self.now, &self.agents, &self.numbers)?;
        os.check()?;
        let listener = os.bind().await?;
        Ok((os, listener))
    }

    /// Serves until the process is told to stop. Calls `ready` as soon as webhooks can come in.
    pub(super) async fn serve(
        mut self,
        os: AgentOs,
        listener: TcpListener,
        ready: impl FnOnce(),
    ) -> anyhow::Result<()> {
        let (stop, mut reload_signal) = (shutdown_signal(), ReloadSignal::listen());
        self.agents.ready().await;
        let running = os.start().await?;
        let engine = running.engine().clone();
        let admin = Admin::start(&self.numbers[0].settings.database, engine.operator()).await?;
        ready();
        let reloading = async {
            loop {
                reload_signal.next().await;
                self.reload(&engine).await;
            }
        };
        let served = tokio::select! {
            served = running.serve(listener, stop) => served,
            never = reloading => never,
        };
        admin.stop();
        Ok(served?)
    }

    /// Reads the file again and takes over what can change. A file that is wrong changes nothing.
    async fn reload(&mut self, engine: &Engine) {
        match self.again() {
            Ok((newer, agents, live)) => {
                agents.ready().await;
                self.agents = agents;
                engine.reload(live);
                let changed = self.now.changes(&newer).reloadable.join(", ");
                tracing::info!(changed, "the settings file was read again");
                let keys = self.started.changes(&newer).needs_restart.join(", ");
                if !keys.is_empty() {
                    tracing::warn!(keys, "some settings have changed that count when the server starts again");
                }
                for warning in newer.warnings() {
                    tracing::warn!("{warning}");
                }
                self.now = Arc::new(newer);
            }
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(error, "the settings file is wrong; everything stays as it is");
            }
        }
    }

    fn again(&self) -> anyhow::Result<(Config, Agents, ReloadableConfig)> {
        let newer = self.flags.config(self.scope)?;
        let numbers = newer.numbers(&self.flags, self.otherwise)?;
        let agents = newer.agents(&self.agents)?;
        let mut live = ReloadableConfig::new(numbers[0].settings.engine.system_messages.clone());
        for number in &self.numbers {
            let Some(same) = numbers.iter().find(|newer| newer.name == number.name) else { continue };
            live.agents.insert(number.settings.phone_number_id.clone(), newer.answerer(same, &agents)?);
        }
        Ok((newer, agents, live))
    }
}

/// The host of these numbers.
pub(super) fn host(config: &Config, agents: &Agents, numbers: &[ServedNumber]) -> Result<AgentOs, ConfigError> {
    let os = numbers.first().map_or_else(AgentOs::new, |number| AgentOs::from_settings(&number.settings));
    numbers.iter().try_fold(os, |os, number| {
        Ok(os.interface(WhatsApp::from_settings(config.answerer(number, agents)?, &number.settings)?))
    })
}
