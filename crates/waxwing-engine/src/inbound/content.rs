//! Decodes the content of a received message for agents.

use waxwing_agent::{Choice, Contact, Location, MediaKind, UserMessage};
use waxwing_webhook::{InboundContact, InboundContent, InboundLocation, InboundMedia, InteractiveReply};

/// The medium of a message, which is still to be downloaded.
pub(crate) type PendingMedium = (MediaKind, InboundMedia);

/// Returns a message with this content, and its medium. Returns none if agents cannot take the type of content.
pub(crate) fn decode_content(content: InboundContent) -> Option<(UserMessage, Option<PendingMedium>)> {
    Some(match content {
        InboundContent::Text { body } => (UserMessage::text(body), None),
        InboundContent::Image(media) => with_caption(MediaKind::Image, media),
        InboundContent::Video(media) => with_caption(MediaKind::Video, media),
        InboundContent::Audio(media) if media.voice => with_caption(MediaKind::Voice, media),
        InboundContent::Audio(media) => with_caption(MediaKind::Audio, media),
        InboundContent::Document(media) => with_caption(MediaKind::Document, media),
        InboundContent::Sticker(media) => with_caption(MediaKind::Sticker, media),
        InboundContent::ButtonReply(reply) | InboundContent::ListReply(reply) | InboundContent::QuickReply(reply) => {
            (UserMessage::tap(choice(reply)), None)
        }
        InboundContent::Location(place) => (UserMessage::text("").with_location(location(place)), None),
        InboundContent::Contacts(cards) => {
            (cards.into_iter().map(contact).fold(UserMessage::text(""), UserMessage::with_contact), None)
        }
        _ => return None,
    })
}

fn with_caption(kind: MediaKind, mut media: InboundMedia) -> (UserMessage, Option<PendingMedium>) {
    (UserMessage::text(media.caption.take().unwrap_or_default()), Some((kind, media)))
}

fn choice(reply: InteractiveReply) -> Choice {
    reply.description.into_iter().fold(Choice::new(reply.id, reply.title), Choice::with_description)
}

fn location(place: InboundLocation) -> Location {
    let mut location = Location::new(place.latitude.get(), place.longitude.get());
    location.name = place.name;
    location.address = place.address;
    location
}

fn contact(card: InboundContact) -> Contact {
    let mut contact = Contact::new(card.name.unwrap_or_default());
    contact.phones = card.phones.into_iter().map(|phone| phone.phone).collect();
    contact.emails = card.emails;
    contact.company = card.company;
    contact
}
