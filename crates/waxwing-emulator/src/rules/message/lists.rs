//! Form of list messages, of rows or products.

use std::collections::HashSet;

use super::{ProductReferences, References};
use crate::rules::request_object::Keys;
use crate::rules::{GraphError, RequestObject, Rule};

/// Checks the action of a list message. Meta: interactive list messages.
pub(super) fn list(action: &RequestObject<'_>) -> Result<(), GraphError> {
    action.required_text("button", Rule::ListButton)?;
    let mut ids = HashSet::new();
    let mut count = 0;
    for section in sections(action, &["title", "rows"])? {
        let rows = section.objects("rows", &["id", "title", "description"])?;
        if rows.is_empty() {
            return Err(section.missing("rows"));
        }
        count += rows.len();
        section.at_most("rows", count, Rule::Rows)?;
        for row in rows {
            let id = row.required_text("id", Rule::RowId)?;
            row.required_text("title", Rule::RowTitle)?;
            row.text("description", Rule::RowDescription)?;
            if !ids.insert(id) && row.rules.applies(Rule::UniqueRows) {
                return Err(row.violates(Rule::UniqueRows, "id", "must be unique among the rows"));
            }
        }
    }
    Ok(())
}

/// Checks the action of a product message. Meta: single-product messages.
pub(super) fn product(action: &RequestObject<'_>, references: &mut References) -> Result<(), GraphError> {
    let catalog = Some(action.required("catalog_id")?.to_owned());
    let products = vec![action.required("product_retailer_id")?.to_owned()];
    references.products = Some(ProductReferences { catalog, products });
    Ok(())
}

/// Checks the action of a product list. Meta: multi-product messages.
pub(super) fn product_list(action: &RequestObject<'_>, references: &mut References) -> Result<(), GraphError> {
    let catalog = Some(action.required("catalog_id")?.to_owned());
    let mut products = Vec::new();
    for section in sections(action, &["title", "product_items"])? {
        let items = section.objects("product_items", &["product_retailer_id"])?;
        if items.is_empty() {
            return Err(section.missing("product_items"));
        }
        for item in &items {
            products.push(item.required("product_retailer_id")?.to_owned());
        }
        section.at_most("product_items", products.len(), Rule::Products)?;
    }
    references.products = Some(ProductReferences { catalog, products });
    Ok(())
}

/// Returns the sections of a list. If there are several, each needs a title.
fn sections<'a>(action: &RequestObject<'a>, keys: Keys) -> Result<Vec<RequestObject<'a>>, GraphError> {
    let sections = action.required_objects("sections", keys, Rule::Sections)?;
    for section in &sections {
        let title = section.text("title", Rule::SectionTitle)?.unwrap_or_default();
        if sections.len() > 1 && title.is_empty() {
            return Err(section.violates(Rule::SectionTitles, "title", "is required if there are several sections"));
        }
    }
    Ok(sections)
}
