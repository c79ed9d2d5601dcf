//! `waxwing outbox`.

mod print;

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use waxwing::store::OutboxState;

use crate::admin_flags::AdminFlags;
use crate::database_flags::DatabaseFlags;
use crate::output::print_line;

/// List, show, requeue and discard messages of the outbox.
#[derive(Debug, Args)]
pub(crate) struct Outbox {
    #[command(subcommand)]
    command: OutboxCommand,
}

#[derive(Debug, Subcommand)]
enum OutboxCommand {
    /// List messages, newest first.
    List(ListArgs),
    /// Show a message with its attempts and delivery events, without its text and its recipient.
    Show(ShowArgs),
    /// Move a dead letter, a failed or a parked message to the end of its conversation's send queue.
    Requeue(Action),
    /// Discard a message that is queued, parked or in doubt, with the queued later parts of the same reply.
    Discard(Action),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// List only messages in this state.
    #[arg(long)]
    state: Option<StateArg>,

    /// Maximum number of messages.
    #[arg(long, default_value_t = 50)]
    limit: usize,

    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Id of the message, as `list` shows it.
    id: i64,

    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
struct Action {
    /// Id of the message, as `list` shows it.
    id: i64,

    #[command(flatten)]
    database: DatabaseFlags,
}

/// An [`OutboxState`] on the command line.
#[derive(Debug, Clone, Copy)]
struct StateArg(OutboxState);

impl ValueEnum for StateArg {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [StateArg; OutboxState::ALL.len()] = {
            let mut all = [StateArg(OutboxState::Queued); OutboxState::ALL.len()];
            let mut nth = 0;
            while nth < all.len() {
                all[nth] = StateArg(OutboxState::ALL[nth]);
                nth += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(self.0.as_str()))
    }
}

impl Outbox {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            OutboxCommand::List(list) => {
                let (client, output) = list.flags.client().await?;
                let rows = client.outbox(list.state.map(|state| state.0), list.limit).await?;
                output.print_all(&rows, print::rows)
            }
            OutboxCommand::Show(show) => {
                let (client, output) = show.flags.client().await?;
                let message = client.message(show.id).await;
                let message = message.with_context(|| format!("message {} cannot be shown", show.id))?;
                output.print(&message, print::message)
            }
            OutboxCommand::Requeue(Action { id, database }) => {
                let client = database.client().await?;
                client.requeue(id).await.with_context(|| format!("message {id} cannot be requeued"))?;
                print_line!("message {id} requeued");
                Ok(())
            }
            OutboxCommand::Discard(Action { id, database }) => {
                let client = database.client().await?;
                client.discard(id).await.with_context(|| format!("message {id} cannot be discarded"))?;
                print_line!("message {id} discarded");
                Ok(())
            }
        }
    }
}
