//! How messages are shown.

use crate::admin::{Record, Row};
use crate::command::time::time;

/// Prints a line for each row.
pub(super) fn rows(rows: &[Row], json: bool) -> anyhow::Result<()> {
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

/// Prints a row with its whole way.
pub(super) fn record(record: &Record, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string(record)?);
        return Ok(());
    }
    let row = &record.row;
    println!("message {}, {} since {}", row.id, row.state, time(row.changed_at));
    let fact = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            println!("  {name:<14}{value}");
        }
    };
    fact("type", Some(row.kind.clone()));
    fact("number", Some(record.number.clone()));
    fact("conversation", Some(row.conversation.to_string()));
    fact("run", Some(row.run.clone()));
    fact("written", Some(time(row.created_at)));
    fact("not before", record.due.map(time));
    fact("Meta's id", record.message_id.clone());
    fact("medium", record.media_id.clone());
    fact("last error", failure(row.code, row.reason.as_deref()));
    for attempt in &record.requests {
        println!("{}  attempt {} began", time(attempt.started_at), attempt.attempt);
    }
    for event in &record.events {
        let of = event.participants.map(|count| format!(" for {count} of the group")).unwrap_or_default();
        let why = failure(event.code, event.reason.as_deref()).map(|why| format!(": {why}")).unwrap_or_default();
        println!("{}  attempt {} {}{of}{why}", time(event.at), event.attempt, event.state);
    }
    Ok(())
}

/// A code and a reason, as far as they are known.
fn failure(code: Option<i64>, reason: Option<&str>) -> Option<String> {
    let words: Vec<_> = code.map(|code| code.to_string()).into_iter().chain(reason.map(str::to_owned)).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
