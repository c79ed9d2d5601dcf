//! `waxwing campaigns`.

mod chunks;
mod create;
mod list_file;
mod print;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use crate::admin_flags::AdminFlags;
use crate::output::print_line;
use create::CreateArgs;

/// Send a template to a list of recipients, at most once to each.
#[derive(Debug, Args)]
pub(crate) struct Campaigns {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a campaign with recipients from a file, and start it.
    ///
    /// The file is CSV with a header row: a column `phone` or `bsuid`, the values of the template by the names of their placeholders, and optionally
    /// `time_zone`. Or it is JSON: an array of objects with `phone` or `bsuid`, `values` and `time_zone`. Wrong rows are named with their lines, and
    /// nothing is sent then.
    Create(Box<CreateArgs>),
    /// List campaigns, newest first.
    List(ListArgs),
    /// Show the report of a campaign.
    Show(Action),
    /// List the recipients of a campaign with their results.
    Recipients(RecipientsArgs),
    /// Pause a running campaign. Messages that were not sent wait.
    Pause(Action),
    /// Resume a paused campaign.
    Resume(Action),
    /// Cancel a campaign. Messages that were not sent are not sent any more.
    Cancel(Action),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Maximum number of campaigns, from 1 to 1,000.
    #[arg(long, default_value_t = 50)]
    limit: usize,

    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
struct RecipientsArgs {
    /// Id of the campaign, as `list` shows it.
    id: i64,

    /// List only recipients in this state, such as failed, unknown or skipped.
    #[arg(long)]
    state: Option<String>,

    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
struct Action {
    /// Id of the campaign, as `list` shows it.
    id: i64,

    #[command(flatten)]
    flags: AdminFlags,
}

/// Number of recipients that are read at once.
const PAGE: usize = 1000;

impl Campaigns {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Create(create) => create.run().await,
            Command::List(ListArgs { limit, flags }) => {
                let (client, output) = flags.client().await?;
                output.print_all(&client.campaigns(limit).await?, print::rows)
            }
            Command::Show(Action { id, flags }) => {
                let (client, output) = flags.client().await?;
                let found = client.campaign(id).await.with_context(|| format!("campaign {id} cannot be shown"))?;
                output.print(&found, print::report)
            }
            Command::Recipients(recipients) => recipients.run().await,
            Command::Pause(Action { id, flags }) => {
                let (client, output) = flags.client().await?;
                let changed = client.pause_campaign(id).await;
                let changed = changed.with_context(|| format!("campaign {id} cannot be paused"))?;
                output.print(&changed, |_| print_line!("campaign {id} paused"))
            }
            Command::Resume(Action { id, flags }) => {
                let (client, output) = flags.client().await?;
                let changed = client.resume_campaign(id).await;
                let changed = changed.with_context(|| format!("campaign {id} cannot be resumed"))?;
                output.print(&changed, |_| print_line!("campaign {id} resumed"))
            }
            Command::Cancel(Action { id, flags }) => {
                let (client, output) = flags.client().await?;
                let changed = client.cancel_campaign(id).await;
                let changed = changed.with_context(|| format!("campaign {id} cannot be cancelled"))?;
                output.print(&changed, |_| print_line!("campaign {id} cancelled"))
            }
        }
    }
}

impl RecipientsArgs {
    async fn run(self) -> anyhow::Result<()> {
        let Self { id, state, flags } = self;
        let (client, output) = flags.client().await?;
        let mut after = 0;
        loop {
            let page = client.recipients(id, state.clone(), after, PAGE).await;
            let page = page.with_context(|| format!("the recipients of campaign {id} cannot be listed"))?;
            output.print_all(&page, print::recipients)?;
            match page.last() {
                Some(last) if page.len() == PAGE => after = last.place,
                _ => return Ok(()),
            }
        }
    }
}
