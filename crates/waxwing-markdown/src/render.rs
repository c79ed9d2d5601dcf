//! Conversion of Markdown to text with WhatsApp formatting.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::blocks::BlockWriter;
use crate::html;
use crate::inline::{InlineText, fenced, is_spaceless};
use crate::marks::{Mark, MarkSet};
use crate::table::Table;
use crate::wrapper;

/// Line for a thematic break.
const RULE: &str = "━━━━━━━━━━";

/// Longest URL that is recognised around an emphasis, in bytes.
const LONGEST_URL: usize = 2048;

/// Converts Markdown to text with WhatsApp formatting.
///
/// The [crate documentation](crate) lists the conversions. Plain text stays unchanged, except that lines of a paragraph lose white
/// space at their ends, and several blank lines become one. Any string is valid Markdown, so the function cannot fail. The time
/// is linear in the length of the text. The result can be longer than one message: use [`split`](crate::split).
///
/// ```
/// use waxwing_markdown::to_whatsapp;
///
/// let text = to_whatsapp("**Two** pizzas, see [the menu](https://example.com/menu).");
/// assert_eq!(text, "*Two* pizzas, see the menu (https://example.com/menu).");
/// ```
pub fn to_whatsapp(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let markdown = wrapper::unwrapped(markdown);
    let mut renderer = Renderer { source: markdown, ..Renderer::default() };
    for (event, range) in Parser::new_ext(markdown, options).into_offset_iter() {
        renderer.event(event, range);
    }
    renderer.flush();
    renderer.blocks.into_text()
}

#[derive(Debug, Default)]
struct Renderer<'a> {
    source: &'a str,
    blocks: BlockWriter,
    inline: InlineText,
    styles: Vec<Style<'a>>,
    heading: bool,
    /// Open links and images: position of the link text, and URL.
    links: Vec<(usize, String)>,
    /// Text of an open block of code or HTML.
    raw: Option<String>,
    table: Option<Table>,
}

/// Formatting of an emphasis.
#[derive(Debug, Clone, Copy)]
enum Style<'a> {
    Mark(Mark),
    /// No formatting: the delimiters are characters.
    Literal(&'a str),
}

impl Renderer<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) | Event::Html(text) => match &mut self.raw {
                Some(raw) => raw.push_str(&text),
                None if self.source[..range.start].ends_with('\\') => self.escaped(&text),
                None => self.inline.text(&text, self.marks()),
            },
            Event::Code(code) => self.inline.code(&code, self.marks()),
            Event::InlineHtml(tag) => match html::tag(&tag) {
                html::Tag::LineBreak => self.inline.text("\n", MarkSet::default()),
                html::Tag::Nothing => {}
                html::Tag::Text => self.inline.text(&tag, self.marks()),
            },
            Event::SoftBreak | Event::HardBreak => self.inline.text("\n", MarkSet::default()),
            Event::Rule => self.block(&[RULE.to_owned()]),
            Event::TaskListMarker(done) => self.inline.text(if done { "☑ " } else { "☐ " }, MarkSet::default()),
            // Events of extensions that are not enabled.
            Event::InlineMath(_) | Event::DisplayMath(_) | Event::FootnoteReference(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Emphasis => self.start_style(Mark::Italic, 1, range),
            Tag::Strong => self.start_style(Mark::Bold, 2, range),
            Tag::Strikethrough => {
                let width = if self.source[range.clone()].starts_with("~~") { 2 } else { 1 };
                self.start_style(Mark::Strike, width, range);
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((self.inline.len(), dest_url.into_string()));
            }
            Tag::TableRow | Tag::TableHead => self.table.iter_mut().for_each(Table::start_row),
            Tag::TableCell => {}
            block => {
                self.flush();
                self.start_block(block);
            }
        }
    }

    fn start_block(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.blocks.start_paragraph(),
            Tag::Heading { .. } => self.heading = true,
            Tag::BlockQuote(_) => self.blocks.start_quote(),
            Tag::List(number) => self.blocks.start_list(number),
            Tag::Item => self.blocks.start_item(),
            Tag::CodeBlock(_) | Tag::HtmlBlock => self.raw = Some(String::new()),
            Tag::Table(alignments) => self.table = Some(Table::new(alignments)),
            // `start` handles inline tags. Other tags belong to extensions that are not enabled.
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough => {
                if let Some(Style::Literal(delimiter)) = self.styles.pop() {
                    self.inline.literal(delimiter, self.marks());
                }
            }
            TagEnd::Link | TagEnd::Image => self.end_link(),
            TagEnd::TableCell => {
                let cell = self.inline.plain(0);
                self.inline.truncate(0);
                self.table.iter_mut().for_each(|table| table.cell(&cell));
            }
            TagEnd::Table => {
                if let Some(table) = self.table.take() {
                    self.end_table(&table);
                }
            }
            TagEnd::CodeBlock => {
                let code = self.raw.take().unwrap_or_default();
                self.code_block(code.strip_suffix('\n').unwrap_or(&code));
            }
            TagEnd::HtmlBlock => {
                let html = self.raw.take().unwrap_or_default();
                self.inline.text(&html::to_text(&html), MarkSet::default());
                self.flush();
            }
            TagEnd::Heading(_) => {
                self.flush();
                self.heading = false;
            }
            TagEnd::Paragraph => self.flush(),
            TagEnd::BlockQuote(_) => {
                self.flush();
                self.blocks.end_quote();
            }
            TagEnd::Item => {
                self.flush();
                self.blocks.end_item();
            }
            TagEnd::List(_) => self.blocks.end_list(),
            // Table rows need no action. Other tags belong to extensions that are not enabled.
            _ => {}
        }
    }

    /// Adds a table: as a code block, or as a list if it is too wide for a phone.
    fn end_table(&mut self, table: &Table) {
        if table.is_narrow() {
            return self.code_block(&table.to_text());
        }
        let names = table.names();
        self.blocks.start_list(None);
        for row in table.body() {
            self.blocks.start_item();
            self.row(row, &names);
            self.flush();
            self.blocks.end_item();
        }
        self.blocks.end_list();
    }

    /// Adds a row of a wide table: the first cell as a title, then a line for each other cell.
    fn row(&mut self, row: &[String], names: &[String]) {
        let plain = MarkSet::default();
        for (index, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            if !self.inline.is_empty() {
                self.inline.text("\n", plain);
            }
            match names.get(index).filter(|name| index > 0 && !name.is_empty()) {
                Some(name) => self.inline.text(&format!("{name}: {cell}"), plain),
                None if index == 0 && row.len() > 1 => self.inline.text(cell, MarkSet::from(Mark::Bold)),
                None => self.inline.text(cell, plain),
            }
        }
    }

    /// Adds text whose first character is escaped.
    fn escaped(&mut self, text: &str) {
        let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
        self.inline.literal(first, self.marks());
        self.inline.text(rest, self.marks());
    }

    fn marks(&self) -> MarkSet {
        let heading = if self.heading { MarkSet::from(Mark::Bold) } else { MarkSet::default() };
        self.styles.iter().fold(heading, |marks, style| match style {
            Style::Mark(mark) => marks.with(*mark),
            Style::Literal(_) => marks,
        })
    }

    fn start_style(&mut self, mark: Mark, width: usize, range: Range<usize>) {
        let source = self.source;
        let style = match source.get(range.start..range.start + width) {
            Some(delimiter) if self.is_in_url(range.start) || self.is_in_formula(mark, &range) => {
                self.inline.literal(delimiter, self.marks());
                Style::Literal(delimiter)
            }
            _ => Style::Mark(mark),
        };
        self.styles.push(style);
    }

    /// Returns whether `at` is inside a bare URL. The Markdown parser does not know bare URLs, and reads `https://host/__init__.py` as
    /// emphasis.
    fn is_in_url(&self, at: usize) -> bool {
        let before = &self.source.as_bytes()[at.saturating_sub(LONGEST_URL)..at];
        let word = before.rsplit(|b| b.is_ascii_whitespace() || b"()[]<>\"".contains(b)).next().unwrap_or_default();
        word.windows(3).any(|w| w == b"://")
    }

    /// Returns whether the emphasis is arithmetic, such as `2*3*4` or `x*y*z`.
    ///
    /// Bold letters inside a word (`**W**axwing`) are intended formatting, although WhatsApp cannot show it.
    fn is_in_formula(&self, mark: Mark, range: &Range<usize>) -> bool {
        let before = self.source[..range.start].chars().next_back();
        let after = self.source[range.end..].chars().next();
        let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_spaceless(c));
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        is_digit(before) || is_digit(after) || mark != Mark::Bold && is_letter(before) && is_letter(after)
    }

    fn end_link(&mut self) {
        let Some((start, url)) = self.links.pop() else { return };
        let text = self.inline.plain(start);
        let target = url.strip_prefix("mailto:").or_else(|| url.strip_prefix("tel:")).unwrap_or(&url);
        if target.is_empty() || target.starts_with('#') {
            return;
        }
        let marks = self.marks();
        if text.trim().is_empty() || same_target(&text, target) {
            self.inline.truncate(start);
            self.inline.url(target, marks);
        } else {
            self.inline.text(" (", marks);
            self.inline.url(target, marks);
            self.inline.text(")", marks);
        }
    }

    fn code_block(&mut self, code: &str) {
        if !code.trim().is_empty() {
            self.blocks.verbatim(&fenced(&format!("\n{code}\n")));
        }
    }

    fn block(&mut self, lines: &[String]) {
        self.flush();
        self.blocks.block(lines);
    }

    fn flush(&mut self) {
        if !self.inline.is_empty() {
            let lines = self.inline.take_lines();
            self.blocks.block(&lines);
        }
    }
}

/// Returns whether the text of a link is its URL, so that the URL need not be repeated.
fn same_target(text: &str, url: &str) -> bool {
    fn bare(url: &str) -> &str {
        url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or(url).trim_end_matches('/')
    }
    bare(text.trim()) == bare(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(markdown: &str, expected: &str) {
        assert_eq!(to_whatsapp(markdown), expected, "{markdown}");
    }

    #[test]
    fn emphasis_becomes_whatsapp_marks() {
        check("**bold** *italic* _italic_ ~~gone~~ `code`", "*bold* _italic_ _italic_ ~gone~ `code`");
        check("__bold__", "*bold*");
        check("(**a**), \"*b*\".", "(*a*), \"_b_\".");
    }

    #[test]
    fn nested_marks_are_kept() {
        check("***both***", "*_both_*");
        check("**a *b* c**", "*a _b_ c*");
        check("*a **b***", "_a *b*_");
        check("***a** b*", "_*a* b_");
        check("**a ~~b~~**", "*a ~b~*");
        check("**use `x`**", "*use `x`*");
        check("**a `b`** c", "*a `b`* c");
        check("**a **b****", "*a b*");
    }

    #[test]
    fn marks_are_next_to_text() {
        check("**a<br>** b", "*a*\nb");
        check("` a `", "`a`");
        check("**one\ntwo** three", "*one*\n*two* three");
        check("*a\\\nb*", "_a_\n_b_");
    }

    #[test]
    fn marks_inside_words_are_removed_or_spaced() {
        check("un**believ**able", "unbelievable");
        check("**W**axwing", "Waxwing");
        check("the `Vec`s", "the `Vec`s");
        check("这是**重点**内容", "这是\u{200A}*重点*\u{200A}内容");
        check("**단어**는", "*단어*\u{200A}는");
        check("请用`foo`吧", "请用\u{200A}`foo`\u{200A}吧");
        check("重点：**内容**。", "重点：*内容*。");
        check("2*3*4, x*y*z", "2*3*4, x*y*z");
        check("2**3**4", "2**\u{200A}3**4");
    }

    #[test]
    fn emphasis_before_a_letter_is_recovered() {
        check("**注意：**请看", "*注意：*\u{200A}请看");
        check("これは**「重要」**です", "これは\u{200A}*「重要」*\u{200A}です");
        check("**Note:**text", "Note:text");
        check(r"\*\*注意：\*\*请看", "*\u{200A}*\u{200A}注意：**请看");
        check("a ** b", "a ** b");
        check("a ** b ** c", "a *\u{200A}* b ** c");
        check("**open", "**open");
    }

    #[test]
    fn characters_that_look_like_marks_do_not_format() {
        check("2 * 3 * 4 and a_b_c", "2 * 3 * 4 and a_b_c");
        check("one * only, ~5 km", "one * only, ~5 km");
        check(r"\*not bold\*", "*\u{200A}not bold*");
        check(r"\_a\_ and \~b\~ and \`c\`", "_\u{200A}a_ and ~\u{200A}b~ and `\u{200A}c`");
        check(r"**a\* b**", "*a\u{200A}* b*");
        check(r"\* see **this**", "\u{200A}* see *this*");
        check(r"\*see **this**", "*\u{200A}see *this*");
        check(r"a \*(b)\*-c\*", "a *\u{200A}(b)*\u{200A}-c*");
        check(r"\`\`\`", "`\u{200A}``");
        check(r"\> no quote", "\u{200A}> no quote");
        check("~a and b~", "~a and b~");
    }

    #[test]
    fn urls_stay_unchanged() {
        check("https://host/__init__.py", "https://host/__init__.py");
        check("https://host/_a_/*b*/c", "https://host/_a_/*b*/c");
        check("**https://host/a_b_**", "*https://host/a_b_*");
        check("see https://host/_a_ *now*", "see https://host/_a_ _now_");
    }

    #[test]
    fn links_and_images_show_text_and_url() {
        check("[Rust](https://rust-lang.org)", "Rust (https://rust-lang.org)");
        check("<https://rust-lang.org>", "https://rust-lang.org");
        check("[https://a.b](https://a.b)", "https://a.b");
        check("[a.b](https://a.b/)", "https://a.b/");
        check("[](https://a.b)", "https://a.b");
        check("<me@a.b>", "me@a.b");
        check("[mail](mailto:me@a.b)", "mail (me@a.b)");
        check("[above](#top)", "above");
        check("[**bold** text](https://a.b/_c_)", "*bold* text (https://a.b/_c_)");
        check("![A cat](https://a.b/c.png)", "A cat (https://a.b/c.png)");
        check("![](https://a.b/c.png)", "https://a.b/c.png");
        check("[https://good.example](https://evil.example)", "https://good.example (https://evil.example)");
    }

    #[test]
    fn headings_become_bold_lines() {
        check("# Title", "*Title*");
        check("### A **bold** one", "*A bold one*");
        check("## An *italic* one", "*An _italic_ one*");
        check("Title\n=====\ntext", "*Title*\n\ntext");
    }

    #[test]
    fn paragraphs_and_line_breaks_are_kept() {
        check("a\n\n\n\nb", "a\n\nb");
        check("a\nb", "a\nb");
        check("a  \nb\\\nc", "a\nb\nc");
        check("a\n\n---\n\nb", "a\n\n━━━━━━━━━━\n\nb");
        check("", "");
        check(" \n ", "");
    }

    #[test]
    fn quotes_have_one_level() {
        check("> a\n> b", "> a\n> b");
        check("> a\n>\n> b", "> a\n\n> b");
        check("> a\n> > b", "> a\n\n> b");
        check("> - a\n> - b", "> - a\n> - b");
        check("> a\n\nb", "> a\n\nb");
    }

    #[test]
    fn lists_are_indented() {
        check("* a\n* b", "- a\n- b");
        check("3. a\n4. b", "3. a\n4. b");
        check("intro\n- a\n- b\n\nend", "intro\n\n- a\n- b\n\nend");
        check("- a\n\n- b", "- a\n\n- b");
        check("- a\n  - b\n    - c\n- d", "- a\n  - b\n    - c\n- d");
        check("1. a\n   - b\n2. c", "1. a\n  - b\n2. c");
        check("1. a\n   - b\n\n2. c", "1. a\n  - b\n\n2. c");
        check("- a\n  b", "- a\n  b");
        check("- [ ] a\n- [x] b", "- ☐ a\n- ☑ b");
        check("- **a**: b", "- *a*: b");
        check("-\n- a", "- a");
    }

    #[test]
    fn code_stays_unchanged() {
        check("```rust\nlet a = **b;\n\n  c\n```", "```\nlet a = **b;\n\n  c\n```");
        check("    indented *code*", "```\nindented *code*\n```");
        check("`**a**`", "`**a**`");
        check("- a\n  ```\n  b\n  ```", "- a\n```\nb\n```");
        check("> ```\n> b\n> ```", "```\nb\n```");
        check("```\n```", "");
        check("``a`b``", "```a`b```");
        check("`` `a` ``", "```\u{200A}`a`\u{200A}```");
        check("~~~\n```\n~~~", "```\n``\u{200A}`\n```");
    }

    #[test]
    fn tables_become_code_blocks() {
        check(
            "| A | Sum |\n|---|--:|\n| **x** | 1 |\n| [y](https://a.b) | 20 |",
            "```\nA                Sum\n───────────────  ───\nx                  1\ny (https://a.b)   20\n```",
        );
        check("a\n\n| A |\n|---|\n\nb", "a\n\n```\nA\n─\n```\n\nb");
    }

    #[test]
    fn wide_tables_become_lists() {
        check(
            "| Pizza | Price | Toppings |\n|---|--:|---|\n| **Margherita** | 9 | tomato, mozzarella |\n| Diavola | 11 | |\n\nb",
            "- *Margherita*\n  Price: 9\n  Toppings: tomato, mozzarella\n- *Diavola*\n  Price: 11\n\nb",
        );
        check(
            "| | What you get from us |\n|---|---|\n| | two or *three* _things_ of everything |",
            "- What you get from us: two or three things of everything",
        );
        let long = "a long line in a table with one column";
        check(&format!("| {long} |\n|---|\n| {long} 1*2*3 |"), &format!("- {long} 1*2*3"));
        check(&format!("- x\n\n  | A | B |\n  |---|---|\n  | 1 | {long} |"), &format!("- x\n  - *1*\n    B: {long}"));
    }

    #[test]
    fn a_fence_around_the_whole_answer_is_removed() {
        check("```markdown\n**a**\n```", "*a*");
        check("```markdown\n**a**\n```\nb", "```\n**a**\n```\n\nb");
    }

    #[test]
    fn html_tags_are_removed() {
        check("<p>Hello</p>", "Hello");
        check("a <b>bold</b> word<br>next", "a bold word\nnext");
        check("Vec<String> and <your name>", "Vec<String> and <your name>");
        check("a<!-- note -->b", "ab");
        check("a &lt; b &amp; c", "a < b & c");
        check("<div>\n*a*\n</div>", "*\u{200A}a*");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(markdown in r"([ab*_~`>#\-|<\[\](){}!:/\\ \n1.é这]|```|https://){0,80}") {
            to_whatsapp(&markdown);
        }

        #[test]
        fn never_panics_on_any_text(markdown in r"\PC{0,200}") {
            to_whatsapp(&markdown);
        }

        #[test]
        fn keeps_plain_text(text in r"[a-zé这]{1,6}([ ,][a-z0-9]{1,6}){0,5}((\n|\n\n)[a-z]{1,6}( [a-z0-9]{1,6}){0,5}){0,5}") {
            proptest::prop_assert_eq!(to_whatsapp(&text), text);
        }

        /// Characters that are escaped in Markdown do not become formatting.
        #[test]
        fn escaped_text_has_no_formatting(text in r"[ab().*_~`][ab().*_~` ]{0,40}") {
            let escaped: String =
                text.chars().flat_map(|c| c.is_ascii_punctuation().then_some('\\').into_iter().chain([c])).collect();
            let rendered = to_whatsapp(&escaped);
            proptest::prop_assert_eq!(crate::marks::spans(&rendered), vec![], "{}", rendered);
        }

        /// Deep nesting must not make the result grow faster than the input.
        #[test]
        fn grows_with_the_input(unit in r"[>\-*+ a]{1,4}", times in 1..400_usize) {
            let markdown = unit.repeat(times);
            proptest::prop_assert!(to_whatsapp(&markdown).len() <= 20 * markdown.len() + 100);
        }
    }
}
