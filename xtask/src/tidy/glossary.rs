//! Parser of `docs/glossary.md`.

use std::collections::HashMap;

use super::{File, markdown};

pub(super) const PATH: &str = "docs/glossary.md";

/// Tables of the glossary.
#[derive(Debug, Default)]
pub(super) struct Glossary {
    pub(super) terms: Vec<Term>,
    pub(super) replaced: Replaced,
    pub(super) ambiguous: Vec<Ambiguous>,
    /// Banned first words of a sentence: the code spans after "No sentence starts with".
    pub(super) starts: Vec<String>,
    /// Banned phrases: the code spans after "Do not write".
    pub(super) phrases: Vec<String>,
}

/// Term of the first column of `| term | meaning | replaces |`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) text: String,
    pub(super) line: usize,
}

/// Names of the third column with their terms.
#[derive(Debug, Default)]
pub(super) struct Replaced {
    names: HashMap<String, String>,
    /// Names of modules only, such as `hand.rs`.
    modules: HashMap<String, String>,
    /// Prefixes of function names, such as `and_*`.
    starts: Vec<(String, String)>,
}

impl Replaced {
    fn insert(&mut self, name: &str, term: &str) {
        let name = name.rsplit("::").next().unwrap_or_default();
        if let Some(stem) = name.strip_suffix(".rs") {
            self.modules.insert(stem.to_owned(), term.to_owned());
        } else if let Some(start) = name.strip_suffix('*') {
            self.starts.push((start.to_owned(), term.to_owned()));
        } else {
            self.names.insert(name.to_owned(), term.to_owned());
        }
    }

    /// Returns the term that replaced the name of an item of this `kind`.
    pub(super) fn term(&self, kind: &str, name: &str) -> Option<&str> {
        let by_start = || self.starts.iter().find(|(start, _)| name.starts_with(start)).map(|(_, term)| term);
        let term = match kind {
            "module" => self.names.get(name).or_else(|| self.modules.get(name)),
            "function" => self.names.get(name).or_else(by_start),
            _ => self.names.get(name),
        };
        term.map(String::as_str)
    }
}

/// Row of `| word | alone | by role |`: a type name that needs a qualifier.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ambiguous {
    pub(super) name: String,
    /// Crates that may use the word without a qualifier.
    pub(super) crates: Vec<String>,
    pub(super) instead: String,
}

impl Glossary {
    pub(super) fn read(files: &[File]) -> Self {
        let mut glossary = Self::default();
        let mut header = Vec::new();
        let Some(file) = files.iter().find(|file| file.path == PATH) else { return glossary };
        glossary.starts = listed(&file.text, "No sentence starts with ");
        glossary.phrases = listed(&file.text, "Do not write ");
        for line in markdown::lines(file) {
            if !line.is_table_row() {
                header.clear();
                continue;
            }
            let cells = markdown::cells(line.text);
            if header.is_empty() {
                header = cells;
                continue;
            }
            match (&header[..], &cells[..]) {
                (_, [rule, ..]) if rule.starts_with("---") => {}
                (["term", "meaning", "replaces"], [term, _, replaced]) => {
                    glossary.terms.extend(terms(term).map(|text| Term { text, line: line.number }));
                    for name in markdown::code_spans(replaced) {
                        glossary.replaced.insert(name, term);
                    }
                }
                (["word", "alone", "by role"], [word, alone, instead]) => {
                    glossary.ambiguous.extend(markdown::code_spans(word).into_iter().map(|name| Ambiguous {
                        name: name.to_owned(),
                        crates: markdown::code_spans(alone).into_iter().map(str::to_owned).collect(),
                        instead: (*instead).to_owned(),
                    }));
                }
                _ => {}
            }
        }
        glossary
    }
}

/// Returns the code spans of the sentence that starts with `start`, in lower case.
fn listed(text: &str, start: &str) -> Vec<String> {
    let Some((_, rest)) = text.split_once(start) else { return Vec::new() };
    let end = rest.find(".\n").or_else(|| rest.find(". ")).unwrap_or(rest.len());
    let end = rest[..end].find(". ").unwrap_or(end);
    markdown::code_spans(&rest[..end]).into_iter().map(str::to_lowercase).collect()
}

/// Returns the comma-separated terms of a cell, without back-ticks. A comma inside back-ticks does not separate terms.
fn terms(cell: &str) -> impl Iterator<Item = String> {
    let masked = markdown::without_code_spans(cell);
    let mut start = 0;
    let mut ends: Vec<_> = masked.match_indices(", ").map(|(i, _)| i).collect();
    ends.push(cell.len());
    let parts: Vec<_> = ends
        .into_iter()
        .map(|end| {
            let part = &cell[start..end];
            start = (end + 2).min(cell.len());
            part.replace('`', "")
        })
        .collect();
    parts.into_iter().filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# Glossary\n\n| term | meaning | replaces |\n|---|---|---|\n| rate limit, `Permit` | m, `n` | `gate`, a `Pass` |\n\n\
        | word | alone | by role |\n|---|---|---|\n| `State`, `Event` | `waxwing-agent` | `SessionState` |\n\n| before | after |\n|---|---|\n| a | b |\n";

    #[test]
    fn tables() {
        let glossary = Glossary::read(&[File { path: PATH.to_owned(), text: TEXT.to_owned() }]);
        let terms: Vec<_> = glossary.terms.iter().map(|term| (term.text.as_str(), term.line)).collect();
        assert_eq!(terms, [("rate limit", 5), ("Permit", 5)]);
        assert_eq!(glossary.replaced.term("field", "gate"), Some("rate limit, `Permit`"));
        assert_eq!(glossary.replaced.term("type", "Pass"), Some("rate limit, `Permit`"));
        assert_eq!(glossary.replaced.term("type", "n"), None);
        assert_eq!(glossary.ambiguous.len(), 2);
        assert_eq!(glossary.ambiguous[1].crates, ["waxwing-agent"]);
    }

    #[test]
    fn style() {
        let text =
            "- A. No sentence starts with `What` or\n  `Of which`. B `c`.\n- Do not write `anew`, `lest`.\n- `d`\n";
        let glossary = Glossary::read(&[File { path: PATH.to_owned(), text: text.to_owned() }]);
        assert_eq!(glossary.starts, ["what", "of which"]);
        assert_eq!(glossary.phrases, ["anew", "lest"]);
    }

    #[test]
    fn commas_in_code_do_not_separate() {
        assert_eq!(terms("`A::{B, C}`, d").collect::<Vec<_>>(), ["A::{B, C}", "d"]);
    }
}
