//! Order of an inbound message.

use std::fmt;

use waxwing_types::Decimal;

use super::product::ProductReference;
use crate::json::{self, JsonObject};

/// Order that a user sent from the catalog of the business. `Debug` hides all of it.
///
/// The prices are those that the user saw. Check them before you charge the user.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundOrder {
    /// Id of the catalog.
    pub catalog_id: Option<String>,
    /// Text that the user added.
    pub text: Option<String>,
    /// Ordered products; at least one.
    pub items: Vec<InboundOrderItem>,
}

/// Product of an order. `Debug` hides all of it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InboundOrderItem {
    /// Id of the product in the catalog.
    pub product_id: String,
    /// Number of pieces.
    pub quantity: Option<u64>,
    /// Price of one piece.
    pub price: Option<Decimal>,
    /// Currency of the price, such as `EUR`.
    pub currency: Option<String>,
}

impl InboundOrder {
    /// Reads an order. `None` if it has no product.
    pub(super) fn read(order: &JsonObject<'_>) -> Option<Self> {
        let items = order.get("product_items").and_then(json::items).unwrap_or_default();
        let items: Vec<_> = items.into_iter().filter_map(|item| JsonObject::parse(item.get())).collect();
        let items: Vec<_> = items.iter().filter_map(InboundOrderItem::read).collect();
        let order = Self { catalog_id: order.string("catalog_id"), text: order.string("text"), items };
        (!order.items.is_empty()).then_some(order)
    }
}

impl InboundOrderItem {
    fn read(item: &JsonObject<'_>) -> Option<Self> {
        Some(Self {
            product_id: ProductReference::read(item)?.product_id,
            quantity: item.text("quantity").and_then(|quantity| quantity.parse().ok()),
            price: item.text("item_price").and_then(|price| price.parse().ok()),
            currency: item.string("currency"),
        })
    }
}

impl fmt::Debug for InboundOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundOrder").field("items", &self.items.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for InboundOrderItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboundOrderItem").finish_non_exhaustive()
    }
}
