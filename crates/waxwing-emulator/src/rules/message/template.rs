//! Form of template messages.
//!
//! [`template`](crate::rules::template) checks the parameters against the template.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>

use super::{MediaSource, References, basic};
use crate::message::MediaKind;
use crate::rules::{GraphError, RequestObject, Rule};

/// Template with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TemplateDraft {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) components: Vec<ComponentArguments>,
}

/// Parameters of one component of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ComponentArguments {
    Header(Vec<TemplateArgument>),
    Body(Vec<TemplateArgument>),
    Button { sub_type: String, index: usize, arguments: Vec<TemplateArgument> },
    Carousel(Vec<Vec<ComponentArguments>>),
}

/// Parameter of a template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TemplateArgument {
    /// Type of the parameter, such as `text` or `image`.
    pub(crate) kind: String,
    /// Name, for a named parameter.
    pub(crate) name: Option<String>,
    /// Text that replaces the placeholder. Empty if the parameter is not a text.
    pub(crate) text: String,
}

/// Maximum number of components, and of parameters of a component. No real template has that many.
const MOST: usize = 100;

pub(super) fn check(template: &RequestObject<'_>) -> Result<References, GraphError> {
    let name = template.required("name")?.to_owned();
    let language = template.required_object("language")?;
    if language.has("policy") {
        language.one_of("policy", &["deterministic"])?;
    }
    let language = language.required("code")?.to_owned();
    let mut references = References::default();
    let components = components(template, &mut references, false)?;
    references.template = Some(Box::new(TemplateDraft { name, language, components }));
    Ok(references)
}

fn components(
    part: &RequestObject<'_>,
    references: &mut References,
    in_card: bool,
) -> Result<Vec<ComponentArguments>, GraphError> {
    let parts = part.objects("components")?;
    if parts.len() > MOST {
        return Err(part.invalid("components", "has too many items"));
    }
    let mut components = Vec::with_capacity(parts.len());
    for part in parts {
        let component = match part.required("type")?.to_ascii_lowercase().as_str() {
            "header" => ComponentArguments::Header(arguments(&part, references)?),
            "body" => ComponentArguments::Body(arguments(&part, references)?),
            "button" => ComponentArguments::Button {
                sub_type: part.required("sub_type")?.to_ascii_lowercase(),
                index: index(&part)?,
                arguments: arguments(&part, references)?,
            },
            "carousel" if !in_card => {
                let cards = part.required_objects("cards", Rule::Cards)?;
                let cards = cards.iter().map(|card| self::components(card, references, true));
                ComponentArguments::Carousel(cards.collect::<Result<_, _>>()?)
            }
            _ => return Err(part.invalid("type", "is not a component with parameters")),
        };
        components.push(component);
    }
    Ok(components)
}

/// Returns the index of a button. Meta accepts a number or a string of digits.
fn index(part: &RequestObject<'_>) -> Result<usize, GraphError> {
    let index = part.get("index").ok_or_else(|| part.missing("index"))?;
    let index = index.as_u64().or_else(|| index.as_str().and_then(|digits| digits.parse().ok()));
    index.and_then(|index| usize::try_from(index).ok()).ok_or_else(|| part.invalid("index", "must be a number"))
}

fn arguments(part: &RequestObject<'_>, references: &mut References) -> Result<Vec<TemplateArgument>, GraphError> {
    let parameters = part.objects("parameters")?;
    if parameters.len() > MOST {
        return Err(part.invalid("parameters", "has too many items"));
    }
    parameters.iter().map(|parameter| argument(parameter, references)).collect()
}

fn argument(parameter: &RequestObject<'_>, references: &mut References) -> Result<TemplateArgument, GraphError> {
    let kind = parameter.required("type")?;
    let mut text = String::new();
    match kind {
        "text" => parameter.required("text")?.clone_into(&mut text),
        "payload" | "coupon_code" => drop(parameter.required(kind)?),
        "image" | "video" | "document" => {
            let object = parameter.required_object(kind)?;
            let media = MediaKind::from_name(kind).expect("the three are kinds of media");
            if let MediaSource::Id(id) = basic::source(&object)? {
                references.media.push((media, id));
            }
        }
        "location" => basic::location(&parameter.required_object(kind)?)?,
        "currency" | "date_time" => {
            parameter.required_object(kind)?.required("fallback_value")?.clone_into(&mut text);
        }
        "action" => drop(parameter.required_object(kind)?),
        _ => return Err(parameter.invalid("type", "is not a parameter type")),
    }
    let name = parameter.string("parameter_name")?.map(str::to_owned);
    Ok(TemplateArgument { kind: kind.to_owned(), name, text })
}
