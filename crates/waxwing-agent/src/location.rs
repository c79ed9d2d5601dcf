//! Place on the map.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place on the map. Users share locations, and agents send them.
///
/// `Display` gives the name, the address, and the coordinates. `Debug` output gives none of them.
///
/// ```
/// use waxwing_agent::Location;
///
/// let sol = Location::new(40.4168, -3.7038).with_name("Sol").with_address("Puerta del Sol 1");
/// assert_eq!(sol.to_string(), "Sol, Puerta del Sol 1 (40.4168, -3.7038)");
/// ```
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Location {
    /// Latitude in degrees. North is positive.
    pub latitude: f64,
    /// Longitude in degrees. East is positive.
    pub longitude: f64,
    /// Name of the place.
    pub name: Option<String>,
    /// Postal address.
    pub address: Option<String>,
    /// Web page of a place that a user shared. Agents cannot send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Location {
    /// Creates a location from its latitude and longitude in degrees.
    pub fn new(latitude: f64, longitude: f64) -> Self {
        Self { latitude, longitude, name: None, address: None, url: None }
    }

    /// Sets the name of the place.
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the postal address.
    pub fn with_address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { latitude, longitude, name, address, url: _ } = self;
        let labels: Vec<_> = [name, address].into_iter().flatten().map(String::as_str).collect();
        if labels.is_empty() {
            return write!(f, "{latitude}, {longitude}");
        }
        write!(f, "{} ({latitude}, {longitude})", labels.join(", "))
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Location").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_displays_its_coordinates_and_what_is_known_of_the_place() {
        assert_eq!(Location::new(40.4168, -3.7038).to_string(), "40.4168, -3.7038");
        let sol = Location::new(40.4168, -3.7038).with_name("Sol").with_address("Puerta del Sol 1");
        assert_eq!(sol.to_string(), "Sol, Puerta del Sol 1 (40.4168, -3.7038)");
    }

    #[test]
    fn debug_output_has_no_coordinates() {
        assert_eq!(format!("{:?}", Location::new(40.4168, -3.7038).with_name("home")), "Location { .. }");
    }
}
