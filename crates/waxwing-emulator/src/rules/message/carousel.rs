//! Form of media carousels.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-media-carousel-messages>

use super::buttons;
use crate::rules::request_object::Keys;
use crate::rules::{GraphError, RequestObject, Rule};

/// Keys of a card.
const CARD: Keys = &["card_index", "type", "header", "body", "action"];

/// Buttons of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Buttons {
    Url,
    Replies(usize),
}

/// Checks the `action` of a carousel.
pub(super) fn check(action: &RequestObject<'_>) -> Result<(), GraphError> {
    let cards = action.required_objects("cards", CARD, Rule::Cards)?;
    if cards.len() < 2 {
        return Err(action.violates(Rule::FewestCards, "cards", "must have at least two items"));
    }
    let mut first = None;
    for (index, card) in cards.iter().enumerate() {
        let buttons = check_card(card, index)?;
        if *first.get_or_insert(buttons) != buttons {
            return Err(card.violates(Rule::CardsAlike, "action", "must have the same buttons as the first card"));
        }
    }
    Ok(())
}

fn check_card(card: &RequestObject<'_>, index: usize) -> Result<Buttons, GraphError> {
    match card.number("card_index")? {
        None => return Err(card.missing("card_index")),
        Some(number) if number == index => {}
        Some(_) => return Err(card.violates(Rule::CardIndex, "card_index", &format!("must be {index}"))),
    }
    let header = card.required_object("header", &["type", "image", "video"])?;
    let kind = header.required("type")?;
    if !["image", "video"].contains(&kind) {
        return Err(header.violates(Rule::HeaderType, "type", "must be image or video"));
    }
    header.required_object(kind, &["link"])?.link("link")?;
    if let Some(body) = card.object("body", &["text"])? {
        let text = body.required_text("text", Rule::CardBody)?;
        body.at_most("text", text.matches('\n').count(), Rule::CardLines)?;
    }
    let action = card.required_object("action", &["name", "parameters", "buttons"])?;
    if action.has("buttons") {
        return buttons::reply_buttons(&action, "quick_reply", Rule::Buttons).map(Buttons::Replies);
    }
    // A card with reply buttons has no type; a card with a URL button has one.
    card.one_of("type", &["cta_url"])?;
    buttons::cta_url(&action)?;
    Ok(Buttons::Url)
}
