//! Commerce settings of a number.

use reqwest::Method;
use serde::Deserialize;

use super::Number;
use crate::Error;
use crate::request::SuccessResponse;

/// Commerce settings of a number. Settings that are not set stay as they are.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services/set-commerce-settings>
///
/// ```
/// use waxwing_client::CommerceSettings;
///
/// let settings = CommerceSettings::default().catalog(true);
/// assert_eq!((settings.is_catalog_visible, settings.is_cart_enabled), (Some(true), None));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct CommerceSettings {
    /// Whether users can put products into a cart.
    pub is_cart_enabled: Option<bool>,
    /// Whether users see the catalog in the chat and in the profile.
    pub is_catalog_visible: Option<bool>,
}

impl CommerceSettings {
    /// Enables or disables the cart.
    pub fn cart(mut self, is_enabled: bool) -> Self {
        self.is_cart_enabled = Some(is_enabled);
        self
    }

    /// Shows or hides the catalog.
    pub fn catalog(mut self, is_visible: bool) -> Self {
        self.is_catalog_visible = Some(is_visible);
        self
    }
}

impl Number<'_> {
    /// Returns the commerce settings.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services/set-commerce-settings>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn commerce_settings(&self) -> Result<CommerceSettings, Error> {
        #[derive(Deserialize)]
        struct Found {
            data: Vec<CommerceSettings>,
        }

        let Found { data } = self.node.request(Method::GET, &["whatsapp_commerce_settings"]).send().await?;
        Ok(data.into_iter().next().unwrap_or_default())
    }

    /// Changes the commerce settings that are set.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services/set-commerce-settings>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn set_commerce_settings(&self, settings: CommerceSettings) -> Result<(), Error> {
        let changes =
            [("is_cart_enabled", settings.is_cart_enabled), ("is_catalog_visible", settings.is_catalog_visible)];
        let mut request = self.node.request(Method::POST, &["whatsapp_commerce_settings"]);
        for (name, value) in changes {
            if let Some(value) = value {
                request = request.query(name, if value { "true" } else { "false" });
            }
        }
        request.send::<SuccessResponse>().await?.check()
    }
}
