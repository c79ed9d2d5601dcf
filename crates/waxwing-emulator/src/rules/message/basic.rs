//! SystemMessages, media, places, contacts, reactions and pins.

use serde_json::Value;

use super::{MediaDraft, Names, Source};
use crate::message::MediaKind;
use crate::rules::{GraphError, Part, Rule};

/// Most code points of an emoji: families and flags have several.
const EMOJI: usize = 16;

/// Meta: text messages.
pub(super) fn text(text: &Part<'_>) -> Result<String, GraphError> {
    text.flag("preview_url")?;
    text.required_text("body", Rule::TextBody).map(str::to_owned)
}

/// Meta: image, video, audio, document and sticker messages.
pub(super) fn media(media: &Part<'_>, kind: MediaKind) -> Result<MediaDraft, GraphError> {
    let source = source(media)?;
    let caption = media.text("caption", Rule::Caption)?;
    if caption.is_some() && matches!(kind, MediaKind::Audio | MediaKind::Sticker) {
        return Err(media.broken(Rule::NoCaption, "caption", "audio and stickers have none"));
    }
    let filename = media.string("filename")?;
    if filename.is_some() && kind != MediaKind::Document {
        return Err(media.broken(Rule::FilenameOfDocument, "filename", "only documents have one"));
    }
    let voice = kind == MediaKind::Audio && media.flag("voice")?;
    Ok(MediaDraft { kind, source, caption: caption.map(str::to_owned), filename: filename.map(str::to_owned), voice })
}

/// An id or a link.
pub(super) fn source(media: &Part<'_>) -> Result<Source, GraphError> {
    match (media.has("id"), media.has("link")) {
        (true, false) => media.required("id").map(|id| Source::Id(id.to_owned())),
        (false, true) => media.link("link").map(|link| Source::Link(link.to_owned())),
        (true, true) => Err(media.broken(Rule::MediaSource, "id", "cannot stand beside link")),
        (false, false) => Err(media.missing("id or link")),
    }
}

/// Meta: location messages.
pub(super) fn location(location: &Part<'_>) -> Result<(), GraphError> {
    for (key, most) in [("latitude", 90.0), ("longitude", 180.0)] {
        let degrees = match location.get(key) {
            None => return Err(location.missing(key)),
            Some(Value::Number(number)) => number.as_f64(),
            // Meta's own examples write them as strings.
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        if !degrees.is_some_and(|degrees: f64| degrees.abs() <= most) {
            return Err(location.broken(Rule::Coordinates, key, &format!("must be between -{most} and {most}")));
        }
    }
    location.string("name")?;
    location.string("address")?;
    Ok(())
}

/// Meta: contacts messages.
pub(super) fn contacts(body: &Part<'_>) -> Result<(), GraphError> {
    const PARTS: [&str; 5] = ["first_name", "last_name", "middle_name", "suffix", "prefix"];
    for contact in body.required_parts("contacts", Rule::Contacts)? {
        let name = contact.required_part("name")?;
        name.required("formatted_name")?;
        let mut others = 0;
        for part in PARTS {
            others += usize::from(name.string(part)?.is_some_and(|part| !part.is_empty()));
        }
        if others == 0 {
            let why = "needs first_name, last_name, middle_name, suffix or prefix besides formatted_name";
            return Err(contact.broken(Rule::ContactName, "name", why));
        }
        for list in ["phones", "emails", "urls", "addresses"] {
            contact.parts(list)?;
        }
    }
    Ok(())
}

/// Meta: reaction messages.
pub(super) fn reaction(reaction: &Part<'_>) -> Result<Names, GraphError> {
    let message = reaction.required("message_id")?.to_owned();
    let emoji = reaction.string("emoji")?.ok_or_else(|| reaction.missing("emoji"))?;
    let has_words = emoji.chars().count() > EMOJI || emoji.chars().any(char::is_alphabetic);
    if has_words && reaction.rules.applies(Rule::ReactionEmoji) {
        return Err(reaction.broken(Rule::ReactionEmoji, "emoji", "must be one emoji or empty"));
    }
    Ok(Names { message: Some(message), ..Names::default() })
}

/// Meta: groups, pinned messages.
pub(super) fn pin(pin: &Part<'_>) -> Result<Names, GraphError> {
    let message = pin.required("message_id")?.to_owned();
    if pin.word("type", &["pin", "unpin"])? == "pin" {
        let days = pin.get("expiration_days").ok_or_else(|| pin.missing("expiration_days"))?;
        let days = days.as_u64().and_then(|days| usize::try_from(days).ok()).unwrap_or_default();
        if days == 0 {
            return Err(pin.broken(Rule::PinDays, "expiration_days", "must be a number of days"));
        }
        pin.at_most("expiration_days", days, Rule::PinDays)?;
    }
    Ok(Names { message: Some(message), ..Names::default() })
}
