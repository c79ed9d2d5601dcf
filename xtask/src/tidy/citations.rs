//! Rule: the facts that code cites exist.
//!
//! A citation is a string such as `cloud-api 4.2 (Meta: text messages)`. Its section is a heading of the facts file. Each page that it
//! names is among the sources of that section. Each section has sources with dates.

use super::rust::lexer::Kind;
use super::{File, Finding, Project};

pub(super) const FACTS: &str = "docs/cloud-api-facts.md";
/// Start of a citation.
const CITATION: &str = "\"cloud-api ";
/// Start of the sources of a section.
const SOURCES: &str = "Sources: ";

/// Section of the facts file.
struct Section<'a> {
    number: &'a str,
    line: usize,
    /// Pages with their dates. Empty if the section does not start with its sources.
    sources: String,
}

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let facts = project.files.iter().find(|file| file.path == FACTS);
    let sections = facts.map(sections).unwrap_or_default();
    let undated = sections.iter().filter(|section| !is_dated(&section.sources)).map(|section| {
        Finding::new(FACTS, section.line, "a section starts with `Sources: `, the pages and the date of each")
    });
    let mut findings: Vec<_> = undated.collect();
    for source in &project.sources {
        for token in source.tokens.iter().filter(|token| token.kind == Kind::Text) {
            let Some(citation) = token.text.strip_prefix(CITATION).map(|rest| rest.trim_end_matches('"')) else {
                continue;
            };
            findings.extend(problem(&sections, citation).map(|why| Finding::new(source.path, token.line, why)));
        }
    }
    findings
}

fn sections(file: &File) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut in_sources = false;
    for (index, line) in file.text.lines().enumerate() {
        if let Some(heading) = line.strip_prefix("## ") {
            let number = heading.split(' ').next().unwrap_or_default();
            sections.push(Section { number, line: index + 1, sources: String::new() });
        }
        let Some(section) = sections.last_mut() else { continue };
        in_sources = line.starts_with(SOURCES) || (in_sources && !line.is_empty());
        if in_sources {
            section.sources.push_str(line.trim_start_matches(SOURCES));
            section.sources.push(' ');
        }
    }
    sections
}

/// Returns whether each page of the sources has a date.
fn is_dated(sources: &str) -> bool {
    let mut pages = sources.split("Meta: ").skip(1).peekable();
    let has_year = |page: &str| page.split(|char: char| !char.is_ascii_digit()).any(|word| word.len() == 4);
    pages.peek().is_some() && pages.all(has_year)
}

fn problem(sections: &[Section<'_>], citation: &str) -> Option<String> {
    let (number, rest) = citation.split_once(' ').unwrap_or((citation, ""));
    if !number.starts_with(|char: char| char.is_ascii_digit()) {
        return None;
    }
    let Some(section) = sections.iter().find(|section| section.number == number) else {
        return Some(format!("`{FACTS}` has no section {number}"));
    };
    let page = rest.split_once("Meta: ")?.1.split([';', ')']).next().unwrap_or_default();
    let is_named = section.sources.contains(&format!("Meta: {page},"));
    (!is_named).then(|| format!("section {number} of `{FACTS}` does not name the page `{page}`"))
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    const FACTS: &str =
        "# Facts\n\n## 4.2 Types\n\nSources: Meta: text messages, 1 May 2026.\nMeta: media, 2026.\n\nA fact.\n";

    #[track_caller]
    fn check(facts: &str, code: &str, expected: &[&str]) {
        check_rule(super::check, &[(super::FACTS, facts), ("crates/a/src/b.rs", code)], expected);
    }

    #[test]
    fn a_citation_names_a_section_and_a_page() {
        check(FACTS, r#"const A: &str = "cloud-api 4.2 (Meta: text messages)";"#, &[]);
        check(FACTS, r#"const A: &str = "cloud-api 4.2 (Meta: media; unverified)";"#, &[]);
        check(FACTS, r#"const A: &str = "cloud-api 4.2 (unverified)";"#, &[]);
        check(FACTS, r#"const A: &str = "cloud-api ";"#, &[]);
        check(FACTS, r#"const A: &str = "cloud-api 4.3 (Meta: media)";"#, &["has no section 4.3"]);
        check(FACTS, r#"const A: &str = "cloud-api 4.2 (Meta: text)";"#, &["does not name the page `text`"]);
    }

    #[test]
    fn a_section_states_dated_sources() {
        check(&FACTS.replace("Sources: ", ""), "", &["starts with `Sources: `"]);
        check(&FACTS.replace("1 May 2026", "soon"), "", &["starts with `Sources: `"]);
    }
}
