//! Checks of the database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use waxwing::Database;
use waxwing_admin::AdminClient;

use super::{Finding, sends};
use crate::time::time;

/// Subject of the findings about the database.
pub(super) const DATABASE: &str = "database";

/// Subject of the findings about the disk.
const DISK: &str = "disk";

/// Subject of the findings about the pause.
const AGENTS: &str = "agents";

/// Subject of the findings about people who answer.
const HANDOFFS: &str = "human handoffs";

/// Number of conversations with a person that are counted.
const MANY: usize = 100;

/// Free space below which the server soon refuses messages.
const TOO_LITTLE: u64 = 100 << 20;

/// Free space below which the disk needs attention.
const LITTLE: u64 = 1 << 30;

/// Time for an answer of the running server.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Examines the database, and the disk that contains it.
pub(super) async fn check(database: &Database) -> Vec<Finding> {
    tokio::time::timeout(TIMEOUT, examine(database)).await.unwrap_or_else(|_elapsed| {
        let found = format!("the running server has not answered within {} seconds", TIMEOUT.as_secs());
        vec![Finding::error(DATABASE, found, "read the log of the server, and restart it")]
    })
}

async fn examine(database: &Database) -> Vec<Finding> {
    let directory = directory(database);
    if !directory.is_dir() {
        let found = format!("the directory {} does not exist", directory.display());
        return vec![Finding::error(DATABASE, found, "create the directory, or set DATABASE_URL")];
    }
    let mut findings = vec![disk(&directory)];
    if !database.exists() {
        findings.push(Finding::ok(DATABASE, format!("{database} does not exist yet; the server creates it")));
        return findings;
    }
    match AdminClient::open(database).await {
        Ok(client) => {
            findings.push(Finding::ok(DATABASE, database.to_string()));
            findings.extend(pause(&client).await);
            findings.extend(handoffs(&client).await);
            findings.extend(sends::check(&client).await);
        }
        Err(error) => {
            let fix = "name the database of the server with DATABASE_URL, and run the doctor as the user of the server. `waxwing db verify` \
                       examines a damaged file, and docs/deployment.md says how to restore a backup";
            findings.push(Finding::error(DATABASE, format!("{:#}", anyhow::Error::from(error)), fix));
        }
    }
    findings
}

/// Returns the directory of a database.
fn directory(database: &Database) -> PathBuf {
    let file = database.sibling("");
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or_else(|| Path::new(".")).to_owned()
}

fn disk(directory: &Path) -> Finding {
    match rustix::fs::statvfs(directory) {
        Ok(status) => space(status.f_bavail.saturating_mul(status.f_frsize)),
        Err(error) => {
            let found = format!("the free space of {} is unknown: {error}", directory.display());
            Finding::warning(DISK, found, "run the doctor as the user of the server")
        }
    }
}

fn space(free: u64) -> Finding {
    let found = format!("{} MiB free", free >> 20);
    let fix = "make room: the server refuses messages when the disk is full";
    match free {
        0..TOO_LITTLE => Finding::error(DISK, found, fix),
        TOO_LITTLE..LITTLE => Finding::warning(DISK, found, fix),
        _ => Finding::ok(DISK, found),
    }
}

async fn pause(client: &AdminClient) -> Option<Finding> {
    match client.agents().await {
        Ok(agents) => agents.paused_since.map(|since| {
            let found = format!("all are paused since {}, so that no message is answered", time(since));
            Finding::error(AGENTS, found, "run `waxwing agents resume --all`")
        }),
        Err(error) => {
            let found = format!("the running server does not tell: {:#}", anyhow::Error::from(error));
            Some(Finding::error(AGENTS, found, "read the log of the server"))
        }
    }
}

/// Counts the conversations in which no agent answers, because a person or another app does.
async fn handoffs(client: &AdminClient) -> Option<Finding> {
    let conversations = client.conversations(true, MANY).await.ok()?;
    let count = match conversations.len() {
        0 => return None,
        1 => "1 conversation is".to_owned(),
        MANY => format!("{MANY} or more conversations are"),
        count => format!("{count} conversations are"),
    };
    let fix = "`waxwing conversations list --paused` lists them, and `waxwing conversations resume` lets the agent answer again";
    Some(Finding::warning(HANDOFFS, format!("{count} with a person, so that no agent answers there"), fix))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;

    #[test]
    fn little_space_is_found_before_it_is_too_little() {
        assert_eq!(space(50 << 20).level, Level::Error);
        assert_eq!(space(500 << 20).level, Level::Warning);
        let ok = space(5 << 30);
        assert_eq!((ok.level, ok.found.as_str()), (Level::Ok, "5120 MiB free"));
    }
}
