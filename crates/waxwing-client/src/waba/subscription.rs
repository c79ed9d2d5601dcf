//! Webhooks of an account.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Waba;
use crate::Error;

/// App that gets the webhooks of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SubscribedApp {
    /// Id of the app.
    pub id: String,
    /// Name of the app.
    pub name: Option<String>,
    /// URL that gets the webhooks of this account instead of the URL of the app.
    pub override_callback_uri: Option<String>,
}

impl Waba<'_> {
    /// Lists the apps that get the webhooks of the account.
    ///
    /// <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn subscribed_apps(&self) -> Result<Vec<SubscribedApp>, Error> {
        #[derive(Deserialize)]
        struct Apps {
            data: Vec<App>,
        }

        #[derive(Deserialize)]
        struct App {
            whatsapp_business_api_data: AppData,
            override_callback_uri: Option<String>,
        }

        #[derive(Deserialize)]
        struct AppData {
            id: String,
            name: Option<String>,
        }

        let Apps { data } = self.node.request(Method::GET, &["subscribed_apps"]).send().await?;
        let app = |App { whatsapp_business_api_data: AppData { id, name }, override_callback_uri }| SubscribedApp {
            id,
            name,
            override_callback_uri,
        };
        Ok(data.into_iter().map(app).collect())
    }

    /// Sends the webhooks of the account to the URL of the app, also if they went to another URL before.
    ///
    /// <https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account/subscribed_apps>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn subscribe(&self) -> Result<(), Error> {
        self.node.post(&["subscribed_apps"], &json!({})).await
    }

    /// Sends the webhooks of the account to a URL of its own. Meta verifies the URL with the token at once.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/embedded-signup/webhooks/override>
    ///
    /// # Errors
    ///
    /// Returns an error if the URL does not return the challenge.
    pub async fn subscribe_to(&self, url: &str, verify_token: &str) -> Result<(), Error> {
        self.node
            .post(&["subscribed_apps"], &json!({ "override_callback_uri": url, "verify_token": verify_token }))
            .await
    }

    /// Ends the webhooks of the account to the app.
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn unsubscribe(&self) -> Result<(), Error> {
        self.node.delete(&["subscribed_apps"]).await
    }
}
