//! Location of an inbound message.

use std::fmt;

use waxwing_types::Degrees;

use crate::json::JsonObject;

/// Location that a user sent. `Debug` hides the coordinates, the name and the address.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundLocation {
    /// Latitude, between -90 and 90 degrees. North is positive.
    pub latitude: Degrees,
    /// Longitude, between -180 and 180 degrees. East is positive.
    pub longitude: Degrees,
    /// Name of the location.
    pub name: Option<String>,
    /// Postal address of the location.
    pub address: Option<String>,
    /// Web page of the location.
    pub url: Option<String>,
}

impl InboundLocation {
    /// Reads a location. `None` if the coordinates are missing or out of range.
    pub(super) fn read(location: &JsonObject<'_>) -> Option<Self> {
        let degrees = |name, most: f64| location.number(name).filter(|degrees| degrees.abs() <= most).map(Degrees::new);
        Some(Self {
            latitude: degrees("latitude", 90.0)?,
            longitude: degrees("longitude", 180.0)?,
            name: location.string("name"),
            address: location.string("address"),
            url: location.string("url"),
        })
    }
}

impl fmt::Debug for InboundLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundLocation")
            .field("name", &self.name.is_some())
            .field("address", &self.address.is_some())
            .finish_non_exhaustive()
    }
}
