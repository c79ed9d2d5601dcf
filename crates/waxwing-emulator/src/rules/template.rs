//! Message templates: how one is made, and whether a message fits it.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>

use serde_json::Value;

use super::message::{Argument, Component, TemplateDraft};
use super::{GraphError, Part, Rule, Rules};

/// Most characters of a name.
const NAME: usize = 512;
/// Meta's words for what templates are for.
const CATEGORIES: [&str; 3] = ["AUTHENTICATION", "MARKETING", "UTILITY"];

/// A template in good form.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TemplateDefinition {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) category: String,
    pub(crate) is_named: bool,
    pub(crate) components: Vec<Value>,
    blueprint: Blueprint,
}

/// The places of a template, or of one of its cards.
#[derive(Debug, Clone, PartialEq, Default)]
struct Blueprint {
    header: Header,
    body: Text,
    buttons: Vec<Button>,
    cards: Vec<Blueprint>,
}

#[derive(Debug, Clone, PartialEq, Default)]
enum Header {
    #[default]
    Absent,
    Text(Text),
    /// A medium or a place; the name of the parameter's type.
    Object(String),
}

/// A text with the names of its places, each once, in order.
#[derive(Debug, Clone, PartialEq, Default)]
struct Text {
    text: String,
    places: Vec<String>,
}

/// A button, and the parameter that it must have.
#[derive(Debug, Clone, PartialEq)]
struct Button {
    sub_type: &'static str,
    needs: Option<&'static str>,
}

/// Reads the body of a creation.
pub(crate) fn check(body: &Value, rules: &Rules) -> Result<TemplateDefinition, GraphError> {
    let body = Part::body(body, rules)?;
    let name = shape(body.required("name"))?;
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.len() > NAME || !name.bytes().all(is_name) {
        return Err(body.broken(Rule::TemplateName, "name", "lower-case letters, digits and underscores"));
    }
    let language = shape(body.required("language"))?.to_owned();
    let category = shape(body.required("category"))?.to_ascii_uppercase();
    let is_named = match shape(body.string("parameter_format"))?.map(str::to_ascii_uppercase).as_deref() {
        None | Some("POSITIONAL") => false,
        Some("NAMED") => true,
        Some(_) => return Err(body.broken(Rule::TemplateShape, "parameter_format", "POSITIONAL or NAMED")),
    };
    if !CATEGORIES.contains(&category.as_str()) {
        return Err(body.broken(Rule::TemplateShape, "category", &format!("must be one of {}", CATEGORIES.join(", "))));
    }
    let (components, blueprint) = check_components(&body, is_named, &category)?;
    Ok(TemplateDefinition { name: name.to_owned(), language, category, is_named, components, blueprint })
}

/// Reads the `components` of a creation or an edit.
fn check_components(body: &Part<'_>, is_named: bool, category: &str) -> Result<(Vec<Value>, Blueprint), GraphError> {
    let components = shape(body.array("components"))?.unwrap_or_default();
    let blueprint = blueprint(body, "components", is_named, false)?;
    if blueprint.body.text.is_empty() && category != "AUTHENTICATION" {
        return Err(body.broken(Rule::TemplateShape, "components", "a BODY with a text is required"));
    }
    let mut blueprint = blueprint;
    if category == "AUTHENTICATION" {
        // Meta writes the text itself, around the code.
        blueprint.body = Text { text: "{{1}} is your verification code.".to_owned(), places: vec!["1".to_owned()] };
    }
    Ok((components.to_vec(), blueprint))
}

fn blueprint(part: &Part<'_>, key: &str, is_named: bool, in_card: bool) -> Result<Blueprint, GraphError> {
    let mut blueprint = Blueprint::default();
    for component in shape(part.parts(key))? {
        match shape(component.required("type"))?.to_ascii_uppercase().as_str() {
            "HEADER" => blueprint.header = header(&component, is_named)?,
            "BODY" => blueprint.body = text(&component, is_named)?,
            "FOOTER" => drop(shape(component.string("text"))?),
            "BUTTONS" => {
                for button in shape(component.parts("buttons"))? {
                    blueprint.buttons.push(self::button(&button)?);
                }
            }
            "CAROUSEL" if !in_card => {
                for card in shape(component.required_parts("cards", Rule::Cards))? {
                    blueprint.cards.push(self::blueprint(&card, "components", is_named, true)?);
                }
            }
            _ => return Err(component.broken(Rule::TemplateShape, "type", "is no component")),
        }
    }
    Ok(blueprint)
}

fn header(component: &Part<'_>, is_named: bool) -> Result<Header, GraphError> {
    let format = shape(component.required("format"))?.to_ascii_lowercase();
    match format.as_str() {
        "text" => text(component, is_named).map(Header::Text),
        "image" | "video" | "document" | "location" => Ok(Header::Object(format)),
        _ => Err(component.broken(Rule::TemplateShape, "format", "is no kind of header")),
    }
}

fn button(button: &Part<'_>) -> Result<Button, GraphError> {
    let (sub_type, needs) = match shape(button.required("type"))?.to_ascii_uppercase().as_str() {
        "URL" => {
            let has_place = shape(button.required("url"))?.contains("{{");
            ("url", has_place.then_some("text"))
        }
        // The code of an authentication template goes in as if it were part of a URL.
        "OTP" => ("url", Some("text")),
        "COPY_CODE" => ("copy_code", Some("coupon_code")),
        "QUICK_REPLY" => ("quick_reply", None),
        "PHONE_NUMBER" => ("phone_number", None),
        "FLOW" => ("flow", None),
        "CATALOG" => ("catalog", None),
        "MPM" => ("mpm", Some("action")),
        "VOICE_CALL" => ("voice_call", None),
        "REQUEST_CONTACT_INFO" => ("request_contact_info", None),
        _ => return Err(button.broken(Rule::TemplateShape, "type", "is no kind of button")),
    };
    Ok(Button { sub_type, needs })
}

/// A text and its places: `{{1}}`, `{{2}}`, … in order, or `{{name}}`.
fn text(component: &Part<'_>, is_named: bool) -> Result<Text, GraphError> {
    let text = shape(component.string("text"))?.unwrap_or_default();
    let mut places: Vec<String> = Vec::new();
    for piece in text.split("{{").skip(1) {
        let Some((place, _)) = piece.split_once("}}") else { continue };
        let place = place.trim();
        if !places.iter().any(|known| known == place) {
            places.push(place.to_owned());
        }
    }
    let fits = |(index, place): (usize, &String)| {
        if is_named {
            let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
            !place.is_empty() && place.bytes().all(is_name) && place.parse::<u64>().is_err()
        } else {
            place.parse() == Ok(index + 1)
        }
    };
    if !places.iter().enumerate().all(fits) {
        let why = if is_named { "places are {{lower_case_names}}" } else { "places are {{1}}, {{2}} and so on" };
        return Err(component.broken(Rule::TemplateShape, "text", why));
    }
    Ok(Text { text: text.to_owned(), places })
}

/// Whatever is wrong with the form of a template has the code of templates.
fn shape<T>(result: Result<T, GraphError>) -> Result<T, GraphError> {
    result.map_err(|error| GraphError::because(Rule::TemplateShape, error.details().unwrap_or_default()))
}

impl TemplateDefinition {
    /// The template with other components or another category, as an edit wants it.
    pub(crate) fn edited(&self, edit: &Value, rules: &Rules) -> Result<Self, GraphError> {
        let body = serde_json::json!({
            "name": self.name,
            "language": self.language,
            "category": edit.get("category").cloned().unwrap_or_else(|| self.category.clone().into()),
            "parameter_format": if self.is_named { "NAMED" } else { "POSITIONAL" },
            "components": edit.get("components").cloned().unwrap_or_else(|| self.components.clone().into()),
        });
        check(&body, rules)
    }

    pub(crate) fn is_authentication(&self) -> bool {
        self.category == "AUTHENTICATION"
    }

    /// Does a message bring what the template needs?
    pub(crate) fn fits(&self, draft: &TemplateDraft, rules: &Rules) -> Result<(), GraphError> {
        self.blueprint.fits(&draft.components, self.is_named, rules)
    }
}

impl Blueprint {
    fn fits(&self, components: &[Component], is_named: bool, rules: &Rules) -> Result<(), GraphError> {
        let (mut header, mut body, mut cards) = (&[][..], &[][..], &[][..]);
        for component in components {
            match component {
                Component::Header(arguments) => header = arguments,
                Component::Body(arguments) => body = arguments,
                Component::Carousel(components) => cards = components,
                Component::Button { .. } => {}
            }
        }
        match &self.header {
            Header::Absent => count("header", header.len(), 0)?,
            Header::Text(text) => text.fits("header", header, is_named, rules)?,
            Header::Object(kind) => {
                count("header", header.len(), 1)?;
                check_format("header", &header[0], kind)?;
            }
        }
        self.body.fits("body", body, is_named, rules)?;
        self.buttons_fit(components)?;
        count("carousel", cards.len(), self.cards.len())?;
        self.cards.iter().zip(cards).try_for_each(|(card, components)| card.fits(components, is_named, rules))
    }

    fn buttons_fit(&self, components: &[Component]) -> Result<(), GraphError> {
        let given = |wanted: usize| {
            components.iter().find_map(|component| match component {
                Component::Button { sub_type, index, arguments } if *index == wanted => Some((sub_type, arguments)),
                _ => None,
            })
        };
        let of_range = components
            .iter()
            .any(|component| matches!(component, Component::Button { index, .. } if *index >= self.buttons.len()));
        if of_range {
            return Err(GraphError::because(Rule::TemplateFormat, "button: the template has no button of this index"));
        }
        for (index, button) in self.buttons.iter().enumerate() {
            let place = format!("button {index}");
            match (given(index), button.needs) {
                (None, None) => {}
                (None, Some(_)) => count(&place, 0, 1)?,
                (Some((sub_type, _)), _) if sub_type != button.sub_type => {
                    let why = format!("{place}: is {}, not {sub_type}", button.sub_type);
                    return Err(GraphError::because(Rule::TemplateFormat, why));
                }
                (Some((_, arguments)), Some(kind)) => {
                    count(&place, arguments.len(), 1)?;
                    check_format(&place, &arguments[0], kind)?;
                }
                (Some((_, arguments)), None) => {
                    if button.sub_type == "url" {
                        count(&place, arguments.len(), 0)?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl Text {
    fn fits(&self, part: &str, arguments: &[Argument], is_named: bool, rules: &Rules) -> Result<(), GraphError> {
        count(part, arguments.len(), self.places.len())?;
        let mut rendered = self.text.clone();
        for (index, argument) in arguments.iter().enumerate() {
            if !matches!(argument.kind.as_str(), "text" | "currency" | "date_time") {
                return Err(GraphError::because(
                    Rule::TemplateFormat,
                    format!("{part}: expected text, got {}", argument.kind),
                ));
            }
            let place = match (&argument.name, is_named) {
                (None, false) => self.places[index].as_str(),
                (Some(name), true) if self.places.contains(name) => name,
                (Some(_), true) => return Err(wrong_names(part, "the template has no place of this name")),
                (None, true) => return Err(wrong_names(part, "parameter_name is required")),
                (Some(_), false) => return Err(wrong_names(part, "the template has places by number")),
            };
            if is_named && arguments[..index].iter().any(|other| other.name == argument.name) {
                return Err(wrong_names(part, "a name is given twice"));
            }
            rendered = rendered.replace(&format!("{{{{{place}}}}}"), &argument.text);
        }
        let (length, limit) = (rules.length(&rendered), rules.limit(Rule::TemplateLength));
        if length > limit {
            let why = format!("{part}: {length} characters, and at most {limit} are allowed");
            return Err(GraphError::because(Rule::TemplateLength, why));
        }
        Ok(())
    }
}

fn count(part: &str, got: usize, expected: usize) -> Result<(), GraphError> {
    if got == expected {
        return Ok(());
    }
    let why = format!("{part}: number of parameters ({got}) does not match the expected number ({expected})");
    Err(GraphError::because(Rule::TemplateCount, why))
}

fn check_format(part: &str, argument: &Argument, expected: &str) -> Result<(), GraphError> {
    if argument.kind == expected {
        return Ok(());
    }
    Err(GraphError::because(Rule::TemplateFormat, format!("{part}: expected {expected}, got {}", argument.kind)))
}

fn wrong_names(part: &str, why: &str) -> GraphError {
    GraphError::because(Rule::TemplateNames, format!("{part}: {why}"))
}
