//! Conversation of a user as text.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::message::Party;
use crate::timeline::{EmulatedUserId, TimelineEventKind, WebhookSubject};
use crate::world::World;

/// Number of webhook attempts in the transcript.
const ATTEMPTS: usize = 5;
/// Number of refused calls in the transcript. The calls may concern other users.
const REFUSALS: usize = 5;

/// Returns the conversation with a user, followed by the latest webhook attempts and the latest refused calls.
pub(crate) fn transcript(world: &World, user: EmulatedUserId) -> String {
    let Some(owner) = world.users.get(user) else { return String::new() };
    let mut text = format!("the conversation with {}:\n", owner.label());
    let mut is_empty = true;
    for entry in owner.chat.entries() {
        is_empty = false;
        let message = &entry.message;
        let sender = match message.from {
            Party::User => &owner.name,
            Party::Business => "business",
        };
        let is_consumed = message.from == Party::Business && entry.order < owner.cursor;
        let consumed = if is_consumed { ", consumed" } else { "" };
        let (time, state) = (time_of_day(message.at), message.state.name());
        write_line(&mut text, format_args!("  {time} {sender}: {message} [{state}{consumed}]"));
    }
    if is_empty {
        text.push_str("  (nothing yet)\n");
    }
    write_attempts(&mut text, world, user);
    write_refusals(&mut text, world);
    text
}

fn write_attempts(text: &mut String, world: &World, user: EmulatedUserId) {
    let events = world.runtime.timeline.after(0).rev();
    let attempts = events.filter_map(|event| match &event.kind {
        TimelineEventKind::WebhookAttempt {
            subject: WebhookSubject::Message { user: sender, message },
            attempt,
            status,
        } if *sender == user => Some((message, attempt, status)),
        _ => None,
    });
    for (message, attempt, status) in attempts.take(ATTEMPTS).collect::<Vec<_>>().into_iter().rev() {
        let response = status.map_or_else(|| "no response".to_owned(), |status| status.to_string());
        write_line(text, format_args!("  webhook of {message}, attempt {attempt}: {response}"));
    }
}

fn write_refusals(text: &mut String, world: &World) {
    let events = world.runtime.timeline.after(0).rev();
    let refusals = events.filter_map(|event| match &event.kind {
        TimelineEventKind::Refused { code, http, rule, .. } => Some((event.at, *code, *http, *rule)),
        _ => None,
    });
    for (at, code, http, rule) in refusals.take(REFUSALS).collect::<Vec<_>>().into_iter().rev() {
        let time = time_of_day(at);
        let reason = rule.map(|rule| format!(", violates the rule {rule}: {}", rule.description()));
        let reason = reason.unwrap_or_default();
        write_line(text, format_args!("  {time} call of the business refused: code {code}, HTTP {http}{reason}"));
    }
}

fn write_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("writing to a string cannot fail");
}

/// Formats a time as `hh:mm:ss.mmm` in UTC.
fn time_of_day(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs() % 86_400;
    format!("{:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60, since.subsec_millis())
}
