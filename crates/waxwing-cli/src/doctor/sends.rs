//! Look at the latest messages to users.

use std::time::{SystemTime, UNIX_EPOCH};

use waxwing_admin::{AdminClient, OutboxView};

use super::Finding;

/// Subject of the findings.
const CHECK: &str = "messages to users";

/// Number of messages that are looked at.
const LATEST: usize = 50;

/// Age up to which a failure counts, in milliseconds.
const RECENT: i64 = 60 * 60 * 1000;

/// Reports the failures of the last hour, if the latest message was not sent. Nothing is found before the first message.
pub(super) async fn check(client: &AdminClient) -> Option<Finding> {
    let messages = client.outbox(None, LATEST).await.ok()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis());
    examine(&messages, i64::try_from(now).unwrap_or(i64::MAX))
}

/// Examines messages, newest first.
fn examine(messages: &[OutboxView], now: i64) -> Option<Finding> {
    let is_recent = |message: &&OutboxView| now.saturating_sub(message.changed_at) < RECENT;
    let failed: Vec<_> = messages.iter().filter(is_recent).filter(|message| is_failure(message)).collect();
    let last = failed.first()?;
    let reason = last.reason.as_deref().unwrap_or("without a reason");
    let code = last.code.map(|code| format!(" (code {code})")).unwrap_or_default();
    let found = format!("{} of the last hour failed or wait after a failure, the last: {reason}{code}", failed.len());
    let fix = format!(
        "`waxwing outbox show {}` has Meta's words and a remedy; docs/troubleshooting.md lists the codes",
        last.id
    );
    // If a later message was sent, the fault is that of one message or user.
    let is_newest = messages.first().is_some_and(|newest| newest.id == last.id);
    Some(if is_newest { Finding::error(CHECK, found, fix) } else { Finding::warning(CHECK, found, fix) })
}

fn is_failure(message: &OutboxView) -> bool {
    match message.state.as_str() {
        "failed" | "dead_letter" => true,
        "queued" => message.code.is_some(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Level;
    use serde_json::json;

    fn message(id: i64, state: &str, code: Option<i64>) -> OutboxView {
        let view = json!({
            "id": id, "state": state, "kind": "text", "attempts": 1, "conversation": 1, "run": "r", "code": code, "reason": "no money",
            "created_at": 1000, "changed_at": 1000,
        });
        serde_json::from_value(view).unwrap()
    }

    #[test]
    fn the_latest_failure_counts() {
        let level = |messages: &[OutboxView], now| examine(messages, now).map(|finding| finding.level);
        let failed = || message(2, "queued", Some(131_042));
        assert_eq!(level(&[message(3, "delivered", None)], 2000), None);
        assert_eq!(level(&[failed(), message(1, "delivered", None)], 2000), Some(Level::Error));
        assert_eq!(level(&[message(3, "delivered", None), failed()], 2000), Some(Level::Warning));
        assert_eq!(level(&[failed()], 2000 + RECENT), None, "an old failure");
        assert!(examine(&[failed()], 2000).unwrap().found.contains("no money (code 131042)"));
    }
}
