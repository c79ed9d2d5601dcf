//! Text output of `waxwing outbox`.

use waxwing_admin::{CodeView, OutboxDetailView, OutboxView};

use crate::output::print_line;
use crate::time::time;

/// Prints one line per message.
pub(super) fn rows(rows: &[OutboxView]) {
    print_line!(
        "{:>8}  {:<11}  {:<8}  {:>8}  {:>12}  {:>8}  reason",
        "id",
        "state",
        "type",
        "attempts",
        "conversation",
        "code"
    );
    for row in rows {
        let code = row.code.map(|code| code.to_string()).unwrap_or_default();
        let reason = row.reason.as_deref().unwrap_or_default();
        print_line!(
            "{:>8}  {:<11}  {:<8}  {:>8}  {:>12}  {code:>8}  {reason}",
            row.id,
            row.state,
            row.kind,
            row.attempts,
            row.conversation
        );
    }
}

/// Prints a message with its attempts and delivery events.
pub(super) fn message(message: &OutboxDetailView) {
    let row = &message.row;
    print_line!("message {}, {} since {}", row.id, row.state, time(row.changed_at));
    let fact = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            print_line!("  {name:<14}{value}");
        }
    };
    fact("type", Some(row.kind.clone()));
    fact("number", Some(message.number.clone()));
    fact("conversation", Some(row.conversation.to_string()));
    fact("run", Some(row.run.clone()));
    fact("queued", Some(time(row.created_at)));
    fact("not before", message.due.map(time));
    fact("Meta's id", message.message_id.clone());
    fact("media", message.media_id.clone());
    fact("last error", failure(row.code, row.reason.as_deref()));
    for attempt in &message.requests {
        let failed = failure(attempt.code, attempt.reason.as_deref()).map(|reason| format!(", failed: {reason}"));
        print_line!("{}  attempt {} started{}", time(attempt.started_at), attempt.attempt, failed.unwrap_or_default());
        explain(attempt.explanation.as_ref());
    }
    for event in &message.events {
        let of = event.participants.map(|count| format!(" for {count} participants")).unwrap_or_default();
        let reason = failure(event.code, event.reason.as_deref()).map(|reason| format!(": {reason}"));
        print_line!("{}  attempt {} {}{of}{}", time(event.at), event.attempt, event.state, reason.unwrap_or_default());
        explain(event.explanation.as_ref());
    }
}

/// Prints the explanation of Meta's code.
fn explain(code: Option<&CodeView>) {
    let Some(CodeView { meaning, remedy, page, .. }) = code else { return };
    for (name, value) in [("meaning", meaning), ("to do", remedy), ("page", page)] {
        print_line!("  {name:<14}{value}");
    }
}

/// Returns the code and the reason that are known. `None` if neither is known.
fn failure(code: Option<i64>, reason: Option<&str>) -> Option<String> {
    let parts: Vec<_> = code.map(|code| code.to_string()).into_iter().chain(reason.map(str::to_owned)).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}
