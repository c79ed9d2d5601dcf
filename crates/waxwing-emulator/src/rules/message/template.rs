//! Form of template messages.
//!
//! [`template`](crate::rules::template) checks the parameters against the template.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates>

use super::{MediaSource, ProductReferences, References, basic};
use crate::message::MediaKind;
use crate::rules::request_object::{ANY, Keys};
use crate::rules::{GraphError, RequestObject, Rule};

const COMPONENT: Keys = &["type", "sub_type", "index", "parameters", "cards"];
const PARAMETER: Keys = &[
    "type",
    "parameter_name",
    "text",
    "payload",
    "coupon_code",
    "image",
    "video",
    "document",
    "location",
    "currency",
    "date_time",
    "action",
    "product",
    "limited_time_offer",
];

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
    let language = template.required_object("language", &["code", "policy"])?;
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
    let parts = part.objects("components", COMPONENT)?;
    if parts.len() > MOST {
        return Err(part.invalid("components", "has too many items"));
    }
    let mut components = Vec::with_capacity(parts.len());
    for part in parts {
        let component = match part.required("type")?.to_ascii_lowercase().as_str() {
            "header" => ComponentArguments::Header(arguments(&part, references)?),
            "body" => ComponentArguments::Body(arguments(&part, references)?),
            "limited_time_offer" => {
                arguments(&part, references)?;
                continue;
            }
            "button" => ComponentArguments::Button {
                sub_type: part.required("sub_type")?.to_ascii_lowercase(),
                index: index(&part)?,
                arguments: arguments(&part, references)?,
            },
            "carousel" if !in_card => {
                let cards = part.required_objects("cards", &["card_index", "components"], Rule::Cards)?;
                let cards = cards.iter().map(|card| self::components(card, references, true));
                ComponentArguments::Carousel(cards.collect::<Result<_, _>>()?)
            }
            _ => return Err(part.invalid("type", "must be a component with parameters")),
        };
        components.push(component);
    }
    Ok(components)
}

/// Returns the index of a button. Meta accepts a number or a string of digits.
fn index(part: &RequestObject<'_>) -> Result<usize, GraphError> {
    part.number("index")?.ok_or_else(|| part.missing("index"))
}

fn arguments(part: &RequestObject<'_>, references: &mut References) -> Result<Vec<TemplateArgument>, GraphError> {
    let parameters = part.objects("parameters", PARAMETER)?;
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
            let media = MediaKind::from_name(kind).expect("the three are kinds of media");
            let object = parameter.required_object(kind, basic::media_keys(media))?;
            if let MediaSource::Id(id) = basic::source(&object)? {
                references.media.push((media, id));
            }
        }
        "location" => basic::location(&parameter.required_object(kind, basic::LOCATION)?)?,
        "currency" => {
            let currency = parameter.required_object(kind, &["fallback_value", "code", "amount_1000"])?;
            currency.required("fallback_value")?.clone_into(&mut text);
        }
        "date_time" => parameter.required_object(kind, ANY)?.required("fallback_value")?.clone_into(&mut text),
        "action" => action(&parameter.required_object(kind, ANY)?, references)?,
        "limited_time_offer" => drop(parameter.required_object(kind, &["expiration_time_ms"])?),
        "product" => {
            let product = parameter.required_object(kind, &["product_retailer_id", "catalog_id"])?;
            let catalog = Some(product.required("catalog_id")?.to_owned());
            let products = vec![product.required("product_retailer_id")?.to_owned()];
            references.products = Some(ProductReferences { catalog, products });
        }
        _ => return Err(parameter.invalid("type", "must be a parameter type")),
    }
    let name = parameter.string("parameter_name")?.map(str::to_owned);
    Ok(TemplateArgument { kind: kind.to_owned(), name, text })
}

/// Reads the products that the button of a template shows.
fn action(action: &RequestObject<'_>, references: &mut References) -> Result<(), GraphError> {
    let mut products = Vec::new();
    products.extend(action.string("thumbnail_product_retailer_id")?.map(str::to_owned));
    for section in action.objects("sections", &["title", "product_items"])? {
        for item in section.objects("product_items", &["product_retailer_id"])? {
            products.push(item.required("product_retailer_id")?.to_owned());
        }
    }
    if !products.is_empty() {
        references.products = Some(ProductReferences { catalog: None, products });
    }
    Ok(())
}
