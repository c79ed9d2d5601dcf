//! Additions of the settings to each request.

use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::InvalidProvider;

/// Headers, query parameters and fields of the body that a request has in addition.
#[derive(Clone, Default)]
pub(super) struct RequestExtras {
    /// Names in lower case.
    pub(super) headers: Vec<(String, SecretString)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Map<String, Value>,
}

impl RequestExtras {
    pub(super) fn set_header(&mut self, name: &str, value: String) {
        let name = name.to_ascii_lowercase();
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, SecretString::from(value)));
    }

    pub(super) fn validate(&self) -> Result<(), InvalidProvider> {
        let is_valid = |(name, value): &(String, SecretString)| {
            let value = HeaderValue::from_str(value.expose_secret());
            HeaderName::from_bytes(name.as_bytes()).is_ok() && value.is_ok()
        };
        if self.headers.iter().all(is_valid) {
            return Ok(());
        }
        Err(InvalidProvider("invalid header; a name has ASCII letters, digits and `-`, and a value has no line breaks"))
    }
}
