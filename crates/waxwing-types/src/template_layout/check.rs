//! Comparison of a message with the layout of its template.

use super::TemplateLayout;
use super::button::{ButtonLayout, ButtonValue};
use super::part::{HeaderLayout, PartLayout};
use super::problem::{TemplatePart, TemplatePlace, TemplateProblem, TemplateValueKind as Kind};
use crate::validation::is_one_line;
use crate::{TemplateButtonKind, TemplateCard, TemplateComponent, TemplateParameter};

/// Maximum length of a body with its values, in UTF-16 units. Error 132005.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates/components>
const BODY: usize = 1024;

/// Maximum length of a text header with its value, in UTF-16 units.
const HEADER: usize = 60;

/// Returns what Meta would refuse in the components of a message.
pub(super) fn problems(layout: &TemplateLayout, components: &[TemplateComponent]) -> Vec<TemplateProblem> {
    let mut problems = Vec::new();
    check_part(&layout.main, None, components, &mut problems);
    check_offer(layout.has_offer_end, components, &mut problems);
    let cards = cards(components);
    if cards.len() != layout.cards.len() {
        problems.push(TemplateProblem::CardCount { expected: layout.cards.len(), given: cards.len() });
        return problems;
    }
    for ((index, card), given) in (0..).zip(&layout.cards).zip(cards) {
        check_part(card, Some(index), &given.components, &mut problems);
    }
    problems
}

/// Returns the cards of a message.
pub(super) fn cards(components: &[TemplateComponent]) -> Vec<&TemplateCard> {
    let cards = components.iter().filter_map(|component| match component {
        TemplateComponent::Carousel { cards } => Some(cards),
        _ => None,
    });
    cards.flatten().collect()
}

/// Returns the values of a header.
pub(super) fn header_values(components: &[TemplateComponent]) -> Vec<&TemplateParameter> {
    values(components, |component| match component {
        TemplateComponent::Header { parameters } => Some(parameters),
        _ => None,
    })
}

/// Returns the values of a body.
pub(super) fn body_values(components: &[TemplateComponent]) -> Vec<&TemplateParameter> {
    values(components, |component| match component {
        TemplateComponent::Body { parameters } => Some(parameters),
        _ => None,
    })
}

/// Returns the values of the button at a position.
pub(super) fn button_values(components: &[TemplateComponent], at: usize) -> Vec<&TemplateParameter> {
    values(components, |component| match component {
        TemplateComponent::Button { index, parameters, .. } if usize::from(*index) == at => Some(parameters),
        _ => None,
    })
}

fn values<'a>(
    components: &'a [TemplateComponent],
    select: impl Fn(&'a TemplateComponent) -> Option<&'a Vec<TemplateParameter>>,
) -> Vec<&'a TemplateParameter> {
    components.iter().filter_map(select).flatten().collect()
}

fn check_part(
    layout: &PartLayout,
    card: Option<u8>,
    components: &[TemplateComponent],
    problems: &mut Vec<TemplateProblem>,
) {
    let place = |part| TemplatePlace { card, part };
    let (header, body) = (header_values(components), body_values(components));
    match &layout.header {
        None if header.is_empty() => {}
        None => problems.push(TemplateProblem::UnexpectedValue { place: place(TemplatePart::Header) }),
        Some(HeaderLayout::Text(text)) => check_text(text, place(TemplatePart::Header), &header, HEADER, problems),
        Some(HeaderLayout::Value(expected)) => {
            check_value(place(TemplatePart::Header), *expected, &header, problems);
        }
        Some(HeaderLayout::Unknown(_)) => {}
    }
    check_text(&layout.body, place(TemplatePart::Body), &body, BODY, problems);
    for component in components {
        let TemplateComponent::Button { index, .. } = component else { continue };
        if usize::from(*index) >= layout.buttons.len() {
            let (place, buttons) = (place(TemplatePart::Button(*index)), layout.buttons.len());
            problems.push(TemplateProblem::UnknownButton { place, buttons });
        }
    }
    for (index, button) in (0..).zip(&layout.buttons) {
        check_button(button, place(TemplatePart::Button(index)), index, components, problems);
    }
}

/// Checks the values of a text: their kind first, because a value of another kind has no text.
fn check_text(
    text: &super::text::TextLayout,
    place: TemplatePlace,
    values: &[&TemplateParameter],
    limit: usize,
    problems: &mut Vec<TemplateProblem>,
) {
    match values.iter().map(|value| Kind::of(value)).find(|kind| *kind != Kind::Text) {
        Some(_) if text.placeholders.is_empty() => problems.push(TemplateProblem::UnexpectedValue { place }),
        Some(given) => {
            problems.push(TemplateProblem::WrongValue { place, expected: Kind::Text, given: Some(given) });
        }
        None => text.check(place, values, limit, problems),
    }
}

/// Checks that there is one value, of this kind.
fn check_value(
    place: TemplatePlace,
    expected: Kind,
    values: &[&TemplateParameter],
    problems: &mut Vec<TemplateProblem>,
) {
    match values {
        [value] if Kind::of(value) == expected => {}
        [] => problems.push(TemplateProblem::WrongValue { place, expected, given: None }),
        [value] => {
            problems.push(TemplateProblem::WrongValue { place, expected, given: Some(Kind::of(value)) });
        }
        several => {
            let (expected, given, missing) = (1, several.len(), Vec::new());
            problems.push(TemplateProblem::ValueCount { place, expected, given, missing });
        }
    }
}

fn check_button(
    layout: &ButtonLayout,
    place: TemplatePlace,
    at: u8,
    components: &[TemplateComponent],
    problems: &mut Vec<TemplateProblem>,
) {
    if layout.value == ButtonValue::Unknown {
        return;
    }
    let given = components.iter().find_map(|component| match component {
        TemplateComponent::Button { sub_type, index, .. } if *index == at => Some(*sub_type),
        _ => None,
    });
    match (given, layout.kind) {
        (Some(_), None) => return problems.push(TemplateProblem::UnexpectedValue { place }),
        (Some(given), Some(expected)) if given != expected => {
            let (expected, given) = (wire_name(expected), wire_name(given));
            return problems.push(TemplateProblem::WrongButton { place, expected, given });
        }
        _ => {}
    }
    let values = button_values(components, usize::from(at));
    match layout.value {
        ButtonValue::Required(kind) => {
            check_value(place, kind, &values, problems);
            check_code(place, &values, problems);
        }
        ButtonValue::Optional(kind) if !values.is_empty() => check_value(place, kind, &values, problems),
        ButtonValue::None if !values.is_empty() => problems.push(TemplateProblem::UnexpectedValue { place }),
        ButtonValue::Optional(_) | ButtonValue::None | ButtonValue::Unknown => {}
    }
}

/// Checks that the value of a button is one line and not blank.
fn check_code(place: TemplatePlace, values: &[&TemplateParameter], problems: &mut Vec<TemplateProblem>) {
    let Some(value) = values.first().and_then(|value| value.shown_text()) else { return };
    let placeholder = "1".to_owned();
    if value.trim().is_empty() {
        problems.push(TemplateProblem::BlankValue { place, placeholder });
    } else if !is_one_line(value) {
        problems.push(TemplateProblem::NotOneLine { place, placeholder });
    }
}

fn check_offer(has_end: bool, components: &[TemplateComponent], problems: &mut Vec<TemplateProblem>) {
    let place = TemplatePlace::of(TemplatePart::Offer);
    let given = values(components, |component| match component {
        TemplateComponent::LimitedTimeOffer { parameters } => Some(parameters),
        _ => None,
    });
    if has_end {
        check_value(place, Kind::OfferEnd, &given, problems);
    } else if !given.is_empty() {
        problems.push(TemplateProblem::UnexpectedValue { place });
    }
}

/// Returns Meta's name of a kind of button.
fn wire_name(kind: TemplateButtonKind) -> String {
    serde_json::to_value(kind).ok().and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default()
}
