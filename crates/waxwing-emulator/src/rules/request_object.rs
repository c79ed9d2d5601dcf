//! Reader for the JSON objects of a request.

use serde_json::{Map, Value};

use super::{GraphError, Rule, Rules};

/// JSON object of a request, with its path for error messages.
#[derive(Debug, Clone)]
pub(crate) struct RequestObject<'a> {
    map: &'a Map<String, Value>,
    /// Path in the request, such as `interactive.action`. Empty for the whole body.
    path: String,
    pub(crate) rules: &'a Rules,
}

impl<'a> RequestObject<'a> {
    /// Reads the whole body of a request.
    pub(crate) fn body(body: &'a Value, rules: &'a Rules) -> Result<Self, GraphError> {
        let map = body.as_object().ok_or_else(|| GraphError::malformed("the body is not a JSON object"))?;
        Ok(Self { map, path: String::new(), rules })
    }

    /// Returns the path of a parameter of this object.
    pub(crate) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Returns the parameter without any check.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// Returns the error for a parameter that violates a rule.
    pub(crate) fn violates(&self, rule: Rule, key: &str, why: &str) -> GraphError {
        GraphError::with_details(rule, format!("{}: {why}", self.path(key)))
    }

    pub(crate) fn invalid(&self, key: &str, why: &str) -> GraphError {
        self.violates(Rule::Form, key, why)
    }

    pub(crate) fn missing(&self, key: &str) -> GraphError {
        GraphError::missing(&self.path(key))
    }

    /// Returns an optional string.
    pub(crate) fn string(&self, key: &str) -> Result<Option<&'a str>, GraphError> {
        match self.map.get(key) {
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

    /// Returns a boolean. Absent means false.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, GraphError> {
        match self.map.get(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.invalid(key, "must be true or false")),
        }
    }

    /// Returns an optional object.
    pub(crate) fn object(&self, key: &str) -> Result<Option<RequestObject<'a>>, GraphError> {
        self.map.get(key).map(|value| self.child(value, self.path(key))).transpose()
    }

    pub(crate) fn required_object(&self, key: &str) -> Result<RequestObject<'a>, GraphError> {
        self.object(key)?.ok_or_else(|| self.missing(key))
    }

    /// Returns an optional array.
    pub(crate) fn array(&self, key: &str) -> Result<Option<&'a [Value]>, GraphError> {
        match self.map.get(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.invalid(key, "must be an array")),
        }
    }

    /// Returns an array of objects. Absent means empty.
    pub(crate) fn objects(&self, key: &str) -> Result<Vec<RequestObject<'a>>, GraphError> {
        let items = self.array(key)?.unwrap_or_default();
        items.iter().enumerate().map(|(n, item)| self.child(item, format!("{}[{n}]", self.path(key)))).collect()
    }

    /// Returns a required array of objects whose number a rule limits.
    pub(crate) fn required_objects(&self, key: &str, rule: Rule) -> Result<Vec<RequestObject<'a>>, GraphError> {
        let objects = self.objects(key)?;
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

    fn child(&self, value: &'a Value, path: String) -> Result<RequestObject<'a>, GraphError> {
        let map = value.as_object().ok_or_else(|| GraphError::invalid(&path, "must be an object"))?;
        Ok(RequestObject { map, path, rules: self.rules })
    }
}
