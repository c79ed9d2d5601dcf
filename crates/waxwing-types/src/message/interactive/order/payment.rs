//! Payment of an order.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::redacted::debug_shows;
use crate::validation::{self, ValidationError};

/// Kind of the goods of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum GoodsKind {
    /// Goods that need no delivery.
    #[serde(rename = "digital-goods")]
    Digital,
    /// Goods that are delivered.
    #[serde(rename = "physical-goods")]
    Physical,
}

/// How the user pays an order. `Debug` hides the settings.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/payments-api>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Payment {
    /// Type of the payment, such as `upi`, `p2m-lite:stripe` or `br`. Meta needs none with settings of a payment gateway.
    #[serde(rename = "payment_type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Name of a payment configuration of the account.
    #[serde(rename = "payment_configuration", default, skip_serializing_if = "Option::is_none")]
    pub configuration: Option<String>,
    /// Settings of the payment.
    #[serde(rename = "payment_settings", default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Vec<PaymentSetting>>,
}

/// One way to pay, such as a payment gateway, a payment link or a Pix code. `Debug` hides everything but the kind.
///
/// ```
/// use serde_json::json;
/// use waxwing_types::PaymentSetting;
///
/// let link = PaymentSetting::new("payment_link", json!({ "uri": "https://pay.example.com/17" }));
/// assert_eq!(serde_json::to_value(link)?["type"], "payment_link");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PaymentSetting {
    /// Meta's name of the kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Fields of the setting: Meta requires one that has the name of the kind.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

impl Payment {
    /// Creates a payment with a configuration of the account.
    pub fn configuration(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: Some(kind.into()), configuration: Some(name.into()), settings: None }
    }

    /// Creates a payment with settings. Some of them need a [type](Self::kind).
    pub fn settings(settings: impl IntoIterator<Item = PaymentSetting>) -> Self {
        Self { kind: None, configuration: None, settings: Some(settings.into_iter().collect()) }
    }

    /// Sets the type of the payment, such as `upi`.
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        if let Some(name) = &self.configuration {
            validation::not_empty("interactive.action.parameters.payment_configuration", name)?;
        }
        match &self.settings {
            Some(settings) if settings.is_empty() => {
                Err(ValidationError::Empty { field: "interactive.action.parameters.payment_settings" })
            }
            _ => Ok(()),
        }
    }
}

impl PaymentSetting {
    /// Creates a setting from Meta's name of its kind, and the value of the field of this name.
    pub fn new(kind: impl Into<String>, value: Value) -> Self {
        let kind = kind.into();
        let fields = Map::from_iter([(kind.clone(), value)]);
        Self { kind, fields }
    }
}

debug_shows! { PaymentSetting { kind } }
