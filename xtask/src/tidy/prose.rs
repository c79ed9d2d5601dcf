//! Rule: prose has none of the sentence starts or phrases that the glossary bans.
//!
//! The rule checks comments, doc comments, Markdown, and the comments of TOML, SQL, JavaScript and Python. It checks phrases in string
//! literals, too.

use super::glossary::Glossary;
use super::markdown::{fenced, without_code_spans};
use super::rust::lexer::Kind;
use super::{File, Finding, Project, markdown};

/// Prose with the line numbers of its parts.
#[derive(Debug, Default)]
struct Block {
    text: String,
    /// Pairs of an offset in the text and the line number from that offset.
    starts: Vec<(usize, usize)>,
}

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    let glossary = &project.glossary;
    let mut findings = Vec::new();
    for source in &project.sources {
        for comment in &source.comments {
            let lines = fenced(comment.lines.iter().copied());
            for block in blocks(lines.iter().map(|line| (line.number, line.text, line.is_code))) {
                block.check(glossary, source.path, &mut findings);
            }
        }
        let tests = source.test_ranges();
        for (i, token) in source.tokens.iter().enumerate().filter(|(_, token)| token.kind == Kind::Text) {
            if !source.is_test && !tests.iter().any(|range| range.contains(&i)) {
                let mut block = Block::default();
                block.push(token.line, token.text);
                block.check_phrases(glossary, source.path, &mut findings);
            }
        }
    }
    for file in project.files {
        let lines: Vec<_> = match () {
            () if file.has_extension("md") => {
                markdown::lines(file).into_iter().map(|line| (line.number, line.text, line.is_code)).collect()
            }
            () => comments(file),
        };
        for block in blocks(lines.into_iter()) {
            block.check(glossary, &file.path, &mut findings);
        }
    }
    findings
}

/// Returns the comments of a file in another language than Rust. Code between comments separates them.
fn comments(file: &File) -> Vec<(usize, &str, bool)> {
    let marker = match file.path.rsplit('.').next() {
        Some("toml" | "py") => "#",
        Some("sql") => "--",
        Some("js" | "mjs") => "//",
        _ => return Vec::new(),
    };
    let comment = |(i, line): (usize, &'_ str)| {
        let start = line.len() - line.trim_start().len();
        let is_comment = line[start..].starts_with(marker);
        (i + 1, start + marker.len(), is_comment)
    };
    file.text
        .lines()
        .enumerate()
        .map(|(i, line)| match comment((i, line)) {
            (number, start, true) => (number, line[start..].trim(), false),
            (number, _, false) => (number, "", true),
        })
        .collect()
}

/// Joins lines into paragraphs, list items and table cells. Code ends a block.
fn blocks<'a>(lines: impl Iterator<Item = (usize, &'a str, bool)>) -> Vec<Block> {
    let mut blocks = vec![Block::default()];
    for (number, line, is_code) in lines {
        let prose = without_code_spans(line);
        let text = prose.trim();
        let starts_block = text.is_empty() || is_code || is_marked(text);
        if starts_block {
            blocks.push(Block::default());
        }
        if is_code || text.starts_with("|---") {
            continue;
        }
        if text.starts_with('|') {
            for cell in markdown::cells(text) {
                let mut block = Block::default();
                block.push(number, cell);
                blocks.push(block);
            }
            blocks.push(Block::default());
        } else if let Some(block) = blocks.last_mut() {
            block.push(number, text);
        }
    }
    blocks
}

/// Whether a line starts a heading, a list item, a quote or a table row.
fn is_marked(text: &str) -> bool {
    let is_numbered = text.split_once(". ").is_some_and(|(number, _)| number.chars().all(|c| c.is_ascii_digit()));
    is_numbered || ["#", "- ", "* ", "> ", "|"].iter().any(|marker| text.starts_with(marker))
}

impl Block {
    fn push(&mut self, line: usize, text: &str) {
        self.starts.push((self.text.len(), line));
        self.text.push_str(text);
        self.text.push(' ');
    }

    fn line(&self, at: usize) -> usize {
        self.starts.iter().rev().find(|(start, _)| *start <= at).map_or(0, |(_, line)| *line)
    }

    /// Finds banned sentence starts and banned phrases.
    fn check(&self, glossary: &Glossary, path: &str, findings: &mut Vec<Finding>) {
        self.check_phrases(glossary, path, findings);
        let mut end = None;
        for (at, word) in self.words() {
            let is_first = end.is_none();
            let is_start = end.is_none_or(|end| ends_sentence(&self.text[end..at]));
            end = Some(at + word.len());
            if !is_start || !(is_first || word.starts_with(char::is_uppercase)) {
                continue;
            }
            if let Some(start) = glossary.starts.iter().find(|start| starts_with_phrase(&self.text[at..], start)) {
                let message = format!("a sentence starts with \"{start}\"; start with the noun that it is about");
                findings.push(Finding::new(path, self.line(at), message));
            }
        }
    }

    fn check_phrases(&self, glossary: &Glossary, path: &str, findings: &mut Vec<Finding>) {
        for (at, word) in self.words() {
            // Most words start no banned phrase, which their first letter shows.
            let first = word.as_bytes()[0].to_ascii_lowercase();
            let mut phrases = glossary.phrases.iter().filter(|phrase| phrase.as_bytes()[0] == first);
            if let Some(phrase) = phrases.find(|phrase| starts_with_phrase(&self.text[at..], phrase)) {
                findings.push(Finding::new(
                    path,
                    self.line(at),
                    format!("says \"{phrase}\"; use plain current English"),
                ));
            }
        }
    }

    /// Returns the words with their offsets. A code span is one word.
    fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '`' | '\'');
        let mut at = 0;
        std::iter::from_fn(move || {
            let start = at + self.text[at..].find(is_word)?;
            let length = self.text[start..].find(|c| !is_word(c)).unwrap_or(self.text.len() - start);
            at = start + length;
            Some((start, &self.text[start..at]))
        })
    }
}

/// Whether the text between two words ends a sentence.
fn ends_sentence(between: &str) -> bool {
    between.contains(['.', '!', '?']) && between.contains(' ')
}

fn starts_with_phrase(text: &str, phrase: &str) -> bool {
    text.get(..phrase.len()).is_some_and(|start| start.eq_ignore_ascii_case(phrase))
        && !text[phrase.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '\'')
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let glossary = "No sentence starts with `What`, `Who`, `Whom`, `Whose`, `Nobody`, `Somebody` or `Of which`.\n\
            Do not write `anew`, `beside`, `for ever`, `mend`, `put into words` or `told of`.\n";
        check_rule(super::check, &[("docs/glossary.md", glossary), (path, text)], expected);
    }

    #[test]
    fn starts_of_comments() {
        check("a.rs", "/// What a user wrote.\nfn a() {}", &["a.rs:1: a sentence starts with \"what\""]);
        check("a.rs", "// nobody waits\nfn a() {} // of which", &["a.rs:1", "a.rs:2"]);
        check(
            "a.rs",
            "/// The text. It is short.\n/// Whose it is, says\n/// `b`. Somebody\nfn a() {}",
            &["a.rs:2", "a.rs:3"],
        );
        check("a.rs", "/// The user, who writes. Whole sentences. He knows what.\nfn a() {}", &[]);
    }

    #[test]
    fn starts_in_markdown() {
        check(
            "a.md",
            "# What it is\n\n- **Who** writes\n1. Whom\n| a | Nobody |\n",
            &["a.md:1", "a.md:3", "a.md:4", "a.md:5"],
        );
        check("a.md", "`What` is code.\n```\nWhat is this\n```\n", &[]);
    }

    #[test]
    fn phrases() {
        check(
            "a.md",
            "It starts\nanew, beside\nit. Put it into words.",
            &["a.md:2: says \"anew\"", "a.md:2: says \"beside\""],
        );
        check("a.md", "Newest, besides, amends, recommends, `mend`.", &[]);
        check("a.md", "They last for\never.", &["a.md:1: says \"for ever\""]);
        check("a.toml", "a = 'anew'\n# told of\n", &["a.toml:2: says \"told of\""]);
    }

    #[test]
    fn texts_of_the_program() {
        check("a.rs", "fn a() { log(\"begins anew\"); }", &["a.rs:1: says \"anew\""]);
        check("a.rs", "#[cfg(test)] mod tests { const A: &str = \"begins anew. What?\"; }", &[]);
        check("a.rs", "fn a() { log(\"What is it?\"); }", &[]);
    }
}
