//! Reference to a product of the catalog.

use std::fmt;

use crate::json::JsonObject;

/// Product of the catalog that a message is about. `Debug` hides the ids.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/webhooks/payload-examples>
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProductReference {
    /// Id of the catalog.
    pub catalog_id: Option<String>,
    /// Id of the product in the catalog (Meta: `product_retailer_id`).
    pub product_id: String,
}

impl ProductReference {
    pub(super) fn read(product: &JsonObject<'_>) -> Option<Self> {
        let product_id = product.string("product_retailer_id").or_else(|| product.string("id"))?;
        Some(Self { catalog_id: product.string("catalog_id"), product_id })
    }
}

impl fmt::Debug for ProductReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProductReference").finish_non_exhaustive()
    }
}
