//! Messages of places.

use serde::{Deserialize, Serialize};

use crate::validation::ValidationError;

/// A latitude or a longitude, in degrees.
///
/// Two of them are equal if they are the same number to the last bit.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Degrees(f64);

impl Degrees {
    /// Degrees north or east; south and west are negative.
    pub fn new(degrees: f64) -> Self {
        Self(degrees)
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }

    fn validate(self, field: &'static str, most: f64, expected: &'static str) -> Result<(), ValidationError> {
        if self.0.abs() <= most { Ok(()) } else { Err(ValidationError::Malformed { field, expected }) }
    }
}

impl PartialEq for Degrees {
    fn eq(&self, other: &Self) -> bool {
        self.0.total_cmp(&other.0).is_eq()
    }
}

impl Eq for Degrees {}

impl From<f64> for Degrees {
    fn from(degrees: f64) -> Self {
        Self(degrees)
    }
}

/// A place on the map.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/location-messages>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationMessage {
    /// Between -90 and 90.
    pub latitude: Degrees,
    /// Between -180 and 180.
    pub longitude: Degrees,
    /// What the place is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where it is, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl LocationMessage {
    /// A place without a name.
    pub fn new(latitude: impl Into<Degrees>, longitude: impl Into<Degrees>) -> Self {
        Self { latitude: latitude.into(), longitude: longitude.into(), name: None, address: None }
    }

    /// Says what the place is called.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Says where it is, in words.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        self.latitude.validate("location.latitude", 90.0, "between -90 and 90")?;
        self.longitude.validate("location.longitude", 180.0, "between -180 and 180")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_content, check_invalid};
    use super::*;
    use serde_json::json;

    #[test]
    fn places() {
        check_content(LocationMessage::new(40.4168, -3.7038), &json!({"latitude": 40.4168, "longitude": -3.7038}));
        check_content(
            LocationMessage::new(-90.0, 180.0).name("Sol").address("Puerta del Sol 1"),
            &json!({"latitude": -90.0, "longitude": 180.0, "name": "Sol", "address": "Puerta del Sol 1"}),
        );
        let latitude = ValidationError::Malformed { field: "location.latitude", expected: "between -90 and 90" };
        check_invalid(LocationMessage::new(90.1, 0.0), &latitude);
        check_invalid(LocationMessage::new(f64::NAN, 0.0), &latitude);
        check_invalid(
            LocationMessage::new(0.0, -180.5),
            &ValidationError::Malformed { field: "location.longitude", expected: "between -180 and 180" },
        );
    }
}
