//! Rule: `Debug` output has no personal data, such as phone numbers, ids or names of users, or texts of messages.
//!
//! A type must not derive `Debug` if it has a text field with such a name, or if it is such an id. It implements `Debug` by hand, or the
//! field gets a type that hides its content. The comment `// tidy: debug - reason` above the type allows the derive. The rule does not
//! apply to the emulator, because its users are not real.

use std::collections::BTreeSet;

use super::rust::Source;
use super::rust::items::{Field, Item, ItemKind};
use super::{Finding, Project};

const ALLOWED: &str = "tidy: debug - ";

/// Names of fields, and of variants with one value, that hold data of users in any type.
const FIELDS: [&str; 20] = [
    "body",
    "bsuid",
    "caption",
    "display_name",
    "email",
    "first_name",
    "formatted_name",
    "former_wa_id",
    "last_name",
    "parent_bsuid",
    "phone",
    "phone_number",
    "profile_name",
    "quoted_text",
    "street",
    "text",
    "transcript",
    "user_id",
    "username",
    "wa_id",
];

/// Types that hold data of users.
const IDS: [&str; 6] = ["Bsuid", "Phone", "UserId", "Username", "WaId", "WhatsAppId"];

/// Parts of the names of types whose field `name` is the name of a user.
const PEOPLE: [&str; 6] = ["Contact", "Party", "Person", "Profile", "Sender", "User"];

/// Types whose `Debug` output shows their content.
const PRINTED: [&str; 6] = ["Box<RawValue>", "Bytes", "RawValue", "String", "Value", "str"];

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let is_free = |path: &str| !path.starts_with("crates/") || path.starts_with("crates/waxwing-emulator/");
    for source in project.sources.iter().filter(|source| !source.is_test && !is_free(source.path)) {
        for (item, is_test) in source.all_items() {
            if !is_test && item.derives("Debug") && !is_allowed(source, item) {
                findings.extend(personal(item).map(|message| Finding::new(source.path, item.line, message)));
            }
        }
    }
    findings
}

fn personal(item: &Item<'_>) -> Option<String> {
    if !matches!(item.kind, ItemKind::Struct | ItemKind::Enum) {
        return None;
    }
    let personal = item.fields.iter().filter(|field| is_personal(item, field));
    let names: BTreeSet<_> =
        personal.map(|field| if field.name.is_empty() { field.variant } else { field.name }).collect();
    if !names.is_empty() {
        let names: Vec<_> = names.into_iter().collect();
        return Some(format!("`{}` derives `Debug`, which prints {}", item.name, names.join(", ")));
    }
    let is_id = IDS.contains(&item.name) && item.fields.iter().any(|field| field.name.is_empty() && is_printed(field));
    is_id.then(|| format!("`{}` derives `Debug`, which prints what identifies a user", item.name))
}

fn is_personal(item: &Item<'_>, field: &Field<'_>) -> bool {
    let is_value = field.name.is_empty() && FIELDS.iter().any(|name| name.eq_ignore_ascii_case(field.variant));
    let is_name = field.name == "name" && PEOPLE.iter().any(|person| item.name.contains(person));
    (is_value || is_name || FIELDS.contains(&field.name)) && is_printed(field)
}

fn is_printed(field: &Field<'_>) -> bool {
    PRINTED.iter().any(|printed| field.words.contains(printed))
}

/// Whether a comment directly above the type or its attributes allows the derive.
fn is_allowed(source: &Source<'_>, item: &Item<'_>) -> bool {
    let first = source.tokens[item.tokens.start].line;
    let lines = source.comments.iter().flat_map(|comment| &comment.lines);
    lines
        .into_iter()
        .any(|(line, text)| (first.saturating_sub(1)..=item.line).contains(line) && text.starts_with(ALLOWED))
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        check_rule(super::check, &[("crates/a/src/lib.rs", text)], expected);
    }

    #[test]
    fn printed_fields_of_users() {
        check(
            "#[derive(Clone, Debug)]\npub struct A { pub phone: Option<String>, b: u8 }",
            &["a/src/lib.rs:2: `A` derives `Debug`, which prints phone"],
        );
        check("#[derive(Debug)] enum A { B { text: Arc<str> } }", &["prints text"]);
        check("#[derive(Debug)] enum A { Text(String), Other(String) }", &["prints Text"]);
        check("#[derive(Debug)] struct UserRow { name: String }", &["prints name"]);
        check("#[derive(Debug)] struct WaId(String);", &["`WaId` derives `Debug`"]);
    }

    #[test]
    fn hidden_and_other_fields() {
        check("struct A { phone: String } impl Debug for A {}", &[]);
        check("#[derive(Debug)] struct A { phone: WaId, name: String, texts: Vec<String> }", &[]);
        check("#[cfg(test)] mod tests { #[derive(Debug)] struct A { text: String } }", &[]);
    }

    #[test]
    fn a_reason_allows_the_derive() {
        check(
            "/// A.\n// tidy: debug - text of the system, not of a user\n#[derive(Debug)]\nstruct A { text: String }",
            &[],
        );
        check("// debug - no\n#[derive(Debug)]\nstruct A { text: String }", &["prints text"]);
    }
}
