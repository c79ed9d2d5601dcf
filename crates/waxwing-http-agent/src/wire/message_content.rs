//! Content of a message that has a form of its own.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::debug_without_content;
use super::product::WireProduct;

/// Content of a message that has a form of its own. Later versions of Waxwing may add types.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schemars(rename = "Content")]
#[non_exhaustive]
pub enum WireMessageContent {
    /// Order from the catalog of the business. Check the prices before you charge the user.
    Order {
        /// Id of the catalog.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        catalog_id: Option<String>,
        /// Ordered products.
        items: Vec<WireOrderItem>,
        /// Sum of all items. Absent unless all items state a quantity, a price and the same currency.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        total: Option<WireMoney>,
    },
    /// Answer to a form. The user's app sends the data: check them before use.
    Form {
        /// Kind of form: `flow` or `address_message`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Name of the form that was sent in this conversation and that the data answer. Absent if that is not known: anyone can send data
        /// without a form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<String>,
        /// Data of the form. A text if the data are not JSON.
        answer: Value,
    },
    /// Product of the catalog that the user shared.
    Product(WireProduct),
    /// Answer to a request for permission to call the user.
    CallPermission {
        /// `accept` or `reject`.
        response: String,
        /// True if the permission has no end.
        permanent: bool,
        /// End of the permission, in milliseconds since the Unix epoch.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<u64>,
        /// Meta's name of the reason, such as `user_action`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<String>,
    },
    /// Reaction to an earlier message.
    Reaction {
        /// Id of the message.
        message: String,
        /// Emoji. Absent if the user removed an earlier reaction.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        emoji: Option<String>,
    },
    /// Event that another system of the business reported. No user wrote the message.
    Event {
        /// Name of the event.
        name: String,
        /// Data of the event. They may contain words of users.
        data: Value,
    },
    /// Content of a type that Waxwing does not know, or that Meta does not pass on.
    Unknown {
        /// Meta's name of the type.
        kind: String,
        /// Content as Meta sends it, without ids and times. Absent if Meta does not pass it on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        json: Option<Value>,
    },
}

/// Product of an order.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "OrderItem")]
#[non_exhaustive]
pub struct WireOrderItem {
    /// Id of the product in the catalog.
    pub product_id: String,
    /// Number of pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u64>,
    /// Price of one piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<WireMoney>,
}

/// Amount of money.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Money")]
#[non_exhaustive]
pub struct WireMoney {
    /// Exact decimal number, such as `7.50`.
    pub amount: String,
    /// Currency as a code of three letters, such as `EUR`. Empty if it is not known.
    pub currency: String,
}

/// Prints the type of the content.
impl fmt::Debug for WireMessageContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Order { .. } => "Order(..)",
            Self::Form { .. } => "Form(..)",
            Self::Product(_) => "Product(..)",
            Self::CallPermission { .. } => "CallPermission(..)",
            Self::Reaction { .. } => "Reaction(..)",
            Self::Event { .. } => "Event(..)",
            Self::Unknown { .. } => "Unknown(..)",
        })
    }
}

debug_without_content! {
    WireOrderItem {}
    WireMoney {}
}
