//! `waxwing events`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::Value;
use waxwing_admin::SubscriptionView;

use crate::admin_flags::AdminFlags;
use crate::database_flags::DatabaseFlags;
use crate::output::{print_json, print_line};
use crate::time::time;

/// Follow the events of a running server, and deliver events to webhooks again.
#[derive(Debug, Args)]
pub(crate) struct Events {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Follow the events of the running server, one JSON object per line. They contain texts and phone numbers of users.
    Tail(Tail),
    /// List the webhooks that get events, with their state.
    List(List),
    /// Enable a webhook that was disabled after failures. It gets the events that were kept in the meantime, for up to 3 days.
    Enable(Enable),
    /// Deliver kept events again, with the same ids.
    Redeliver(Redeliver),
}

#[derive(Debug, Args)]
struct Tail {
    /// Show only events with this name. `message.*` stands for all names that begin with `message.`. Can be repeated.
    #[arg(long = "type", value_name = "NAME")]
    types: Vec<String>,

    #[command(flatten)]
    database: DatabaseFlags,
}

#[derive(Debug, Args)]
struct List {
    #[command(flatten)]
    flags: AdminFlags,
}

#[derive(Debug, Args)]
struct Enable {
    /// Name of the webhook.
    name: String,

    #[command(flatten)]
    database: DatabaseFlags,
}

#[derive(Debug, Args)]
struct Redeliver {
    /// Time of the first event: a time such as `2026-11-30T12:00:00Z`, or the time until now such as `2h`. Events are kept for 3 days.
    #[arg(long, value_parser = since)]
    since: SystemTime,

    /// Name of the webhook. All webhooks if not set.
    #[arg(long)]
    webhook: Option<String>,

    #[command(flatten)]
    database: DatabaseFlags,
}

impl Events {
    pub(crate) async fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Tail(tail) => tail.run().await,
            Command::List(list) => list.run().await,
            Command::Enable(enable) => enable.run().await,
            Command::Redeliver(redeliver) => redeliver.run().await,
        }
    }
}

impl Tail {
    async fn run(self) -> anyhow::Result<()> {
        let client = self.database.client().await?;
        let shown = |event: &Value| {
            let name = event["name"].as_str().unwrap_or_default();
            self.types.is_empty() || self.types.iter().any(|pattern| matches_name(pattern, name))
        };
        let followed = client.tail_events(|line| match serde_json::from_str(line) {
            Ok(event) if shown(&event) => print_json(&event).is_ok(),
            _ => true,
        });
        followed.await.context("the events cannot be shown")
    }
}

/// Returns whether a name is the pattern, or begins with the part of the pattern before its star.
fn matches_name(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == pattern,
    }
}

impl List {
    async fn run(self) -> anyhow::Result<()> {
        let (client, output) = self.flags.client().await?;
        let all = client.subscriptions().await.context("the webhooks cannot be listed")?;
        output.print_all(&all, |all| {
            if all.is_empty() {
                print_line!("no webhook gets events; add one to [webhooks] of waxwing.toml");
            }
            all.iter().for_each(print);
        })
    }
}

fn print(webhook: &SubscriptionView) {
    let reason = webhook.disabled_reason.as_deref().unwrap_or("unknown reason");
    let state = match (webhook.disabled_since, webhook.failing_since) {
        (Some(since), _) => format!("disabled since {}: {reason}", time(since)),
        (None, Some(since)) => format!("failing since {}", time(since)),
        (None, None) => "enabled".to_owned(),
    };
    print_line!("{}  {state}  {}", webhook.name, webhook.events.join(", "));
}

impl Enable {
    async fn run(self) -> anyhow::Result<()> {
        let client = self.database.client().await?;
        client.enable_subscription(&self.name).await.context("the webhook cannot be enabled")?;
        print_line!("webhook {} enabled", self.name);
        Ok(())
    }
}

impl Redeliver {
    async fn run(self) -> anyhow::Result<()> {
        let client = self.database.client().await?;
        let since = self.since.duration_since(UNIX_EPOCH).unwrap_or_default();
        let since = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let names =
            client.redeliver_events(self.webhook, since).await.context("the events cannot be delivered again")?;
        match &names[..] {
            [] => print_line!("no webhook gets events; add one to [webhooks] of waxwing.toml"),
            names => print_line!("events since {} are delivered again to: {}", time(since), names.join(", ")),
        }
        Ok(())
    }
}

/// Reads a time, or a duration until now.
fn since(text: &str) -> Result<SystemTime, String> {
    let ago = |age: Duration| SystemTime::now().checked_sub(age);
    let ago = humantime::parse_duration(text).ok().and_then(ago);
    ago.or_else(|| humantime::parse_rfc3339_weak(text).ok())
        .ok_or_else(|| "is neither a time such as `2026-11-30T12:00:00Z` nor a duration such as `2h`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_end_with_a_star() {
        for (pattern, name, expected) in [
            ("*", "message.sent", true),
            ("message.*", "message.sent", true),
            ("message.*", "handoff.started", false),
            ("message.sent", "message.sent", true),
            ("message", "message.sent", false),
        ] {
            assert_eq!(matches_name(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn a_time_is_absolute_or_relative() {
        assert_eq!(since("1970-01-01T00:00:07Z"), Ok(UNIX_EPOCH + Duration::from_secs(7)));
        assert!(since("2h").unwrap() <= SystemTime::now() - Duration::from_secs(7000));
        assert!(since("yesterday").is_err());
    }
}
