//! Cards side by side.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/interactive-media-carousel-messages>

use super::interactive;
use crate::rules::{GraphError, Part, Rule};

/// The buttons of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Buttons {
    Url,
    Replies(usize),
}

/// Reads the `action` of a carousel.
pub(super) fn check(action: &Part<'_>) -> Result<(), GraphError> {
    let cards = action.required_parts("cards", Rule::Cards)?;
    if cards.len() < 2 {
        return Err(action.broken(Rule::FewestCards, "cards", "there must be two or more"));
    }
    let mut first = None;
    for (index, card) in cards.iter().enumerate() {
        let buttons = check_card(card, index)?;
        if *first.get_or_insert(buttons) != buttons {
            return Err(card.broken(Rule::CardsAlike, "action", "its buttons differ from those of the first card"));
        }
    }
    Ok(())
}

fn check_card(card: &Part<'_>, index: usize) -> Result<Buttons, GraphError> {
    match card.get("card_index") {
        None => return Err(card.missing("card_index")),
        Some(number) if number.as_u64() == u64::try_from(index).ok() => {}
        Some(_) => return Err(card.broken(Rule::CardIndex, "card_index", &format!("must be {index}"))),
    }
    let header = card.required_part("header")?;
    let kind = header.required("type")?;
    if !["image", "video"].contains(&kind) {
        return Err(header.broken(Rule::HeaderType, "type", "must be image or video"));
    }
    header.required_part(kind)?.link("link")?;
    if let Some(body) = card.part("body")? {
        let text = body.required_text("text", Rule::CardBody)?;
        body.at_most("text", text.matches('\n').count(), Rule::CardLines)?;
    }
    let action = card.required_part("action")?;
    if action.has("buttons") {
        return interactive::reply_buttons(&action, "quick_reply").map(Buttons::Replies);
    }
    // A card with replies bears no type, one with a URL does.
    card.word("type", &["cta_url"])?;
    interactive::cta_url(&action)?;
    Ok(Buttons::Url)
}
