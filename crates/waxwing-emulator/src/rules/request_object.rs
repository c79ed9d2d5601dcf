//! Reader for the JSON objects of a request.

use serde_json::{Map, Value};

use super::{GraphError, Rule, Rules};

/// Keys that an object may have.
pub(crate) type Keys = &'static [&'static str];

/// Keys of an object whose content Meta does not define.
pub(crate) const ANY: Keys = &["*"];

/// Maximum number of JSON-encoded strings that one request may contain in place of objects.
const MAX_ENCODED: usize = 64;

/// JSON object of a request, with its path for error messages.
///
/// `null` means that a parameter is absent.
#[derive(Debug, Clone)]
pub(crate) struct RequestObject<'a> {
    map: &'a Map<String, Value>,
    /// JSON pointer in the request, such as `/interactive/action`. Empty for the whole body.
    pointer: String,
    pub(crate) rules: &'a Rules,
}

impl<'a> RequestObject<'a> {
    /// Reads the whole body of a request, which has only these keys. Returns the result of `check`, and the body.
    ///
    /// Meta accepts a JSON-encoded string wherever it expects an object or an array. The returned body has the decoded values.
    pub(crate) fn read<T>(
        mut body: Value,
        keys: Keys,
        rules: &Rules,
        check: impl Fn(&RequestObject<'_>) -> Result<T, GraphError>,
    ) -> Result<(T, Value), GraphError> {
        for _ in 0..MAX_ENCODED {
            let result = RequestObject::body(&body, keys, rules).and_then(|body| check(&body));
            let error = match result {
                Ok(read) => return Ok((read, body)),
                Err(error) => error,
            };
            let encoded = error.encoded.as_deref().and_then(|pointer| body.pointer_mut(pointer));
            let Some(decoded) = encoded.as_deref().and_then(Value::as_str).and_then(decode) else { return Err(error) };
            if let Some(encoded) = encoded {
                *encoded = decoded;
            }
        }
        Err(GraphError::malformed("the body has too many JSON-encoded strings"))
    }

    fn body(body: &'a Value, keys: Keys, rules: &'a Rules) -> Result<Self, GraphError> {
        let map = body.as_object().ok_or_else(|| GraphError::malformed("the body is not a JSON object"))?;
        Self { map, pointer: String::new(), rules }.with_only(keys)
    }

    /// Returns the path of a parameter of this object, in Meta's form: `template['components'][0]['type']`.
    pub(crate) fn path(&self, key: &str) -> String {
        path_of(&self.pointer_to(key))
    }

    /// Returns the parameter without any check. `null` is absent.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Returns the error for a parameter that violates a rule.
    pub(crate) fn violates(&self, rule: Rule, key: &str, why: &str) -> GraphError {
        GraphError::with_details(rule, format!("{}: {why}", self.path(key)))
    }

    pub(crate) fn invalid(&self, key: &str, why: &str) -> GraphError {
        GraphError::invalid(&self.path(key), why)
    }

    pub(crate) fn missing(&self, key: &str) -> GraphError {
        GraphError::missing(&self.path(key))
    }

    /// Returns an optional string.
    pub(crate) fn string(&self, key: &str) -> Result<Option<&'a str>, GraphError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::String(value)) => Ok(Some(value)),
            Some(_) => Err(self.invalid(key, "must be a string")),
        }
    }

    /// Returns a required string, which must not be empty.
    pub(crate) fn required(&self, key: &str) -> Result<&'a str, GraphError> {
        self.string(key)?.filter(|value| !value.is_empty()).ok_or_else(|| self.missing(key))
    }

    /// Returns an optional string whose length a rule limits.
    pub(crate) fn text(&self, key: &str, rule: Rule) -> Result<Option<&'a str>, GraphError> {
        self.string(key)?.map(|value| self.limited(key, value, rule)).transpose()
    }

    /// Returns a required string whose length a rule limits.
    pub(crate) fn required_text(&self, key: &str, rule: Rule) -> Result<&'a str, GraphError> {
        self.limited(key, self.required(key)?, rule)
    }

    /// Returns a required string that must be one of `words`.
    pub(crate) fn one_of(&self, key: &str, words: &[&str]) -> Result<&'a str, GraphError> {
        let word = self.required(key)?;
        if words.contains(&word) {
            Ok(word)
        } else {
            Err(self.invalid(key, &format!("must be {}", words.join(" or "))))
        }
    }

    /// Returns a boolean. Absent means false. Forms write it as a string.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, GraphError> {
        match self.get(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(Value::String(flag)) if flag == "true" || flag == "false" => Ok(flag == "true"),
            Some(_) => Err(self.invalid(key, "must be a boolean")),
        }
    }

    /// Returns an optional whole number, which is not negative. Forms write it as a string.
    pub(crate) fn number(&self, key: &str) -> Result<Option<usize>, GraphError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        let number = number.and_then(|number| usize::try_from(number).ok());
        number.map(Some).ok_or_else(|| self.invalid(key, "must be an integer"))
    }

    /// Returns an optional object, which has only these keys.
    pub(crate) fn object(&self, key: &str, keys: Keys) -> Result<Option<RequestObject<'a>>, GraphError> {
        self.get(key).map(|value| self.child(value, self.pointer_to(key), keys)).transpose()
    }

    /// Returns a required object, which has only these keys.
    pub(crate) fn required_object(&self, key: &str, keys: Keys) -> Result<RequestObject<'a>, GraphError> {
        self.object(key, keys)?.ok_or_else(|| self.missing(key))
    }

    /// Returns an optional array.
    pub(crate) fn array(&self, key: &str) -> Result<Option<&'a [Value]>, GraphError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(value) => Err(ill_typed(&self.pointer_to(key), value, "must be an array")),
        }
    }

    /// Returns an array of objects, which have only these keys. Absent means empty.
    pub(crate) fn objects(&self, key: &str, keys: Keys) -> Result<Vec<RequestObject<'a>>, GraphError> {
        let items = self.array(key)?.unwrap_or_default();
        let pointer = self.pointer_to(key);
        items.iter().enumerate().map(|(n, item)| self.child(item, format!("{pointer}/{n}"), keys)).collect()
    }

    /// Returns a required array of objects, which have only these keys. A rule limits their number.
    pub(crate) fn required_objects(
        &self,
        key: &str,
        keys: Keys,
        rule: Rule,
    ) -> Result<Vec<RequestObject<'a>>, GraphError> {
        let objects = self.objects(key, keys)?;
        if objects.is_empty() {
            return Err(self.missing(key));
        }
        self.at_most(key, objects.len(), rule)?;
        Ok(objects)
    }

    /// Checks a count against the limit of a rule.
    pub(crate) fn at_most(&self, key: &str, count: usize, rule: Rule) -> Result<(), GraphError> {
        let limit = self.rules.limit(rule);
        if count > limit {
            Err(self.violates(rule, key, &format!("{count} exceeds the limit of {limit}")))
        } else {
            Ok(())
        }
    }

    /// Checks the length of a string against the limit of a rule.
    pub(crate) fn limited(&self, key: &str, value: &'a str, rule: Rule) -> Result<&'a str, GraphError> {
        let (length, limit) = (self.rules.length(value), self.rules.limit(rule));
        if length > limit {
            return Err(self.violates(rule, key, &format!("has {length} characters; at most {limit} are allowed")));
        }
        Ok(value)
    }

    /// Returns a required http or https URL.
    pub(crate) fn link(&self, key: &str) -> Result<&'a str, GraphError> {
        let link = self.required(key)?;
        let is_url =
            ["http://", "https://"].iter().any(|scheme| link.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        if is_url { Ok(link) } else { Err(self.violates(Rule::Link, key, "must be an http or https URL")) }
    }

    /// Checks that the object has no other keys than these.
    fn with_only(self, keys: Keys) -> Result<Self, GraphError> {
        let unknown = self.map.keys().find(|key| keys != ANY && !keys.contains(&key.as_str()));
        match unknown {
            None => Ok(self),
            Some(key) => {
                let place = path_of(&self.pointer);
                let place = if place.is_empty() { place } else { format!(" on param \"{place}\"") };
                Err(GraphError::with_details(Rule::UnknownKey, format!("Unexpected key \"{key}\"{place}")))
            }
        }
    }

    fn child(&self, value: &'a Value, pointer: String, keys: Keys) -> Result<RequestObject<'a>, GraphError> {
        let map = value.as_object().ok_or_else(|| ill_typed(&pointer, value, "must be a JSON object"))?;
        RequestObject { map, pointer, rules: self.rules }.with_only(keys)
    }

    /// Returns the JSON pointer to a parameter of this object.
    fn pointer_to(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1"))
    }
}

/// Returns the error for a value that should be an object or an array, and that may be one in JSON-encoded form.
fn ill_typed(pointer: &str, value: &Value, why: &str) -> GraphError {
    let error = GraphError::invalid(&path_of(pointer), why);
    if value.is_string() { error.with_encoded(pointer) } else { error }
}

/// Decodes an object or an array.
fn decode(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(|value: &Value| value.is_object() || value.is_array())
}

/// Returns a JSON pointer in the form of Meta's error messages.
fn path_of(pointer: &str) -> String {
    let mut path = String::new();
    for part in pointer.split('/').skip(1) {
        if path.is_empty() {
            path.push_str(part);
        } else if part.bytes().all(|byte| byte.is_ascii_digit()) {
            path.extend(["[", part, "]"]);
        } else {
            path.extend(["['", part, "']"]);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Result<Value, GraphError> {
        let check = |body: &RequestObject<'_>| {
            let text = body.required_object("text", &["body", "preview_url"])?;
            text.flag("preview_url")?;
            text.required("body")?;
            body.objects("items", &["n"])?.iter().try_for_each(|item| item.number("n").map(drop))
        };
        RequestObject::read(body, &["text", "items"], &Rules::strict(), check).map(|((), body)| body)
    }

    #[track_caller]
    fn check_refused(body: Value, rule: Rule, why: &str) {
        let error = read(body).unwrap_err();
        assert_eq!((error.rule, error.details()), (Some(rule), Some(why)));
    }

    #[test]
    fn null_means_absent() {
        assert!(read(json!({"text": {"body": "a", "preview_url": null}, "items": null})).is_ok());
        check_refused(json!({"text": null}), Rule::Required, "The parameter text is required");
    }

    #[test]
    fn json_encoded_strings_stand_for_objects_and_arrays() {
        let body = read(json!({"text": r#"{"body": "{}", "preview_url": "true"}"#, "items": r#"[{"n": 1}]"#})).unwrap();
        assert_eq!(body, json!({"text": {"body": "{}", "preview_url": "true"}, "items": [{"n": 1}]}));
        assert!(read(json!({"text": {"body": "a"}, "items": [r#"{"n": "7"}"#]})).is_ok());
        check_refused(json!({"text": "hello"}), Rule::Form, "Param text must be a JSON object");
        check_refused(json!({"text": "7"}), Rule::Form, "Param text must be a JSON object");
        let many = vec!["{}"; MAX_ENCODED + 1];
        assert_eq!(read(json!({"text": {"body": "a"}, "items": many})).unwrap_err().rule, Some(Rule::Body));
    }

    #[test]
    fn unknown_keys_and_ill_typed_values_are_refused_with_their_path() {
        let text = json!({"body": "a"});
        check_refused(json!({"text": text, "txt": 1}), Rule::UnknownKey, "Unexpected key \"txt\"");
        let why = "Unexpected key \"caption\" on param \"text\"";
        check_refused(json!({"text": {"body": "a", "caption": "b"}}), Rule::UnknownKey, why);
        let why = "Unexpected key \"m\" on param \"items[1]\"";
        check_refused(json!({"text": text, "items": [{}, {"m": 1}]}), Rule::UnknownKey, why);
        check_refused(json!({"text": {"body": true}}), Rule::Form, "Param text['body'] must be a string");
        let why = "Param items[0]['n'] must be an integer";
        check_refused(json!({"text": text, "items": [{"n": -1}]}), Rule::Form, why);
    }
}
