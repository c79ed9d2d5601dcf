//! `waxwing messages scheduled` and `waxwing messages cancel`.

use anyhow::Context as _;
use clap::Args;
use waxwing_admin::ScheduledStateView;

use crate::admin_flags::AdminFlags;
use crate::output::print_line;
use crate::time::time;

#[derive(Debug, Args)]
pub(super) struct ScheduledArgs {
    /// Maximum number of messages, from 1 to 1,000.
    #[arg(long, default_value_t = 50)]
    limit: usize,

    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
pub(super) struct CancelArgs {
    /// Id of the message, as `messages scheduled` shows it.
    id: i64,

    #[command(flatten)]
    flags: AdminFlags,
}

impl ScheduledArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let (client, output) = self.flags.client().await?;
        output.print_all(&client.scheduled_messages(self.limit).await?, |found| {
            print_line!("{:>6}  {:<9}  {:<10}  {}", "id", "kind", "state", "time");
            for ScheduledStateView { id, kind, state, send_at, .. } in found {
                print_line!("{id:>6}  {kind:<9}  {state:<10}  {}", send_at.map(time).unwrap_or_default());
            }
        })
    }
}

impl CancelArgs {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let Self { id, flags } = self;
        let (client, output) = flags.client().await?;
        let cancelled = client.cancel_scheduled(id).await;
        let cancelled = cancelled.with_context(|| format!("scheduled message {id} cannot be cancelled"))?;
        output.print(&cancelled, |_| print_line!("scheduled message {id} cancelled"))
    }
}
