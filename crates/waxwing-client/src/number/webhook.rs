//! Node of a number: its webhook or its PIN changes.

use serde::Deserialize;
use serde_json::json;

use super::Number;
use crate::Error;

/// URLs that can get the webhooks of a number. Meta uses the first that is set. `Debug` shows them.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override>
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct WebhookConfiguration {
    /// URL of the number: see [`Number::set_webhook`].
    #[serde(rename = "phone_number")]
    pub of_number: Option<String>,
    /// URL of the account: see [`Waba::subscribe_to`](crate::Waba::subscribe_to).
    #[serde(rename = "whatsapp_business_account")]
    pub of_account: Option<String>,
    /// URL of the app: see [`App::subscribe`](crate::App::subscribe).
    #[serde(rename = "application")]
    pub of_app: Option<String>,
}

impl Number<'_> {
    /// Returns the URLs that can get the webhooks of the number.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn webhook(&self) -> Result<WebhookConfiguration, Error> {
        #[derive(Deserialize)]
        struct Found {
            #[serde(default)]
            webhook_configuration: WebhookConfiguration,
        }

        Ok(self.node.get::<Found>(&[], "webhook_configuration").await?.webhook_configuration)
    }

    /// Sends the webhooks of the number to a URL of its own, instead of the URL of the account or the app. Meta verifies the URL with the
    /// token at once.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override>
    ///
    /// # Errors
    ///
    /// Returns an error if the URL does not return the challenge.
    pub async fn set_webhook(&self, url: &str, verify_token: &str) -> Result<(), Error> {
        let configuration = json!({ "override_callback_uri": url, "verify_token": verify_token });
        self.node.post(&[], &json!({ "webhook_configuration": configuration })).await
    }

    /// Sends the webhooks of the number to the URL of the account or the app again.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn clear_webhook(&self) -> Result<(), Error> {
        let configuration = json!({ "override_callback_uri": "" });
        self.node.post(&[], &json!({ "webhook_configuration": configuration })).await
    }

    /// Sets the PIN of two-step verification, which has six digits. Meta asks for it when the number is registered.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/two-step-verification>
    ///
    /// # Errors
    ///
    /// Returns an error if the PIN has another form.
    pub async fn set_pin(&self, pin: &str) -> Result<(), Error> {
        self.node.post(&[], &json!({ "pin": pin })).await
    }
}
