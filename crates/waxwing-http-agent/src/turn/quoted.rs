//! Conversion of a quoted message.

use waxwing_agent::{Author, Media, QuotedMessage};

use super::{media, user};
use crate::media_kind;
use crate::wire::{WireQuoted, WireQuotedMedia, WireRole};

/// Converts a quoted message, with the bytes of its media if there is a budget, and if the bytes are available and fit into it.
pub(super) async fn quoted(quoted: &QuotedMessage, media_budget: Option<&mut u64>) -> WireQuoted {
    let (role, sender) = match &quoted.author {
        Author::User(sender) => (WireRole::User, Some(user(sender))),
        Author::Operator | Author::BusinessApp | Author::OtherApp => (WireRole::Operator, None),
        _ => (WireRole::Agent, None),
    };
    WireQuoted {
        role,
        sender,
        text: quoted.text.clone(),
        choices: quoted.choices.iter().map(|choice| choice.label.clone()).collect(),
        template: quoted.template.clone(),
        media: match &quoted.media {
            Some(attached) => Some(media(attached, media_budget).await),
            None => None,
        },
    }
}

async fn media(media: &Media, budget: Option<&mut u64>) -> WireQuotedMedia {
    let data = match budget {
        // Media of an earlier message may be gone, which is no failure of the turn.
        Some(budget) => media::data(media, budget).await.ok().flatten(),
        None => None,
    };
    WireQuotedMedia {
        kind: media_kind::to_wire(media.kind()),
        mime_type: Some(media.mime_type().to_owned()).filter(|mime_type| !mime_type.is_empty()),
        filename: media.filename().map(str::to_owned),
        data,
    }
}
