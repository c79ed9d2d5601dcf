//! Form of the messages that are not interactive.

use serde_json::Value;

use super::{MediaDraft, MediaSource, References};
use crate::message::MediaKind;
use crate::rules::request_object::Keys;
use crate::rules::{GraphError, RequestObject, Rule};

/// Keys of a location.
pub(super) const LOCATION: Keys = &["latitude", "longitude", "name", "address"];
/// Keys of a contact.
const CONTACT: Keys = &["name", "phones", "emails", "org", "urls", "addresses", "birthday"];
/// Parts of a contact's name.
const NAME: Keys = &["formatted_name", "first_name", "last_name", "middle_name", "suffix", "prefix"];
const ADDRESS: Keys = &["street", "city", "state", "zip", "country", "country_code", "type"];

/// Emoji that Unicode counts as letters.
///
/// <https://www.unicode.org/Public/emoji/latest/emoji-sequences.txt>
const EMOJI_LETTERS: [char; 6] = ['ℹ', 'Ⓜ', '🅰', '🅱', '🅾', '🅿'];

/// Maximum number of code points of an emoji. Families and flags have several.
const EMOJI: usize = 16;

/// Checks a text. Meta: text messages.
pub(super) fn text(text: &RequestObject<'_>) -> Result<String, GraphError> {
    text.flag("preview_url")?;
    text.required_text("body", Rule::TextBody).map(str::to_owned)
}

/// Returns the keys of a media object. Meta: image, video, audio, document and sticker messages.
pub(super) fn media_keys(kind: MediaKind) -> Keys {
    match kind {
        MediaKind::Image | MediaKind::Video => &["id", "link", "caption"],
        MediaKind::Document => &["id", "link", "caption", "filename"],
        MediaKind::Audio => &["id", "link", "voice"],
        MediaKind::Sticker => &["id", "link"],
    }
}

/// Checks a media object.
pub(super) fn media(media: &RequestObject<'_>, kind: MediaKind) -> Result<MediaDraft, GraphError> {
    let source = source(media)?;
    let caption = media.text("caption", Rule::Caption)?;
    let filename = media.string("filename")?;
    let voice = media.flag("voice")?;
    Ok(MediaDraft { kind, source, caption: caption.map(str::to_owned), filename: filename.map(str::to_owned), voice })
}

/// Returns the source of a media object: an id or a link.
pub(super) fn source(media: &RequestObject<'_>) -> Result<MediaSource, GraphError> {
    match (media.has("id"), media.has("link")) {
        (true, false) => media.required("id").map(|id| MediaSource::Id(id.to_owned())),
        (false, true) => media.link("link").map(|link| MediaSource::Link(link.to_owned())),
        (true, true) => Err(media.violates(Rule::MediaSource, "id", "cannot be combined with link")),
        (false, false) => Err(media.missing("id or link")),
    }
}

/// Checks a location. Meta: location messages.
pub(super) fn location(location: &RequestObject<'_>) -> Result<(), GraphError> {
    for (key, most) in [("latitude", 90.0), ("longitude", 180.0)] {
        let degrees = match location.get(key) {
            None => return Err(location.missing(key)),
            Some(Value::Number(number)) => number.as_f64(),
            // Meta's examples write coordinates as strings.
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        if !degrees.is_some_and(|degrees: f64| degrees.abs() <= most) {
            return Err(location.violates(Rule::Coordinates, key, &format!("must be between -{most} and {most}")));
        }
    }
    location.string("name")?;
    location.string("address")?;
    Ok(())
}

/// Checks contacts. Meta: contacts messages.
pub(super) fn contacts(body: &RequestObject<'_>) -> Result<(), GraphError> {
    for contact in body.required_objects("contacts", CONTACT, Rule::Contacts)? {
        let name = contact.required_object("name", NAME)?;
        name.required("formatted_name")?;
        let mut others = 0;
        for part in NAME.iter().filter(|part| **part != "formatted_name") {
            others += usize::from(name.string(part)?.is_some_and(|part| !part.is_empty()));
        }
        if others == 0 {
            let why = "needs first_name, last_name, middle_name, suffix or prefix besides formatted_name";
            return Err(contact.violates(Rule::ContactName, "name", why));
        }
        contact.object("org", &["company", "department", "title"])?;
        contact.string("birthday")?;
        let lists: [(&str, Keys); 4] = [
            ("phones", &["phone", "type", "wa_id"]),
            ("emails", &["email", "type"]),
            ("urls", &["url", "type"]),
            ("addresses", ADDRESS),
        ];
        for (list, keys) in lists {
            for item in contact.objects(list, keys)? {
                keys.iter().try_for_each(|key| item.string(key).map(drop))?;
            }
        }
    }
    Ok(())
}

/// Checks a reaction. Meta: reaction messages.
pub(super) fn reaction(reaction: &RequestObject<'_>) -> Result<References, GraphError> {
    let message = reaction.required("message_id")?.to_owned();
    let emoji = reaction.string("emoji")?.ok_or_else(|| reaction.missing("emoji"))?;
    let is_letter = |c: char| c.is_alphabetic() && !EMOJI_LETTERS.contains(&c);
    let has_words = emoji.chars().count() > EMOJI || emoji.chars().any(is_letter);
    if has_words && reaction.rules.applies(Rule::ReactionEmoji) {
        return Err(reaction.violates(Rule::ReactionEmoji, "emoji", "must be one emoji or empty"));
    }
    Ok(References { message: Some(message), ..References::default() })
}

/// Checks a pin. Meta: groups, pinned messages.
pub(super) fn pin(pin: &RequestObject<'_>) -> Result<References, GraphError> {
    let message = pin.required("message_id")?.to_owned();
    if pin.one_of("type", &["pin", "unpin"])? == "pin" {
        let days = pin.number("expiration_days")?.ok_or_else(|| pin.missing("expiration_days"))?;
        if days == 0 {
            return Err(pin.violates(Rule::PinDays, "expiration_days", "must be a number of days"));
        }
        pin.at_most("expiration_days", days, Rule::PinDays)?;
    }
    Ok(References { message: Some(message), ..References::default() })
}
