//! Content of a location message.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::validation::ValidationError;

/// Latitude or longitude in degrees. `Debug` hides the value.
///
/// Two values are equal if all their bits are equal, so `0.0` and `-0.0` differ.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Degrees(f64);

impl Degrees {
    /// Creates a coordinate from degrees north or east. Degrees south and west are negative. The range is not checked.
    pub fn new(degrees: f64) -> Self {
        Self(degrees)
    }

    /// Returns the number of degrees.
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

impl fmt::Debug for Degrees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Degrees([hidden])")
    }
}

/// Location on a map. `Debug` hides the coordinates, the name and the address.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/messages/location-messages>
///
/// ```
/// use waxwing_types::{LocationMessage, OutboundContent};
///
/// let office = LocationMessage::new(40.4168, -3.7038).name("Our office").address("Puerta del Sol 1, Madrid");
/// OutboundContent::from(office).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LocationMessage {
    /// Latitude, between -90 and 90 degrees.
    pub latitude: Degrees,
    /// Longitude, between -180 and 180 degrees.
    pub longitude: Degrees,
    /// Name of the location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Postal address of the location.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl LocationMessage {
    /// Creates a location without a name and an address.
    pub fn new(latitude: impl Into<Degrees>, longitude: impl Into<Degrees>) -> Self {
        Self { latitude: latitude.into(), longitude: longitude.into(), name: None, address: None }
    }

    /// Sets the name of the location.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the postal address of the location.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    pub(in crate::message) fn validate(&self) -> Result<(), ValidationError> {
        self.latitude.validate("location.latitude", 90.0, "between -90 and 90")?;
        self.longitude.validate("location.longitude", 180.0, "between -180 and 180")
    }
}

impl fmt::Debug for LocationMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocationMessage")
            .field("name", &self.name.is_some())
            .field("address", &self.address.is_some())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks::{check_content, check_debug, check_invalid};
    use super::*;
    use serde_json::json;

    #[test]
    fn a_location_has_coordinates_in_range() {
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

    #[test]
    fn debug_hides_the_place() {
        let place = LocationMessage::new(40.4168, -3.7038).name("Sol").address("Puerta del Sol 1");
        check_debug(place, &["40.4", "3.7", "Sol"]);
        assert!(!format!("{:?}", Degrees::new(40.4168)).contains("40"));
    }
}
