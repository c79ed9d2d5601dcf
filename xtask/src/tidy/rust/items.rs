//! Items in a stream of tokens.

use std::ops::Range;

use super::lexer::{Kind, Token};

/// Item, such as a function, type, module or `use`.
#[derive(Debug)]
pub(in crate::tidy) struct Item<'a> {
    pub(in crate::tidy) kind: ItemKind,
    /// Name. Empty for `use`, implementations and macro calls.
    pub(in crate::tidy) name: &'a str,
    /// Whether the item is `pub` without a restriction.
    pub(in crate::tidy) is_public: bool,
    /// Whether the item has `#[test]` or `#[cfg(test)]`.
    pub(in crate::tidy) is_test: bool,
    /// First line after the attributes.
    pub(in crate::tidy) line: usize,
    /// Last line.
    pub(in crate::tidy) end_line: usize,
    /// Words and strings of the attributes.
    pub(in crate::tidy) attributes: Vec<&'a str>,
    /// Tokens, including those of the attributes.
    pub(in crate::tidy) tokens: Range<usize>,
    /// Tokens between the braces or parentheses.
    pub(in crate::tidy) body: Option<Range<usize>>,
    /// Fields of a struct, or of the variants of an enum.
    pub(in crate::tidy) fields: Vec<Field<'a>>,
    /// Items of a module, trait or implementation.
    pub(in crate::tidy) children: Vec<Item<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tidy) enum ItemKind {
    Module,
    Use,
    Struct,
    Enum,
    Trait,
    Impl,
    Function,
    Alias,
    Value,
    Macro,
}

/// Field of a struct or of a variant.
#[derive(Debug)]
pub(in crate::tidy) struct Field<'a> {
    /// Name. Empty in a tuple.
    pub(in crate::tidy) name: &'a str,
    /// Words of the type.
    pub(in crate::tidy) words: Vec<&'a str>,
    /// Name of the variant of the field. Empty in a struct.
    pub(in crate::tidy) variant: &'a str,
    pub(in crate::tidy) line: usize,
}

impl Item<'_> {
    pub(in crate::tidy) fn is_module(&self) -> bool {
        self.kind == ItemKind::Module
    }

    pub(in crate::tidy) fn is_type(&self) -> bool {
        matches!(self.kind, ItemKind::Struct | ItemKind::Enum | ItemKind::Trait | ItemKind::Alias)
    }

    pub(in crate::tidy) fn derives(&self, name: &str) -> bool {
        self.attributes.contains(&"derive") && self.attributes.contains(&name)
    }
}

pub(in crate::tidy) fn parse<'a>(tokens: &[Token<'a>]) -> Vec<Item<'a>> {
    Parser { tokens }.items(0..tokens.len())
}

struct Parser<'t, 'a> {
    tokens: &'t [Token<'a>],
}

/// Words that can occur between the visibility and the keyword of an item.
const QUALIFIERS: [&str; 5] = ["default", "unsafe", "async", "extern", "safe"];

impl<'a> Parser<'_, 'a> {
    fn items(&self, range: Range<usize>) -> Vec<Item<'a>> {
        let mut items = Vec::new();
        let mut at = range.start;
        while at < range.end {
            let (attributes, start) = self.attributes(at, range.end);
            match self.item(at, start, range.end, attributes) {
                Some(item) => {
                    at = item.tokens.end;
                    items.push(item);
                }
                None => at = self.skip(start.min(range.end - 1)),
            }
        }
        items
    }

    fn is(&self, at: usize, text: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(text))
    }

    /// Returns the words of the attributes at `at`, and the index after them.
    fn attributes(&self, mut at: usize, end: usize) -> (Vec<&'a str>, usize) {
        let mut words = Vec::new();
        while at < end && self.is(at, "#") {
            let open = if self.is(at + 1, "!") { at + 2 } else { at + 1 };
            let close = self.skip(open);
            let inside = self.tokens.get(open..close).unwrap_or_default();
            words.extend(inside.iter().filter(|token| token.kind != Kind::Mark).map(|token| token.text));
            at = close;
        }
        (words, at)
    }

    /// Returns the index after a token, or after the closing bracket of an opening one.
    fn skip(&self, at: usize) -> usize {
        let mut depth = 0;
        for (i, token) in self.tokens.iter().enumerate().skip(at) {
            if token.kind == Kind::Mark {
                match token.text {
                    "(" | "[" | "{" => depth += 1,
                    ")" | "]" | "}" => depth -= 1,
                    _ => {}
                }
            }
            if depth <= 0 {
                return i + 1;
            }
        }
        self.tokens.len()
    }

    /// Returns the index of the first of `stops` outside of brackets.
    fn find(&self, mut at: usize, end: usize, stops: &[&str]) -> usize {
        while at < end && !stops.iter().any(|stop| self.is(at, stop)) {
            at = self.skip(at);
        }
        at.min(end)
    }

    fn item(&self, first: usize, start: usize, limit: usize, attributes: Vec<&'a str>) -> Option<Item<'a>> {
        let mut at = start;
        let has_visibility = self.is(at, "pub");
        at += usize::from(has_visibility);
        let is_restricted = has_visibility && self.is(at, "(");
        if is_restricted {
            at = self.skip(at);
        }
        while QUALIFIERS.iter().any(|word| self.is(at, word))
            || self.is(at, "const") && ["fn", "unsafe", "async"].iter().any(|word| self.is(at + 1, word))
            || self.tokens.get(at).is_some_and(|token| token.kind == Kind::Text)
        {
            at += 1;
        }
        let kind = self.kind(at)?;
        let named = usize::from(!matches!(kind, ItemKind::Use | ItemKind::Impl));
        let name = match self.tokens.get(at + named) {
            _ if named == 0 => "",
            Some(_) if kind == ItemKind::Macro => self.tokens.get(at + 2).map_or("", |token| token.text),
            Some(token) => token.text,
            None => return None,
        };
        let (body, end) = self.body(kind, at, limit);
        let inside = body.clone().unwrap_or(0..0);
        let children = match kind {
            ItemKind::Module | ItemKind::Trait | ItemKind::Impl => self.items(inside.clone()),
            _ => Vec::new(),
        };
        let fields = match kind {
            ItemKind::Struct => self.fields(inside, ""),
            ItemKind::Enum => self.variant_fields(inside),
            _ => Vec::new(),
        };
        Some(Item {
            kind,
            name,
            is_public: has_visibility && !is_restricted,
            is_test: is_test(&attributes),
            line: self.tokens[start].line,
            end_line: self.tokens[end - 1].end_line(),
            attributes,
            tokens: first..end,
            body,
            fields,
            children,
        })
    }

    fn kind(&self, at: usize) -> Option<ItemKind> {
        let token = self.tokens.get(at)?;
        Some(match token.text {
            _ if token.kind != Kind::Word => return None,
            "mod" => ItemKind::Module,
            "use" => ItemKind::Use,
            "struct" | "union" => ItemKind::Struct,
            "enum" => ItemKind::Enum,
            "trait" => ItemKind::Trait,
            "impl" => ItemKind::Impl,
            "fn" => ItemKind::Function,
            "type" => ItemKind::Alias,
            "const" | "static" => ItemKind::Value,
            _ if self.is(at + 1, "!") => ItemKind::Macro,
            _ => return None,
        })
    }

    /// Returns the tokens between the brackets of an item, and the end of the item.
    fn body(&self, kind: ItemKind, at: usize, limit: usize) -> (Option<Range<usize>>, usize) {
        let stops: &[&str] = match kind {
            ItemKind::Use | ItemKind::Alias | ItemKind::Value => &[";"],
            _ => &[";", "{"],
        };
        let after_generics = self.skip_angles(at + 2);
        let is_tuple = kind == ItemKind::Struct && self.is(after_generics, "(");
        let stop = if is_tuple { after_generics } else { self.find(at + 1, limit, stops) };
        if self.is(stop, ";") || stop >= limit {
            return (None, (stop + 1).min(limit));
        }
        let close = self.skip(stop);
        let body = stop + 1..(close - 1).max(stop + 1);
        // `struct A(B);`
        let end = if self.is(stop, "(") { self.find(close, limit, &[";"]) + 1 } else { close };
        (Some(body), end.min(limit))
    }

    /// Returns the index after the `>` that closes the `<` at `at`. Returns `at` if there is no `<`.
    fn skip_angles(&self, mut at: usize) -> usize {
        let mut depth = 0;
        loop {
            if self.is(at, "<") {
                depth += 1;
            } else if self.is(at, ">") && !self.is(at - 1, "-") {
                depth -= 1;
            } else if depth == 0 || at >= self.tokens.len() {
                return at;
            }
            at += 1;
        }
    }

    /// Splits at commas outside of brackets, including angle brackets.
    fn split(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let (mut parts, mut start, mut at, mut angles) = (Vec::new(), range.start, range.start, 0);
        while at < range.end {
            if self.is(at, "<") {
                angles += 1;
            } else if self.is(at, ">") && !(at > 0 && (self.is(at - 1, "-") || self.is(at - 1, "="))) {
                angles -= 1;
            } else if self.is(at, ",") && angles <= 0 {
                parts.push(start..at);
                start = at + 1;
            }
            at = self.skip(at);
        }
        parts.push(start..range.end);
        parts.retain(|part| !part.is_empty());
        parts
    }

    fn fields(&self, range: Range<usize>, variant: &'a str) -> Vec<Field<'a>> {
        let field = |part: Range<usize>| {
            let (_, mut at) = self.attributes(part.start, part.end);
            if self.is(at, "pub") {
                at += 1;
                if self.is(at, "(") {
                    at = self.skip(at);
                }
            }
            let is_named = self.is(at + 1, ":") && !self.is(at + 2, ":");
            let name = if is_named { self.tokens[at].text } else { "" };
            let words = self.tokens.get(at + 2 * usize::from(is_named)..part.end)?;
            let words = words.iter().filter(|token| token.kind == Kind::Word).map(|token| token.text).collect();
            Some(Field { name, words, variant, line: self.tokens.get(at)?.line })
        };
        self.split(range).into_iter().filter_map(field).collect()
    }

    fn variant_fields(&self, range: Range<usize>) -> Vec<Field<'a>> {
        let mut fields = Vec::new();
        for part in self.split(range) {
            let (_, at) = self.attributes(part.start, part.end);
            if self.is(at + 1, "{") || self.is(at + 1, "(") {
                fields.extend(self.fields(at + 2..self.skip(at + 1) - 1, self.tokens[at].text));
            }
        }
        fields
    }
}

/// Whether attributes mark test code: `#[test]`, `#[tokio::test]`, `#[cfg(test)]`, `#[cfg(all(test, ..))]`.
fn is_test(attributes: &[&str]) -> bool {
    let has = |word| attributes.contains(&word);
    has("test") && !has("any") && !has("not")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rust::lexer::lex;

    #[track_caller]
    fn check(text: &str, expected: &[(ItemKind, &str, usize)]) {
        let (tokens, _) = lex(text);
        let items = parse(&tokens);
        assert_eq!(items.iter().map(|item| (item.kind, item.name, item.end_line)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn items_and_their_ends() {
        check("use a::{b, c};\npub(crate) mod d;", &[(ItemKind::Use, "", 1), (ItemKind::Module, "d", 2)]);
        check(
            "#[x(y)]\npub const fn a<T>() -> [u8; 2] {\n if b { c }\n}\nstatic D: u8 = { 1 };",
            &[(ItemKind::Function, "a", 4), (ItemKind::Value, "D", 5)],
        );
        check(
            "struct A<F: Fn(u8) -> B>(F);\nstruct C;\nenum E { F }\nmacro_rules! g { () => {} }",
            &[
                (ItemKind::Struct, "A", 1),
                (ItemKind::Struct, "C", 2),
                (ItemKind::Enum, "E", 3),
                (ItemKind::Macro, "g", 4),
            ],
        );
    }

    #[test]
    fn methods_are_children() {
        let (tokens, _) =
            lex("impl<T: A> B for T { const C: u8 = 1; async fn d(&self) {} }\n#[cfg(test)]\nmod tests {}");
        let items = parse(&tokens);
        assert_eq!(items[0].children.iter().map(|item| item.name).collect::<Vec<_>>(), ["C", "d"]);
        assert!(items[1].is_test && !items[0].is_test);
    }

    #[test]
    fn fields_have_names_and_types() {
        let (tokens, _) = lex("#[derive(Debug)] struct A { #[b] pub(crate) c: Map<D, E>, f: fn(G) -> H }");
        let item = &parse(&tokens)[0];
        assert!(item.derives("Debug"));
        let fields: Vec<_> = item.fields.iter().map(|field| (field.name, field.words.clone())).collect();
        assert_eq!(fields, [("c", vec!["Map", "D", "E"]), ("f", vec!["fn", "G", "H"])]);
    }

    #[test]
    fn fields_of_variants_and_tuples() {
        let (tokens, _) = lex("enum A { B, C(D), E { f: G } } struct H(pub I);");
        let items = parse(&tokens);
        let fields = |item: &Item<'_>| -> Vec<_> {
            item.fields.iter().map(|f| (f.name.to_owned(), f.words[0].to_owned())).collect()
        };
        assert_eq!(fields(&items[0]), [(String::new(), "D".to_owned()), ("f".to_owned(), "G".to_owned())]);
        assert_eq!(fields(&items[1]), [(String::new(), "I".to_owned())]);
    }
}
