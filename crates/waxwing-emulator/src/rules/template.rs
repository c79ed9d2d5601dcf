//! Definitions of message templates.
//!
//! <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>

use serde_json::Value;

use super::message::{ComponentArguments, TemplateArgument, TemplateDraft};
use super::request_object::{ANY, Keys};
use super::{GraphError, RequestObject, Rule, Rules};

/// Maximum length of a name, in characters.
const NAME: usize = 512;
/// Meta's template categories.
pub(crate) const CATEGORIES: [&str; 3] = ["AUTHENTICATION", "MARKETING", "UTILITY"];

/// Keys of a request that creates a template.
const KEYS: Keys = &[
    "name",
    "language",
    "category",
    "components",
    "parameter_format",
    "allow_category_change",
    "cta_url_link_tracking_opted_out",
    "degrees_of_freedom_spec",
    "display_format",
    "is_primary_device_delivery_only",
    "library_template_body_inputs",
    "library_template_button_inputs",
    "library_template_name",
    "message_send_ttl_seconds",
    "sub_category",
];
const COMPONENT: Keys = &[
    "type",
    "format",
    "text",
    "example",
    "buttons",
    "cards",
    "add_security_recommendation",
    "code_expiration_minutes",
    "limited_time_offer",
];
const BUTTON: Keys = &[
    "type",
    "text",
    "url",
    "phone_number",
    "example",
    "autofill_text",
    "flow_action",
    "flow_id",
    "flow_json",
    "flow_name",
    "icon",
    "navigate_screen",
    "otp_type",
    "package_name",
    "signature_hash",
    "supported_apps",
    "ttl_minutes",
    "zero_tap_terms_accepted",
];

/// Well-formed template.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TemplateDefinition {
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) category: String,
    pub(crate) is_named: bool,
    pub(crate) components: Vec<Value>,
    placeholders: Placeholders,
}

/// Placeholders of a template, or of one of its cards.
#[derive(Debug, Clone, PartialEq, Default)]
struct Placeholders {
    header: HeaderPlaceholder,
    body: TextPlaceholders,
    buttons: Vec<ButtonPlaceholder>,
    cards: Vec<Placeholders>,
}

#[derive(Debug, Clone, PartialEq, Default)]
enum HeaderPlaceholder {
    #[default]
    Absent,
    Text(TextPlaceholders),
    /// Media file or location, with the type of the parameter.
    Object(String),
}

/// Text with its placeholders, in order, without duplicates.
#[derive(Debug, Clone, PartialEq, Default)]
struct TextPlaceholders {
    text: String,
    names: Vec<String>,
}

/// Button with the type of the parameter that it requires.
#[derive(Debug, Clone, PartialEq)]
struct ButtonPlaceholder {
    sub_type: &'static str,
    needs: Option<&'static str>,
}

/// Checks the body of a request that creates a template.
pub(crate) fn check(body: Value, rules: &Rules) -> Result<TemplateDefinition, GraphError> {
    RequestObject::read(body, KEYS, rules, check_definition).map(|(definition, _)| definition)
}

fn check_definition(body: &RequestObject<'_>) -> Result<TemplateDefinition, GraphError> {
    let name = template_shape(body.required("name"))?;
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    if name.len() > NAME || !name.bytes().all(is_name) {
        return Err(body.violates(
            Rule::TemplateName,
            "name",
            "must consist of lower-case letters, digits and underscores",
        ));
    }
    let language = template_shape(body.required("language"))?.to_owned();
    let category = template_shape(body.required("category"))?.to_ascii_uppercase();
    let is_named = match template_shape(body.string("parameter_format"))?.map(str::to_ascii_uppercase).as_deref() {
        None | Some("POSITIONAL") => false,
        Some("NAMED") => true,
        Some(_) => return Err(body.violates(Rule::TemplateShape, "parameter_format", "must be POSITIONAL or NAMED")),
    };
    if !CATEGORIES.contains(&category.as_str()) {
        return Err(body.violates(
            Rule::TemplateShape,
            "category",
            &format!("must be one of {}", CATEGORIES.join(", ")),
        ));
    }
    let (components, placeholders) = check_components(body, is_named, &category)?;
    Ok(TemplateDefinition { name: name.to_owned(), language, category, is_named, components, placeholders })
}

/// Checks the `components` of a template.
fn check_components(
    body: &RequestObject<'_>,
    is_named: bool,
    category: &str,
) -> Result<(Vec<Value>, Placeholders), GraphError> {
    let components = template_shape(body.array("components"))?.unwrap_or_default();
    let placeholders = placeholders(body, "components", is_named, false)?;
    if placeholders.body.text.is_empty() && category != "AUTHENTICATION" {
        return Err(body.violates(Rule::TemplateShape, "components", "a BODY component with a text is required"));
    }
    let mut placeholders = placeholders;
    if category == "AUTHENTICATION" {
        // Meta writes the text of authentication templates.
        placeholders.body =
            TextPlaceholders { text: "{{1}} is your verification code.".to_owned(), names: vec!["1".to_owned()] };
    }
    Ok((components.to_vec(), placeholders))
}

fn placeholders(
    object: &RequestObject<'_>,
    key: &str,
    is_named: bool,
    in_card: bool,
) -> Result<Placeholders, GraphError> {
    let mut placeholders = Placeholders::default();
    for component in template_shape(object.objects(key, COMPONENT))? {
        match template_shape(component.required("type"))?.to_ascii_uppercase().as_str() {
            "HEADER" => placeholders.header = header(&component, is_named)?,
            "BODY" => placeholders.body = text(&component, is_named, ["body_text", "body_text_named_params"])?,
            "LIMITED_TIME_OFFER" | "CALL_PERMISSION_REQUEST" => {}
            "FOOTER" => drop(template_shape(component.string("text"))?),
            "BUTTONS" => {
                for button in template_shape(component.objects("buttons", BUTTON))? {
                    placeholders.buttons.push(self::button(&button)?);
                }
            }
            "CAROUSEL" if !in_card => {
                for card in template_shape(component.required_objects("cards", &["components"], Rule::Cards))? {
                    placeholders.cards.push(self::placeholders(&card, "components", is_named, true)?);
                }
            }
            _ => return Err(component.violates(Rule::TemplateShape, "type", "is not a component")),
        }
    }
    Ok(placeholders)
}

fn header(component: &RequestObject<'_>, is_named: bool) -> Result<HeaderPlaceholder, GraphError> {
    let format = template_shape(component.required("format"))?.to_ascii_lowercase();
    match format.as_str() {
        "text" => text(component, is_named, ["header_text", "header_text_named_params"]).map(HeaderPlaceholder::Text),
        "image" | "video" | "document" | "location" => Ok(HeaderPlaceholder::Object(format)),
        _ => Err(component.violates(Rule::TemplateShape, "format", "is not a header format")),
    }
}

fn button(button: &RequestObject<'_>) -> Result<ButtonPlaceholder, GraphError> {
    let (sub_type, needs) = match template_shape(button.required("type"))?.to_ascii_uppercase().as_str() {
        "URL" => {
            let has_place = template_shape(button.required("url"))?.contains("{{");
            if has_place && button.array("example")?.unwrap_or_default().is_empty() {
                return Err(button.violates(Rule::TemplateExample, "example", "is required for the variable of a URL"));
            }
            ("url", has_place.then_some("text"))
        }
        // A message passes the code of an authentication template as a URL parameter.
        "OTP" => ("url", Some("text")),
        "COPY_CODE" => ("copy_code", Some("coupon_code")),
        "QUICK_REPLY" => ("quick_reply", None),
        "PHONE_NUMBER" => ("phone_number", None),
        "FLOW" => ("flow", None),
        "CATALOG" => ("catalog", None),
        "MPM" => ("mpm", Some("action")),
        "SPM" => ("spm", None),
        "VOICE_CALL" => ("voice_call", None),
        "REQUEST_CONTACT_INFO" => ("request_contact_info", None),
        _ => return Err(button.violates(Rule::TemplateShape, "type", "is not a button type")),
    };
    Ok(ButtonPlaceholder { sub_type, needs })
}

/// Reads a text with positional placeholders (`{{1}}`, `{{2}}`, … in order) or named placeholders (`{{name}}`).
///
/// `examples` are the names of the examples of positional and of named placeholders.
fn text(component: &RequestObject<'_>, is_named: bool, examples: [&str; 2]) -> Result<TextPlaceholders, GraphError> {
    let text = template_shape(component.string("text"))?.unwrap_or_default();
    let mut names: Vec<String> = Vec::new();
    for piece in text.split("{{").skip(1) {
        let Some((place, _)) = piece.split_once("}}") else { continue };
        let place = place.trim();
        if !names.iter().any(|known| known == place) {
            names.push(place.to_owned());
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
    if !names.iter().enumerate().all(fits) {
        let why = if is_named {
            "placeholders must be {{lower_case_names}}"
        } else {
            "placeholders must be {{1}}, {{2}} and so on"
        };
        return Err(component.violates(Rule::TemplateShape, "text", why));
    }
    if !names.is_empty() {
        check_examples(component, examples[usize::from(is_named)], names.len())?;
    }
    Ok(TextPlaceholders { text: text.to_owned(), names })
}

/// Checks that a component has an example for each of its variables.
fn check_examples(component: &RequestObject<'_>, key: &str, count: usize) -> Result<(), GraphError> {
    let example = template_shape(component.object("example", ANY))?;
    let examples = match &example {
        None => &[][..],
        Some(example) => template_shape(example.array(key))?.unwrap_or_default(),
    };
    // The examples of a body are a list of lists, because a body may have several examples.
    let examples = match examples.first() {
        Some(Value::Array(first)) => first,
        _ => examples,
    };
    if examples.len() == count {
        return Ok(());
    }
    let why = format!("needs {key} with an example for each of the {count} variables");
    Err(component.violates(Rule::TemplateExample, "example", &why))
}

/// Replaces the rule of an error: missing and ill-typed parameters of a template violate the rule for its shape.
fn template_shape<T>(result: Result<T, GraphError>) -> Result<T, GraphError> {
    result.map_err(|error| match error.rule {
        Some(Rule::UnknownKey) => error,
        _ => error.with_rule(Rule::TemplateShape),
    })
}

impl TemplateDefinition {
    /// Returns the template that Meta generates for a message without one.
    pub(crate) fn generated(name: String, category: &str, text: &str) -> Self {
        let body = serde_json::json!({ "type": "BODY", "text": text });
        let placeholders = Placeholders {
            body: TextPlaceholders { text: text.to_owned(), names: Vec::new() },
            ..Placeholders::default()
        };
        let (category, components) = (category.to_ascii_uppercase(), vec![body]);
        Self { name, language: "en".to_owned(), category, is_named: false, components, placeholders }
    }

    /// Returns the template with the components or the category of an edit.
    pub(crate) fn with_edit(&self, edit: &Value, rules: &Rules) -> Result<Self, GraphError> {
        let body = serde_json::json!({
            "name": self.name,
            "language": self.language,
            "category": edit.get("category").cloned().unwrap_or_else(|| self.category.clone().into()),
            "parameter_format": if self.is_named { "NAMED" } else { "POSITIONAL" },
            "components": edit.get("components").cloned().unwrap_or_else(|| self.components.clone().into()),
        });
        check(body, rules)
    }

    pub(crate) fn is_authentication(&self) -> bool {
        self.category == "AUTHENTICATION"
    }

    /// Checks that a message has the parameters which the template requires.
    pub(crate) fn check(&self, draft: &TemplateDraft, rules: &Rules) -> Result<(), GraphError> {
        self.placeholders.check(&draft.components, self.is_named, rules)
    }
}

impl Placeholders {
    fn check(&self, components: &[ComponentArguments], is_named: bool, rules: &Rules) -> Result<(), GraphError> {
        let (mut header, mut body, mut cards) = (&[][..], &[][..], &[][..]);
        for component in components {
            match component {
                ComponentArguments::Header(arguments) => header = arguments,
                ComponentArguments::Body(arguments) => body = arguments,
                ComponentArguments::Carousel(components) => cards = components,
                ComponentArguments::Button { .. } => {}
            }
        }
        match &self.header {
            HeaderPlaceholder::Absent => count("header", header.len(), 0)?,
            HeaderPlaceholder::Text(text) => text.check("header", header, is_named, rules)?,
            HeaderPlaceholder::Object(kind) => {
                count("header", header.len(), 1)?;
                check_format("header", &header[0], kind)?;
            }
        }
        self.body.check("body", body, is_named, rules)?;
        self.check_buttons(components)?;
        count("carousel", cards.len(), self.cards.len())?;
        self.cards.iter().zip(cards).try_for_each(|(card, components)| card.check(components, is_named, rules))
    }

    fn check_buttons(&self, components: &[ComponentArguments]) -> Result<(), GraphError> {
        let given = |wanted: usize| {
            components.iter().find_map(|component| match component {
                ComponentArguments::Button { sub_type, index, arguments } if *index == wanted => {
                    Some((sub_type, arguments))
                }
                _ => None,
            })
        };
        let of_range = components.iter().any(
            |component| matches!(component, ComponentArguments::Button { index, .. } if *index >= self.buttons.len()),
        );
        if of_range {
            return Err(GraphError::with_details(
                Rule::TemplateFormat,
                "button: the template has no button of this index",
            ));
        }
        for (index, button) in self.buttons.iter().enumerate() {
            let place = format!("button {index}");
            match (given(index), button.needs) {
                (None, None) => {}
                (None, Some(_)) => count(&place, 0, 1)?,
                (Some((sub_type, _)), _) if sub_type != button.sub_type => {
                    let why = format!("{place}: is a {} button, not {sub_type}", button.sub_type);
                    return Err(GraphError::with_details(Rule::TemplateFormat, why));
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

impl TextPlaceholders {
    fn check(
        &self,
        part: &str,
        arguments: &[TemplateArgument],
        is_named: bool,
        rules: &Rules,
    ) -> Result<(), GraphError> {
        count(part, arguments.len(), self.names.len())?;
        let mut rendered = self.text.clone();
        for (index, argument) in arguments.iter().enumerate() {
            if !matches!(argument.kind.as_str(), "text" | "currency" | "date_time") {
                return Err(GraphError::with_details(
                    Rule::TemplateFormat,
                    format!("{part}: expected text, got {}", argument.kind),
                ));
            }
            if argument.text.contains(['\n', '\r', '\t']) || argument.text.contains("     ") {
                let why =
                    format!("{part}: a parameter must not have line breaks, tabs or more than four spaces in a row");
                return Err(GraphError::with_details(Rule::TemplateText, why));
            }
            let place = match (&argument.name, is_named) {
                (None, false) => self.names[index].as_str(),
                (Some(name), true) if self.names.contains(name) => name,
                (Some(_), true) => return Err(wrong_names(part, "the template has no placeholder of this name")),
                (None, true) => return Err(wrong_names(part, "parameter_name is required")),
                (Some(_), false) => return Err(wrong_names(part, "the template has positional placeholders")),
            };
            if is_named && arguments[..index].iter().any(|other| other.name == argument.name) {
                return Err(wrong_names(part, "parameter_name is used twice"));
            }
            rendered = rendered.replace(&format!("{{{{{place}}}}}"), &argument.text);
        }
        let (length, limit) = (rules.length(&rendered), rules.limit(Rule::TemplateLength));
        if length > limit {
            let why = format!("{part}: has {length} characters; at most {limit} are allowed");
            return Err(GraphError::with_details(Rule::TemplateLength, why));
        }
        Ok(())
    }
}

fn count(part: &str, got: usize, expected: usize) -> Result<(), GraphError> {
    if got == expected {
        return Ok(());
    }
    let why = format!("{part}: number of parameters ({got}) does not match the expected number ({expected})");
    Err(GraphError::with_details(Rule::TemplateCount, why))
}

fn check_format(part: &str, argument: &TemplateArgument, expected: &str) -> Result<(), GraphError> {
    if argument.kind == expected {
        return Ok(());
    }
    Err(GraphError::with_details(Rule::TemplateFormat, format!("{part}: expected {expected}, got {}", argument.kind)))
}

fn wrong_names(part: &str, why: &str) -> GraphError {
    GraphError::with_details(Rule::TemplateNames, format!("{part}: {why}"))
}
