//! `waxwing agents compare`.

use clap::Args;
use serde::Serialize;
use waxwing::NetworkPolicy;
use waxwing::agent::{Agent, Author, HistoryEntry, Reply, Turn, UserMessage};
use waxwing_config::ConfigPurpose;

use super::stored_conversation::StoredConversation;
use crate::database_flags::DatabaseFlags;
use crate::output::{OutputFlags, print_line};
use crate::setting_flags::SettingFlags;

/// Ask an agent the questions of a stored conversation again, and print its answers next to the old ones.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Id of the conversation.
    conversation: i64,

    /// Agent or team to ask. Without it, the agent that answered last is asked.
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,

    /// Number of turns, the newest ones.
    #[arg(long, value_name = "N", default_value_t = 10)]
    turns: usize,

    #[command(flatten)]
    output: OutputFlags,

    #[command(flatten)]
    database: DatabaseFlags,
}

/// A turn with both answers.
#[derive(Debug, Serialize)]
struct ComparedTurn {
    user: String,
    stored: String,
    new: String,
}

/// A turn of the history.
struct StoredTurn {
    /// Number of entries before the turn.
    start: usize,
    messages: Vec<UserMessage>,
    /// Text of the answer. Empty if there was none.
    answer: String,
}

impl Compare {
    pub(super) async fn run(self) -> anyhow::Result<()> {
        let config = SettingFlags::with_file(self.database.config()).config(ConfigPurpose::Serve)?;
        let client = self.database.client().await?;
        let stored = StoredConversation::load(&client, self.conversation).await?;
        let last = stored.history.iter().rev().find_map(|entry| match &entry.author {
            Author::Agent(name) => Some(name.clone()),
            _ => None,
        });
        let name = self.agent.or(last).unwrap_or_default();
        let agents = config.agents_without_tools(NetworkPolicy::default())?;
        agents.ready().await;
        let agent = agents.get(&name)?;
        let turns = turns(&stored.history);
        let mut compared = Vec::new();
        for turn in &turns[turns.len().saturating_sub(self.turns)..] {
            let new = answer(&*agent, turn, &stored).await;
            compared.push(ComparedTurn {
                user: Turn::new(turn.messages.clone()).text(),
                stored: turn.answer.clone(),
                new,
            });
        }
        self.output.print_all(&compared, |compared| compared.iter().for_each(print))
    }
}

/// Returns the text of the new answer, or the error.
async fn answer(agent: &dyn Agent, turn: &StoredTurn, stored: &StoredConversation) -> String {
    let ctx = stored.run_after(turn.start, agent.name());
    match agent.run(Turn::new(turn.messages.clone()), &ctx).await {
        Ok(reply) => text(&reply),
        Err(error) => format!("(error: {error})"),
    }
}

fn text(reply: &Reply) -> String {
    let texts: Vec<_> = reply.parts().iter().filter_map(waxwing::agent::ReplyPart::plain_text).collect();
    texts.join("\n")
}

/// Splits a history into turns: messages of the user, and the answer to them.
fn turns(history: &[HistoryEntry]) -> Vec<StoredTurn> {
    let mut turns: Vec<StoredTurn> = Vec::new();
    let mut is_answered = true;
    for (nth, entry) in history.iter().enumerate() {
        match (entry.message(), turns.last_mut()) {
            (Some(message), Some(turn)) if !is_answered => turn.messages.push(message.clone()),
            (Some(message), _) => {
                turns.push(StoredTurn { start: nth, messages: vec![message.clone()], answer: String::new() });
                is_answered = false;
            }
            (None, Some(turn)) if !entry.parts().is_empty() => {
                if !turn.answer.is_empty() {
                    turn.answer.push('\n');
                }
                turn.answer.push_str(&entry.text());
                is_answered = true;
            }
            (None, _) => {}
        }
    }
    turns
}

fn print(turn: &ComparedTurn) {
    for (label, text) in [("user", &turn.user), ("stored", &turn.stored), ("new", &turn.new)] {
        for (nth, line) in text.lines().enumerate() {
            print_line!("{:<8}{line}", if nth == 0 { label } else { "" });
        }
    }
    print_line!("");
}
