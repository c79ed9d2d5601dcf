//! Price of a message, as its statuses state it.

use crate::json::JsonObject;

/// Price of a message, as a status states it: whether Meta charges the message, and by which rate. The amount is not part of a webhook.
///
/// Since July 2025, Meta charges per delivered message. Since October 2026, messages without a template are charged, too.
///
/// <https://developers.facebook.com/docs/whatsapp/pricing>
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct StatusPricing {
    /// Whether Meta charges the message. `None` if the status does not state it; see [`is_billable`](Self::is_billable).
    pub billable: Option<bool>,
    /// Model by which Meta charges.
    pub model: Option<PricingModel>,
    /// Why the message is charged or free. Stated since version 24 of the webhook.
    pub kind: Option<PricingType>,
    /// Rate category with Meta's name, such as `service`, `utility` or `group_marketing`. Meta adds categories, so any name can occur.
    pub category: Option<String>,
}

impl StatusPricing {
    pub(crate) fn read(pricing: &JsonObject<'_>) -> Self {
        let billable = pricing.get("billable").and_then(|value| match value.get() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        });
        Self {
            billable,
            model: pricing.keyword("pricing_model").map(|name| PricingModel::from(&*name)),
            kind: pricing.keyword("type").map(|name| PricingType::from(&*name)),
            category: pricing.keyword("category"),
        }
    }

    /// Returns whether Meta charges the message. A status that does not say so counts as charged, unless its type is free.
    pub fn is_billable(&self) -> bool {
        let is_free_type = matches!(self.kind, Some(PricingType::FreeCustomerService | PricingType::FreeEntryPoint));
        self.billable.unwrap_or(!is_free_type)
    }
}

/// Model by which Meta charges messages.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PricingModel {
    /// Per delivered message.
    PerMessage,
    /// Per conversation, the model before July 2025.
    PerConversation,
    /// Model that this crate does not know, with Meta's name.
    Other(String),
}

impl PricingModel {
    /// Returns Meta's name of the model.
    pub fn as_str(&self) -> &str {
        match self {
            Self::PerMessage => "PMP",
            Self::PerConversation => "CBP",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for PricingModel {
    fn from(name: &str) -> Self {
        match name {
            "PMP" => Self::PerMessage,
            "CBP" => Self::PerConversation,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// Why a message is charged or free.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PricingType {
    /// The message is charged.
    Regular,
    /// Free, within the customer service window.
    FreeCustomerService,
    /// Free, in the 72 hours after a user came from an ad or a page.
    FreeEntryPoint,
    /// Type that this crate does not know, with Meta's name.
    Other(String),
}

impl PricingType {
    /// Returns Meta's name of the type.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Regular => "regular",
            Self::FreeCustomerService => "free_customer_service",
            Self::FreeEntryPoint => "free_entry_point",
            Self::Other(name) => name,
        }
    }
}

impl From<&str> for PricingType {
    fn from(name: &str) -> Self {
        match name {
            "regular" => Self::Regular,
            "free_customer_service" => Self::FreeCustomerService,
            "free_entry_point" => Self::FreeEntryPoint,
            other => Self::Other(other.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> StatusPricing {
        StatusPricing::read(&JsonObject::parse(json).unwrap())
    }

    #[test]
    fn unknown_values_are_kept() {
        let pricing =
            read(r#"{"billable": true, "pricing_model": "PMP2", "type": "gift", "category": "group_service"}"#);
        assert_eq!(pricing.model.as_ref().map(PricingModel::as_str), Some("PMP2"));
        assert_eq!(pricing.kind.as_ref().map(PricingType::as_str), Some("gift"));
        assert_eq!(pricing.category.as_deref(), Some("group_service"));
        for name in ["PMP", "CBP", "other"] {
            assert_eq!(PricingModel::from(name).as_str(), name);
        }
        for name in ["regular", "free_customer_service", "free_entry_point", "other"] {
            assert_eq!(PricingType::from(name).as_str(), name);
        }
    }

    #[test]
    fn a_message_is_charged_unless_the_status_says_otherwise() {
        for (json, expected) in [
            ("{}", true),
            (r#"{"billable": false}"#, false),
            (r#"{"billable": "yes"}"#, true),
            (r#"{"type": "free_entry_point"}"#, false),
            (r#"{"billable": true, "type": "free_entry_point"}"#, true),
            (r#"{"type": "regular"}"#, true),
        ] {
            assert_eq!(read(json).is_billable(), expected, "{json}");
        }
    }
}
