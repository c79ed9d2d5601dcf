//! Request for a postal address.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::redacted::debug_shows;
use crate::validation::{self, ValidationError};

/// Form for a postal address, in India. `Debug` hides the values.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages/address-messages>
///
/// ```
/// use waxwing_types::{AddressRequest, Interactive, OutboundContent};
///
/// let form = AddressRequest::new("IN").value("name", "Ana").value("in_pin_code", "400063");
/// OutboundContent::from(Interactive::address_request("Where shall we deliver?", form)).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AddressRequest {
    /// Code of the country in two letters.
    pub country: String,
    /// Values that the form shows at first, by Meta's names of the fields.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub values: Map<String, Value>,
    /// Addresses that the user can choose from: objects with an `id` and a `value`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub saved_addresses: Vec<Value>,
    /// Messages about values that are wrong, by Meta's names of the fields.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub validation_errors: Map<String, Value>,
}

impl AddressRequest {
    /// Creates an empty form for a country.
    pub fn new(country: impl Into<String>) -> Self {
        Self { country: country.into(), values: Map::new(), saved_addresses: Vec::new(), validation_errors: Map::new() }
    }

    /// Sets a value that the form shows at first, by Meta's name of the field.
    pub fn value(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.insert(field.into(), Value::String(value.into()));
        self
    }

    /// Adds an address that the user can choose: an object with an `id` and a `value`.
    pub fn saved_address(mut self, address: Value) -> Self {
        self.saved_addresses.push(address);
        self
    }

    /// Sets a message about a value that is wrong, by Meta's name of the field.
    pub fn validation_error(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.validation_errors.insert(field.into(), Value::String(message.into()));
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        validation::not_empty("interactive.action.parameters.country", &self.country)
    }
}

debug_shows! { AddressRequest { country } }

#[cfg(test)]
mod tests {
    use super::super::Interactive;
    use super::*;
    use crate::message::checks::{check_content, check_debug, check_invalid};
    use serde_json::json;

    #[test]
    fn an_address_form_has_values() {
        check_content(
            Interactive::address_request("Where?", AddressRequest::new("IN").value("name", "Ana")),
            &json!({
                "type": "address_message",
                "body": { "text": "Where?" },
                "action": { "name": "address_message", "parameters": { "country": "IN", "values": { "name": "Ana" } } },
            }),
        );
        let field = "interactive.action.parameters.country";
        check_invalid(
            Interactive::address_request("Where?", AddressRequest::new("")),
            &ValidationError::Empty { field },
        );
        check_debug(Interactive::address_request("a", AddressRequest::new("IN").value("name", "secret")), &["secret"]);
    }
}
