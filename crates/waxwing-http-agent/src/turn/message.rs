//! Conversion of a message of a user.

use waxwing_agent::{Ad, AgentError, Choice, Forwarded, Location, UserMessage};

use super::{contact, content, media, milliseconds, quoted, user};
use crate::wire::{WireAd, WireChoice, WireForwarded, WireLocation, WireMessage};

/// Converts a message, with the bytes of its media if they fit into the budget.
pub(super) async fn message(message: &UserMessage, media_budget: &mut u64) -> Result<WireMessage, AgentError> {
    Ok(WireMessage {
        id: message.id.clone(),
        sender: user(&message.sender),
        sent_at: milliseconds(message.sent_at),
        text: message.text.clone(),
        choice: message.choice.as_ref().map(choice),
        location: message.location.as_ref().map(location),
        contacts: message.contacts.iter().map(contact::contact).collect(),
        content: message.content.as_ref().and_then(content::content),
        forwarded: message.context.forwarded.map(forwarded),
        ad: message.context.ad.as_ref().map(ad),
        product: message.context.product.as_ref().map(content::product),
        media: match &message.media {
            Some(attached) => Some(media::with_data(attached, media_budget).await?),
            None => None,
        },
        media_problem: message.media_problem.clone(),
        quotes: message.quotes.clone(),
        quoted: match &message.quoted {
            Some(earlier) => Some(quoted::quoted(earlier, Some(media_budget)).await),
            None => None,
        },
        stale_age: message.stale_age.map(|age| age.as_secs()),
    })
}

fn choice(choice: &Choice) -> WireChoice {
    let Choice { id, label, description, .. } = choice.clone();
    WireChoice { id, label, description }
}

fn location(location: &Location) -> WireLocation {
    let Location { latitude, longitude, name, address, url, .. } = location.clone();
    WireLocation { latitude, longitude, name, address, url }
}

fn forwarded(forwarded: Forwarded) -> WireForwarded {
    match forwarded {
        Forwarded::Often => WireForwarded::Often,
        _ => WireForwarded::Once,
    }
}

fn ad(ad: &Ad) -> WireAd {
    let ad = ad.clone();
    WireAd {
        source_type: ad.source_type,
        source_id: ad.source_id,
        source_url: ad.source_url,
        headline: ad.headline,
        body: ad.body,
        media_type: ad.media_type,
        media_url: ad.media_url,
        thumbnail_url: ad.thumbnail_url,
        click_id: ad.click_id,
        welcome_message: ad.welcome_message,
    }
}
