//! `waxwing users`.

mod block_list;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use waxwing::agent::Memory;
use waxwing_admin::{ConversationDataView, LOG_PAGE, Selector, UserDataView};

use crate::admin_flags::AdminFlags;
use crate::output::print_line;
use crate::time::time;
use block_list::{BlockArgs, BlockedArgs};

/// Show, export and erase the data of users, and block users.
#[derive(Debug, Args)]
pub(crate) struct Users {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the data that is stored about a user: ids, names, conversations, sessions and memories.
    Show(ShowArgs),
    /// Export all data of a user as JSON: ids, names, conversations with their logs, sessions, memories, and messages in groups.
    ///
    /// Each line is one JSON object: first the user, then one line for each entry of the conversation log.
    Export(ExportArgs),
    /// Erase all data of a user: conversations with their messages, sessions and memories, and messages in groups.
    ///
    /// The server processes nothing in the meantime, about as long as a copy of the database takes. Meta redelivers the webhooks.
    Erase(EraseArgs),
    /// Block a user at Meta: their messages no longer arrive. Meta allows it for users who wrote within 24 hours.
    Block(BlockArgs),
    /// Unblock a user.
    Unblock(BlockArgs),
    /// List the users whom the number has blocked.
    Blocked(BlockedArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Phone number or business-scoped user id.
    user: Selector,

    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
struct ExportArgs {
    /// Phone number or business-scoped user id.
    user: Selector,

    #[command(flatten)]
    flags: AdminFlags,
}

impl ExportArgs {
    async fn run(self) -> anyhow::Result<()> {
        let (client, _) = self.flags.client().await?;
        let data = client.user(&self.user).await.context("the user cannot be exported")?;
        print_line!("{}", serde_json::to_string(&data)?);
        let mut after = None;
        loop {
            let entries = client.user_log(&self.user, after).await.context("the log of the user cannot be exported")?;
            for entry in &entries {
                print_line!("{}", serde_json::to_string(entry)?);
            }
            match entries.last() {
                Some(last) if entries.len() == LOG_PAGE => after = Some((last.conversation, last.id)),
                _ => return Ok(()),
            }
        }
    }
}

#[derive(Debug, Args)]
struct EraseArgs {
    /// Phone number or business-scoped user id.
    user: Selector,

    #[command(flatten)]
    flags: AdminFlags,
}

impl Users {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Show(show) => {
                let (client, output) = show.flags.client().await?;
                let data = client.user(&show.user).await.context("the user cannot be shown")?;
                output.print(&data, print)
            }
            Command::Export(export) => export.run().await,
            Command::Block(block) => block.block().await,
            Command::Unblock(unblock) => unblock.unblock().await,
            Command::Blocked(blocked) => blocked.list().await,
            Command::Erase(erase) => {
                let (client, output) = erase.flags.client().await?;
                let report = client.erase(&erase.user).await.context("the user cannot be erased")?;
                output.print(&report, |erased| {
                    print_line!(
                        "user erased: {} received messages in {} conversations, {} sent messages with {} statuses, {} entries of \
                         the conversation log, {} sessions, {} quarantined items, {} places in campaigns",
                        erased.received,
                        erased.conversations,
                        erased.sent,
                        erased.statuses,
                        erased.entries,
                        erased.sessions,
                        erased.quarantine,
                        erased.recipients
                    );
                })
            }
        }
    }
}

fn print(data: &UserDataView) {
    for known in &data.users {
        let user = &known.user;
        let names = [&user.phone, &user.bsuid, &known.parent_bsuid, &user.name, &user.username];
        let names: Vec<_> = names.into_iter().flatten().map(String::as_str).collect();
        print_line!("{}, known since {}", names.join(", "), time(known.known_since));
    }
    for conversation in &data.conversations {
        print_conversation_data(conversation);
    }
    if data.group_messages > 0 {
        print_line!("{} messages in groups", data.group_messages);
    }
}

/// Prints a conversation with its sessions and memories.
pub(super) fn print_conversation_data(data: &ConversationDataView) {
    let conversation = &data.conversation;
    print_line!(
        "conversation {} on number {}: {} received, {} sent, {} in the log",
        conversation.id,
        conversation.number,
        data.received,
        data.sent,
        data.entries
    );
    for session in &data.sessions {
        let ended = if session.is_current { "" } else { ", ended" };
        let used = time(session.used_at);
        print_line!("  session {} of {}: used {used}{ended}", session.label, session.agent);
    }
    for memory in &data.memories {
        for fact in Memory::restored(memory.memory.clone()).facts() {
            print_line!("  {} remembers, since {}: {}", memory.agent, time(fact.at), fact.text);
        }
    }
}
