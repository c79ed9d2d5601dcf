//! Rule: a struct has at most 15 fields, unless it holds settings, arguments, or JSON.

use super::rust::items::{Item, ItemKind};
use super::{Finding, Project};

const MOST: usize = 15;

/// Derives of structs that mirror an external format.
const SHAPES: [&str; 5] = ["Serialize", "Deserialize", "JsonSchema", "Args", "Parser"];

/// Suffixes of the names of types with one field for each setting.
const SETTINGS: [&str; 2] = ["Settings", "Section"];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &project.sources {
        for (item, _) in source.all_items().iter().filter(|(item, _)| item.kind == ItemKind::Struct) {
            let fields = item.fields.len();
            if fields > MOST && !is_shape(item) {
                let message = format!("`{}` has {fields} fields, more than {MOST}; group them by their job", item.name);
                findings.push(Finding::new(source.path, item.line, message));
            }
        }
    }
    findings
}

fn is_shape(item: &Item<'_>) -> bool {
    SHAPES.iter().any(|derive| item.derives(derive)) || SETTINGS.iter().any(|end| item.name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(head: &str, fields: usize, expected: &[&str]) {
        let text = format!("{head} {{ {} }}", "pub a: Map<B, C>, ".repeat(fields));
        check_rule(super::check, &[("a/src/lib.rs", &text)], expected);
    }

    #[test]
    fn number_of_fields() {
        check("struct A", 15, &[]);
        check("struct A", 16, &["`A` has 16 fields"]);
    }

    #[test]
    fn shapes_and_settings_may_have_more() {
        check("#[derive(Debug, Deserialize)] struct A", 16, &[]);
        check("struct EngineSettings", 16, &[]);
    }
}
