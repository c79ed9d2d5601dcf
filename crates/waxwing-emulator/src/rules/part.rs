//! Reading a JSON object by the rules.

use serde_json::{Map, Value};

use super::{GraphError, Rule, Rules};

/// An object inside a request, which knows where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Part<'a> {
    map: &'a Map<String, Value>,
    /// Its path in the request, such as `interactive.action`; empty for the whole body.
    path: String,
    pub(crate) rules: &'a Rules,
}

impl<'a> Part<'a> {
    /// The whole body of a request.
    pub(crate) fn body(body: &'a Value, rules: &'a Rules) -> Result<Self, GraphError> {
        let map = body.as_object().ok_or_else(|| GraphError::malformed("the body is not a JSON object"))?;
        Ok(Self { map, path: String::new(), rules })
    }

    /// The path of a parameter of this object.
    pub(crate) fn path(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The parameter as it stands.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.map.get(key)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// A breach by a parameter of this object.
    pub(crate) fn broken(&self, rule: Rule, key: &str, why: &str) -> GraphError {
        GraphError::because(rule, format!("{}: {why}", self.path(key)))
    }

    pub(crate) fn invalid(&self, key: &str, why: &str) -> GraphError {
        self.broken(Rule::Form, key, why)
    }

    pub(crate) fn missing(&self, key: &str) -> GraphError {
        GraphError::missing(&self.path(key))
    }

    /// A string, if it is there.
    pub(crate) fn string(&self, key: &str) -> Result<Option<&'a str>, GraphError> {
        match self.map.get(key) {
            None => Ok(None),
            Some(Value::String(value)) => Ok(Some(value)),
            Some(_) => Err(self.invalid(key, "must be a string")),
        }
    }

    /// A string that is not empty.
    pub(crate) fn required(&self, key: &str) -> Result<&'a str, GraphError> {
        self.string(key)?.filter(|value| !value.is_empty()).ok_or_else(|| self.missing(key))
    }

    /// A string of bounded length, if it is there.
    pub(crate) fn text(&self, key: &str, rule: Rule) -> Result<Option<&'a str>, GraphError> {
        self.string(key)?.map(|value| self.bounded(key, value, rule)).transpose()
    }

    /// A string of bounded length that is not empty.
    pub(crate) fn required_text(&self, key: &str, rule: Rule) -> Result<&'a str, GraphError> {
        self.bounded(key, self.required(key)?, rule)
    }

    /// One of these words.
    pub(crate) fn word(&self, key: &str, words: &[&str]) -> Result<&'a str, GraphError> {
        let word = self.required(key)?;
        if words.contains(&word) {
            Ok(word)
        } else {
            Err(self.invalid(key, &format!("must be {}", words.join(" or "))))
        }
    }

    /// True or false; absent is false.
    pub(crate) fn flag(&self, key: &str) -> Result<bool, GraphError> {
        match self.map.get(key) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(self.invalid(key, "must be true or false")),
        }
    }

    /// An object, if it is there.
    pub(crate) fn part(&self, key: &str) -> Result<Option<Part<'a>>, GraphError> {
        self.map.get(key).map(|value| self.within(value, self.path(key))).transpose()
    }

    pub(crate) fn required_part(&self, key: &str) -> Result<Part<'a>, GraphError> {
        self.part(key)?.ok_or_else(|| self.missing(key))
    }

    /// An array, if it is there.
    pub(crate) fn array(&self, key: &str) -> Result<Option<&'a [Value]>, GraphError> {
        match self.map.get(key) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(self.invalid(key, "must be an array")),
        }
    }

    /// An array of objects; empty if it is not there.
    pub(crate) fn parts(&self, key: &str) -> Result<Vec<Part<'a>>, GraphError> {
        let items = self.array(key)?.unwrap_or_default();
        items.iter().enumerate().map(|(n, item)| self.within(item, format!("{}[{n}]", self.path(key)))).collect()
    }

    /// An array of at least one and at most so many objects.
    pub(crate) fn required_parts(&self, key: &str, rule: Rule) -> Result<Vec<Part<'a>>, GraphError> {
        let parts = self.parts(key)?;
        if parts.is_empty() {
            return Err(self.missing(key));
        }
        self.at_most(key, parts.len(), rule)?;
        Ok(parts)
    }

    /// Checks a count against the number of a rule.
    pub(crate) fn at_most(&self, key: &str, count: usize, rule: Rule) -> Result<(), GraphError> {
        let limit = self.rules.limit(rule);
        if count > limit {
            Err(self.broken(rule, key, &format!("{count}, and at most {limit} are allowed")))
        } else {
            Ok(())
        }
    }

    /// Checks the length of a string of this object.
    pub(crate) fn bounded(&self, key: &str, value: &'a str, rule: Rule) -> Result<&'a str, GraphError> {
        let (length, limit) = (self.rules.length(value), self.rules.limit(rule));
        if length > limit {
            return Err(self.broken(rule, key, &format!("{length} characters, and at most {limit} are allowed")));
        }
        Ok(value)
    }

    /// An http or https URL.
    pub(crate) fn link(&self, key: &str) -> Result<&'a str, GraphError> {
        let link = self.required(key)?;
        let is_url =
            ["http://", "https://"].iter().any(|scheme| link.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
        if is_url { Ok(link) } else { Err(self.broken(Rule::Link, key, "must be an http or https URL")) }
    }

    fn within(&self, value: &'a Value, path: String) -> Result<Part<'a>, GraphError> {
        let map = value.as_object().ok_or_else(|| GraphError::invalid(&path, "must be an object"))?;
        Ok(Part { map, path, rules: self.rules })
    }
}
