//! Rule: a source file starts with a doc comment whose first sentence states its one job, without "and".

use super::rust::{Source, lexer::CommentKind};
use super::{Finding, Project};

pub(super) fn check(project: &Project<'_>) -> Vec<Finding> {
    project.sources.iter().filter_map(check_source).collect()
}

fn check_source(source: &Source<'_>) -> Option<Finding> {
    // A test module has the job of its parent.
    if source.is_test_module {
        return None;
    }
    let doc = source.comments.iter().find(|comment| comment.kind == CommentKind::Inner);
    let Some(doc) = doc else {
        let includes = source.tokens.iter().any(|token| token.is("include_str"));
        return (!includes)
            .then(|| Finding::new(source.path, 1, "needs a module doc, `//! ..`, that states its one job"));
    };
    if source.is_test || source.path.starts_with("examples/") {
        return None;
    }
    let paragraph: Vec<_> = doc.lines.iter().map(|(_, line)| *line).take_while(|line| !line.is_empty()).collect();
    let paragraph = paragraph.join(" ");
    let sentence = paragraph.split_inclusive(". ").next().unwrap_or_default();
    says_and(sentence).then(|| {
        let message = "the first sentence of the module doc says \"and\"; state one job, or split the module";
        Finding::new(source.path, doc.lines[0].0, message)
    })
}

/// Whether a sentence joins two parts with "and". The code spans of `` `GET` and `POST` `` are one part.
fn says_and(sentence: &str) -> bool {
    let joins = sentence.replace("` and `", "`, `");
    joins.split([' ', ',']).any(|word| word == "and")
}

#[cfg(test)]
mod tests {
    use crate::tidy::tests::check_rule;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        check_rule(super::check, &[("a/src/b.rs", text)], expected);
    }

    #[test]
    fn a_doc_with_one_job_passes() {
        check("//! Sends messages.\n//! Retries and backoff are in `retry`.\n\nfn a() {}", &[]);
        check("#![doc = include_str!(\"../README.md\")]", &[]);
    }

    #[test]
    fn the_methods_of_an_endpoint_are_one_job() {
        check("//! `GET` and `POST /{version}/messages`.", &[]);
    }

    #[test]
    fn tests_and_examples_need_a_doc_only() {
        check_rule(super::check, &[("examples/b.rs", "//! A model and a tool.")], &[]);
        check_rule(super::check, &[("a/tests/it/b.rs", "//! A and b."), ("a/tests/it/c.rs", "")], &["c.rs:1: needs"]);
    }

    #[test]
    fn a_missing_doc() {
        check("fn a() {}", &["a/src/b.rs:1: needs a module doc"]);
    }

    #[test]
    fn a_doc_with_two_jobs() {
        check("//! Sends messages, and\n//! stores them.", &["a/src/b.rs:1: the first sentence"]);
    }
}
