//! Conversion of the history.

use waxwing_agent::{Author, HistoryEntry, HistoryEvent, Media, Role, RunContext, SentMedia, SentPart};

use super::{media, quoted, user};
use crate::media_kind;
use crate::wire::{WireHistoryEntry, WireMedia, WireRole};

/// Converts the newest `limit` messages of the history. The newest media get their bytes, as far as the budget suffices.
pub(super) async fn history(ctx: &RunContext, limit: usize, media_budget: &mut u64) -> Vec<WireHistoryEntry> {
    // The contract has messages. Calls of tools, reactions and handoffs are no messages.
    let is_message = |entry: &&HistoryEntry| matches!(entry.event, HistoryEvent::Message(_) | HistoryEvent::Sent(_));
    let mut history = Vec::new();
    for newest in ctx.session().history().iter().filter(is_message).rev().take(limit) {
        history.push(entry(newest, ctx.is_group(), media_budget).await);
    }
    history.reverse();
    history
}

async fn entry(entry: &HistoryEntry, names_sender: bool, media_budget: &mut u64) -> WireHistoryEntry {
    let role = match entry.role() {
        Role::User => WireRole::User,
        Role::Agent => WireRole::Agent,
        Role::Operator => WireRole::Operator,
    };
    let mut files = Vec::new();
    match &entry.event {
        HistoryEvent::Message(message) => {
            if let Some(media) = &message.media {
                files.push(file(media, media_budget).await);
            }
        }
        HistoryEvent::Sent(parts) => {
            for sent in parts.iter().filter_map(SentPart::media) {
                files.push(match &sent.file {
                    Some(media) => file(media, media_budget).await,
                    None => description(sent),
                });
            }
        }
        _ => {}
    }
    let media = entry.media_kinds().into_iter().map(|kind| kind.as_str().to_owned()).collect();
    let sender = match &entry.author {
        Author::User(sender) if names_sender => Some(user(sender)),
        _ => None,
    };
    let quoted = match entry.message().and_then(|message| message.quoted.as_ref()) {
        Some(earlier) => Some(quoted::quoted(earlier, None).await),
        None => None,
    };
    WireHistoryEntry { role, sender, text: entry.text().into_owned(), quoted, media, files, at: entry.at }
}

/// Converts media, with the bytes if they are available and fit into the budget.
async fn file(media: &Media, budget: &mut u64) -> WireMedia {
    // An earlier file that cannot be read must not keep the agent from answering.
    let data = media::data(media, budget).await.ok().flatten();
    WireMedia { data, ..media::description(media) }
}

fn description(sent: &SentMedia) -> WireMedia {
    WireMedia {
        kind: media_kind::to_wire(sent.kind),
        mime_type: sent.mime_type.clone(),
        filename: sent.filename.clone(),
        animated: false,
        size: sent.size,
        data: None,
    }
}
