//! Product of the catalog.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::debug_without_content;

/// Product of the catalog of the business.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Product")]
#[non_exhaustive]
pub struct WireProduct {
    /// Id of the catalog.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog_id: Option<String>,
    /// Id of the product in the catalog.
    pub product_id: String,
}

impl WireProduct {
    /// Creates a reference to a product.
    pub fn new(catalog_id: Option<String>, product_id: impl Into<String>) -> Self {
        Self { catalog_id, product_id: product_id.into() }
    }
}

debug_without_content! {
    WireProduct {}
}
