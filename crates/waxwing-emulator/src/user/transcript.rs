//! A conversation as a text.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::message::Party;
use crate::timeline::{EmulatedUserId, TimelineEventKind, WebhookSubject};
use crate::world::World;

/// Attempts of webhooks that are shown below the conversation.
const ATTEMPTS: usize = 5;
/// Refusals, of calls for whatever user, that are shown below these.
const REFUSALS: usize = 5;

/// The whole conversation with a user, and how the last webhooks fared.
pub(crate) fn transcript(world: &World, user: EmulatedUserId) -> String {
    let Some(person) = world.person(user) else { return String::new() };
    let mut text = format!("the conversation with {}:\n", person.label());
    let mut empty = true;
    for entry in person.chat.entries() {
        empty = false;
        let message = &entry.message;
        let who = match message.from {
            Party::User => &person.name,
            Party::Business => "business",
        };
        let consumed = if message.from == Party::Business && entry.order < person.cursor { ", consumed" } else { "" };
        let (time, state) = (time_of_day(message.at), message.state.name());
        write_line(&mut text, format_args!("  {time} {who}: {message} [{state}{consumed}]"));
    }
    if empty {
        text.push_str("  (nothing yet)\n");
    }
    let attempts = world.timeline.after(0).rev().filter_map(|event| match &event.kind {
        TimelineEventKind::WebhookAttempt {
            subject: WebhookSubject::Message { user: of, message },
            attempt,
            status,
        } if *of == user => Some((message, attempt, status)),
        _ => None,
    });
    for (message, attempt, status) in attempts.take(ATTEMPTS).collect::<Vec<_>>().into_iter().rev() {
        let answer = status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        write_line(&mut text, format_args!("  webhook of {message}, attempt {attempt}: {answer}"));
    }
    let refusals = world.timeline.after(0).rev().filter_map(|event| match event.kind {
        TimelineEventKind::Refused { code, http, rule } => Some((event.at, code, http, rule)),
        _ => None,
    });
    for (at, code, http, rule) in refusals.take(REFUSALS).collect::<Vec<_>>().into_iter().rev() {
        let time = time_of_day(at);
        let why = rule.map(|rule| format!(", by the rule {rule}: {}", rule.description())).unwrap_or_default();
        write_line(
            &mut text,
            format_args!("  {time} a call of the business was refused: code {code}, HTTP {http}{why}"),
        );
    }
    text
}

fn write_line(text: &mut String, line: std::fmt::Arguments<'_>) {
    writeln!(text, "{line}").expect("writing to a string cannot fail");
}

/// `hh:mm:ss.mmm`, UTC.
fn time_of_day(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs() % 86_400;
    format!("{:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60, since.subsec_millis())
}
