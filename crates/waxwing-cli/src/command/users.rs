//! `waxwing users`.

use clap::{Args, Subcommand};
use waxwing::agent::Memory;

use super::time::time;
use crate::admin::{AdminClient, MemoryView, Selector, UserDataView};
use crate::sources::DatabaseFlags;

/// See what is kept of a user, and erase it.
#[derive(Debug, Args)]
pub(crate) struct Users {
    #[command(subcommand)]
    command: UsersCommand,
}

#[derive(Debug, Subcommand)]
enum UsersCommand {
    /// Show what is kept of a user: ids and names, conversations, sessions, and what agents remember.
    Show(Show),
    /// Erase a user, to the last byte: their conversations, with what was said, sent and remembered in them, and what they wrote in groups.
    ///
    /// The server answers nobody meanwhile, for about as long as copying the database takes; Meta delivers again what comes in.
    Forget(Forget),
}

#[derive(Debug, Args)]
struct Show {
    /// The phone number or the business-scoped id.
    user: Selector,

    /// Print a JSON object, with everything that agents have kept.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseFlags,
}

#[derive(Debug, Args)]
struct Forget {
    /// The phone number or the business-scoped id.
    user: Selector,

    #[command(flatten)]
    database: DatabaseFlags,
}

impl Users {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            UsersCommand::Show(show) => {
                let desk = AdminClient::open(&show.database.database()?).await?;
                let person = desk.person(&show.user).await?;
                if show.json {
                    println!("{}", serde_json::to_string(&person)?);
                } else {
                    print(person);
                }
            }
            UsersCommand::Forget(forget) => {
                let desk = AdminClient::open(&forget.database.database()?).await?;
                let gone = desk.forget(&forget.user).await?;
                println!(
                    "the user is forgotten: {} messages in {} conversations, {} sent with {} statuses, {} sessions, {} odd parts of webhooks",
                    gone.received, gone.conversations, gone.sent, gone.statuses, gone.sessions, gone.quarantine
                );
            }
        }
        Ok(())
    }
}

fn print(person: UserDataView) {
    for known in person.users {
        let user = known.user;
        let names = [user.phone, user.bsuid, known.parent_bsuid, user.name, user.username];
        let names: Vec<_> = names.into_iter().flatten().collect();
        println!("{}, known since {}", names.join(", "), time(known.known_since));
    }
    for kept in person.conversations {
        println!("conversation {} with {}: {} messages, {} sent", kept.id, kept.number, kept.received, kept.sent);
        for session in kept.sessions {
            let current = if session.is_current { "" } else { ", over" };
            let used = time(session.used_at);
            println!(
                "  session {} of {}: {} entries, used {used}{current}",
                session.label, session.agent, session.entries
            );
        }
        for MemoryView { agent, memory } in kept.memories {
            for fact in Memory::restored(memory).facts() {
                println!("  {agent} remembers, since {}: {}", time(fact.at), fact.text);
            }
        }
    }
    if person.group_messages > 0 {
        println!("{} messages in groups", person.group_messages);
    }
}
