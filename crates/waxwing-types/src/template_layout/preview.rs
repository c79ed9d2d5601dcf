//! Template message as its user will see it.

use std::fmt;

use super::TemplateLayout;
use super::check::{body_values, button_values, cards, header_values};
use super::part::{HeaderLayout, PartLayout};
use crate::TemplateComponent;

/// Template message as its user will see it. `Display` shows it as lines of text, with media and buttons in brackets. `Debug` hides the texts.
///
/// ```
/// use serde_json::json;
/// use waxwing_types::{TemplateLayout, TemplateMessage, TemplateParameter};
///
/// let components = [
///     json!({ "type": "HEADER", "format": "IMAGE" }),
///     json!({ "type": "BODY", "text": "Hello {{1}}" }),
///     json!({ "type": "BUTTONS", "buttons": [{ "type": "QUICK_REPLY", "text": "Order" }] }),
/// ];
/// let layout = TemplateLayout::new("hello", "en", "MARKETING", &components);
/// let message = TemplateMessage::new("hello", "en").body([TemplateParameter::text("Ana")]);
/// assert_eq!(layout.preview(&message).to_string(), "[image]\nHello Ana\n[Order]");
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TemplatePreview {
    /// Header: its text, or the kind of its medium in brackets.
    pub header: Option<String>,
    /// Text.
    pub body: String,
    /// Small text below the body.
    pub footer: Option<String>,
    /// Labels of the buttons, with their completed URLs.
    pub buttons: Vec<String>,
    /// Cards of a carousel.
    pub cards: Vec<Self>,
}

/// Returns a message as its user will see it.
pub(super) fn preview(layout: &TemplateLayout, components: &[TemplateComponent]) -> TemplatePreview {
    let given = cards(components);
    let cards = layout.cards.iter().enumerate().map(|(index, card)| {
        let components = given.get(index).map_or(&[][..], |card| &card.components);
        part(card, components)
    });
    TemplatePreview { cards: cards.collect(), ..part(&layout.main, components) }
}

fn part(layout: &PartLayout, components: &[TemplateComponent]) -> TemplatePreview {
    let header = layout.header.as_ref().and_then(|header| match header {
        HeaderLayout::Text(text) => Some(text.fill(&header_values(components))),
        HeaderLayout::Value(kind) => {
            let kind = kind.to_string();
            Some(format!("[{}]", kind.split_once(' ').map_or(&*kind, |(_, kind)| kind)))
        }
        HeaderLayout::Unknown => None,
    });
    let buttons = layout.buttons.iter().enumerate().map(|(index, button)| match &button.url {
        Some(url) => format!("{}: {}", button.label, url.fill(&button_values(components, index))),
        None => button.label.clone(),
    });
    TemplatePreview {
        header,
        body: layout.body.fill(&body_values(components)),
        footer: layout.footer.clone(),
        buttons: buttons.collect(),
        cards: Vec::new(),
    }
}

impl fmt::Display for TemplatePreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let buttons = self.buttons.iter().map(|label| format!("[{label}]"));
        let cards = self.cards.iter().map(ToString::to_string);
        let body = Some(self.body.clone()).filter(|body| !body.is_empty());
        let lines: Vec<_> = self
            .header
            .clone()
            .into_iter()
            .chain(body)
            .chain(self.footer.clone())
            .chain(buttons)
            .chain(cards)
            .collect();
        f.write_str(&lines.join("\n"))
    }
}

impl fmt::Debug for TemplatePreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (buttons, cards) = (self.buttons.len(), self.cards.len());
        f.debug_struct("TemplatePreview").field("buttons", &buttons).field("cards", &cards).finish_non_exhaustive()
    }
}
