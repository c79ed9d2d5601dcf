//! `waxwing users`.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use waxwing::agent::Memory;
use waxwing_admin::{ConversationDataView, Selector, UserDataView};

use crate::admin_flags::AdminFlags;
use crate::output::print_line;
use crate::time::time;

/// Show and erase the data of users.
#[derive(Debug, Args)]
pub(crate) struct Users {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the data that is stored about a user: ids, names, conversations, sessions and memories.
    Show(ShowArgs),
    /// Erase all data of a user: conversations with their messages, sessions and memories, and messages in groups.
    ///
    /// The server processes nothing in the meantime, about as long as a copy of the database takes. Meta redelivers the webhooks.
    Erase(EraseArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Phone number or business-scoped user id.
    user: Selector,

    #[command(flatten)]
    flags: AdminFlags,
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
            Command::Erase(erase) => {
                let (client, output) = erase.flags.client().await?;
                let report = client.erase(&erase.user).await.context("the user cannot be erased")?;
                output.print(&report, |erased| {
                    print_line!(
                        "user erased: {} received messages in {} conversations, {} sent messages with {} statuses, {} sessions, \
                         {} quarantined items",
                        erased.received,
                        erased.conversations,
                        erased.sent,
                        erased.statuses,
                        erased.sessions,
                        erased.quarantine
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
        "conversation {} on number {}: {} received, {} sent",
        conversation.id,
        conversation.number,
        data.received,
        data.sent
    );
    for session in &data.sessions {
        let ended = if session.is_current { "" } else { ", ended" };
        let used = time(session.used_at);
        print_line!(
            "  session {} of {}: {} entries, used {used}{ended}",
            session.label,
            session.agent,
            session.entries
        );
    }
    for memory in &data.memories {
        for fact in Memory::restored(memory.memory.clone()).facts() {
            print_line!("  {} remembers, since {}: {}", memory.agent, time(fact.at), fact.text);
        }
    }
}
