//! `waxwing agents pause`, `resume`, `show`.

use anyhow::Context as _;
use clap::Args;
use waxwing_admin::AgentsView;

use crate::admin_flags::AdminFlags;
use crate::output::print_line;
use crate::time::time;

#[derive(Debug, Args)]
pub(super) struct Show {
    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
pub(super) struct PauseAgents {
    /// All agents, on all numbers. Required.
    #[arg(long = "all", required = true)]
    _all: bool,

    #[command(flatten)]
    flags: AdminFlags,
}

impl Show {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let (client, output) = self.flags.client().await?;
        let agents = client.agents().await.context("the agents cannot be shown")?;
        output.print(&agents, print)
    }
}

impl PauseAgents {
    /// Pauses or resumes all agents.
    pub(super) async fn run(self, is_paused: bool) -> anyhow::Result<()> {
        let (client, output) = self.flags.client().await?;
        let failure = if is_paused { "the agents cannot be paused" } else { "the agents cannot be resumed" };
        client.set_agents_paused(is_paused).await.context(failure)?;
        output.print(&client.agents().await?, print)
    }
}

fn print(agents: &AgentsView) {
    match agents.paused_since {
        Some(since) => print_line!("all agents are paused since {}", time(since)),
        None => print_line!("agents answer"),
    }
    print_line!("cost today (UTC): {:.2}", agents.cost_today);
}
