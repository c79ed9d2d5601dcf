//! Products of a catalog in an interactive message.

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::redacted::debug_shows;
use crate::validation::{self, ValidationError};

/// A product of a catalog.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services>
///
/// ```
/// use waxwing_types::{Interactive, OutboundContent, Product};
///
/// let pizza = Interactive::product(Product::new("367025965434465", "margherita")).footer("Without onions");
/// OutboundContent::from(pizza).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Product {
    /// Id of the catalog.
    pub catalog_id: String,
    /// Id of the product in the catalog (`product_retailer_id`).
    #[serde(rename = "product_retailer_id")]
    pub id: String,
}

/// Products of a catalog, in sections. `Debug` hides the titles.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services>
///
/// ```
/// use waxwing_types::{Interactive, OutboundContent, ProductList, ProductSection};
///
/// let menu = ProductList::new("367025965434465")
///     .section(ProductSection::new(["margherita", "marinara"]).title("Pizza"))
///     .section(ProductSection::new(["tiramisu"]).title("Dessert"));
/// OutboundContent::from(Interactive::products("Our menu", "What would you like?", menu)).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProductList {
    /// Id of the catalog.
    pub catalog_id: String,
    /// Sections, at most [`limits::SECTIONS`], with [`limits::PRODUCTS`] products over all of them.
    pub sections: Vec<ProductSection>,
}

/// Section of a list of products. `Debug` hides the title.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProductSection {
    /// Title, at most [`limits::SECTION_TITLE`] UTF-16 units long. Required if there are several sections.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Ids of the products in the catalog.
    #[serde(rename = "product_items", with = "items")]
    pub products: Vec<String>,
}

/// Button that opens the catalog of the business.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/guides/sell-products-and-services>
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CatalogButton {
    /// Id of the product whose picture the message shows. The first product of the catalog if not set.
    #[serde(rename = "thumbnail_product_retailer_id", default, skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<String>,
}

impl Product {
    /// Creates a product from the id of its catalog and its id in the catalog.
    pub fn new(catalog_id: impl Into<String>, id: impl Into<String>) -> Self {
        Self { catalog_id: catalog_id.into(), id: id.into() }
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        self.validate_at("interactive.action.catalog_id", "interactive.action.product_retailer_id")
    }

    /// Checks the product. The arguments are the paths of its fields in Meta's JSON.
    pub(in crate::message) fn validate_at(
        &self,
        catalog: &'static str,
        id: &'static str,
    ) -> Result<(), ValidationError> {
        validation::not_empty(catalog, &self.catalog_id)?;
        validation::not_empty(id, &self.id)
    }
}

impl ProductList {
    /// Creates a list without products of a catalog.
    pub fn new(catalog_id: impl Into<String>) -> Self {
        Self { catalog_id: catalog_id.into(), sections: Vec::new() }
    }

    /// Adds a section, at most [`limits::SECTIONS`].
    pub fn section(mut self, section: ProductSection) -> Self {
        self.sections.push(section);
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        validation::not_empty("interactive.action.catalog_id", &self.catalog_id)?;
        validation::item_count("interactive.action.sections", &self.sections, limits::SECTIONS)?;
        let (title, items) = ("interactive.action.sections.title", "interactive.action.sections.product_items");
        validate_sections(&self.sections, &SectionPaths { title, items })
    }
}

impl CatalogButton {
    /// Sets the product whose picture the message shows, by its id in the catalog.
    pub fn thumbnail(mut self, product: impl Into<String>) -> Self {
        self.thumbnail = Some(product.into());
        self
    }
}

impl ProductSection {
    /// Creates a section without a title from the ids of products.
    pub fn new<T: Into<String>>(products: impl IntoIterator<Item = T>) -> Self {
        Self { title: None, products: products.into_iter().map(T::into).collect() }
    }

    /// Sets the title, at most [`limits::SECTION_TITLE`] UTF-16 units.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }
}

/// Paths of sections in Meta's JSON.
pub(in crate::message) struct SectionPaths {
    pub(in crate::message) title: &'static str,
    pub(in crate::message) items: &'static str,
}

/// Checks the titles of sections, and that there are products, not too many.
pub(in crate::message) fn validate_sections(
    sections: &[ProductSection],
    paths: &SectionPaths,
) -> Result<(), ValidationError> {
    let SectionPaths { title: title_path, items } = *paths;
    for section in sections {
        match &section.title {
            Some(title) => validation::required(title_path, title, limits::SECTION_TITLE)?,
            None if sections.len() > 1 => return Err(ValidationError::Empty { field: title_path }),
            None => {}
        }
        if section.products.iter().any(String::is_empty) || section.products.is_empty() {
            return Err(ValidationError::Empty { field: items });
        }
    }
    let count = sections.iter().map(|section| section.products.len()).sum();
    if count > limits::PRODUCTS {
        return Err(ValidationError::TooMany { field: items, count, limit: limits::PRODUCTS });
    }
    Ok(())
}

debug_shows! { ProductSection { products } }

/// JSON form of the products of a section.
mod items {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Item<T> {
        product_retailer_id: T,
    }

    pub(super) fn serialize<S: Serializer>(products: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(products.iter().map(|product_retailer_id| Item { product_retailer_id }))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        let items = Vec::<Item<String>>::deserialize(deserializer)?;
        Ok(items.into_iter().map(|item| item.product_retailer_id).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Interactive;
    use super::*;
    use crate::message::checks::{check_content, check_debug, check_invalid};
    use serde_json::json;

    #[test]
    fn products_have_the_json_form_of_meta() {
        check_content(
            Interactive::product(Product::new("c", "p")),
            &json!({ "type": "product", "action": { "catalog_id": "c", "product_retailer_id": "p" } }),
        );
        let list = ProductList::new("c").section(ProductSection::new(["p", "q"]).title("Pizza"));
        check_content(
            Interactive::products("Menu", "What?", list),
            &json!({
                "type": "product_list",
                "header": { "type": "text", "text": "Menu" },
                "body": { "text": "What?" },
                "action": { "catalog_id": "c", "sections": [{
                    "title": "Pizza",
                    "product_items": [{ "product_retailer_id": "p" }, { "product_retailer_id": "q" }],
                }] },
            }),
        );
        check_content(
            Interactive::catalog("All we have", CatalogButton::default()),
            &json!({ "type": "catalog_message", "body": { "text": "All we have" }, "action": { "name": "catalog_message" } }),
        );
        let parameters = json!({ "thumbnail_product_retailer_id": "p" });
        check_content(
            Interactive::catalog("All", CatalogButton::default().thumbnail("p")),
            &json!({
                "type": "catalog_message",
                "body": { "text": "All" },
                "action": { "name": "catalog_message", "parameters": parameters },
            }),
        );
    }

    #[test]
    fn products_have_limits() {
        let list = |sections: Vec<ProductSection>| {
            let list = sections.into_iter().fold(ProductList::new("c"), ProductList::section);
            Interactive::products("Menu", "What?", list)
        };
        let (sections, title) = ("interactive.action.sections", "interactive.action.sections.title");
        check_invalid(list(Vec::new()), &ValidationError::Empty { field: sections });
        let section = || ProductSection::new(["p"]).title("Pizza");
        check_invalid(list(vec![section(); 11]), &ValidationError::TooMany { field: sections, count: 11, limit: 10 });
        check_invalid(list(vec![section(), ProductSection::new(["q"])]), &ValidationError::Empty { field: title });
        let items = "interactive.action.sections.product_items";
        check_invalid(list(vec![ProductSection::new([""; 1])]), &ValidationError::Empty { field: items });
        check_invalid(list(vec![ProductSection::new::<String>([])]), &ValidationError::Empty { field: items });
        let many = ProductSection::new((0..31).map(|n| n.to_string()));
        check_invalid(list(vec![many]), &ValidationError::TooMany { field: items, count: 31, limit: limits::PRODUCTS });
        let field = "interactive.action.product_retailer_id";
        check_invalid(Interactive::product(Product::new("c", "")), &ValidationError::Empty { field });
        let field = "interactive.action.catalog_id";
        check_invalid(Interactive::product(Product::new("", "p")), &ValidationError::Empty { field });
    }

    #[test]
    fn debug_hides_the_titles() {
        let list = ProductList::new("c").section(ProductSection::new(["p"]).title("secret"));
        check_debug(Interactive::products("secret", "secret", list), &["secret"]);
    }
}
