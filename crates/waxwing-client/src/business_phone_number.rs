//! Data of a business phone number: `GET /{phone_number_id}`.

use std::fmt;

use reqwest::Method;
use serde::{Deserialize, Serialize};

use waxwing_types::PhoneNumberId;

use crate::{Client, Error};

/// Data of a business phone number. Fields that Meta does not state are `None`. `Debug` hides the number and the name.
///
/// <https://developers.facebook.com/docs/whatsapp/business-management-api/manage-phone-numbers>
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BusinessPhoneNumber {
    /// Meta's id of the number.
    pub id: Option<PhoneNumberId>,
    /// Phone number in display format: `+1 555-000-1111`.
    pub display_phone_number: Option<String>,
    /// Name that users see.
    pub verified_name: Option<String>,
    /// Quality rating: `GREEN`, `YELLOW`, `RED` or `UNKNOWN`.
    pub quality_rating: Option<String>,
    /// State of the verification by code, such as `VERIFIED`.
    pub code_verification_status: Option<String>,
    /// State of the review of the name, such as `APPROVED`.
    pub name_status: Option<String>,
    /// Platform of the number. `CLOUD_API` if the number is registered with the Cloud API.
    pub platform_type: Option<String>,
    /// Connection state, such as `CONNECTED`.
    pub status: Option<String>,
    /// Messaging limit of the business portfolio, such as `TIER_2K`.
    pub whatsapp_business_manager_messaging_limit: Option<String>,
}

impl BusinessPhoneNumber {
    /// Fields of a request.
    pub(crate) const FIELDS: &str = "id,display_phone_number,verified_name,quality_rating,code_verification_status,\
                                     name_status,platform_type,status,whatsapp_business_manager_messaging_limit";

    /// Returns the number of users to whom the business may write first within 24 hours. Returns none without a limit, and for an unknown tier.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/messaging-limits>
    pub fn messaging_limit(&self) -> Option<u32> {
        let tier = self.whatsapp_business_manager_messaging_limit.as_deref()?.strip_prefix("TIER_")?;
        let (digits, unit) = tier.strip_suffix('K').map_or((tier, 1), |digits| (digits, 1000));
        digits.parse::<u32>().ok()?.checked_mul(unit)
    }
}

impl fmt::Debug for BusinessPhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BusinessPhoneNumber")
            .field("verified_name", &self.verified_name.is_some())
            .field("quality_rating", &self.quality_rating)
            .field("code_verification_status", &self.code_verification_status)
            .field("name_status", &self.name_status)
            .field("platform_type", &self.platform_type)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

/// Ability of a number to send messages. The number, its account, its business and its app are examined.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/health-status>
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MessagingHealth {
    /// `AVAILABLE`, `LIMITED` or `BLOCKED`: the worst state of all entities.
    pub can_send_message: String,
    /// State of each entity.
    #[serde(default)]
    pub entities: Vec<EntityHealth>,
}

/// State of an entity that takes part in sending.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct EntityHealth {
    /// Type, such as `PHONE_NUMBER`, `WABA`, `BUSINESS` or `APP`.
    pub entity_type: Option<String>,
    /// `AVAILABLE`, `LIMITED` or `BLOCKED`.
    pub can_send_message: Option<String>,
    /// Reasons why it cannot send, or only with limits.
    #[serde(default)]
    pub errors: Vec<HealthError>,
}

/// Reason why messages cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct HealthError {
    /// Meta's code.
    pub error_code: i64,
    /// Meta's description.
    #[serde(default)]
    pub error_description: String,
    /// Remedy in Meta's words.
    pub possible_solution: Option<String>,
}

impl MessagingHealth {
    /// Returns the reasons of all entities.
    pub fn errors(&self) -> impl Iterator<Item = &HealthError> {
        self.entities.iter().flat_map(|entity| &entity.errors)
    }
}

impl Client {
    /// Returns the data of this client's number. Use it to check the access token and the phone number id.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/business-management-api/manage-phone-numbers>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no response, or if the Graph API does not accept the token or the number.
    pub async fn phone_number(&self) -> Result<BusinessPhoneNumber, Error> {
        let call = self.endpoint(Method::GET, &[self.phone_number_id().as_str()]);
        call.query("fields", BusinessPhoneNumber::FIELDS).send().await
    }

    /// Returns whether Meta lets this client's number send messages, and the reasons if it does not.
    ///
    /// <https://developers.facebook.com/docs/whatsapp/cloud-api/health-status>
    ///
    /// # Errors
    ///
    /// Returns an error if there is no response, or if the Graph API does not accept the token or the number.
    pub async fn messaging_health(&self) -> Result<MessagingHealth, Error> {
        #[derive(Deserialize)]
        struct Found {
            health_status: MessagingHealth,
        }

        let call = self.endpoint(Method::GET, &[self.phone_number_id().as_str()]);
        Ok(call.query("fields", "health_status").send::<Found>().await?.health_status)
    }
}
