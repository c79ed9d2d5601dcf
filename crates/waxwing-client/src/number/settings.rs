//! Settings of a number for calls, keys of users, payloads or storage.

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Number;
use crate::Error;

/// Settings of a number. Settings that Meta does not state are `None`.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers>
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct NumberSettings {
    /// Calls.
    pub calling: Option<CallingSettings>,
    /// Check of the user's key: see [`Number::set_identity_check`].
    pub user_identity_change: Option<IdentityCheck>,
    /// Encryption of payloads, as Meta describes it.
    pub payload_encryption: Option<Value>,
    /// Place where Meta stores messages, as Meta describes it.
    pub storage_configuration: Option<Value>,
}

/// Check of the user's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct IdentityCheck {
    /// Whether webhooks have the hash of the user's key, and messages with another hash are not delivered.
    #[serde(rename = "enable_identity_key_check")]
    pub is_enabled: bool,
}

/// Settings for calls.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/call-settings>
///
/// ```
/// use waxwing_client::CallingSettings;
///
/// let settings = CallingSettings::enabled().set("call_icon_visibility", "DISABLE_ALL");
/// assert!(settings.is_enabled());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallingSettings {
    /// Whether users and the business can call each other: `ENABLED` or `DISABLED`.
    pub status: String,
    /// Other settings, as Meta defines them: `call_icon_visibility`, `call_hours`, `callback_permission_status`, `sip`.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl CallingSettings {
    /// Enables calls.
    pub fn enabled() -> Self {
        Self { status: "ENABLED".to_owned(), other: Map::new() }
    }

    /// Disables calls.
    pub fn disabled() -> Self {
        Self { status: "DISABLED".to_owned(), other: Map::new() }
    }

    /// Sets another setting by Meta's name.
    pub fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.other.insert(name.to_owned(), value.into());
        self
    }

    /// Returns whether calls are enabled.
    pub fn is_enabled(&self) -> bool {
        self.status == "ENABLED"
    }
}

impl Number<'_> {
    /// Returns the settings of the number.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn settings(&self) -> Result<NumberSettings, Error> {
        self.node.request(Method::GET, &["settings"]).send().await
    }

    /// Changes the settings for calls.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/calling/call-settings>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses a setting.
    pub async fn set_calling(&self, settings: &CallingSettings) -> Result<(), Error> {
        self.node.post(&["settings"], &json!({ "calling": settings })).await
    }

    /// Switches the check of the user's key on or off. With it, webhooks have the hash of the user's key, and a message with another
    /// [`identity_key_hash`](waxwing_types::OutboundMessage::identity_key_hash) is not delivered (137000).
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses the request.
    pub async fn set_identity_check(&self, is_enabled: bool) -> Result<(), Error> {
        let check = json!({ "enable_identity_key_check": is_enabled });
        self.node.post(&["settings"], &json!({ "user_identity_change": check })).await
    }

    /// Changes settings in Meta's form: `payload_encryption`, `storage_configuration`, `calling`, `user_identity_change`. Other settings stay.
    ///
    /// <https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/phone-numbers>
    ///
    /// # Errors
    ///
    /// Returns an error if the Graph API refuses a setting.
    pub async fn set_settings(&self, settings: &(impl Serialize + Sync + ?Sized)) -> Result<(), Error> {
        self.node.post(&["settings"], settings).await
    }
}
