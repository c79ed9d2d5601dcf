//! Lines that define a model in `[models]`.

/// Beginnings of the names of models, with the provider and the usual variable of its API key.
const FAMILIES: [(&str, &str, &str); 8] = [
    ("gpt-", "openai", "OPENAI_API_KEY"),
    ("chatgpt-", "openai", "OPENAI_API_KEY"),
    ("o1", "openai", "OPENAI_API_KEY"),
    ("o3", "openai", "OPENAI_API_KEY"),
    ("o4", "openai", "OPENAI_API_KEY"),
    ("claude-", "anthropic", "ANTHROPIC_API_KEY"),
    ("gemini-", "gemini", "GEMINI_API_KEY"),
    ("models/gemini-", "gemini", "GEMINI_API_KEY"),
];

/// Returns the lines of the section of a model that `name` names as its provider does. `None` if no provider is known for it.
pub(crate) fn model_lines(name: &str) -> Option<Vec<String>> {
    // Other programs write `openai/gpt-4o` or `openai:gpt-4o`.
    let model = name.rsplit_once([':', '/']).filter(|(before, _)| *before != "models").map_or(name, |(_, model)| model);
    let (_, provider, variable) = FAMILIES.iter().find(|(start, ..)| model.starts_with(start))?;
    let mut lines = vec![
        format!("[models.{}]", entry_name(name)),
        format!("provider = {provider:?}"),
        format!("model = {model:?}"),
        format!("api_key = \"${{{variable}}}\""),
    ];
    lines.extend((entry_name(name) != name).then(|| format!("# in the agent: model = {:?}", entry_name(name))));
    Some(lines)
}

/// Returns the usual variable of the API key of a model.
pub(crate) fn key_variable(model: &str) -> &'static str {
    FAMILIES.iter().find(|(start, ..)| model.starts_with(start)).map_or("OPENAI_API_KEY", |(.., variable)| variable)
}

/// Returns a name for the entry: a name has letters, digits, `-` and `_`.
pub(crate) fn entry_name(model: &str) -> String {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    model.chars().map(|c| if is_allowed(c) { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &[&str]) {
        assert_eq!(model_lines(name).unwrap_or_default(), expected);
    }

    #[test]
    fn known_names_have_a_section() {
        let gpt = ["[models.gpt-4o]", "provider = \"openai\"", "model = \"gpt-4o\"", "api_key = \"${OPENAI_API_KEY}\""];
        check("gpt-4o", &gpt);
        let claude = [
            "[models.anthropic-claude-opus-4-1]",
            "provider = \"anthropic\"",
            "model = \"claude-opus-4.1\"",
            "api_key = \"${ANTHROPIC_API_KEY}\"",
            "# in the agent: model = \"anthropic-claude-opus-4-1\"",
        ];
        check("anthropic/claude-opus-4.1", &claude);
        check("fast", &[]);
        assert_eq!((key_variable("gemini-2.5-flash"), key_variable("fast")), ("GEMINI_API_KEY", "OPENAI_API_KEY"));
    }
}
