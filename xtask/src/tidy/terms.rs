//! Rule: the code uses every term of the glossary.

use std::collections::{HashMap, HashSet};

use super::glossary::{PATH, Term};
use super::rust::{Source, lexer::Kind};
use super::{Finding, Project};

/// Terms that were not found yet, in words, by their first word.
type Missing<'a> = HashMap<String, Vec<(String, &'a Term)>>;

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let mut missing = Missing::new();
    for term in &project.glossary.terms {
        let words = words(&term.text);
        let words = words.trim();
        let first = words.split(' ').next().unwrap_or_default();
        missing.entry(first.to_owned()).or_default().push((words.to_owned(), term));
    }
    // Uses of a term in this program do not count, because they come from the glossary.
    for source in project.sources.iter().filter(|source| !source.path.starts_with("xtask/")) {
        strike_used(&mut missing, source);
    }
    let mut terms: Vec<_> = missing.into_values().flatten().map(|(_, term)| term).collect();
    terms.sort_by_key(|term| term.line);
    let finding = |term: &Term| Finding::new(PATH, term.line, format!("no code uses the term `{}`", term.text));
    terms.into_iter().map(finding).collect()
}

/// Removes the terms that a file uses in a name, a string literal or a comment.
fn strike_used(missing: &mut Missing<'_>, source: &Source<'_>) {
    let tokens = source.tokens.iter().filter(|token| matches!(token.kind, Kind::Word | Kind::Text));
    let names: HashSet<_> = tokens.map(|token| token.text).collect();
    let comments = source.comments.iter().flat_map(|comment| &comment.lines).map(|(_, line)| *line);
    for text in names.into_iter().chain(comments) {
        let text = words(text);
        let mut rest = text.as_str();
        while let Some((word, after)) = rest.split_once(' ') {
            // A plural counts as a use.
            for first in [word, word.trim_end_matches('s')] {
                if let Some(terms) = missing.get_mut(first) {
                    terms.retain(|(term, _)| !rest.starts_with(term.as_str()));
                }
            }
            rest = after;
        }
    }
}

/// Returns the words of a text or a name, in lower case, with a space after each: `rate limiter ` for `RateLimiter` and for `rate_limiter`.
fn words(text: &str) -> String {
    let mut words = String::with_capacity(text.len() + 8);
    let mut was_lower = false;
    for c in text.chars() {
        if c.is_alphanumeric() {
            if c.is_uppercase() && was_lower {
                words.push(' ');
            }
            words.extend(c.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
        was_lower = c.is_lowercase() || c.is_numeric();
    }
    if !words.ends_with(' ') {
        words.push(' ');
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(code: &str, expected: &[&str]) {
        let glossary = "| term | meaning | replaces |\n|---|---|---|\n| rate limit, `RateLimiter` | | |\n";
        check_rule(super::check, &[("docs/glossary.md", glossary), ("a/src/lib.rs", code)], expected);
    }

    #[test]
    fn used_terms_pass() {
        check("/// Keeps a rate limit.\nstruct RateLimiter;", &[]);
        check("fn rate_limiter() { \"rate limits\"; }", &[]);
    }

    #[test]
    fn unused_terms() {
        check("struct RateLimit;", &["docs/glossary.md:3: no code uses the term `RateLimiter`"]);
        check("struct Rate; struct Limiter;", &["`rate limit`", "`RateLimiter`"]);
    }

    #[test]
    fn words_of_names() {
        assert_eq!(words("RateLimiter"), "rate limiter ");
        assert_eq!(words("on_in_doubt"), "on in doubt ");
        assert_eq!(words("`A::b`"), " a b ");
    }
}
