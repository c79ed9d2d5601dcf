//! Tools for locations.

use schemars::JsonSchema;
use serde::Deserialize;
use waxwing_agent::{AgentError, Location, Reply};

use super::validate::{MAX_NAME, MAX_TEXT, at_most, required};
use crate::{Tool, tool};

#[derive(Deserialize, JsonSchema)]
struct LocationRequest {
    /// The text above the button, in Markdown; at most 1000 characters.
    text: String,
}

/// Creates the tool `request_location`: a text with a button to share a location.
///
/// The model gives a text of at most 1000 characters.
pub fn request_location() -> impl Tool {
    let description = "Asks the user to share a location, with a button for it. The location arrives as the next message of the user. The user may also ignore \
                       the request.";
    tool("request_location", description, async |LocationRequest { text }, _| {
        required("text", &text, MAX_TEXT)?;
        Ok(Reply::none().with_location_request(text))
    })
}

#[derive(Deserialize, JsonSchema)]
struct Place {
    /// Latitude in degrees, from -90 to 90; north is positive.
    latitude: f64,
    /// Longitude in degrees, from -180 to 180; east is positive.
    longitude: f64,
    /// Name of the place; at most 200 characters.
    name: Option<String>,
    /// Address of the place; at most 200 characters.
    address: Option<String>,
}

/// Creates the tool `send_location`: a place on the map.
///
/// The model gives the coordinates in degrees and, optionally, a name and an address of at most 200 characters each.
pub fn send_location() -> impl Tool {
    let description = "Shows the user a place on the map. Use only coordinates that you were given or know exactly. Never estimate them.";
    tool("send_location", description, async |Place { latitude, longitude, name, address }, _| {
        if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
            return Err(AgentError::new("latitude must be from -90 to 90 and longitude from -180 to 180"));
        }
        at_most("name", name.as_deref().unwrap_or_default(), MAX_NAME)?;
        at_most("address", address.as_deref().unwrap_or_default(), MAX_NAME)?;
        let mut location = Location::new(latitude, longitude);
        (location.name, location.address) = (name, address);
        Ok(Reply::from(location))
    })
}
