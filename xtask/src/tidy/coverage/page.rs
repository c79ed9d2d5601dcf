//! Text of `docs/coverage.md`.

use std::fmt::Write as _;

use super::codes;
use super::data::{Codes, Data, Part};
use super::evidence::Evidence;

const HEAD: &str = "\
# Coverage of the Cloud API

This page lists what WhatsApp sends and accepts: how Waxwing supports it, and which test proves it. A row links the section of
[the facts](cloud-api-facts.md) about it, the public item of the library, and the test. The section *Not yet* at the end has the rest.

`cargo xtask coverage` writes this page from `docs/coverage.toml` and from the client's table of error codes. `cargo xtask tidy` fails if an
item or a test is gone, if a type, path, field or code has no row, or if the page is out of date.
";

pub(super) fn write(evidence: &Evidence<'_, '_>, data: &Data) -> String {
    let mut page = HEAD.to_owned();
    for part in &data.parts {
        write_part(&mut page, evidence, part);
    }
    write_codes(&mut page, evidence, &data.codes);
    let missing: Vec<_> = data.parts.iter().flat_map(|part| &part.not_yet).collect();
    let _ = write!(
        page,
        "\n## Not yet\n\n`Client::request` sends such a request, unless Meta serves it at another host.\n\n"
    );
    page.push_str("| Meta | facts | reason |\n|---|---|---|\n");
    for row in missing {
        let _ = writeln!(page, "| {} | {} | {} |", row.name, facts(evidence, &row.facts), row.reason);
    }
    page
}

fn write_part(page: &mut String, evidence: &Evidence<'_, '_>, part: &Part) {
    let _ = write!(page, "\n## {}\n\n{}\n\n", part.title, part.text.trim());
    page.push_str("| Meta | facts | supported by | tested in |\n|---|---|---|---|\n");
    for row in &part.rows {
        let (facts, test) = (facts(evidence, &row.facts), test(&row.test));
        let name = row.item.split_once(' ').map_or(&*row.item, |(_, name)| name);
        let item = format!("[`{name}`](../{})", evidence.item(&row.item).unwrap_or_default());
        let _ = writeln!(page, "| {} | {facts} | {item} | {test} |", row.name);
    }
}

fn write_codes(page: &mut String, evidence: &Evidence<'_, '_>, codes: &Codes) {
    let (table, facts) = (&codes.table, facts(evidence, "7.2"));
    let _ = write!(
        page,
        "\n## Error codes\n\nThe client's [table](../{table}) has every code of section {facts}. The HTTP status\ndecides about an unknown code.\n\n"
    );
    page.push_str("| code | meaning | handling | tested in |\n|---|---|---|---|\n");
    for code in codes::read(evidence, codes) {
        let (first, last) = (code.first, code.last);
        let range = if first == last { first.to_string() } else { format!("{first} to {last}") };
        let own = codes.tests.iter().find(|(first, _)| *first == code.first.to_string());
        let test = test(own.map_or(&codes.test, |(_, test)| test));
        let fallback = if code.has_fallback { "; the text is sent in its place" } else { "" };
        let _ = writeln!(page, "| {range} | {} | {}{fallback} | {test} |", code.meaning, code.handling);
    }
}

fn facts(evidence: &Evidence<'_, '_>, number: &str) -> String {
    evidence.section(number).map_or_else(|| number.to_owned(), |section| format!("[{number}]({})", section.link))
}

fn test(test: &str) -> String {
    let (path, name) = test.split_once(' ').unwrap_or((test, ""));
    format!("[`{name}`](../{path})")
}
