//! Arguments of tools that Waxwing sets instead of the model.

use serde_json::{Map, Value};
use waxwing_agent::AgentError;

use super::identity::{CallUser, UserField};

/// Keywords of a schema that hold further schemas of the same object.
const COMBINATORS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// An argument that Waxwing sets in each call.
#[derive(Clone)]
pub(super) struct PinnedArgument {
    pub(super) name: String,
    value: PinnedValue,
}

#[derive(Clone)]
enum PinnedValue {
    Fixed(Value),
    /// Text with facts about the user or the business number.
    Text(Vec<TextPart>),
}

#[derive(Clone)]
enum TextPart {
    Literal(String),
    Field(UserField),
}

impl PinnedArgument {
    /// Creates an argument. `${user.phone}` and other names of [`UserField`] in a string stand for facts.
    ///
    /// # Errors
    ///
    /// Returns a description of an unknown name.
    pub(super) fn new(name: impl Into<String>, value: Value) -> Result<Self, String> {
        let value = match value {
            Value::String(text) if text.contains("${") => PinnedValue::Text(parts(&text)?),
            value => PinnedValue::Fixed(value),
        };
        Ok(Self { name: name.into(), value })
    }

    /// Returns the value for a call.
    ///
    /// # Errors
    ///
    /// Returns an error for the model if a fact is not known. The call must not be made then.
    fn value(&self, user: &CallUser) -> Result<Value, AgentError> {
        let parts = match &self.value {
            PinnedValue::Fixed(value) => return Ok(value.clone()),
            PinnedValue::Text(parts) => parts,
        };
        let mut text = String::new();
        for part in parts {
            match part {
                TextPart::Literal(literal) => text.push_str(literal),
                TextPart::Field(field) => text.push_str(user.get(*field).ok_or_else(|| {
                    let fact = field.placeholder();
                    AgentError::new(format!("the tool was not called: it needs {fact}, which is not known"))
                })?),
            }
        }
        Ok(text.into())
    }
}

/// Splits a text at its placeholders.
fn parts(text: &str) -> Result<Vec<TextPart>, String> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').unwrap_or((after, ""));
        let field = UserField::named(name)
            .ok_or_else(|| format!("unknown placeholder `${{{name}}}`; choose one of {}", UserField::names()))?;
        parts.extend([TextPart::Literal(before.to_owned()), TextPart::Field(field)]);
        rest = after;
    }
    parts.push(TextPart::Literal(rest.to_owned()));
    Ok(parts)
}

/// Removes the pinned arguments from the schema that the model sees. Returns the names that the schema had.
pub(super) fn hide(pinned: &[PinnedArgument], schema: &mut Value) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(object) = schema.as_object_mut() {
        hide_in(pinned, object, &mut found);
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn hide_in(pinned: &[PinnedArgument], schema: &mut Map<String, Value>, found: &mut Vec<String>) {
    let is_pinned = |name: &str| pinned.iter().any(|argument| argument.name == name);
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        found.extend(properties.keys().filter(|name| is_pinned(name)).cloned());
        properties.retain(|name, _| !is_pinned(name));
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| !name.as_str().is_some_and(is_pinned));
    }
    for keyword in COMBINATORS {
        let parts = schema.get_mut(keyword).and_then(Value::as_array_mut).into_iter().flatten();
        for part in parts.filter_map(Value::as_object_mut) {
            hide_in(pinned, part, found);
        }
    }
}

/// Removes values that the model gave for pinned arguments.
pub(super) fn strip(pinned: &[PinnedArgument], arguments: &mut Map<String, Value>) {
    arguments.retain(|name, _| pinned.iter().all(|argument| argument.name != *name));
}

/// Sets the pinned arguments that the tool has, and removes the others: the model never sets a pinned argument.
///
/// # Errors
///
/// Returns an error for the model if a fact is not known.
pub(super) fn apply(
    pinned: &[PinnedArgument],
    of_tool: &[String],
    user: &CallUser,
    arguments: &mut Map<String, Value>,
) -> Result<(), AgentError> {
    strip(pinned, arguments);
    for argument in pinned.iter().filter(|argument| of_tool.contains(&argument.name)) {
        arguments.insert(argument.name.clone(), argument.value(user)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ToolContext;
    use serde_json::json;
    use waxwing_agent::{RunContext, Session, User};

    fn user(id: &str, phone: Option<&str>) -> CallUser {
        let mut user = User::new(id);
        user.phone = phone.map(str::to_owned);
        let run = RunContext::builder(id, Session::new("s")).user(user).build();
        let key = run.idempotency_key("t");
        CallUser::of(&ToolContext::new(run, key))
    }

    fn pinned() -> Vec<PinnedArgument> {
        let pin = |name: &str, value: Value| PinnedArgument::new(name, value).ok().unwrap();
        vec![pin("phone", json!("+${user.phone}")), pin("shop", json!(7))]
    }

    #[test]
    fn the_schema_of_the_model_has_no_pinned_argument() {
        let one = json!({"properties": {"phone": {}, "id": {}}, "required": ["phone", "id"]});
        let mut schema = json!({"type": "object", "properties": {"shop": {}}, "required": ["shop"], "anyOf": [one]});
        assert_eq!(hide(&pinned(), &mut schema), ["phone", "shop"]);
        let one = json!({"properties": {"id": {}}, "required": ["id"]});
        assert_eq!(schema, json!({"type": "object", "properties": {}, "required": [], "anyOf": [one]}));
    }

    #[test]
    fn the_model_never_sets_a_pinned_argument() {
        let mut arguments = json!({"phone": "999", "shop": 1, "id": 3}).as_object().unwrap().clone();
        apply(&pinned(), &["phone".into()], &user("34600000001", Some("34600000001")), &mut arguments).unwrap();
        assert_eq!(Value::from(arguments), json!({"id": 3, "phone": "+34600000001"}));
    }

    #[test]
    fn a_call_without_a_needed_fact_is_refused() {
        let error = apply(&pinned(), &["phone".into()], &user("ES.abc", None), &mut Map::new()).unwrap_err();
        assert_eq!(error.to_string(), "the tool was not called: it needs user.phone, which is not known");
    }

    #[test]
    fn unknown_placeholders_are_refused() {
        for text in ["${user.shoe}", "a${user.phone} ${b", "${}"] {
            let problem = PinnedArgument::new("a", json!(text)).err().unwrap();
            assert!(problem.starts_with("unknown placeholder") && problem.contains("${user.phone}"), "{problem}");
        }
    }
}
