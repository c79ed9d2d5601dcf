//! Preview of a template, as a user sees it.

use serde_json::Value;
use waxwing::client::TemplateDefinition;

/// Returns the text of a template with its examples in place of the placeholders. Buttons stand in brackets.
pub(super) fn preview(template: &TemplateDefinition) -> String {
    let parts = template.components.iter().filter_map(|component| {
        let kind = component["type"].as_str()?.to_ascii_uppercase();
        let text = component["text"].as_str();
        Some(match kind.as_str() {
            "HEADER" => match text {
                Some(text) => format!("*{}*", filled(text, &component["example"]["header_text"], component)),
                None => format!("[{}]", component["format"].as_str().unwrap_or("header").to_ascii_lowercase()),
            },
            "BODY" => filled(text?, &component["example"]["body_text"][0], component),
            "FOOTER" => format!("_{}_", text?),
            "BUTTONS" => {
                let buttons = component["buttons"].as_array().into_iter().flatten();
                buttons.map(button).collect::<Vec<_>>().join("\n")
            }
            other => format!("[{}]", other.to_ascii_lowercase()),
        })
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// Replaces the placeholders of a text by their examples. A placeholder without an example stays.
fn filled(text: &str, examples: &Value, component: &Value) -> String {
    let positional = examples.as_array().into_iter().flatten().enumerate();
    let positional = positional.filter_map(|(index, value)| Some(((index + 1).to_string(), value.as_str()?)));
    let example = &component["example"];
    let named = [&example["body_text_named_params"], &example["header_text_named_params"]];
    let named = named.into_iter().flat_map(|list| list.as_array().into_iter().flatten());
    let named = named.filter_map(|value| Some((value["param_name"].as_str()?.to_owned(), value["example"].as_str()?)));
    positional.chain(named).fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
}

fn button(button: &Value) -> String {
    let label = button["text"].as_str().or(button["type"].as_str()).unwrap_or("button");
    let target = button["example"][0].as_str().or(button["url"].as_str()).or(button["phone_number"].as_str());
    match target {
        Some(target) => format!("[{label}] {target}"),
        None => format!("[{label}]"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(components: &Value, expected: &str) {
        let template = json!({
            "id": "1", "name": "a", "language": "en", "status": "APPROVED", "category": "UTILITY", "components": components,
        });
        assert_eq!(preview(&serde_json::from_value(template).unwrap()), expected);
    }

    #[test]
    fn examples_replace_placeholders() {
        let components = json!([
            { "type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": { "header_text": ["17"] } },
            { "type": "BODY", "text": "Hi {{1}}, {{2}} at {{3}}", "example": { "body_text": [["Ana", "pizza"]] } },
            { "type": "FOOTER", "text": "Bye" },
            { "type": "BUTTONS", "buttons": [
                { "type": "QUICK_REPLY", "text": "Thanks" },
                { "type": "URL", "text": "Track", "url": "https://a.example/{{1}}", "example": ["https://a.example/17"] },
            ] },
        ]);
        check(&components, "*Order 17*\nHi Ana, pizza at {{3}}\n_Bye_\n[Thanks]\n[Track] https://a.example/17");
        let named = json!([
            { "type": "header", "format": "IMAGE" },
            { "type": "body", "text": "Hi {{name}}",
                "example": { "body_text_named_params": [{ "param_name": "name", "example": "Ana" }] } },
        ]);
        check(&named, "[image]\nHi Ana");
        check(&json!([{ "type": "CAROUSEL" }, { "text": "x" }]), "[carousel]");
    }
}
