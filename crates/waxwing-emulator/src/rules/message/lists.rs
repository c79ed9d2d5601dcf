//! Lists to choose from: rows and products.

use std::collections::HashSet;

use crate::rules::{GraphError, Part, Rule};

/// Meta: interactive list messages.
pub(super) fn list(action: &Part<'_>) -> Result<(), GraphError> {
    action.required_text("button", Rule::ListButton)?;
    let mut ids = HashSet::new();
    let mut count = 0;
    for section in sections(action)? {
        let rows = section.parts("rows")?;
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
                return Err(row.broken(Rule::UniqueRows, "id", "another row has the same"));
            }
        }
    }
    Ok(())
}

/// Meta: single-product messages.
pub(super) fn product(action: &Part<'_>) -> Result<(), GraphError> {
    action.required("catalog_id")?;
    action.required("product_retailer_id")?;
    Ok(())
}

/// Meta: multi-product messages.
pub(super) fn product_list(action: &Part<'_>) -> Result<(), GraphError> {
    action.required("catalog_id")?;
    let mut count = 0;
    for section in sections(action)? {
        let items = section.parts("product_items")?;
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

/// The sections of a list; with more than one, each has a title.
fn sections<'a>(action: &Part<'a>) -> Result<Vec<Part<'a>>, GraphError> {
    let sections = action.required_parts("sections", Rule::Sections)?;
    for section in &sections {
        let title = section.text("title", Rule::SectionTitle)?.unwrap_or_default();
        if sections.len() > 1 && title.is_empty() {
            return Err(section.broken(Rule::SectionTitles, "title", "is required where there are several sections"));
        }
    }
    Ok(sections)
}
