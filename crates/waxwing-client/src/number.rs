//! Settings of a business phone number.

mod automation;
mod block_list;
mod call_permission;
mod calls;
mod commerce;
mod encryption;
mod groups;
mod message_history;
mod profile;
mod qr_code;
mod settings;
mod thread;
mod username;
mod webhook;

use serde_json::json;
use waxwing_types::PhoneNumberId;

use crate::node::Node;
use crate::{Client, Error};

pub use automation::{ChatCommand, ConversationalAutomation};
pub use call_permission::{CallAction, CallLimit, CallPermission, GivenPermission};
pub use calls::{Call, NewCall};
pub use commerce::CommerceSettings;
pub use encryption::BusinessPublicKey;
pub use message_history::{MessageHistory, MessageHistoryEvent};
pub use profile::BusinessProfile;
pub use qr_code::QrCode;
pub use settings::{CallingSettings, IdentityCheck, NumberSettings};
pub use thread::ThreadAction;
pub use username::BusinessUsername;
pub use webhook::WebhookConfiguration;

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
    node: Node<'a>,
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

impl Client {
    /// Returns a business phone number, of this client or another one that the access token covers.
    pub fn number(&self, id: PhoneNumberId) -> Number<'_> {
        Number { node: Node::new(self, id.into_string()) }
    }
}

impl Number<'_> {
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
        self.node.post(&["request_code"], &json!({ "code_method": method, "language": language })).await
    }

    /// Verifies the number with the code.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/phone-numbers>
    ///
    /// # Errors
    ///
    /// Returns an error if the code is wrong.
    pub async fn verify_code(&self, code: &str) -> Result<(), Error> {
        self.node.post(&["verify_code"], &json!({ "code": code })).await
    }

    /// Registers the number with the Cloud API. The PIN has six digits. It becomes the PIN of two-step verification if there is none.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/registration>
    ///
    /// # Errors
    ///
    /// Returns an error if the PIN is wrong. After ten attempts in 72 hours, Meta refuses more (133016).
    pub async fn register(&self, pin: &str) -> Result<(), Error> {
        self.node.post(&["register"], &json!({ "messaging_product": "whatsapp", "pin": pin })).await
    }

    /// Registers the number as [`register`](Self::register) does, and keeps its messages at rest in a region: a country code such as `DE`.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/overview/local-storage>
    ///
    /// # Errors
    ///
    /// Returns an error if the PIN is wrong, or if Meta does not store messages in the region.
    pub async fn register_in(&self, pin: &str, region: &str) -> Result<(), Error> {
        let body = json!({ "messaging_product": "whatsapp", "pin": pin, "data_localization_region": region });
        self.node.post(&["register"], &body).await
    }

    /// Takes the number off the Cloud API.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/reference/registration>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn deregister(&self) -> Result<(), Error> {
        self.node.post(&["deregister"], &json!({ "messaging_product": "whatsapp" })).await
    }
}
