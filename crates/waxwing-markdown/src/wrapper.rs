//! Code fence around a whole answer.

/// Returns the Markdown inside a fence that encloses the whole text and says that its content is Markdown. Returns the text itself
/// otherwise.
///
/// Language models wrap an answer in such a fence although they should not. The fence may contain code blocks with a language: their
/// fences would end it in Markdown, which is not meant.
pub(crate) fn unwrapped(markdown: &str) -> &str {
    content(markdown).unwrap_or(markdown)
}

fn content(markdown: &str) -> Option<&str> {
    let (first, rest) = markdown.trim().split_once('\n')?;
    let fence = fence(first)?;
    let language = first[fence..].trim();
    if !language.eq_ignore_ascii_case("markdown") && !language.eq_ignore_ascii_case("md") {
        return None;
    }
    let (content, last) = rest.rsplit_once('\n').unwrap_or(("", rest));
    let is_bare = |line: &str, length: usize| line[length..].trim().is_empty();
    if !self::fence(last).is_some_and(|length| length >= fence && is_bare(last, length)) {
        return None;
    }
    let mut open = None;
    for line in content.lines().map(str::trim_start) {
        let Some(length) = self::fence(line) else { continue };
        open = match open {
            Some(opened) if is_bare(line, length) && length >= opened => None,
            Some(opened) => Some(opened),
            // The fence ends here, and the text goes on.
            None if is_bare(line, length) && length >= fence => return None,
            None => Some(length),
        };
    }
    open.is_none().then_some(content)
}

/// Returns the length of the fence at the start of a line.
fn fence(line: &str) -> Option<usize> {
    let length = line.len() - line.trim_start_matches('`').len();
    (length >= 3).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        assert_eq!(unwrapped(markdown), expected, "{markdown}");
    }

    #[test]
    fn a_fence_around_everything_is_removed() {
        check("```markdown\n# A\n\n*b*\n```", "# A\n\n*b*");
        check("\n```MD\na\n```\n", "a");
        check("````markdown\n```\ncode\n```\n````", "```\ncode\n```");
        check("```markdown\na\n```rust\ncode\n```\nb\n```", "a\n```rust\ncode\n```\nb");
    }

    #[test]
    fn other_fences_stay() {
        for text in [
            "```rust\na\n```",
            "```\na\n```",
            "See:\n```markdown\na\n```",
            "```markdown\na\n```\nb",
            "```markdown\na\n```\nb\n```\nc\n```",
            "```markdown\na\n```rust\nb\n```",
            "```markdown\na",
            "```markdown",
            "```markdown\n",
            "",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn an_empty_fence_is_empty() {
        check("```markdown\n```", "");
    }
}
