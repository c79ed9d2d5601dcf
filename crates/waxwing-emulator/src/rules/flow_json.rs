//! Validation of the JSON of a flow.
//!
//! <https://developers.facebook.com/docs/whatsapp/flows/reference/flowjson>

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Keys of the whole JSON.
const ROOT: [&str; 5] = ["version", "screens", "routing_model", "data_api_version", "data_channel_uri"];
/// Keys of a screen.
const SCREEN: [&str; 8] = ["id", "title", "terminal", "success", "data", "layout", "refresh_on_back", "sensitive"];
/// Screen that the answer of an endpoint names to end the flow.
pub(crate) const SUCCESS: &str = "SUCCESS";
/// Maximum number of errors that are listed.
const MAX_ERRORS: usize = 20;

/// Content of a flow, as far as the emulator reads it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FlowDefinition {
    pub(crate) version: Option<String>,
    /// Version of the data exchange with the endpoint. `None` for a flow without an endpoint.
    pub(crate) data_api_version: Option<String>,
    /// Ids of the screens, in order.
    pub(crate) screens: Vec<String>,
    /// Errors, as the API lists them.
    pub(crate) errors: Vec<Value>,
}

impl FlowDefinition {
    /// Reads and validates the JSON of a flow.
    pub(crate) fn read(text: &str) -> Self {
        let value = match serde_json::from_str::<Value>(text) {
            Ok(value) => value,
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let message = "The JSON cannot be parsed.";
                let place = Place { line, start: column, end: column };
                return Self { errors: vec![place.error("INVALID_JSON", message, "")], ..Self::default() };
            }
        };
        let mut reader = Reader { text, errors: Vec::new() };
        let screens = reader.root(&value);
        let part = |key: &str| value[key].as_str().map(str::to_owned);
        let errors = reader.errors;
        Self { version: part("version"), data_api_version: part("data_api_version"), screens, errors }
    }
}

/// Validator that collects errors.
#[derive(Debug)]
struct Reader<'a> {
    text: &'a str,
    errors: Vec<Value>,
}

impl Reader<'_> {
    /// Validates the whole JSON. Returns the ids of its screens.
    fn root(&mut self, value: &Value) -> Vec<String> {
        let Some(root) = value.as_object() else {
            self.add("INVALID_PROPERTY_VALUE", "The flow must be a JSON object.", "$root", "");
            return Vec::new();
        };
        self.only(root, &ROOT, "$root");
        if !root.get("version").is_some_and(Value::is_string) {
            self.missing("version", "$root");
        }
        let screens = root.get("screens").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if screens.is_empty() {
            self.missing("screens", "$root");
        }
        let mut ids: Vec<String> = Vec::new();
        for (n, screen) in screens.iter().enumerate() {
            let id = self.screen(screen, &format!("$root/screens/{n}"));
            if ids.contains(&id) {
                self.add("INVALID_PROPERTY_VALUE", "The id of a screen must be unique.", &id, &id);
            }
            ids.push(id);
        }
        if !screens.is_empty() && !screens.iter().any(|screen| screen["terminal"] == true) {
            self.add(
                "INVALID_PROPERTY_VALUE",
                "A flow needs a screen with \"terminal\": true.",
                "$root/screens",
                "screens",
            );
        }
        if let Some(routes) = root.get("routing_model").and_then(Value::as_object) {
            let targets = routes.values().filter_map(Value::as_array).flatten().filter_map(Value::as_str);
            let named: Vec<_> = routes.keys().map(String::as_str).chain(targets).collect();
            for unknown in named.into_iter().filter(|name| !ids.iter().any(|id| id == name)) {
                let message = format!("The routing model names the screen \"{unknown}\", which does not exist.");
                self.add("INVALID_ROUTING_MODEL", &message, "$root/routing_model", unknown);
            }
        }
        ids
    }

    /// Validates a screen. Returns its id.
    fn screen(&mut self, screen: &Value, path: &str) -> String {
        let Some(object) = screen.as_object() else {
            self.add("INVALID_PROPERTY_VALUE", "A screen must be an object.", path, "screens");
            return String::new();
        };
        self.only(object, &SCREEN, path);
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
        let is_id = id.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
        if id.is_empty() {
            self.missing("id", path);
        } else if !is_id || id == SUCCESS {
            let message = "The id of a screen has letters and underscores, and SUCCESS is reserved.";
            self.add("INVALID_PROPERTY_VALUE", message, path, id);
        }
        let layout = &screen["layout"];
        let children = layout["children"].as_array().map_or(&[][..], Vec::as_slice);
        if layout["type"] != "SingleColumnLayout" || children.is_empty() {
            let message = "A screen needs a layout of the type SingleColumnLayout with children.";
            self.add("INVALID_PROPERTY_VALUE", message, &format!("{path}/layout"), "layout");
        }
        for (n, child) in children.iter().enumerate() {
            if child["type"].as_str().is_none_or(str::is_empty) {
                self.missing("type", &format!("{path}/layout/children/{n}"));
            }
        }
        id.to_owned()
    }

    fn only(&mut self, object: &Map<String, Value>, keys: &[&str], path: &str) {
        for key in object.keys().filter(|key| !keys.contains(&key.as_str())) {
            let message = format!("The property \"{key}\" cannot be specified at \"{path}\".");
            self.add("INVALID_PROPERTY", &message, path, key);
        }
    }

    fn missing(&mut self, key: &str, path: &str) {
        let message = format!("The property \"{key}\" is required at \"{path}\".");
        self.add("MISSING_REQUIRED_PROPERTY", &message, path, "");
    }

    /// Adds an error. `token` is the string of the JSON that the error points to.
    fn add(&mut self, error: &str, message: &str, path: &str, token: &str) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(Place::of(self.text, token).error(error, message, path));
        }
    }
}

/// Place in a text, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    line: usize,
    start: usize,
    end: usize,
}

impl Place {
    /// Returns the place of a quoted string: the first one, or the start of the text.
    fn of(text: &str, token: &str) -> Self {
        let quoted = format!("\"{token}\"");
        let found = if token.is_empty() { None } else { text.find(&quoted) };
        let Some(before) = found.and_then(|at| text.get(..at)) else { return Self { line: 1, start: 1, end: 1 } };
        let line = before.matches('\n').count() + 1;
        let start = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, start, end: start + quoted.chars().count() }
    }

    fn error(self, error: &str, message: &str, path: &str) -> Value {
        let Self { line, start, end } = self;
        let place = json!({ "line_start": line, "line_end": line, "column_start": start, "column_end": end });
        let mut item = json!({ "error": error, "error_type": "FLOW_JSON_ERROR", "message": message });
        if let (Value::Object(item), Value::Object(mut place)) = (&mut item, place) {
            item.extend(place.clone());
            place.insert("path".to_owned(), path.into());
            item.insert("pointers".to_owned(), json!([place]));
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = r#"{
  "version": "7.3", "data_api_version": "4.0", "routing_model": {"ORDER": ["DONE"]},
  "screens": [
    {"id": "ORDER", "layout": {"type": "SingleColumnLayout", "children": [{"type": "TextInput"}]}},
    {"id": "DONE", "terminal": true, "layout": {"type": "SingleColumnLayout", "children": [{"type": "Footer"}]}}
  ]
}"#;

    #[test]
    fn a_valid_flow_has_no_errors() {
        let flow = FlowDefinition::read(VALID);
        assert_eq!(flow.errors, Vec::<Value>::new());
        assert_eq!((flow.version.as_deref(), flow.data_api_version.as_deref()), (Some("7.3"), Some("4.0")));
        assert_eq!(flow.screens, ["ORDER", "DONE"]);
    }

    #[test]
    fn errors_state_their_kind_and_their_place() {
        #[track_caller]
        fn check(text: &str, error: &str, line: usize) {
            let errors = FlowDefinition::read(text).errors;
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!((&errors[0]["error"], &errors[0]["line_start"]), (&json!(error), &json!(line)));
        }
        check("{", "INVALID_JSON", 1);
        check(&VALID.replace("\"data_api", "\"colour\": 1, \"data_api"), "INVALID_PROPERTY", 2);
        check(&VALID.replace("\"version\": \"7.3\", ", ""), "MISSING_REQUIRED_PROPERTY", 1);
        check(&VALID.replace("[\"DONE\"]", "[\"GONE\"]"), "INVALID_ROUTING_MODEL", 2);
        check(&VALID.replace("\"terminal\": true, ", ""), "INVALID_PROPERTY_VALUE", 3);
        check(&VALID.replace("\"type\": \"TextInput\"", ""), "MISSING_REQUIRED_PROPERTY", 1);
        let place = &FlowDefinition::read(&VALID.replace("\"id\": \"DONE\"", "\"id\": \"SUCCESS\"")).errors[0];
        assert_eq!((&place["line_start"], &place["column_start"]), (&json!(5), &json!(12)), "{place}");
    }
}
