//! Paths in the code of a module.

use super::lexer::{Kind, Token};

/// Path as written, such as `crate::a::B`, with the name that a `use` gives it.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::tidy) struct Use<'a> {
    pub(in crate::tidy) path: Vec<&'a str>,
    /// Last segment, or the name after `as`. `*` for a glob import.
    pub(in crate::tidy) name: &'a str,
    pub(in crate::tidy) line: usize,
}

/// Returns the paths of a `use` tree from the tokens between `use` and `;`.
pub(in crate::tidy) fn of_tree<'a>(tokens: &[Token<'a>]) -> Vec<Use<'a>> {
    let mut uses = Vec::new();
    tree(tokens, &mut 0, &[], &mut uses);
    uses
}

/// Reads one tree after `prefix`, up to a comma or a closing brace.
fn tree<'a>(tokens: &[Token<'a>], at: &mut usize, prefix: &[&'a str], uses: &mut Vec<Use<'a>>) {
    let mut path = prefix.to_vec();
    while let Some(token) = tokens.get(*at) {
        *at += 1;
        match token.text {
            ":" => {}
            "{" => {
                while tokens.get(*at).is_some_and(|token| !token.is("}")) {
                    tree(tokens, at, &path, uses);
                }
                *at += 1;
            }
            "}" => {
                *at -= 1;
                return;
            }
            "," => return,
            "as" => {
                if let Some(name) = tokens.get(*at) {
                    *at += 1;
                    uses.push(Use { path: path.clone(), name: name.text, line: name.line });
                }
                path.clear();
            }
            _ => {
                if token.text != "self" || path.is_empty() {
                    path.push(token.text);
                }
                let goes_on = tokens.get(*at).is_some_and(|next| next.is(":") || next.is("as"));
                if !goes_on {
                    let name = path.last().copied().unwrap_or_default();
                    uses.push(Use { path: path.clone(), name, line: token.line });
                }
            }
        }
    }
}

/// Returns the paths of all `use` declarations, including those in functions, and all paths in code that start with `crate` or `super`.
pub(in crate::tidy) fn all<'a>(tokens: &[Token<'a>]) -> Vec<Use<'a>> {
    let mut uses = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let follows_path = at > 1 && tokens[at - 1].is(":") && tokens[at - 2].is(":");
        if tokens[at].is("use") && tokens.get(at + 1).is_some_and(|next| next.kind == Kind::Word || next.is("{")) {
            let length = tokens[at..].iter().position(|token| token.is(";")).unwrap_or(tokens.len() - at);
            uses.extend(of_tree(&tokens[at + 1..at + length]));
            at += length;
        } else if !follows_path && (tokens[at].is("crate") || tokens[at].is("super")) {
            let (path, end) = path_at(tokens, at);
            if let [_, .., name] = path[..] {
                uses.push(Use { path, name, line: tokens[at].line });
            }
            at = end;
        } else {
            at += 1;
        }
    }
    uses
}

/// Returns the words of the path at `at`, and the index after it.
fn path_at<'a>(tokens: &[Token<'a>], mut at: usize) -> (Vec<&'a str>, usize) {
    let mut path = vec![tokens[at].text];
    at += 1;
    while let [colon, colon_2, word, ..] = &tokens[at..] {
        if !(colon.is(":") && colon_2.is(":") && word.kind == Kind::Word) {
            break;
        }
        path.push(word.text);
        at += 3;
    }
    (path, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rust::lexer::lex;

    #[track_caller]
    fn check(uses: &[Use<'_>], expected: &[&str]) {
        let shown: Vec<_> = uses.iter().map(|it| format!("{} as {}", it.path.join("::"), it.name)).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn grouped_trees() {
        check(&of_tree(&lex("crate::a").0), &["crate::a as a"]);
        check(
            &of_tree(&lex("crate::{a::{self, B}, c::*, d as e, super_::F}, ").0),
            &["crate::a as a", "crate::a::B as B", "crate::c::* as *", "crate::d as e", "crate::super_::F as F"],
        );
        check(&of_tree(&lex("super::{A, B,}").0), &["super::A as A", "super::B as B"]);
        check(&of_tree(&lex("a::{self as b, C}").0), &["a as b", "a::C as C"]);
    }

    #[test]
    fn paths_in_code() {
        let text =
            "fn a() -> crate::b::C { super::super::d::e(1); use crate::x; pub(crate) fn f() {} x::crate_::y(); }";
        let (tokens, _) = lex(text);
        check(&all(&tokens), &["crate::b::C as C", "super::super::d::e as e", "crate::x as x"]);
    }
}
