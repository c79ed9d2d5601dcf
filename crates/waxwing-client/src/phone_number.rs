//! `GET /{phone_number_id}`

use std::fmt;

use reqwest::Method;
use serde::Deserialize;

use crate::{Client, Error};

/// Data of a business number. A field that Meta does not return is `None`.
///
/// `Debug` hides the number.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BusinessPhoneNumber {
    /// The number as people read it: `+1 555-000-1111`.
    pub display_phone_number: Option<String>,
    /// The name that users see.
    pub verified_name: Option<String>,
    /// `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality_rating: Option<String>,
    /// Whether the number was verified by code: `VERIFIED` for example.
    pub code_verification_status: Option<String>,
    /// Whether the name was approved.
    pub name_status: Option<String>,
    /// `CLOUD_API` if the number is registered here.
    pub platform_type: Option<String>,
    /// `CONNECTED` for example.
    pub status: Option<String>,
}

impl fmt::Debug for BusinessPhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BusinessPhoneNumber")
            .field("verified_name", &self.verified_name)
            .field("quality_rating", &self.quality_rating)
            .field("code_verification_status", &self.code_verification_status)
            .field("name_status", &self.name_status)
            .field("platform_type", &self.platform_type)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Asks for what Meta knows of this client's number: a cheap way to try out token and id.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/manage-phone-numbers>
    ///
    /// # Errors
    ///
    /// Fails if there is no answer, or if the Graph API does not know the number or the token.
    pub async fn phone_number(&self) -> Result<BusinessPhoneNumber, Error> {
        const FIELDS: &str = "display_phone_number,verified_name,quality_rating,code_verification_status,name_status,\
                              platform_type,status";
        self.call(Method::GET, &[self.phone_number_id().as_str()]).query("fields", FIELDS).send().await
    }
}
