//! The form of a template message. Whether it fits the template is for [`template`](crate::rules::template).
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>

use super::{Names, Source, basic};
use crate::message::MediaKind;
use crate::rules::{GraphError, Part, Rule};

/// A template with what is to be put into it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TemplateDraft {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) components: Vec<Component>,
}

/// What goes into one part of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Component {
    Header(Vec<Argument>),
    Body(Vec<Argument>),
    Button { sub_type: String, index: usize, arguments: Vec<Argument> },
    Carousel(Vec<Vec<Component>>),
}

/// One parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Argument {
    /// Meta's name of the type, such as `text` or `image`.
    pub(crate) kind: String,
    /// Of a named parameter.
    pub(crate) name: Option<String>,
    /// What stands in its place, where that is text.
    pub(crate) text: String,
}

/// Most components of a template, and most parameters of a component: more than any template has.
const MOST: usize = 100;

pub(super) fn check(template: &Part<'_>) -> Result<Names, GraphError> {
    let name = template.required("name")?.to_owned();
    let language = template.required_part("language")?;
    if language.has("policy") {
        language.word("policy", &["deterministic"])?;
    }
    let language = language.required("code")?.to_owned();
    let mut names = Names::default();
    let components = components(template, &mut names, false)?;
    names.template = Some(Box::new(TemplateDraft { name, language, components }));
    Ok(names)
}

fn components(part: &Part<'_>, names: &mut Names, in_card: bool) -> Result<Vec<Component>, GraphError> {
    let parts = part.parts("components")?;
    if parts.len() > MOST {
        return Err(part.invalid("components", "are too many"));
    }
    let mut components = Vec::with_capacity(parts.len());
    for part in parts {
        let component = match part.required("type")?.to_ascii_lowercase().as_str() {
            "header" => Component::Header(arguments(&part, names)?),
            "body" => Component::Body(arguments(&part, names)?),
            "button" => Component::Button {
                sub_type: part.required("sub_type")?.to_ascii_lowercase(),
                index: index(&part)?,
                arguments: arguments(&part, names)?,
            },
            "carousel" if !in_card => {
                let cards = part.required_parts("cards", Rule::Cards)?;
                let cards = cards.iter().map(|card| self::components(card, names, true));
                Component::Carousel(cards.collect::<Result<_, _>>()?)
            }
            _ => return Err(part.invalid("type", "is no part of a template that takes parameters")),
        };
        components.push(component);
    }
    Ok(components)
}

/// Meta takes a number as well as a string of digits.
fn index(part: &Part<'_>) -> Result<usize, GraphError> {
    let index = part.get("index").ok_or_else(|| part.missing("index"))?;
    let index = index.as_u64().or_else(|| index.as_str().and_then(|digits| digits.parse().ok()));
    index.and_then(|index| usize::try_from(index).ok()).ok_or_else(|| part.invalid("index", "must be a number"))
}

fn arguments(part: &Part<'_>, names: &mut Names) -> Result<Vec<Argument>, GraphError> {
    let parameters = part.parts("parameters")?;
    if parameters.len() > MOST {
        return Err(part.invalid("parameters", "are too many"));
    }
    parameters.iter().map(|parameter| argument(parameter, names)).collect()
}

fn argument(parameter: &Part<'_>, names: &mut Names) -> Result<Argument, GraphError> {
    let kind = parameter.required("type")?;
    let mut text = String::new();
    match kind {
        "text" => parameter.required("text")?.clone_into(&mut text),
        "payload" | "coupon_code" => drop(parameter.required(kind)?),
        "image" | "video" | "document" => {
            let object = parameter.required_part(kind)?;
            let media = MediaKind::from_name(kind).expect("the three are kinds of media");
            if let Source::Id(id) = basic::source(&object)? {
                names.media.push((media, id));
            }
        }
        "location" => basic::location(&parameter.required_part(kind)?)?,
        "currency" | "date_time" => {
            parameter.required_part(kind)?.required("fallback_value")?.clone_into(&mut text);
        }
        "action" => drop(parameter.required_part(kind)?),
        _ => return Err(parameter.invalid("type", "is no type of parameter")),
    }
    let name = parameter.string("parameter_name")?.map(str::to_owned);
    Ok(Argument { kind: kind.to_owned(), name, text })
}
