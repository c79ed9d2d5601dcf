//! Settings of a business phone number.

mod profile;
mod qr_code;

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use waxwing_types::{Address, PhoneNumberId};

use crate::paging::Paged;
use crate::request::SuccessResponse;
use crate::{Client, Error};

pub use profile::BusinessProfile;
pub use qr_code::QrCode;

/// A business phone number: see [`Client::number`]. Its data is in [`Client::phone_number`].
///
/// ```no_run
/// use waxwing_client::types::PhoneNumberId;
/// use waxwing_client::{BusinessProfile, Client, Error};
///
/// async fn set_up(client: &Client) -> Result<(), Error> {
///     let number = client.number(PhoneNumberId::new("1000001"));
///     number.register("123456").await?;
///     number.set_profile(&BusinessProfile::default().about("Pizza since 1990")).await?;
///     let code = number.create_qr_code("A table for two, please").await?;
///     println!("{}", code.deep_link_url);
///     Ok(())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Number<'a> {
    client: &'a Client,
    id: PhoneNumberId,
}

/// How Meta tells the code that proves who owns a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeMethod {
    /// A text message.
    Sms,
    /// A call.
    Voice,
}

/// Text that WhatsApp offers when the user types a slash.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/phone-numbers/conversational-components>
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ChatCommand {
    /// Name without the slash, at most 32 characters.
    #[serde(rename = "command_name")]
    pub name: String,
    /// Description, at most 256 characters.
    #[serde(rename = "command_description")]
    pub description: String,
}

impl ChatCommand {
    /// Creates a command from its name without the slash, and its description.
    pub fn new(name: impl Into<String>, description: impl Into<String>) -> Self {
        Self { name: name.into(), description: description.into() }
    }
}

impl Client {
    /// Returns a business phone number, of this client or another one that the access token covers.
    pub fn number(&self, id: PhoneNumberId) -> Number<'_> {
        Number { client: self, id }
    }
}

impl<'a> Number<'a> {
    /// Requests the code that proves who owns the number. `language` is a code such as `en_US`.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/phone-numbers>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request, for example because the number is verified.
    pub async fn request_code(&self, method: CodeMethod, language: &str) -> Result<(), Error> {
        let method = match method {
            CodeMethod::Sms => "SMS",
            CodeMethod::Voice => "VOICE",
        };
        self.command("request_code", &json!({ "code_method": method, "language": language })).await
    }

    /// Verifies the number with the code.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/phone-numbers>
    ///
    /// # Errors
    ///
    /// Returns an error if the code is wrong.
    pub async fn verify_code(&self, code: &str) -> Result<(), Error> {
        self.command("verify_code", &json!({ "code": code })).await
    }

    /// Registers the number with the Cloud API. The PIN has six digits. It becomes the PIN of two-step verification if there is none.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/registration>
    ///
    /// # Errors
    ///
    /// Returns an error if the PIN is wrong. After ten attempts in 72 hours, Meta refuses more (133016).
    pub async fn register(&self, pin: &str) -> Result<(), Error> {
        self.command("register", &json!({ "messaging_product": "whatsapp", "pin": pin })).await
    }

    /// Takes the number off the Cloud API.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/registration>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn deregister(&self) -> Result<(), Error> {
        self.command("deregister", &json!({ "messaging_product": "whatsapp" })).await
    }

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

        let call = self.call(Method::GET, &["whatsapp_business_profile"]).query("fields", BusinessProfile::FIELDS);
        let Profiles { data } = call.send().await?;
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
        self.command("whatsapp_business_profile", &profile.change()).await
    }

    /// Lists the users who are blocked, as Meta describes them.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/block-users>
    pub fn blocked_users(&self) -> Paged<'a, Map<String, Value>> {
        Paged::new(self.client, vec![self.id.as_str().to_owned(), "block_users".to_owned()], Vec::new())
    }

    /// Blocks a user: their messages no longer arrive, and none can be sent to them. Meta allows it for users who wrote within 24 hours.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/block-users>
    ///
    /// # Errors
    ///
    /// Returns an error for a group, and if Meta refuses to block the user.
    pub async fn block(&self, user: &Address) -> Result<(), Error> {
        self.change_block(Method::POST, user).await
    }

    /// Unblocks a user.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/block-users>
    ///
    /// # Errors
    ///
    /// Returns an error for a group, and if Meta refuses to unblock the user.
    pub async fn unblock(&self, user: &Address) -> Result<(), Error> {
        self.change_block(Method::DELETE, user).await
    }

    /// Sets the commands that WhatsApp offers when the user types a slash, at most 30, and the questions that it offers before the first
    /// message, at most 4.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/phone-numbers/conversational-components>
    ///
    /// # Errors
    ///
    /// Returns an error if there are too many, or if one is too long.
    pub async fn set_commands(&self, commands: &[ChatCommand], prompts: &[String]) -> Result<(), Error> {
        self.command("conversational_automation", &json!({ "commands": commands, "prompts": prompts })).await
    }

    /// Lists the QR codes that open a chat with a text.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/qr-codes>
    pub fn qr_codes(&self) -> Paged<'a, QrCode> {
        Paged::new(self.client, vec![self.id.as_str().to_owned(), "message_qrdls".to_owned()], Vec::new())
    }

    /// Creates a QR code that opens a chat with a text, at most 140 characters.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/qr-codes>
    ///
    /// # Errors
    ///
    /// Returns an error if the text is empty or too long.
    pub async fn create_qr_code(&self, text: &str) -> Result<QrCode, Error> {
        let body = json!({ "prefilled_message": text, "generate_qr_image": "SVG" });
        self.call(Method::POST, &["message_qrdls"]).json(&body).send().await
    }

    /// Deletes a QR code by its [code](QrCode::code).
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such QR code.
    pub async fn delete_qr_code(&self, code: &str) -> Result<(), Error> {
        self.call(Method::DELETE, &["message_qrdls", code]).send::<SuccessResponse>().await?.check()
    }

    async fn change_block(&self, method: Method, user: &Address) -> Result<(), Error> {
        let user = match user {
            Address::Phone(id) => json!({ "user": id }),
            Address::Bsuid(id) => json!({ "user_id": id }),
            Address::Group(_) => return Err(Error::invalid("a group cannot be blocked; name a user")),
        };
        let body = json!({ "messaging_product": "whatsapp", "block_users": [user] });
        self.call(method, &["block_users"]).json(&body).send::<Value>().await.map(drop)
    }

    async fn command(&self, name: &str, body: &Value) -> Result<(), Error> {
        self.call(Method::POST, &[name]).json(body).send::<SuccessResponse>().await?.check()
    }

    fn call(&self, method: Method, path: &[&str]) -> crate::Request {
        self.client.endpoint(method, &[&[self.id.as_str()], path].concat())
    }
}
