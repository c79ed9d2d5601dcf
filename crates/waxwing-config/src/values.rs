//! Value types of several sections.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::{Deserializer, Error};
use url::Url;
use waxwing::types::Decimal;

/// First example of a duration in the schema.
pub(crate) const DURATION_EXAMPLE: &str = "30s";

/// A duration such as `30s`, above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DurationValue(pub(crate) Duration);

impl<'de> Deserialize<'de> for DurationValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let duration = humantime::parse_duration(&text).ok().filter(|duration| !duration.is_zero());
        duration.map(Self).ok_or_else(|| Error::custom("must be a duration such as `400ms`, `30s`, `5m` or `24h`"))
    }
}

impl JsonSchema for DurationValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]+ *[a-zA-Z]", "examples": [DURATION_EXAMPLE, "5m", "24h"] })
    }
}

/// Returns true for a URL with a host and the scheme `http` or `https`.
pub(crate) fn is_http_url(text: &str) -> bool {
    Url::parse(text.trim()).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Returns true if the host of a URL is reserved for examples.
///
/// <https://www.rfc-editor.org/rfc/rfc2606>
pub(crate) fn has_example_host(text: &str) -> bool {
    let Some(host) = Url::parse(text.trim()).ok().and_then(|url| url.host_str().map(str::to_owned)) else {
        return false;
    };
    let mut labels = host.trim_end_matches('.').rsplit('.');
    match (labels.next(), labels.next()) {
        (Some("example"), _) => true,
        (Some("com" | "net" | "org"), Some(label)) => label == "example",
        _ => false,
    }
}

/// An amount of money, 0 or more: a number, or a text with a decimal number. Kept as text, so that no digit is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AmountValue(pub(crate) String);

impl<'de> Deserialize<'de> for AmountValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let text = value.as_str().map_or_else(|| value.to_string(), |text| text.trim().to_owned());
        let is_amount = text.parse().is_ok_and(|amount: Decimal| amount.compare(Decimal::ZERO).is_ge());
        if is_amount { Ok(Self(text)) } else { Err(Error::custom("must be an amount such as `20` or `0.5`")) }
    }
}

impl JsonSchema for AmountValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"], "minimum": 0, "pattern": "^[0-9]", "examples": [20, 0.5] })
    }
}

/// A secret text. `Debug` output does not contain it.
#[derive(Clone)]
pub(crate) struct SecretValue(SecretString);

impl SecretValue {
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(hidden)")
    }
}

impl<'de> Deserialize<'de> for SecretValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(deserializer)?.into()))
    }
}

impl JsonSchema for SecretValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "examples": ["${NAME_OF_A_VARIABLE}"] })
    }
}

/// A text, a number or a boolean, as the argument of a tool. `Debug` output does not contain it, because it can be a secret.
#[derive(Clone, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct ArgumentValue(pub(crate) serde_json::Value);

impl fmt::Debug for ArgumentValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ArgumentValue(hidden)")
    }
}

impl JsonSchema for ArgumentValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Argument".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"], "examples": ["${user.phone}"] })
    }
}

/// A JSON object with any content. `Debug` output does not contain it.
#[derive(Clone, serde::Deserialize)]
pub(crate) struct JsonObject(pub(crate) serde_json::Map<String, serde_json::Value>);

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonObject(..)")
    }
}

impl JsonSchema for JsonObject {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "JsonObject".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "additionalProperties": {} })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_services() {
        for text in ["http://127.0.0.1:80", "https://a.net/b", " https://a.net "] {
            assert!(is_http_url(text) && !has_example_host(text), "{text}");
        }
        for text in ["", "a.net/b", "localhost:80", "ftp://a.net", "https://", "http:/"] {
            assert!(!is_http_url(text), "{text}");
        }
        for text in ["https://example.com", "https://crm.example.org/a", "http://shop.example"] {
            assert!(is_http_url(text) && has_example_host(text), "{text}");
        }
    }
}
