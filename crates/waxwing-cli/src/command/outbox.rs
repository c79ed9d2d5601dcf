//! `waxwing outbox`.

mod print;

use clap::{Args, Subcommand, ValueEnum};
use waxwing::store::{OutboxId, OutboxState};

use crate::admin::AdminClient;
use crate::sources::DatabaseFlags;

/// Look at messages on their way out.
#[derive(Debug, Args)]
pub(crate) struct Outbox {
    #[command(subcommand)]
    command: OutboxCommand,
}

#[derive(Debug, Subcommand)]
enum OutboxCommand {
    /// List messages, newest first.
    List(List),
    /// Show one message with every attempt and what Meta has said of it. Neither its text nor its recipient is shown.
    Show(Show),
    /// Place a message that was given up, or that failed later, at the end of its conversation's queue.
    Requeue(Requeue),
    /// Give up a message that waits to be sent or for news, and with it the parts of the same reply behind it.
    Drop(Discard),
}

#[derive(Debug, Args)]
struct List {
    /// Only messages in this state.
    #[arg(long)]
    state: Option<State>,

    /// At most this many.
    #[arg(long, default_value_t = 50)]
    limit: usize,

    /// Print a JSON object a line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseFlags,
}

#[derive(Debug, Args)]
struct Show {
    /// The message's number, as `list` shows it.
    id: i64,

    /// Print a JSON object.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseFlags,
}

#[derive(Debug, Args)]
struct Discard {
    /// The message's number, as `list` shows it.
    id: i64,

    #[command(flatten)]
    database: DatabaseFlags,
}

#[derive(Debug, Args)]
struct Requeue {
    /// The message's number, as `list` shows it.
    id: i64,

    #[command(flatten)]
    database: DatabaseFlags,
}

/// [`OutboxState`] on the command line.
#[derive(Debug, Clone, Copy)]
struct State(OutboxState);

impl ValueEnum for State {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [State; OutboxState::ALL.len()] = {
            let mut all = [State(OutboxState::Queued); OutboxState::ALL.len()];
            let mut nth = 0;
            while nth < all.len() {
                all[nth] = State(OutboxState::ALL[nth]);
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
                let desk = AdminClient::open(&list.database.database()?).await?;
                let rows = desk.outbox(list.state.map(|state| state.0), list.limit).await?;
                print::rows(&rows, list.json)
            }
            OutboxCommand::Show(show) => {
                let desk = AdminClient::open(&show.database.database()?).await?;
                print::record(&desk.record(OutboxId(show.id)).await?, show.json)
            }
            OutboxCommand::Requeue(requeue) => {
                let desk = AdminClient::open(&requeue.database.database()?).await?;
                desk.requeue(OutboxId(requeue.id)).await?;
                println!("message {} is queued again", requeue.id);
                Ok(())
            }
            OutboxCommand::Drop(drop) => {
                let desk = AdminClient::open(&drop.database.database()?).await?;
                desk.discard(OutboxId(drop.id)).await?;
                println!("message {} is dropped", drop.id);
                Ok(())
            }
        }
    }
}
