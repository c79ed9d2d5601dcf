//! Removal of HTML tags from Markdown.

/// HTML elements that occur in text. Other text between angle brackets (`Vec<String>`, `<your name>`) is not a tag.
const ELEMENTS: [&str; 66] = [
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "button",
    "caption",
    "center",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "i",
    "iframe",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "s",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "td",
    "th",
    "tr",
    "u",
    "ul",
];

/// Meaning of a piece of HTML between angle brackets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// Line break.
    LineBreak,
    /// Tag or comment without text.
    Nothing,
    /// Text that is not HTML.
    Text,
}

/// Classifies one tag or comment, brackets included.
pub(crate) fn tag(html: &str) -> Tag {
    if html.starts_with("<!--") {
        return Tag::Nothing;
    }
    let name = html.trim_start_matches(['<', '/']);
    let name = &name[..name.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(name.len())];
    if name.eq_ignore_ascii_case("br") {
        Tag::LineBreak
    } else if ELEMENTS.iter().any(|element| element.eq_ignore_ascii_case(name)) {
        Tag::Nothing
    } else {
        Tag::Text
    }
}

/// Returns the text of a block of HTML.
pub(crate) fn to_text(mut html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    while let Some(start) = html.find('<') {
        text.push_str(&html[..start]);
        html = &html[start..];
        let end =
            if html.starts_with("<!--") { html.find("-->").map(|i| i + 3) } else { html.find('>').map(|i| i + 1) };
        let Some(end) = end else { break };
        let (inside, rest) = html.split_at(end);
        match tag(inside) {
            Tag::LineBreak => text.push('\n'),
            Tag::Nothing => {}
            Tag::Text => text.push_str(inside),
        }
        html = rest;
    }
    text.push_str(html);
    unescape(&text)
}

/// Replaces the entities of characters that HTML reserves. The Markdown parser replaces entities outside of HTML only.
fn unescape(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&nbsp;", " ")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(to_text(html), expected, "{html}");
    }

    #[test]
    fn tags_are_removed_and_text_is_kept() {
        check("<p>Hello <b class=\"x\">you</b></p>", "Hello you");
        check("one<br>two<BR/>three", "one\ntwo\nthree");
        check("a<!-- <b> -->b", "ab");
        check("1 &lt; 2 &amp;amp; 3", "1 < 2 &amp; 3");
    }

    #[test]
    fn other_text_in_angle_brackets_is_kept() {
        check("<your name>", "<your name>");
        check("a < b", "a < b");
        check("<!-- open", "<!-- open");
        check("<", "<");
        check("", "");
    }
}
