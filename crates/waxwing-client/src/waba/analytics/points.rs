//! Data points of analytics.

use serde::Deserialize;

/// Messages that were sent and delivered.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/analytics>
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MessagingAnalytics {
    /// Phone numbers of the business that count, in digits.
    #[serde(default)]
    pub phone_numbers: Vec<String>,
    /// Data points, only for times with messages.
    #[serde(default)]
    pub data_points: Vec<MessagingPoint>,
}

/// Data point of [`MessagingAnalytics`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct MessagingPoint {
    /// Unix time of the start, in seconds.
    pub start: u64,
    /// Unix time of the end, in seconds.
    pub end: u64,
    /// Messages that were sent.
    pub sent: u64,
    /// Messages that were delivered.
    pub delivered: u64,
}

/// Delivered messages of one combination of the dimensions. Dimensions that the query does not name are `None`.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/analytics>
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct PricingPoint {
    /// Unix time of the start, in seconds.
    pub start: u64,
    /// Unix time of the end, in seconds.
    pub end: u64,
    /// Phone number of the business, in digits.
    #[serde(rename = "phone_number")]
    pub number: Option<String>,
    /// ISO code of the country of the users.
    pub country: Option<String>,
    /// Volume tier, such as `0:750000`.
    pub tier: Option<String>,
    /// Price type: `REGULAR`, `FREE_CUSTOMER_SERVICE` or `FREE_ENTRY_POINT`.
    pub pricing_type: Option<String>,
    /// Price category, such as `UTILITY`.
    pub pricing_category: Option<String>,
    /// Number of messages.
    pub volume: Option<u64>,
    /// Approximate cost in the currency of the account. `None` for an account that shares the credit line of a partner.
    pub cost: Option<f64>,
}

/// Conversations of one combination of the dimensions. Dimensions that the query does not name are `None`.
///
/// <https://developers.facebook.com/documentation/business-messaging/whatsapp/analytics>
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct ConversationPoint {
    /// Unix time of the start, in seconds.
    pub start: u64,
    /// Unix time of the end, in seconds.
    pub end: u64,
    /// Phone number of the business, in digits.
    #[serde(rename = "phone_number")]
    pub number: Option<String>,
    /// ISO code of the country of the users.
    pub country: Option<String>,
    /// Type: `REGULAR`, `FREE_TIER` or `FREE_ENTRY_POINT`.
    pub conversation_type: Option<String>,
    /// Category, such as `UTILITY`.
    pub conversation_category: Option<String>,
    /// Direction: `BUSINESS_INITIATED`, `USER_INITIATED` or `UNKNOWN`.
    pub conversation_direction: Option<String>,
    /// Number of conversations.
    pub conversation: Option<u64>,
    /// Approximate cost in the currency of the account. `None` for an account that shares the credit line of a partner.
    pub cost: Option<f64>,
}
