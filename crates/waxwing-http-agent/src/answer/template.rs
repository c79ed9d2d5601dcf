//! Conversion of templates.

use waxwing_agent::{
    AgentError, Template, TemplateButton, TemplateCard, TemplateCardHeader, TemplateHeader, TemplateMismatch,
    TemplateProducts,
};

use super::{location, media};
use crate::wire::{
    WireTemplate, WireTemplateButton, WireTemplateCard, WireTemplateCardHeader, WireTemplateHeader,
    WireTemplateMismatch, WireTemplateProblem,
};

/// Converts a template.
///
/// # Errors
///
/// Returns an error if the medium of the header is not base64.
pub(super) fn template(template: WireTemplate) -> Result<Template, AgentError> {
    let WireTemplate { name, language, values, named_values, header, buttons, cards, offer_end } = template;
    let mut converted = Template::new(name, language).with_values(values);
    converted.named_values = named_values;
    converted.header = header.map(self::header).transpose()?;
    converted.buttons = buttons.into_iter().map(button).collect();
    converted.cards = cards.into_iter().map(card).collect();
    converted.offer_end = offer_end;
    Ok(converted)
}

fn header(header: WireTemplateHeader) -> Result<TemplateHeader, AgentError> {
    Ok(match header {
        WireTemplateHeader::Text { text, name: None } => TemplateHeader::Text(text),
        WireTemplateHeader::Text { text, name: Some(name) } => TemplateHeader::NamedText { name, text },
        WireTemplateHeader::Media(wire) => media(wire)?.into(),
        WireTemplateHeader::Location(place) => location(place).into(),
    })
}

fn button(button: WireTemplateButton) -> (u8, TemplateButton) {
    match button {
        WireTemplateButton::Payload { index, payload } => (index, TemplateButton::Payload(payload)),
        WireTemplateButton::Url { index, text } => (index, TemplateButton::Url(text)),
        WireTemplateButton::Code { index, code } => (index, TemplateButton::Code(code)),
        WireTemplateButton::Form { index, token, data } => (index, TemplateButton::Form { token, data }),
        WireTemplateButton::Catalog { index, product } => (index, TemplateButton::Catalog { product }),
        WireTemplateButton::Products { index, product, sections } => {
            let sections = sections.into_iter().map(|section| {
                let products = TemplateProducts::new(section.products);
                section.title.into_iter().fold(products, TemplateProducts::with_title)
            });
            (index, TemplateButton::Products { product, sections: sections.collect() })
        }
    }
}

fn card(card: WireTemplateCard) -> TemplateCard {
    let mut converted = TemplateCard::new(match card.header {
        WireTemplateCardHeader::Image { url } => TemplateCardHeader::Image(url),
        WireTemplateCardHeader::Video { url } => TemplateCardHeader::Video(url),
        WireTemplateCardHeader::Product { catalog, product } => TemplateCardHeader::Product { catalog, product },
    });
    converted.values = card.values;
    converted.named_values = card.named_values;
    converted.buttons = card.buttons.into_iter().map(button).collect();
    converted
}

/// Converts a mismatch.
pub(crate) fn mismatch(mismatch: &TemplateMismatch) -> WireTemplateMismatch {
    let reason = mismatch.to_string();
    let TemplateMismatch { name, language, problems, .. } = mismatch.clone();
    let problems = problems
        .into_iter()
        .map(|problem| WireTemplateProblem { kind: problem.kind, detail: problem.detail })
        .collect();
    WireTemplateMismatch { name, language, reason, problems }
}
