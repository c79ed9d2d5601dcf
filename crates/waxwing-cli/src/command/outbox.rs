//! `waxwing outbox`.

use clap::{Args, Subcommand, ValueEnum};
use waxwing::store::{OutboxId, OutboxState};

use crate::admin::{Desk, Row};
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
    /// Place a message that was given up, or that failed later, at the end of its conversation's queue.
    Requeue(Requeue),
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
                let desk = Desk::open(&list.database.database()?).await?;
                let rows = desk.outbox(list.state.map(|state| state.0), list.limit).await?;
                print(&rows, list.json)
            }
            OutboxCommand::Requeue(requeue) => {
                let desk = Desk::open(&requeue.database.database()?).await?;
                desk.requeue(OutboxId(requeue.id)).await?;
                println!("message {} is queued again", requeue.id);
                Ok(())
            }
        }
    }
}

fn print(rows: &[Row], json: bool) -> anyhow::Result<()> {
    if json {
        for row in rows {
            println!("{}", serde_json::to_string(row)?);
        }
        return Ok(());
    }
    println!(
        "{:>8}  {:<9}  {:<8}  {:>8}  {:>12}  {:>8}  reason",
        "id", "state", "type", "attempts", "conversation", "code"
    );
    for row in rows {
        let code = row.code.map(|code| code.to_string()).unwrap_or_default();
        let reason = row.reason.as_deref().unwrap_or_default();
        println!(
            "{:>8}  {:<9}  {:<8}  {:>8}  {:>12}  {code:>8}  {reason}",
            row.id, row.state, row.kind, row.attempts, row.conversation
        );
    }
    Ok(())
}
