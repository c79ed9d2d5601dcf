//! Forms from the type of their answer.

use serde_json::Value;

use super::{FieldKind, Form, FormField};
use crate::flow_json::FlowJsonError;

/// Maximum depth of references in a schema.
const MAX_DEPTH: usize = 8;

impl Form {
    /// Creates a form from the JSON schema of an object, such as `schemars::schema_for!` makes from a struct.
    ///
    /// A text becomes a field of the kind `text`, or `date` or `email` by its `format`. A number becomes `number`, a boolean `opt_in`, an
    /// enum `choice`, and a list of an enum `choices`. A property that the schema does not require is optional. The label is the `title` of
    /// the property, else the first line of its `description`, else its name. The fields have the order of the properties in `schema`, which
    /// is alphabetical unless `serde_json` keeps the order.
    ///
    /// # Errors
    ///
    /// Names the first property that no field can hold, such as an object.
    ///
    /// ```
    /// use serde_json::json;
    /// use waxwing_flow::{Form, FormField};
    ///
    /// let schema = json!({
    ///     "type": "object",
    ///     "required": ["name"],
    ///     "properties": {
    ///         "name": {"type": "string", "description": "Your name"},
    ///         "guests": {"type": ["integer", "null"]},
    ///     },
    /// });
    /// let form = Form::from_json_schema("Book a table", &schema)?;
    ///
    /// let expected = Form::new("Book a table")
    ///     .field(FormField::number("guests", "Guests").optional())
    ///     .field(FormField::text("name", "Your name"));
    /// assert_eq!(form.fields.len(), 2);
    /// assert!(expected.fields.iter().all(|field| form.fields.contains(field)));
    /// # Ok::<(), waxwing_flow::FlowJsonError>(())
    /// ```
    pub fn from_json_schema(title: impl Into<String>, schema: &Value) -> Result<Self, FlowJsonError> {
        let properties = schema["properties"].as_object();
        let properties = properties.ok_or_else(|| FlowJsonError::new("the schema", "it is not that of an object"))?;
        let required = schema["required"].as_array().map_or(&[][..], Vec::as_slice);
        let mut form = Self::new(title);
        for (name, property) in properties {
            let broken = |problem: &str| FlowJsonError::new(format!("property {name}"), problem);
            let (kind, choices) = kind(property, schema, 0).ok_or_else(|| {
                broken("no field of a form can hold it; use a text, number, date, boolean, enum or list of an enum")
            })?;
            let mut field = FormField::new(kind, name, label(name, property)).with_choices(choices);
            field.required = required.iter().any(|required| required == name);
            form = form.field(field);
        }
        Ok(form)
    }
}

/// Returns the kind of field for a property, and its choices.
fn kind(property: &Value, root: &Value, depth: usize) -> Option<(FieldKind, Vec<String>)> {
    if depth > MAX_DEPTH {
        return None;
    }
    if let Some(reference) = property["$ref"].as_str() {
        return kind(root.pointer(reference.strip_prefix('#')?)?, root, depth + 1);
    }
    if let Some(choices) = choices(property) {
        return Some((FieldKind::Choice, choices));
    }
    // An optional property is one of a type and null.
    if let Some(types) = property["anyOf"].as_array() {
        let mut types = types.iter().filter(|one| one["type"] != "null");
        return types.next().filter(|_| types.next().is_none()).and_then(|one| kind(one, root, depth + 1));
    }
    let is = |name: &str| match &property["type"] {
        Value::String(one) => one == name,
        Value::Array(types) => {
            types.iter().any(|one| one == name) && types.iter().all(|one| one == name || one == "null")
        }
        _ => false,
    };
    if is("string") {
        let kind = match property["format"].as_str() {
            Some("date") => FieldKind::Date,
            Some("email") => FieldKind::Email,
            _ => FieldKind::Text,
        };
        return Some((kind, Vec::new()));
    }
    if is("integer") || is("number") {
        return Some((FieldKind::Number, Vec::new()));
    }
    if is("boolean") {
        return Some((FieldKind::OptIn, Vec::new()));
    }
    match kind(&property["items"], root, depth + 1).filter(|_| is("array"))? {
        (FieldKind::Choice, choices) => Some((FieldKind::Choices, choices)),
        _ => None,
    }
}

/// Returns the choices of an enum: a list of texts, or variants with a description each.
fn choices(property: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if let Some(variants) = property["enum"].as_array() {
        return variants.iter().filter(|variant| !variant.is_null()).map(text).collect();
    }
    let variants = property["oneOf"].as_array()?;
    let texts = variants.iter().map(|variant| match &variant["const"] {
        Value::Null => variant["enum"].as_array().filter(|texts| texts.len() == 1).and_then(|texts| text(&texts[0])),
        constant => text(constant),
    });
    texts.collect()
}

fn label(name: &str, property: &Value) -> String {
    let text = |key: &str| property[key].as_str().and_then(|text| text.lines().next());
    let label = text("title").or_else(|| text("description")).map(|line| line.trim().trim_end_matches('.'));
    label.filter(|label| !label.is_empty()).map_or_else(|| from_name(name), str::to_owned)
}

/// Returns a name such as `first_name` as a label such as `First name`.
fn from_name(name: &str) -> String {
    let words = name.replace('_', " ");
    let mut characters = words.trim().chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
