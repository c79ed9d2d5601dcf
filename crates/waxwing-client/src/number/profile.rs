//! Business profile of a number.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Number;
use crate::Error;

/// Business profile that users see. Fields that are not set stay as they are. `Debug` hides the addresses.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/business-profiles>
///
/// ```
/// use waxwing_client::BusinessProfile;
///
/// let profile = BusinessProfile::default().about("Pizza since 1990").website("https://pizza.example");
/// assert_eq!(profile.websites.as_deref(), Some(&["https://pizza.example".to_owned()][..]));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BusinessProfile {
    /// Text below the name, at most 139 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Address, at most 256 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Description, at most 512 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Email address, at most 128 characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Meta's name of the industry, such as `RESTAURANT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vertical: Option<String>,
    /// Web pages, at most 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub websites: Option<Vec<String>>,
    /// URL of the picture. Only Meta sets it.
    #[serde(skip_serializing)]
    pub profile_picture_url: Option<String>,
    /// Handle of a new picture: see [`Client::upload_handle`](crate::Client::upload_handle). Meta never returns it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile_picture_handle: Option<String>,
}

impl BusinessProfile {
    /// Fields of a request.
    const FIELDS: &str = "about,address,description,email,vertical,websites,profile_picture_url";

    /// Sets the text below the name.
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = Some(about.into());
        self
    }

    /// Sets the address.
    pub fn address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    /// Sets the description.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Sets the email address.
    pub fn email(mut self, email: impl Into<String>) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Sets the industry by Meta's name of it.
    pub fn vertical(mut self, vertical: impl Into<String>) -> Self {
        self.vertical = Some(vertical.into());
        self
    }

    /// Sets the picture by the handle of an upload.
    pub fn picture_handle(mut self, handle: impl Into<String>) -> Self {
        self.profile_picture_handle = Some(handle.into());
        self
    }

    /// Adds a web page.
    pub fn website(mut self, url: impl Into<String>) -> Self {
        self.websites.get_or_insert_default().push(url.into());
        self
    }

    /// Returns the body of a request that changes the profile.
    fn change(&self) -> Value {
        let mut body = serde_json::to_value(self).unwrap_or_default();
        body["messaging_product"] = "whatsapp".into();
        body
    }
}

impl Number<'_> {
    /// Returns the business profile.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/business-profiles>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn profile(&self) -> Result<BusinessProfile, Error> {
        #[derive(Deserialize)]
        struct Profiles {
            data: Vec<BusinessProfile>,
        }

        let Profiles { data } = self.node.get(&["whatsapp_business_profile"], BusinessProfile::FIELDS).await?;
        data.into_iter().next().ok_or_else(|| Error::decode(200, None))
    }

    /// Changes the fields of the business profile that are set.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/business-profiles>
    ///
    /// # Errors
    ///
    /// Returns an error if a field is too long.
    pub async fn set_profile(&self, profile: &BusinessProfile) -> Result<(), Error> {
        self.node.post(&["whatsapp_business_profile"], &profile.change()).await
    }
}

impl fmt::Debug for BusinessProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BusinessProfile")
            .field("about", &self.about)
            .field("description", &self.description)
            .field("vertical", &self.vertical)
            .field("websites", &self.websites)
            .finish_non_exhaustive()
    }
}
