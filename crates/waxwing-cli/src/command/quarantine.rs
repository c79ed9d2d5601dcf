//! `waxwing quarantine`.

use clap::{Args, Subcommand};
use waxwing_admin::{QuarantineDetailView, QuarantineView};

use crate::admin_flags::AdminFlags;
use crate::database_flags::DatabaseFlags;
use crate::output::{print_line, print_text};
use crate::time::time;

/// List, show and requeue received data that could not be used.
#[derive(Debug, Args)]
pub(crate) struct Quarantine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List quarantined items, newest first.
    List(ListArgs),
    /// Show a quarantined item with its data, which may contain a user's message.
    Show(ShowArgs),
    /// Accept a quarantined item again, as if it arrived now. Needs a running server.
    Requeue(RequeueArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Maximum number of items.
    #[arg(long, default_value_t = 50)]
    limit: usize,

    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Id of the item, as `list` shows it.
    id: i64,

    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
struct RequeueArgs {
    /// Id of the item, as `list` shows it.
    id: i64,

    #[command(flatten)]
    database: DatabaseFlags,
}

impl Quarantine {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::List(list) => {
                let (client, output) = list.flags.client().await?;
                let rows = client.quarantine(list.limit).await?;
                output.print_all(&rows, print_rows)
            }
            Command::Show(show) => {
                let (client, output) = show.flags.client().await?;
                let item = client.quarantined(show.id).await.map_err(|error| context(error, show.id, "shown"))?;
                output.print(&item, print_item)
            }
            Command::Requeue(requeue) => {
                let client = requeue.database.client().await?;
                let done = client.requeue_quarantined(requeue.id).await;
                done.map_err(|error| context(error, requeue.id, "requeued"))?;
                print_line!("item {} requeued", requeue.id);
                Ok(())
            }
        }
    }
}

fn context(error: waxwing_admin::AdminError, id: i64, action: &str) -> anyhow::Error {
    anyhow::Error::from(error).context(format!("item {id} cannot be {action}"))
}

fn print_rows(rows: &[QuarantineView]) {
    print_line!("{:>8}  {:<24}  {:<16}  {:>9}  reason", "id", "received", "number", "bytes");
    for row in rows {
        let (received, number) = (time(row.received_at), row.number.as_deref().unwrap_or_default());
        print_line!("{:>8}  {received:<24}  {number:<16}  {:>9}  {}", row.id, row.size, row.reason);
    }
}

fn print_item(item: &QuarantineDetailView) {
    print_line!("item {}, received {}", item.row.id, time(item.row.received_at));
    print_line!("  reason        {}", item.row.reason);
    if let Some(number) = &item.row.number {
        print_line!("  number        {number}");
    }
    print_text!("{}", item.body);
}
