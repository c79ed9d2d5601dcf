//! Question about the approval of a tool call.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// Shown in place of an argument without a value.
const NO_VALUE: &str = "–";

/// A question in Markdown. `{name}` stands for the argument with this name, and `{{` for a brace. Arguments that the question does not name
/// are listed below it, so the user sees everything.
pub(crate) struct ApprovalQuestion(Vec<QuestionPart>);

enum QuestionPart {
    Text(String),
    Argument(String),
}

impl ApprovalQuestion {
    pub(crate) fn new(template: &str) -> Self {
        let (mut parts, mut text, mut rest) = (Vec::new(), String::new(), template.trim_end());
        while let Some(c) = rest.chars().next() {
            let after = &rest[c.len_utf8()..];
            if (c == '{' || c == '}') && after.starts_with(c) {
                text.push(c);
                rest = &after[1..];
            } else if let Some((name, after)) = argument(rest) {
                parts.extend([QuestionPart::Text(std::mem::take(&mut text)), QuestionPart::Argument(name.to_owned())]);
                rest = after;
            } else {
                text.push(c);
                rest = after;
            }
        }
        parts.push(QuestionPart::Text(text));
        Self(parts)
    }

    /// Returns the question with the arguments of a call. The arguments are escaped, so they cannot add Markdown or hide other arguments.
    pub(crate) fn render(&self, arguments: &Value) -> String {
        let mut question = String::new();
        for part in &self.0 {
            match part {
                QuestionPart::Text(text) => question.push_str(text),
                QuestionPart::Argument(name) => {
                    question.push_str(&arguments.get(name).map_or_else(|| NO_VALUE.to_owned(), shown));
                }
            }
        }
        let others =
            arguments.as_object().into_iter().flatten().filter(|(name, _)| !self.names().any(|it| it == *name));
        for (nth, (name, value)) in others.enumerate() {
            let separator = if nth == 0 { "\n\n" } else { "\n" };
            write!(question, "{separator}- {}: {}", code_span(name), shown(value))
                .expect("writing to a string does not fail");
        }
        question
    }

    /// Returns why the question does not match a tool with this schema. A schema that lists no arguments matches any question.
    pub(crate) fn problem(&self, schema: &Value) -> Option<String> {
        let known = known_arguments(schema);
        let unknown = self.names().find(|name| !known.is_empty() && !known.contains(name))?;
        let known: Vec<_> = known.iter().map(|name| format!("`{name}`")).collect();
        let known = known.join(", ");
        Some(format!(
            "the approval question names `{{{unknown}}}`, which is not an argument of the tool; it has {known}"
        ))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            QuestionPart::Argument(name) => Some(name.as_str()),
            QuestionPart::Text(_) => None,
        })
    }
}

/// Returns the name of the argument at the start of a text, and the rest of the text.
fn argument(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('{')?.split_once('}')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    is_name.then_some((name, after))
}

/// Returns the names of the arguments in a schema.
fn known_arguments(schema: &Value) -> Vec<&str> {
    let own = schema.get("properties").and_then(Value::as_object).into_iter().flat_map(Map::keys);
    let parts = ["allOf", "anyOf", "oneOf"].into_iter().filter_map(|keyword| schema.get(keyword)?.as_array()).flatten();
    own.map(String::as_str).chain(parts.flat_map(known_arguments)).collect()
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| code_span(&value.to_string()), code_span)
}

/// Formats text as a Markdown code span on one line.
fn code_span(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
    if line.is_empty() { NO_VALUE.to_owned() } else { format!("`{line}`") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(template: &str, arguments: &Value, expected: &str) {
        assert_eq!(ApprovalQuestion::new(template).render(arguments), expected);
    }

    #[test]
    fn all_arguments_are_listed_and_escaped() {
        check("Sure?\n", &json!({}), "Sure?");
        check("Sure?\n", &json!({"id": 17}), "Sure?\n\n- `id`: `17`");
        check("Sure?\n", &json!({"to": "a *b*\n\n`c`", "why": ""}), "Sure?\n\n- `to`: `a *b* 'c'`\n- `why`: –");
        let many: Map<_, _> = (0..9).map(|n| (n.to_string(), "x".repeat(101).into())).collect();
        let shown = ApprovalQuestion::new("Sure?").render(&many.into());
        assert!(shown.contains(&format!("- `8`: `{}`", "x".repeat(101))), "no argument is left out: {shown}");
    }

    #[test]
    fn a_template_names_arguments_in_a_sentence() {
        let refund = "Refund {amount} € for order {order}?";
        check(refund, &json!({"amount": 25, "order": "A-17"}), "Refund `25` € for order `A-17`?");
        let more = json!({"amount": 25, "order": "A\n*17*`", "iban": "ES1"});
        check(refund, &more, "Refund `25` € for order `A *17*'`?\n\n- `iban`: `ES1`");
        check(refund, &json!({"order": null}), "Refund – € for order `null`?");
        check("{{a}} {b c} { {}", &json!({"a": 1}), "{a} {b c} { {}\n\n- `a`: `1`");
    }

    #[test]
    fn a_template_must_match_the_schema() {
        let schema = json!({"properties": {"amount": {}}, "oneOf": [{"properties": {"order": {}}}]});
        let problem = |template: &str, schema: &Value| ApprovalQuestion::new(template).problem(schema);
        assert_eq!(problem("Refund {amount} for {order}?", &schema), None);
        let unknown =
            "the approval question names `{sum}`, which is not an argument of the tool; it has `amount`, `order`";
        assert_eq!(problem("Refund {sum}?", &schema).as_deref(), Some(unknown));
        assert_eq!(problem("{a}", &json!({"properties": {}})), None, "the tool takes any arguments");
    }
}
