//! `waxwing serve`.

use clap::Args;
use waxwing::running::stop_signal;
use waxwing::{AgentOs, ConfigError, WhatsApp};
use waxwing_config::{Agents, Number, Scope};

use crate::admin::Admin;
use crate::sources::SettingFlags;

/// Answer business numbers.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    flags: SettingFlags,
}

impl Serve {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let config = self.flags.config(Scope::Serve)?;
        let (agents, numbers) = (config.agents()?, config.numbers(&self.flags, None)?);
        for warning in config.warnings() {
            tracing::warn!("{warning}");
        }
        let (os, listener) = prepare(&agents, &numbers).await?;
        serve(os, listener, &numbers, || ()).await
    }
}

/// The host of these numbers.
pub(super) fn host(agents: &Agents, numbers: &[Number]) -> Result<AgentOs, ConfigError> {
    let os = numbers.first().map_or_else(AgentOs::new, |number| AgentOs::from_settings(&number.settings));
    numbers.iter().try_fold(os, |os, number| {
        Ok(os.interface(WhatsApp::from_settings(agents.get(&number.agent)?, &number.settings)?))
    })
}

/// Sets the host up and takes its address, so that a port in use is told before anything else is touched.
pub(super) async fn prepare(agents: &Agents, numbers: &[Number]) -> anyhow::Result<(AgentOs, tokio::net::TcpListener)> {
    let os = host(agents, numbers)?;
    os.check()?;
    let listener = os.bind().await?;
    Ok((os, listener))
}

/// Serves until the process is told to stop. Calls `ready` as soon as webhooks can come in.
pub(super) async fn serve(
    os: AgentOs,
    listener: tokio::net::TcpListener,
    numbers: &[Number],
    ready: impl FnOnce(),
) -> anyhow::Result<()> {
    let stop = stop_signal();
    let running = os.start().await?;
    let database = &numbers[0].settings.database;
    let admin = Admin::start(database, running.store().clone(), running.engine().clone()).await?;
    ready();
    let served = running.serve(listener, stop).await;
    admin.stop();
    Ok(served?)
}
