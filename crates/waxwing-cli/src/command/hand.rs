//! `waxwing send`, `pause`, `resume` and `conversations`: what a person of the business does in the agent's place.

use std::io::Read;
use std::time::{Duration, SystemTime};

use clap::Args;
use waxwing::engine::NextResponder;
use waxwing::store::Timestamp;

use super::time::time;
use crate::admin::{AdminClient, ConversationView, Selector};
use crate::sources::DatabaseFlags;

/// Write to a user in the agent's place.
///
/// It goes out behind what is on its way, an answer that is being written is called off, and the conversation stays with you for a while.
#[derive(Debug, Args)]
pub(crate) struct Send {
    #[command(flatten)]
    target: Target,

    /// For how long the agent is silent from now on, such as 30m [default: WAXWING_HANDOFF_DURATION].
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    time: Option<Duration>,

    /// Let the agent answer what comes next.
    #[arg(long, conflicts_with = "time")]
    keep_bot: bool,

    /// What you say; `-` reads it from standard input.
    text: String,

    #[command(flatten)]
    database: DatabaseFlags,
}

/// Let the agent be silent in a conversation, until it is resumed.
#[derive(Debug, Args)]
pub(crate) struct Pause {
    #[command(flatten)]
    target: Target,

    /// For how long at most, such as 30m.
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    time: Option<Duration>,

    #[command(flatten)]
    database: DatabaseFlags,
}

/// Let the agent answer again in a conversation.
#[derive(Debug, Args)]
pub(crate) struct Resume {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    database: DatabaseFlags,
}

/// List conversations, newest first, and who answers them.
#[derive(Debug, Args)]
pub(crate) struct Conversations {
    /// Only those that a person answers.
    #[arg(long)]
    paused: bool,

    /// At most this many.
    #[arg(long, default_value_t = 50)]
    limit: usize,

    /// Print a JSON object a line.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseFlags,
}

/// Which conversation is meant.
#[derive(Debug, Args)]
struct Target {
    /// The user's phone number or business-scoped id, or the number of the conversation, as `conversations` shows it.
    #[arg(long, value_name = "WHOM")]
    to: Selector,

    /// The id of the business number, where the user writes to several, or to none yet.
    #[arg(long, value_name = "ID")]
    number: Option<String>,
}

impl Target {
    /// Returns the conversation, and the message on its way out.
    async fn act(
        self,
        database: DatabaseFlags,
        words: Option<String>,
        answers: NextResponder,
    ) -> anyhow::Result<(i64, Option<i64>)> {
        let desk = AdminClient::open(&database.database()?).await?;
        let to = desk.find(self.to, self.number).await?;
        desk.act(to, words, answers).await
    }
}

impl Send {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let mut text = self.text;
        if text == "-" {
            text.clear();
            std::io::stdin().read_to_string(&mut text)?;
        }
        let answers = match self.time {
            Some(time) => until(time),
            None if self.keep_bot => NextResponder::Unchanged,
            None => NextResponder::HumanTemporarily,
        };
        let words = Some(text.trim().to_owned());
        let (conversation, row) = self.target.act(self.database, words, answers).await?;
        let row = row.map(|row| row.to_string()).unwrap_or_default();
        println!("message {row} is on its way in conversation {conversation}");
        Ok(())
    }
}

impl Pause {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let answers = self.time.map_or(NextResponder::Human, until);
        let (conversation, _) = self.target.act(self.database, None, answers).await?;
        println!("the agent is silent in conversation {conversation}");
        Ok(())
    }
}

impl Resume {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let (conversation, _) = self.target.act(self.database, None, NextResponder::Agent).await?;
        println!("the agent answers again in conversation {conversation}");
        Ok(())
    }
}

fn until(time: Duration) -> NextResponder {
    NextResponder::HumanUntil(Timestamp::from(SystemTime::now()).after(time).as_millis())
}

impl Conversations {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        let desk = AdminClient::open(&self.database.database()?).await?;
        let rows = desk.conversations(self.paused, self.limit).await?;
        if self.json {
            for row in rows {
                println!("{}", serde_json::to_string(&row)?);
            }
            return Ok(());
        }
        println!("{:>8}  {:<16}  {:<20}  {:>7}  answered by", "id", "number", "with", "waiting");
        for row in rows {
            let (with, answers) = (with(&row), answered_by(&row));
            println!("{:>8}  {:<16}  {with:<20}  {:>7}  {answers}", row.id, row.number, row.waiting);
        }
        Ok(())
    }
}

fn with(row: &ConversationView) -> String {
    let group = row.group.as_ref().map(|group| format!("group {group}"));
    let user = row.user.as_ref().and_then(|user| user.phone.clone().or_else(|| user.bsuid.clone()));
    group.or(user).unwrap_or_default()
}

fn answered_by(row: &ConversationView) -> String {
    match row.paused_until {
        None => "the agent".to_owned(),
        Some(until) if until == Timestamp::MAX.as_millis() => "a person, until it is resumed".to_owned(),
        Some(until) => format!("a person, until {}", time(until)),
    }
}
