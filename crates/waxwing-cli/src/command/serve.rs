//! `waxwing serve`.

use clap::Args;
use waxwing::running::stop_signal;
use waxwing::{AgentOs, Settings, WhatsApp};

use crate::admin::Admin;
use crate::agents::BuiltIn;
use crate::sources::SettingFlags;

/// Answer a business number.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Who answers.
    #[arg(long, value_enum, env = "WAXWING_AGENT")]
    agent: BuiltIn,

    #[command(flatten)]
    flags: SettingFlags,
}

impl Serve {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let settings = self.flags.settings()?;
        let (os, listener) = prepare(self.agent, &settings).await?;
        serve(os, listener, &settings, || ()).await
    }
}

/// Sets the host up and takes its address, so that a port in use is told before anything else is touched.
pub(super) async fn prepare(agent: BuiltIn, settings: &Settings) -> anyhow::Result<(AgentOs, tokio::net::TcpListener)> {
    let os = AgentOs::from_settings(settings).interface(WhatsApp::from_settings(agent.agent(), settings)?);
    let listener = os.bind().await?;
    Ok((os, listener))
}

/// Serves until the process is told to stop. Calls `ready` as soon as webhooks can come in.
pub(super) async fn serve(
    os: AgentOs,
    listener: tokio::net::TcpListener,
    settings: &Settings,
    ready: impl FnOnce(),
) -> anyhow::Result<()> {
    let stop = stop_signal();
    let running = os.start().await?;
    let admin = Admin::start(&settings.database, running.store().clone(), running.engine().clone()).await?;
    ready();
    let served = running.serve(listener, stop).await;
    admin.stop();
    Ok(served?)
}
