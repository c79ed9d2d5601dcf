//! Template message as its user will see it.

use std::fmt;

use super::TemplateLayout;
use super::check::{body_values, button_values, cards, header_values};
use super::part::{HeaderLayout, PartLayout};
use crate::{TemplateButtonKind, TemplateComponent};

/// Type of the part whose cards the preview shows.
const CAROUSEL: &str = "carousel";

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
    /// Labels of the buttons, with their completed URLs, their phone numbers and the codes that they copy.
    pub buttons: Vec<String>,
    /// Types of other parts, of which the preview has the name only, such as `limited_time_offer` or `carousel`.
    pub others: Vec<String>,
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
    let header = layout.header.as_ref().map(|header| match header {
        HeaderLayout::Text(text) => text.fill(&header_values(components)),
        HeaderLayout::Value(kind) => {
            let kind = kind.to_string();
            format!("[{}]", kind.split_once(' ').map_or(&*kind, |(_, kind)| kind))
        }
        HeaderLayout::Unknown(text) => text.clone(),
    });
    let buttons = layout.buttons.iter().enumerate().map(|(index, button)| {
        let values = button_values(components, index);
        let code = || values.iter().find_map(|value| value.shown_text()).map(str::to_owned);
        let code = || if button.kind == Some(TemplateButtonKind::CopyCode) { code() } else { None };
        match button.target.as_ref().map(|target| target.fill(&values)).or_else(code) {
            Some(target) => format!("{}: {target}", button.label),
            None => button.label.clone(),
        }
    });
    TemplatePreview {
        header,
        body: layout.body.fill(&body_values(components)),
        footer: layout.footer.clone(),
        buttons: buttons.collect(),
        others: layout.others.clone(),
        cards: Vec::new(),
    }
}

impl fmt::Display for TemplatePreview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let buttons = self.buttons.iter().map(|label| format!("[{label}]"));
        let cards = self.cards.iter().map(ToString::to_string);
        let others = |is_carousel: bool| {
            let others = self.others.iter().filter(move |other| (*other == CAROUSEL) == is_carousel);
            others.map(|other| format!("[{other}]"))
        };
        let body = Some(self.body.clone()).filter(|body| !body.is_empty());
        let lines: Vec<_> = self
            .header
            .clone()
            .into_iter()
            .chain(others(false))
            .chain(body)
            .chain(self.footer.clone())
            .chain(buttons)
            .chain(others(true))
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
