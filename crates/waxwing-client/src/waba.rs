//! WhatsApp Business Account.

mod template;

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;
use waxwing_types::WabaId;

use crate::paging::Paged;
use crate::request::SuccessResponse;
use crate::{BusinessPhoneNumber, Client, Error};

pub use template::{CreatedTemplate, NewTemplate, TemplateDefinition, TemplateFilter};

/// A WhatsApp Business Account: see [`Client::waba`].
///
/// The access token needs the permission `whatsapp_business_management`.
///
/// ```no_run
/// use waxwing_client::types::WabaId;
/// use waxwing_client::{Client, Error, NewTemplate};
///
/// async fn set_up(client: &Client) -> Result<(), Error> {
///     let account = client.waba(WabaId::new("102290129340398"));
///     account.subscribe().await?;
///     let template = NewTemplate::utility("order_ready", "en").body("Your order {{1}} is ready.", ["17"]);
///     let created = account.create_template(&template).await?;
///     println!("{} is {}", created.id, created.status);
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Waba<'a> {
    client: &'a Client,
    id: WabaId,
}

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

impl Client {
    /// Returns a WhatsApp Business Account, whose id webhooks have in `entry[].id`.
    pub fn waba(&self, id: WabaId) -> Waba<'_> {
        Waba { client: self, id }
    }
}

impl<'a> Waba<'a> {
    /// Lists message templates.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
    pub fn templates(&self, filter: &TemplateFilter) -> Paged<'a, TemplateDefinition> {
        Paged::new(self.client, self.path("message_templates"), filter.query())
    }

    /// Creates a template. Meta reviews it before it can be sent.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
    ///
    /// # Errors
    ///
    /// Returns an error if Meta refuses the template, for example because its name exists.
    pub async fn create_template(&self, template: &NewTemplate) -> Result<CreatedTemplate, Error> {
        self.call(Method::POST, "message_templates").json(template).send().await
    }

    /// Deletes a template in all languages, or only the one with an id. Its name cannot be used again for 30 days.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such template.
    pub async fn delete_template(&self, name: &str, id: Option<&str>) -> Result<(), Error> {
        let mut call = self.call(Method::DELETE, "message_templates").query("name", name);
        if let Some(id) = id {
            call = call.query("hsm_id", id);
        }
        call.send::<SuccessResponse>().await?.check()
    }

    /// Lists the phone numbers of the account.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/manage-phone-numbers>
    pub fn numbers(&self) -> Paged<'a, BusinessPhoneNumber> {
        let fields = BusinessPhoneNumber::FIELDS.to_owned();
        Paged::new(self.client, self.path("phone_numbers"), vec![("fields", fields)])
    }

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

        let Apps { data } = self.call(Method::GET, "subscribed_apps").send().await?;
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
        self.set_subscription(&json!({})).await
    }

    /// Sends the webhooks of the account to a URL of its own. Meta verifies the URL with the token at once.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/embedded-signup/webhooks/override>
    ///
    /// # Errors
    ///
    /// Returns an error if the URL does not return the challenge.
    pub async fn subscribe_to(&self, url: &str, verify_token: &str) -> Result<(), Error> {
        self.set_subscription(&json!({ "override_callback_uri": url, "verify_token": verify_token })).await
    }

    /// Ends the webhooks of the account to the app.
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn unsubscribe(&self) -> Result<(), Error> {
        self.call(Method::DELETE, "subscribed_apps").send::<SuccessResponse>().await?.check()
    }

    async fn set_subscription(&self, body: &(impl Serialize + Sync)) -> Result<(), Error> {
        self.call(Method::POST, "subscribed_apps").json(body).send::<SuccessResponse>().await?.check()
    }

    fn call(&self, method: Method, name: &str) -> crate::Request {
        self.client.endpoint(method, &[self.id.as_str(), name])
    }

    fn path(&self, name: &str) -> Vec<String> {
        vec![self.id.as_str().to_owned(), name.to_owned()]
    }
}
