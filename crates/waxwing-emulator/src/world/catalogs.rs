//! Product catalogs of the account.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

use crate::rules::message::ProductReferences;
use crate::rules::{GraphError, Rule};

/// Maximum number of products of all catalogs together.
const CAPACITY: usize = 10_000;

/// Catalogs by id, with the `product_retailer_id` of their products.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Catalogs {
    catalogs: BTreeMap<String, BTreeSet<String>>,
}

impl Catalogs {
    /// Adds products to a catalog, which is created if it does not exist. Returns false if there are too many products.
    pub(crate) fn add(&mut self, catalog: String, products: Vec<String>) -> bool {
        let count: usize = self.catalogs.values().map(|products| products.len() + 1).sum();
        if count + products.len() >= CAPACITY {
            return false;
        }
        self.catalogs.entry(catalog).or_default().extend(products);
        true
    }

    /// Returns the catalogs with their products.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &BTreeSet<String>)> {
        self.catalogs.iter()
    }

    /// Checks whether a message can show products.
    pub(crate) fn check_send(&self, references: &ProductReferences) -> Result<(), GraphError> {
        let named = |id: &&String| references.catalog.as_ref().is_none_or(|wanted| wanted == *id);
        let catalogs: Vec<_> = self.catalogs.iter().filter(|(id, _)| named(id)).map(|(_, products)| products).collect();
        if catalogs.is_empty() {
            return Err(GraphError::with_details(Rule::CatalogUnknown, "the catalog does not exist"));
        }
        let is_known = |product: &&String| catalogs.iter().any(|products| products.contains(*product));
        match references.products.iter().find(|product| !is_known(product)) {
            None => Ok(()),
            Some(product) => {
                Err(GraphError::with_details(Rule::ProductUnknown, format!("the catalog has no product {product}")))
            }
        }
    }
}
