//! `waxwing conversations`.

use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Value, json};
use waxwing::engine::NextResponder;
use waxwing::store::Timestamp;
use waxwing_admin::{AdminClient, ConversationDataView, ConversationRef, ConversationView, LogEntryView, Selector};

use super::users::print_conversation_data;
use crate::admin_flags::AdminFlags;
use crate::output::print_line;
use crate::time::time;

/// List and show conversations, and pause or resume their agents.
#[derive(Debug, Args)]
pub(crate) struct Conversations {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List conversations, newest first, with their responders.
    List(ListArgs),
    /// Show a conversation with its sessions, its memories and the newest entries of its log.
    Show(ShowArgs),
    /// Pause the agent in a conversation, until it is resumed or the time is over.
    Pause(PauseArgs),
    /// Resume the agent in a conversation.
    Resume(ResumeArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// List only conversations whose agent is paused.
    #[arg(long)]
    paused: bool,

    /// List only conversations whose users want no marketing messages.
    #[arg(long, conflicts_with = "paused")]
    marketing_stopped: bool,

    /// Maximum number of conversations.
    #[arg(long, default_value_t = 50)]
    limit: usize,

    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
struct ShowArgs {
    #[command(flatten)]
    target: Target,

    /// Number of entries of the conversation log to show, the newest ones.
    #[arg(long, default_value_t = 20, value_name = "N")]
    log: usize,

    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
struct PauseArgs {
    #[command(flatten)]
    target: Target,

    /// Maximum time of the pause, such as 30m. Without it the pause lasts until the agent is resumed.
    #[arg(long = "for", value_name = "TIME", value_parser = humantime::parse_duration)]
    duration: Option<Duration>,

    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
struct ResumeArgs {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    flags: AdminFlags,
}

/// A conversation with the newest entries of its log.
#[derive(Debug, Serialize)]
struct ShownConversation {
    #[serde(flatten)]
    data: ConversationDataView,
    log: Vec<LogEntryView>,
}

/// Prints an entry of the conversation log on one line.
fn print_entry(entry: &LogEntryView) {
    let author = match (&entry.agent, &entry.user) {
        (Some(agent), _) => agent.clone(),
        (None, Some(user)) => user.name.clone().or_else(|| user.phone.clone()).unwrap_or_else(|| entry.origin.clone()),
        (None, None) => entry.origin.clone(),
    };
    let waits = if entry.handled { "" } else { " (waits)" };
    print_line!("  {}  {author}{waits}: {} {}", time(entry.at), entry.kind, summary(&entry.content));
}

/// Returns the texts of a content in the order of its fields, in one line.
fn summary(content: &Value) -> String {
    match content {
        Value::String(text) => text.replace('\n', " "),
        Value::Array(items) => joined(items.iter()),
        Value::Object(fields) => {
            // The envelope of a message repeats its author, its time and its type.
            joined(fields.iter().filter(|(name, _)| !ENVELOPE.contains(&name.as_str())).map(|(_, value)| value))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => String::new(),
    }
}

/// Fields of a message that say nothing of its content.
const ENVELOPE: [&str; 8] = ["id", "from", "from_user_id", "timestamp", "type", "context", "sha256", "mime_type"];

fn joined<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    let texts: Vec<_> = values.map(summary).filter(|text| !text.is_empty()).collect();
    texts.join(" ")
}

/// Names a conversation.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// Phone number or business-scoped user id of the user, or id of the conversation.
    #[arg(value_name = "USER|ID")]
    selector: Selector,

    /// Id of the business number, if the user writes to several, or to none yet.
    #[arg(long, value_name = "ID")]
    number: Option<String>,
}

impl Target {
    pub(super) async fn find(self, client: &AdminClient) -> anyhow::Result<ConversationRef> {
        Ok(client.find(self.selector, self.number).await?)
    }
}

impl Conversations {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::List(list) => list.run().await,
            Command::Show(show) => show.run().await,
            Command::Pause(pause) => {
                let responder = pause.duration.map_or(NextResponder::Human, human_for);
                set_responder(pause.target, responder, "agent paused", pause.flags).await
            }
            Command::Resume(resume) => {
                set_responder(resume.target, NextResponder::Agent, "agent resumed", resume.flags).await
            }
        }
    }
}

/// Returns the responder of a handoff that ends after `duration`.
pub(super) fn human_for(duration: Duration) -> NextResponder {
    NextResponder::HumanUntil(Timestamp::from(SystemTime::now()).after(duration).as_millis())
}

async fn set_responder(target: Target, responder: NextResponder, done: &str, flags: AdminFlags) -> anyhow::Result<()> {
    let (client, output) = flags.client().await?;
    let conversation = target.find(&client).await?;
    let id = client.set_responder(conversation, responder).await?;
    output.print(&json!({ "conversation": id }), |_| print_line!("{done} in conversation {id}"))
}

impl ListArgs {
    async fn run(self) -> anyhow::Result<()> {
        let (client, output) = self.flags.client().await?;
        let rows = if self.marketing_stopped {
            client.marketing_stopped(self.limit).await?
        } else {
            client.conversations(self.paused, self.limit).await?
        };
        output.print_all(&rows, |rows| {
            print_line!("{:>8}  {:<16}  {:<20}  {:>7}  responder", "id", "number", "with", "pending");
            for row in rows {
                let (with, responder) = (with(row), responder(row));
                print_line!("{:>8}  {:<16}  {with:<20}  {:>7}  {responder}", row.id, row.number, row.waiting);
            }
        })
    }
}

impl ShowArgs {
    async fn run(self) -> anyhow::Result<()> {
        let (client, output) = self.flags.client().await?;
        let id = match self.target.find(&client).await? {
            ConversationRef::Conversation(id) => id,
            ConversationRef::User { .. } => anyhow::bail!("there is no conversation with this user on this number"),
        };
        let data = client.conversation(id).await?;
        let log = client.conversation_log(id, None, self.log).await?;
        let shown = ShownConversation { data, log };
        output.print(&shown, |shown| {
            print(&shown.data);
            shown.log.iter().for_each(print_entry);
        })
    }
}

fn print(data: &ConversationDataView) {
    let conversation = &data.conversation;
    print_line!("with {}, answered by {}", with(conversation), responder(conversation));
    print_line!("since {}, {} pending", time(conversation.created_at), conversation.waiting);
    print_conversation_data(data);
}

fn with(row: &ConversationView) -> String {
    let group = row.group.as_ref().map(|group| format!("group {group}"));
    let user = row.user.as_ref().and_then(|user| user.phone.clone().or_else(|| user.bsuid.clone()));
    group.or(user).unwrap_or_default()
}

fn responder(row: &ConversationView) -> String {
    match row.paused_until {
        _ if row.other_app => "another app that shares the conversation".to_owned(),
        None => "the agent".to_owned(),
        Some(until) if until == Timestamp::MAX.as_millis() => "a person, until the agent is resumed".to_owned(),
        Some(until) => format!("a person, until {}", time(until)),
    }
}
