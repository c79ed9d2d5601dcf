//! Form of list messages, of rows or products.

use std::collections::HashSet;

use crate::rules::{GraphError, RequestObject, Rule};

/// Checks the action of a list message. Meta: interactive list messages.
pub(super) fn list(action: &RequestObject<'_>) -> Result<(), GraphError> {
    action.required_text("button", Rule::ListButton)?;
    let mut ids = HashSet::new();
    let mut count = 0;
    for section in sections(action)? {
        let rows = section.objects("rows")?;
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
pub(super) fn product(action: &RequestObject<'_>) -> Result<(), GraphError> {
    action.required("catalog_id")?;
    action.required("product_retailer_id")?;
    Ok(())
}

/// Checks the action of a product list. Meta: multi-product messages.
pub(super) fn product_list(action: &RequestObject<'_>) -> Result<(), GraphError> {
    action.required("catalog_id")?;
    let mut count = 0;
    for section in sections(action)? {
        let items = section.objects("product_items")?;
        if items.is_empty() {
            return Err(section.missing("product_items"));
        }
        count += items.len();
        section.at_most("product_items", count, Rule::Products)?;
        for item in items {
            item.required("product_retailer_id")?;
        }
    }
    Ok(())
}

/// Returns the sections of a list. If there are several, each needs a title.
fn sections<'a>(action: &RequestObject<'a>) -> Result<Vec<RequestObject<'a>>, GraphError> {
    let sections = action.required_objects("sections", Rule::Sections)?;
    for section in &sections {
        let title = section.text("title", Rule::SectionTitle)?.unwrap_or_default();
        if sections.len() > 1 && title.is_empty() {
            return Err(section.violates(Rule::SectionTitles, "title", "is required if there are several sections"));
        }
    }
    Ok(sections)
}
