//! Error codes, read from the table of the client.

use super::super::rust::lexer::{Kind, Token};
use super::data::Codes;
use super::evidence::Evidence;

/// Entry of the table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) first: i64,
    pub(super) last: i64,
    /// Meaning, in the words of the table.
    pub(super) meaning: String,
    /// Handling by Waxwing.
    pub(super) handling: &'static str,
    /// Whether the text of the message is sent in its place.
    pub(super) has_fallback: bool,
}

/// Constructors of the table, with the handling that each stands for.
const CONSTRUCTORS: [(&str, &str); 5] = [
    ("passing", "repeated with backoff"),
    ("blocked", "pauses the number until the business acts"),
    ("held_back", "final for the message; may pass after hours"),
    ("refused", "final for the message"),
    ("administrative", "final for the call"),
];

/// Returns the entries of the table.
pub(super) fn read(evidence: &Evidence<'_, '_>, codes: &Codes) -> Vec<Code> {
    let tokens = evidence.tokens(&codes.table);
    let start = tokens.windows(2).position(|pair| pair[0].is("const") && pair[1].is("TABLE")).unwrap_or(tokens.len());
    let end = tokens[start..].iter().position(|token| token.is(";")).map_or(tokens.len(), |length| start + length);
    let starts = |token: &Token<'_>| CONSTRUCTORS.iter().any(|(name, _)| token.is(name));
    let mut entries: Vec<_> = tokens[start..end].split_inclusive(starts).collect();
    // The constructor stands at the end of the slice before its arguments.
    let mut found = Vec::new();
    let mut constructor = entries.first().and_then(|before| before.last());
    for arguments in entries.drain(..).skip(1) {
        found.extend(constructor.and_then(|name| entry(name.text, arguments)));
        constructor = arguments.last();
    }
    found
}

fn entry(constructor: &str, arguments: &[Token<'_>]) -> Option<Code> {
    let (_, handling) = CONSTRUCTORS.iter().find(|(name, _)| *name == constructor)?;
    let number = |token: &Token<'_>| token.text.replace('_', "").parse::<i64>().ok();
    let first = arguments.iter().find_map(number)?;
    let last = arguments.iter().position(|token| token.is("to")).and_then(|at| number(arguments.get(at + 2)?));
    let meaning = arguments.iter().rfind(|token| token.kind == Kind::Text)?;
    Some(Code {
        first,
        last: last.unwrap_or(first),
        meaning: meaning.text.trim_matches('"').to_owned(),
        handling,
        has_fallback: arguments.iter().any(|token| token.is("or_text")),
    })
}

/// Returns what is wrong with the tests of the codes.
pub(super) fn problems(evidence: &Evidence<'_, '_>, codes: &Codes) -> Vec<String> {
    let mut problems = Vec::new();
    let entries = read(evidence, codes);
    if entries.is_empty() {
        problems.push(format!("`{}` has no table of error codes", codes.table));
    }
    if !evidence.is_tested(&codes.test) {
        problems.push(format!("there is no test `{}` for the table of codes", codes.test));
    }
    for (code, test) in &codes.tests {
        if !entries.iter().any(|entry| entry.first.to_string() == *code) {
            problems.push(format!("the table of codes has no entry that begins with {code}"));
        }
        if !evidence.is_tested(test) {
            problems.push(format!("code {code}: there is no test `{test}`"));
        }
    }
    problems
}
