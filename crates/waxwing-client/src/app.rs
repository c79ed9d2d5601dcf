//! Meta app, which its own access token authorizes.

use reqwest::Method;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use crate::client::bearer;
use crate::node::Node;
use crate::request::SuccessResponse;
use crate::{Client, Error, Request, TokenInfo};

/// Object of webhooks from WhatsApp.
const OBJECT: &str = "whatsapp_business_account";

/// A Meta app: see [`Client::app`]. Its requests have the access token of the app instead of the token of the client.
///
/// <https://developers.facebook.com/docs/graph-api/reference/app/subscriptions>
///
/// ```no_run
/// use waxwing_client::{Client, Error, SecretString};
///
/// async fn connect(client: &Client, app_secret: SecretString) -> Result<(), Error> {
///     let app = client.app("670843887433847", &app_secret)?;
///     app.subscribe("https://bot.example.com/webhook", "verify-me", &["messages"]).await
/// }
/// ```
#[derive(Debug, Clone)]
pub struct App<'a> {
    node: Node<'a>,
    /// `Bearer` and the token, marked as sensitive.
    authorization: HeaderValue,
}

/// Subscription of an app to the webhooks of an object.
///
/// <https://developers.facebook.com/docs/graph-api/reference/app/subscriptions>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AppSubscription {
    /// Object, such as `whatsapp_business_account`.
    pub object: String,
    /// URL that gets the webhooks.
    pub callback_url: Option<String>,
    /// Whether the subscription is active.
    #[serde(default)]
    pub active: bool,
    /// Fields that are reported.
    #[serde(default)]
    pub fields: Vec<SubscribedField>,
}

/// Field of an [`AppSubscription`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct SubscribedField {
    /// Name, such as `messages`.
    pub name: String,
    /// Version of the Graph API, which decides the form of the webhooks.
    pub version: Option<String>,
}

impl Client {
    /// Returns a Meta app, by its id and its secret. The secret is in the dashboard of the app, and also signs webhooks.
    ///
    /// # Errors
    ///
    /// Returns an error if the id or the secret is empty or has control characters.
    pub fn app(&self, id: &str, secret: &SecretString) -> Result<App<'_>, Error> {
        let secret = secret.expose_secret();
        if id.is_empty() || secret.is_empty() {
            return Err(Error::invalid(
                "id or secret of the app is empty; copy both from the dashboard of your Meta app",
            ));
        }
        let authorization = bearer(&SecretString::from(format!("{id}|{secret}")))?;
        Ok(App { node: Node::new(self, id), authorization })
    }
}

impl App<'_> {
    /// Returns the subscriptions of the app.
    ///
    /// <https://developers.facebook.com/docs/graph-api/reference/app/subscriptions>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API does not accept the secret.
    pub async fn subscriptions(&self) -> Result<Vec<AppSubscription>, Error> {
        #[derive(Deserialize)]
        struct Found {
            data: Vec<AppSubscription>,
        }

        Ok(self.authorized(self.node.request(Method::GET, &["subscriptions"])).send::<Found>().await?.data)
    }

    /// Sends the webhooks of all accounts of the app to a URL, with these fields only, such as `messages`. Meta verifies the URL with the
    /// token at once. Each account subscribes the app with [`Waba::subscribe`](crate::Waba::subscribe).
    ///
    /// <https://developers.facebook.com/docs/graph-api/reference/app/subscriptions>
    ///
    /// # Errors
    ///
    /// Returns an error if the URL does not return the challenge, or if the Graph API does not accept the secret.
    pub async fn subscribe(&self, url: &str, verify_token: &str, fields: &[&str]) -> Result<(), Error> {
        let body = json!({
            "object": OBJECT,
            "callback_url": url,
            "verify_token": verify_token,
            "fields": fields.join(","),
        });
        let request = self.authorized(self.node.request(Method::POST, &["subscriptions"]).json(&body));
        request.send::<SuccessResponse>().await?.check()
    }

    /// Returns the data of any access token of the app.
    ///
    /// <https://developers.facebook.com/docs/graph-api/reference/debug_token>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API does not accept the secret, or if the token belongs to another app.
    pub async fn debug_token(&self, token: &SecretString) -> Result<TokenInfo, Error> {
        TokenInfo::read(self.authorized(self.node.client.endpoint(Method::GET, &["debug_token"])), token).await
    }

    fn authorized(&self, request: Request) -> Request {
        request.authorization(self.authorization.clone())
    }
}
